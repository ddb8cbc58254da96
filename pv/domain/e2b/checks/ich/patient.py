"""ICH rules of section D: patient, history, past drugs, death, parent.

Source: domain 6 (ICH E2B(R3) implementation guide).
"""

from pv.domain.e2b.checks.instances import GroupInstance, MessageFacts
from pv.domain.e2b.checks.profiles import EVERYONE, warnings
from pv.domain.e2b.checks.rule import Authority, CheckKind, Rule, rule


def _says_anything(place: GroupInstance, without: str) -> bool:
    return any(code != without for code in place.values) or bool(place.node.groups)


def _history_missing(facts: MessageFacts, place: GroupInstance) -> bool:
    told = any(not history.node.is_empty() for history in facts.each("D.7.1.r"))
    return not told and not place.has("D.7.2")


def _about_parent(place: GroupInstance) -> bool:
    own = any(code.startswith("D.10.") and code != "D.10.6" for code in place.values)
    return own or bool(place.each("D.10.7.1.r")) or bool(place.each("D.10.8.r"))


def _coded_for_parent(facts: MessageFacts, place: GroupInstance) -> bool:
    code = place.text("D.7.1.r.1b")
    return (
        place.text("D.7.1.r.6") == "true"
        and code is not None
        and any(parent.text("D.10.7.1.r.1b") == code for parent in facts.each("D.10.7.1.r"))
    )


RULES: tuple[Rule, ...] = (
    rule(
        Authority.ICH,
        "D.7.1.r.6",
        "PARENT",
        _coded_for_parent,
        "The same condition is coded for the parent (D.10.7.1.r), so family history (D.7.1.r.6)"
        " must not be set for it.",
        "父母病史（D.10.7.1.r）已编码同一疾病，不应再标记家族史（D.7.1.r.6）。",
        kind=CheckKind.RELATION,
        scope="D.7.1.r",
        severity=warnings(*EVERYONE),
        touches=("D.10.7.1.r.1b", "D.7.1.r.1b"),
    ),
    rule(
        Authority.ICH,
        "D.7.2",
        "REQ",
        _history_missing,
        "No structured history is given (D.7.1.r), so D.7.2 must say what is known, or UNK.",
        "未填写结构化病史（D.7.1.r）时，必须在 D.7.2 用文字说明，或填 UNK。",
        touches=("D.7.1.r",),
    ),
    rule(
        Authority.ICH,
        "D.8.r.1",
        "REQ",
        lambda _, place: not place.has("D.8.r.1") and _says_anything(place, "D.8.r.1"),
        "A past drug is described, so its name as reported (D.8.r.1) must be given, or UNK.",
        "填写了既往用药信息时，必须填写药品名称（D.8.r.1），不详填 UNK。",
        scope="D.8.r",
    ),
    rule(
        Authority.ICH,
        "D.8.r.1",
        "NA",
        lambda _, place: place.flavor("D.8.r.1") == "NA" and _says_anything(place, "D.8.r.1"),
        "D.8.r.1 is NA, which means no previous exposure, yet the past drug is described.",
        "D.8.r.1 为 NA 表示无既往用药，但同时填写了用药信息。",
        kind=CheckKind.RELATION,
        scope="D.8.r",
        severity=warnings(*EVERYONE),
    ),
    rule(
        Authority.ICH,
        "D.8.r.2b",
        "ONE",
        lambda _, place: place.has("D.8.r.2b") and place.has("D.8.r.3b"),
        "A past drug may carry an MPID (D.8.r.2b) or a PhPID (D.8.r.3b), not both.",
        "既往用药的 MPID（D.8.r.2b）与 PhPID（D.8.r.3b）只能填一个。",
        kind=CheckKind.RELATION,
        scope="D.8.r",
        touches=("D.8.r.3b",),
    ),
    rule(
        Authority.ICH,
        "D.10.2.1",
        "ONE",
        lambda _, place: place.has("D.10.2.1") and place.has("D.10.2.2a"),
        "Give either the parent's date of birth (D.10.2.1) or age (D.10.2.2), not both.",
        "父母的出生日期（D.10.2.1）与年龄（D.10.2.2）只能填一个。",
        kind=CheckKind.RELATION,
        severity=warnings(*EVERYONE),
        touches=("D.10.2.2a",),
    ),
    rule(
        Authority.ICH,
        "D.10.6",
        "REQ",
        lambda _, place: _about_parent(place) and not place.has("D.10.6"),
        "The parent is described (D.10), so the parent's sex (D.10.6) must be given.",
        "填写了父母信息（D.10）时，必须填写父母性别（D.10.6）。",
    ),
    rule(
        Authority.ICH,
        "D.10.8.r.2b",
        "ONE",
        lambda _, place: place.has("D.10.8.r.2b") and place.has("D.10.8.r.3b"),
        "A past drug of the parent may carry an MPID or a PhPID, not both.",
        "父母既往用药的 MPID 与 PhPID 只能填一个。",
        kind=CheckKind.RELATION,
        scope="D.10.8.r",
        touches=("D.10.8.r.3b",),
    ),
)
