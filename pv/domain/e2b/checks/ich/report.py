"""ICH rules of section C: identification of the report, sources, sender, study.

Source: domain 6 (ICH E2B(R3) implementation guide).
"""

import re

from pv.domain.e2b.checks.instances import MESSAGE, GroupInstance, MessageFacts
from pv.domain.e2b.checks.profiles import EVERYONE, warnings
from pv.domain.e2b.checks.rule import Authority, CheckKind, Rule, rule

_IDENTIFIER = re.compile(r"[A-Z]{2}-.+-.+")


def _listed(place: GroupInstance, group: str, element: str) -> bool:
    """Whether the group occurs and every instance of it has the element."""
    nodes = place.each(group)
    return bool(nodes) and all(node.values.get(element) for node in nodes)


def _primary(facts: MessageFacts) -> int:
    return sum(place.text("C.2.r.5") == "1" for place in facts.each("C.2.r"))


def _malformed(place: GroupInstance, element: str) -> bool:
    text = place.text(element)
    return text is not None and _IDENTIFIER.fullmatch(text) is None


def _links_itself(facts: MessageFacts, place: GroupInstance) -> bool:
    name = place.text("C.1.10.r")
    return name is not None and name.strip() in {
        facts.message.text("C.1.1"),
        facts.message.text("C.1.8.1"),
    }


def _form(element: str, scope: str = MESSAGE) -> Rule:
    return rule(
        Authority.ICH,
        element,
        "FORMAT",
        lambda _, place: _malformed(place, element),
        f"{element} must read country code, company or authority, report number, joined by"
        " hyphens, as in CN-COMPANY-12345.",
        f"{element} 的格式应为“国家代码-公司或监管机构名称-报告编号”，如 CN-COMPANY-12345。",
        kind=CheckKind.TYPE,
        scope=scope,
        severity=warnings(*EVERYONE),
    )


RULES: tuple[Rule, ...] = (
    _form("C.1.1"),
    _form("C.1.8.1"),
    _form("C.1.9.1.r.2", "C.1.9.1.r"),
    rule(
        Authority.ICH,
        "C.1.10.r",
        "SELF",
        _links_itself,
        "A report is linked to other reports (C.1.10.r), not to itself (C.1.1, C.1.8.1).",
        "关联报告编号（C.1.10.r）应为其他报告的编号，不能是本报告自身的编号（C.1.1、C.1.8.1）。",
        kind=CheckKind.RELATION,
        scope="C.1.10.r",
        severity=warnings(*EVERYONE),
        touches=("C.1.1", "C.1.8.1"),
    ),
    rule(
        Authority.ICH,
        "C.1.6.1.r.1",
        "REQ",
        lambda _, place: (
            place.text("C.1.6.1") == "true" and not _listed(place, "C.1.6.1.r", "C.1.6.1.r.1")
        ),
        "Additional documents are available (C.1.6.1 is true), so each must be named in"
        " C.1.6.1.r.1.",
        "有附加文件（C.1.6.1 为 true）时，须在 C.1.6.1.r.1 逐一列出文件名称。",
        touches=("C.1.6.1",),
    ),
    rule(
        Authority.ICH,
        "C.1.7",
        "RETRANSMIT",
        lambda _, place: place.flavor("C.1.7") == "NI",
        "C.1.7 is NI, which is only meant for a case first received in E2B(R2) without it.",
        "C.1.7 为 NI，仅适用于以 E2B(R2) 首次收到且原报告未填写该项的病例。",
        kind=CheckKind.RELATION,
        severity=warnings(*EVERYONE),
    ),
    rule(
        Authority.ICH,
        "C.1.9.1.r.1",
        "REQ",
        lambda _, place: (
            place.text("C.1.9.1") == "true" and not _listed(place, "C.1.9.1.r", "C.1.9.1.r.1")
        ),
        "Other case identifiers exist (C.1.9.1 is true), so the source of each (C.1.9.1.r.1)"
        " must be given.",
        "存在其他病例标识（C.1.9.1 为 true）时，须逐一填写其来源（C.1.9.1.r.1）。",
        touches=("C.1.9.1",),
    ),
    rule(
        Authority.ICH,
        "C.1.9.1.r.2",
        "REQ",
        lambda _, place: (
            place.text("C.1.9.1") == "true" and not _listed(place, "C.1.9.1.r", "C.1.9.1.r.2")
        ),
        "Other case identifiers exist (C.1.9.1 is true), so each identifier (C.1.9.1.r.2)"
        " must be given.",
        "存在其他病例标识（C.1.9.1 为 true）时，须逐一填写病例标识（C.1.9.1.r.2）。",
        touches=("C.1.9.1",),
    ),
    rule(
        Authority.ICH,
        "C.2.r",
        "REQ",
        lambda facts, _: not facts.each("C.2.r"),
        "At least one primary source (C.2.r) must be given.",
        "至少应有一个主要来源（C.2.r）。",
        kind=CheckKind.REQUIRED,
    ),
    rule(
        Authority.ICH,
        "C.2.r.3",
        "REQ",
        lambda _, place: place.text("C.2.r.5") == "1" and not place.has("C.2.r.3"),
        "The primary source for regulatory purposes (C.2.r.5 is 1) must have a country (C.2.r.3).",
        "监管用途的主要来源（C.2.r.5 为 1）必须填写国家（C.2.r.3）。",
        scope="C.2.r",
        touches=("C.2.r.5",),
    ),
    rule(
        Authority.ICH,
        "C.2.r.4",
        "REQ",
        lambda _, place: place.text("C.2.r.5") == "1" and not place.has("C.2.r.4"),
        "The primary source for regulatory purposes (C.2.r.5 is 1) must have a qualification"
        " (C.2.r.4), or UNK.",
        "监管用途的主要来源（C.2.r.5 为 1）必须填写资质（C.2.r.4），不详填 UNK。",
        scope="C.2.r",
        touches=("C.2.r.5",),
    ),
    rule(
        Authority.ICH,
        "C.2.r.5",
        "REQ",
        lambda facts, _: bool(facts.each("C.2.r")) and _primary(facts) == 0,
        "One primary source must be marked as primary for regulatory purposes (C.2.r.5 is 1).",
        "须将一个主要来源标记为监管用途的主要来源（C.2.r.5 为 1）。",
    ),
    rule(
        Authority.ICH,
        "C.2.r.5",
        "ONE",
        lambda facts, _: _primary(facts) > 1,
        "Only one primary source may be marked as primary for regulatory purposes (C.2.r.5).",
        "只能有一个来源标记为监管用途的主要来源（C.2.r.5）。",
        kind=CheckKind.RELATION,
    ),
    rule(
        Authority.ICH,
        "C.3.2",
        "REQ",
        lambda _, place: (
            place.has("C.3.1") and place.text("C.3.1") != "7" and not place.has("C.3.2")
        ),
        "The sender's organisation (C.3.2) must be given unless the sender is a patient or"
        " consumer (C.3.1 is 7).",
        "除发送者为患者/消费者（C.3.1 为 7）外，必须填写发送者单位（C.3.2）。",
        touches=("C.3.1",),
    ),
    rule(
        Authority.ICH,
        "C.5.4",
        "REQ",
        lambda _, place: place.text("C.1.3") == "2" and not place.has("C.5.4"),
        "A report from a study (C.1.3 is 2) must give the study type (C.5.4).",
        "研究报告（C.1.3 为 2）必须填写研究类型（C.5.4）。",
        touches=("C.1.3",),
    ),
)
