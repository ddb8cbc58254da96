"""Acknowledgements: the authority's word on a batch and on each message (ICH ICSR ACK).

Real ones are not always valid against the schema and their batch code is not to be trusted: the
decision on a message is its own ACK.B.r.6 and nothing else.

Source: domain 6.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from pv.domain.e2b.elements import ELEMENTS
from pv.domain.e2b.read.source import parse
from pv.domain.e2b.refusals import MessageRefused, Refusal
from pv.domain.e2b.systems import ICH_IDENTIFIER

if TYPE_CHECKING:
    from lxml import etree

Code = TypeVar("Code", bound=StrEnum)
ROOT = "MCCI_IN200101UV01"
MESSAGE = "MCCI_IN000002UV01"
# Chinese gateways' headings are assumed, like "1、" before an item; no file of theirs is public.
HEADINGS = re.compile(
    r"^\s*(?:(?P<refuses>rejections?|errors?|错误|拒绝|驳回|退回|不通过)"
    r"|(?P<warns>warnings?|警告|告警|提示|提醒))"
    r"(?:原因|信息|列表|项)?\s*(?:[(（]\s*\d+\s*[)）])?\s*(?:[:：]\s*(?P<rest>.*?))?\s*$",
    re.IGNORECASE,
)
NUMBERED = re.compile(
    r"^\s*[(（]?\s*(?:\d+|[一二三四五六七八九十]+)\s*(?:[:)\-、．）：]|\.(?!\d))\s*(.+?)\s*$"
)
ELEMENT_CODE = re.compile(r"\b(?:FDA\.)?[A-HN](?:\.(?:\d+[a-z]?|[a-z]|CN|EU))+")
ITEM = re.compile(r"^\s*(?:\[|\d+\s*[:.)\-]|[(（]\d+[)）])")
# What only repeats ACK.B.r.6 or tells how the file was checked.
PREAMBLE = re.compile(
    r"^(?:(?:the |your |this )?(?:safety )?(?:(?:report|message|icsr|case)\s+)?"
    r"(?:(?:has been|was|is|were)\s+)?(?:successfully\s+)?(?:not\s+)?"
    r"(?:loaded|accepted|received|processed|imported|valid|ok|success(?:ful(?:ly)?)?)"
    r"(?:\s+successfully)?(?:[,;.]\s*(?:no further action.*|no errors?.*))?"
    r"|validated against .*|no (?:further action|errors?|warnings?).*"
    r"|(?:报告|消息|文件|数据)?(?:已|成功|未|未能)?(?:入库|接收|接受|受理|导入|处理)(?:成功|失败)?)"
    r"[.。!！;；]*$",
    re.IGNORECASE,
)
PARSER = re.compile(
    r"SAXParse|lineNumber|columnNumber|\bcvc-|XML ?Syntax|pars(?:er|ing) error", re.I
)


class MessageCode(StrEnum):
    """ACK.B.r.6: the message was loaded, or not."""

    LOADED = "CA"
    NOT_LOADED = "CR"


class TransmissionCode(StrEnum):
    """ACK.A.4: all accepted, some errors, rejected. Informative only."""

    ALL = "AA"
    SOME = "AE"
    NONE = "AR"


@dataclass(frozen=True, slots=True)
class Remark:
    """One rejection or warning and the elements it names."""

    text: str
    elements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MessageAcknowledgement:
    """ACK.B.r: what became of one message. ``code`` is None when the file gives none we know."""

    message_number: str | None
    local_number: str | None
    receiver: str | None
    sender: str | None
    created: str | None
    code: MessageCode | None
    text: str
    rejections: tuple[Remark, ...]
    warnings: tuple[Remark, ...]


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """A whole acknowledgement: ACK.M and ACK.A, and the messages of ACK.B.r. Dates as written."""

    number: str | None
    sender: str | None
    receiver: str | None
    sent: str | None
    batch_number: str | None
    local_number: str | None
    batch_sent: str | None
    code: TransmissionCode | None
    text: str
    messages: tuple[MessageAcknowledgement, ...]


def read_ack(data: bytes) -> Acknowledgement:
    """The acknowledgement in a file. Raises MessageRefused when it is none or has a DTD."""
    root = parse(data)
    if _local(root) != ROOT:
        raise MessageRefused(Refusal.NOT_ACKNOWLEDGEMENT, _local(root))
    own = _child(root, "acknowledgement")
    lines = _attention(root)
    return Acknowledgement(
        number=_identifier(root, 20),
        sender=_device(root, "sender", 17),
        receiver=_device(root, "receiver", 18),
        sent=_value(_child(root, "creationTime"), "value"),
        batch_number=_identifier(_child(own, "targetBatch"), 22),
        local_number=lines.get("2"),
        batch_sent=lines.get("3"),
        code=_known(TransmissionCode, _value(own, "typeCode")),
        text=_detail(own),
        messages=tuple(_message(child) for child in root if _local(child) == MESSAGE),
    )


def remarks(code: MessageCode | None, text: str) -> tuple[list[Remark], list[Remark]]:
    """The rejections and the warnings in ACK.B.r.7.

    Gateways number them below a heading each. Without a heading the message's own code says what
    they are: reasons of a refusal, or remarks on a message that was loaded. Older gateways join
    them with semicolons; a parser's error is one text, semicolons and all.
    """
    lists: dict[bool, list[Remark]] = {False: [], True: []}
    warns = code is MessageCode.LOADED
    headed = False
    for line in text.splitlines():
        heading = HEADINGS.match(line)
        if heading is not None:
            headed, warns = True, heading["warns"] is not None
            line = heading["rest"] or ""
        parts = [line] if headed else _unheaded(line)
        lists[warns] += [_remark(part) for part in parts if _is_remark(part)]
    if PARSER.search(text) and not headed and code is MessageCode.NOT_LOADED:
        lists[False] = [_remark(text)]
    if code is None and not headed:
        return [], []
    return lists[False], lists[True]


def _unheaded(line: str) -> list[str]:
    """The reasons of a line without heading, apart at its semicolons.

    A semicolon inside one sentence stays: what follows it must begin like a reason of its own.
    """
    found: list[str] = []
    for part in re.split(r"[;；]", line):
        begins = ITEM.match(part) or ELEMENT_CODE.search(part) or part.strip()[:1].isupper()
        if found and not begins and part.strip() and not PREAMBLE.match(found[-1].strip()):
            found[-1] += f";{part}"
        else:
            found.append(part)
    return found


def _is_remark(part: str) -> bool:
    return bool(part.strip(" \t;；.。")) and PREAMBLE.match(part.strip()) is None


def _remark(text: str) -> Remark:
    numbered = NUMBERED.match(text)
    text = (numbered[1] if numbered is not None else text).strip().rstrip(";；").strip()
    named = (found.group().rstrip(".") for found in ELEMENT_CODE.finditer(text))
    return Remark(text, tuple(dict.fromkeys(c for c in named if c in ELEMENTS)))


def _message(element: etree._Element) -> MessageAcknowledgement:
    own = _child(element, "acknowledgement")
    code, text = _known(MessageCode, _value(own, "typeCode")), _detail(own)
    rejections, warnings = remarks(code, text)
    return MessageAcknowledgement(
        message_number=_identifier(_child(own, "targetMessage"), 1),
        local_number=_identifier(element, 19),
        receiver=_device(element, "receiver", 16),
        sender=_device(element, "sender", 15),
        created=_attention(element).get("1"),
        code=code,
        text=text,
        rejections=tuple(rejections),
        warnings=tuple(warnings),
    )


def _local(element: etree._Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _child(element: etree._Element | None, name: str) -> etree._Element | None:
    if element is None:
        return None
    return next((child for child in element if _local(child) == name), None)


def _value(element: etree._Element | None, name: str) -> str | None:
    value = element.get(name) if element is not None else None
    return value.strip() or None if value is not None else None


def _identifier(element: etree._Element | None, root: int) -> str | None:
    """The id of the given ICH root, or the only id when the sender forgot the root."""
    if element is None:
        return None
    ids = [child for child in element if _local(child) == "id"]
    for item in ids:
        if item.get("root") == f"{ICH_IDENTIFIER}{root}":
            return _value(item, "extension")
    return _value(ids[0], "extension") if len(ids) == 1 and ids[0].get("root") is None else None


def _device(element: etree._Element, role: str, root: int) -> str | None:
    return _identifier(_child(_child(element, role), "device"), root)


def _attention(element: etree._Element) -> dict[str, str]:
    found = {}
    for line in element:
        if _local(line) != "attentionLine":
            continue
        word, value = _value(_child(line, "keyWordText"), "code"), _child(line, "value")
        said = _value(value, "extension") or _value(value, "value")
        if word is not None and said is not None:
            found[word] = said
    return found


def _detail(element: etree._Element | None) -> str:
    texts = []
    for child in element if element is not None else ():
        text = _child(child, "text")
        if _local(child) == "acknowledgementDetail" and text is not None:
            texts.append("".join(str(part) for part in text.itertext()).strip())
    return "\n".join(text for text in texts if text)


def _known(kind: type[Code], value: str | None) -> Code | None:
    return next((item for item in kind if item.value == value), None)
