"""Message channels: what a robot or an SMS interface is sent, how often, what its answer means.

Source: the manuals of the robots that `messages.json` cites beside each number and code.
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from followup.domain import documents

_MINUTE = timedelta(minutes=1)
MOST_ADDRESS = 500
_SECRET_NAME = re.compile(r"key|token|secret|passw|pwd|credential|sign|auth", re.IGNORECASE)


class MessageKind(StrEnum):
    """What stands at the other end of a channel."""

    WECOM = "wecom"
    DINGTALK = "dingtalk"
    SMS = "sms"
    WECHAT = "wechat"


ROBOTS = frozenset({MessageKind.WECOM, MessageKind.DINGTALK})  # speak to a group


class Answer(StrEnum):
    """What an answer says of a message."""

    SENT = "sent"
    REFUSED = "refused"  # for good: the key, the signature, the message
    LATER = "later"  # refused for now
    UNKNOWN = "unknown"  # it may have arrived


@dataclass(frozen=True, slots=True)
class ChannelRules:
    """The rules of one kind. `signed_hours` is how long a signature is good; 0 signs nothing."""

    code: str
    en: str
    zh: str
    token_parameter: str
    per_minute: int
    digest: timedelta
    most_bytes: int
    answer_seconds: int
    signed_hours: int
    answer_field: str
    success: str
    refused: frozenset[str]


def read_message_rules(document: Mapping[str, Any]) -> dict[MessageKind, ChannelRules]:
    """The rules by kind; ValueError for a kind that is missing or numbers that send nothing."""
    rows = document["kinds"]
    codes = documents.codes(rows, "en", "zh", "token_parameter", "answer_field", "success")
    if codes != {kind.value for kind in MessageKind}:
        raise ValueError(f"the kinds are {', '.join(MessageKind)}")
    return {MessageKind(row["code"]): _rules(row) for row in rows}


def _rules(row: Mapping[str, Any]) -> ChannelRules:
    names = ("per_minute", "digest_minutes", "most_bytes", "answer_seconds", "signed_hours")
    documents.number(row, *names)
    if not row["per_minute"] or not row["answer_seconds"] or row["most_bytes"] < 200:
        raise ValueError("a channel with these numbers could not send anything")
    if not all(isinstance(code, str) for code in row["refused"]):
        raise ValueError("the refused codes are texts")
    return ChannelRules(
        code=row["code"],
        en=row["en"],
        zh=row["zh"],
        token_parameter=row["token_parameter"],
        per_minute=row["per_minute"],
        digest=timedelta(minutes=row["digest_minutes"]),
        most_bytes=row["most_bytes"],
        answer_seconds=row["answer_seconds"],
        signed_hours=row["signed_hours"],
        answer_field=row["answer_field"],
        success=row["success"],
        refused=frozenset(row["refused"]),
    )


def split_address(text: str, parameter: str) -> tuple[str, str]:
    """The address without its secret, and the secret in its query (empty when there is none).

    ValueError for what is no plain https address: an installation posts to no other.
    """
    text = text.strip()
    parts = urlsplit(text)
    if len(text) > MOST_ADDRESS or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("no address")
    if parts.scheme != "https" or not parts.hostname or parts.username or parts.password:
        raise ValueError("the address begins with https:// and names a host")
    if parts.port == 0:  # a port that is no number raises here
        raise ValueError("no port")
    parts.hostname.encode("idna")  # raises for labels that no name of a host may have
    query = parse_qsl(parts.query, keep_blank_values=True)
    tokens = [value for name, value in query if name == parameter]
    if len(set(tokens)) > 1:
        raise ValueError("two keys: nobody can tell which is meant")
    rest = [(name, value) for name, value in query if name != parameter]
    address = urlunsplit((parts.scheme, parts.netloc, parts.path or "/", urlencode(rest), ""))
    return address, tokens[-1] if tokens else ""


def secrets_named(address: str) -> list[str]:
    """Names of parameters that sound like a secret: an address is kept and shown as it is."""
    names = [name for name, _value in parse_qsl(urlsplit(address).query, keep_blank_values=True)]
    return [name for name in names if _SECRET_NAME.search(name)]


def dingtalk_signature(milliseconds: int, secret: str) -> str:
    """Base64 of HMAC-SHA256 over "milliseconds, line feed, secret", keyed by the secret."""
    signed = f"{milliseconds}\n{secret}".encode()
    return base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()


def target(kind: MessageKind, address: str, parameter: str, token: str) -> str:
    """Where a message is posted: robots carry their key in the address, an interface does not."""
    if kind not in ROBOTS:
        return address
    joint = "&" if "?" in address else "?"
    return f"{address}{joint}{parameter}={quote(token, safe='')}"


def signed(url: str, milliseconds: int, secret: str) -> str:
    """The address with the time and the signature of DingTalk."""
    sign = quote(dingtalk_signature(milliseconds, secret), safe="")
    return f"{url}&timestamp={milliseconds}&sign={sign}"


def cut(text: str, most_bytes: int) -> str:
    """The text within so many bytes of UTF-8, whole lines as far as possible, no half letter."""
    data = text.encode()
    if len(data) <= most_bytes:
        return text
    kept = data[: most_bytes - 3].decode(errors="ignore")
    whole, line, _rest = kept.rpartition("\n")
    return f"{whole if line else kept}\n…" if line else f"{kept}…"


def text_body(kind: MessageKind, text: str, id: str) -> bytes:
    """The body of a text for a robot, or of a test of an SMS interface."""
    if kind in ROBOTS:
        shape: dict[str, Any] = {"msgtype": "text", "text": {"content": text}}
    else:
        shape = {"id": id, "kind": "test"}
    return json.dumps(shape, ensure_ascii=False).encode()


def patient_body(id: str, about: str, to: str, text: str, values: Mapping[str, str]) -> bytes:
    """The body of a message to a patient: the text, and its parts for gateways with templates."""
    shape = {"id": id, "kind": about.lower(), "to": to, "text": text, "values": dict(values)}
    return json.dumps(shape, ensure_ascii=False).encode()


def judge(rules: ChannelRules, status: int, body: bytes) -> tuple[Answer, str]:
    """What an answer means, and its words. These systems say no with status 200.

    An answer nobody can read leaves open whether the message arrived, and so does a time-out (RFC
    9110, 15.5.9). Too early and too many (RFC 8470, 6585) are refusals for now.
    """
    if status in (425, 429):
        return Answer.LATER, f"HTTP {status}"
    if status == 408:
        return Answer.UNKNOWN, "HTTP 408"
    if 300 <= status < 500:
        return Answer.REFUSED, f"HTTP {status}"
    if status != 200:
        return Answer.UNKNOWN, f"HTTP {status}"
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        data = None
    code = data.get(rules.answer_field) if isinstance(data, dict) else None
    if isinstance(code, bool) or not isinstance(code, int | str):
        return Answer.UNKNOWN, "HTTP 200, unreadable"
    if str(code) == rules.success:
        return Answer.SENT, ""
    stated = next((data[name] for name in ("errmsg", "message") if name in data), "")
    words = f"{str(code)[:40]} {stated if isinstance(stated, str) else ''}".strip()
    return (Answer.REFUSED if str(code) in rules.refused else Answer.LATER), words


def wait(
    rules: ChannelRules, now: datetime, sent: Iterable[datetime], last_digest: datetime | None
) -> timedelta:
    """How long the next digest waits: for the interval of digests and the bucket of a minute."""
    until = now
    if last_digest is not None:
        until = max(until, last_digest + rules.digest)
    return max(until - now, bucket_wait(rules, now, sent))


def bucket_wait(rules: ChannelRules, now: datetime, sent: Iterable[datetime]) -> timedelta:
    """How long anything waits because a minute has its most messages already."""
    recent = sorted(at for at in sent if now - at < _MINUTE)
    if len(recent) < rules.per_minute:
        return timedelta(0)
    return recent[-rules.per_minute] + _MINUTE - now


@dataclass(frozen=True, slots=True)
class Due:
    """One obligation of a digest: its kind and last day; nothing of whom it is about."""

    obligation: str
    kind: str
    overdue: bool


def counts(dues: Iterable[Due]) -> list[tuple[str, int, int]]:
    """Kind, how many, how many of them overdue; an obligation of two people counts once."""
    once = {due.obligation: due for due in dues}
    kinds: dict[str, list[Due]] = {}
    for due in once.values():
        kinds.setdefault(due.kind, []).append(due)
    rows: Sequence[tuple[str, int, int]] = [
        (kind, len(some), sum(due.overdue for due in some)) for kind, some in kinds.items()
    ]
    return sorted(rows)
