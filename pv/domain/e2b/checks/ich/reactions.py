"""ICH rules of sections E and F and of coding: reactions, tests, one MedDRA version.

Source: domain 6 (ICH E2B(R3) implementation guide).
"""

from pv.domain.e2b.checks.instances import GroupInstance, MessageFacts
from pv.domain.e2b.checks.profiles import EVERYONE, warnings
from pv.domain.e2b.checks.rule import Authority, CheckKind, Rule, rule
from pv.domain.e2b.elements import ELEMENTS

VERSIONS = tuple(
    (element.group, element.code)
    for element in ELEMENTS.values()
    if element.code_list == "MEDDRA_VERSION"
)
_RESULTS = ("F.r.3.1", "F.r.3.2", "F.r.3.4")
_NAMES = ("F.r.2.1", "F.r.2.2b")
_PROFESSIONALS = frozenset("123")


def versions(facts: MessageFacts) -> set[str]:
    """The MedDRA versions that occur anywhere in the message."""
    found = set()
    for group, code in VERSIONS:
        for place in facts.each(group):
            version = place.text(code)
            if version is not None:
                found.add(version)
    return found


def named(place: GroupInstance) -> bool:
    """Whether a test (F.r) has a name, as text or as a MedDRA code."""
    return any(place.has(code) for code in _NAMES)


def resulted(place: GroupInstance) -> bool:
    """Whether a test (F.r) has a result in any of the three forms."""
    return any(place.has(code) for code in _RESULTS)


def _confirmed_twice(facts: MessageFacts, place: GroupInstance) -> bool:
    return place.has("E.i.8") and any(
        source.text("C.2.r.5") == "1" and source.text("C.2.r.4") in _PROFESSIONALS
        for source in facts.each("C.2.r")
    )


RULES: tuple[Rule, ...] = (
    rule(
        Authority.ICH,
        "E.i",
        "REQ",
        lambda facts, _: not facts.each("E.i"),
        "At least one reaction or event (E.i) must be given.",
        "至少应有一个反应/事件（E.i）。",
        kind=CheckKind.REQUIRED,
    ),
    rule(
        Authority.ICH,
        "E.i.8",
        "HCP",
        _confirmed_twice,
        "The report comes from a healthcare professional, so medical confirmation (E.i.8) is"
        " not transmitted.",
        "报告来自医务人员时，不传输“是否经医务人员确认”（E.i.8）。",
        kind=CheckKind.RELATION,
        scope="E.i",
        severity=warnings(*EVERYONE),
        touches=("C.2.r.4", "C.2.r.5"),
    ),
    rule(
        Authority.ICH,
        "E.i.2.1a",
        "MEDDRA",
        lambda facts, _: len(versions(facts)) > 1,
        "All MedDRA codes of one report must be of one MedDRA version.",
        "同一份报告的所有 MedDRA 编码必须使用同一版本。",
        kind=CheckKind.TERMS,
        touches=tuple(code for _, code in VERSIONS if code != "E.i.2.1a"),
    ),
    rule(
        Authority.ICH,
        "F.r.1",
        "REQ",
        lambda _, place: named(place) and not place.has("F.r.1"),
        "A test is named, so its date (F.r.1) must be given; UNK when it is unknown.",
        "填写了检查名称时必须填写检查日期（F.r.1），不详填 UNK。",
        scope="F.r",
        touches=_NAMES,
    ),
    rule(
        Authority.ICH,
        "F.r.2.1",
        "REQ",
        lambda _, place: (place.has("F.r.1") or resulted(place)) and not named(place),
        "A test is reported, so its name must be given as text (F.r.2.1) or MedDRA code"
        " (F.r.2.2b).",
        "填写了检查时，须以文字（F.r.2.1）或 MedDRA 编码（F.r.2.2b）给出检查名称。",
        scope="F.r",
        touches=("F.r.1", "F.r.2.2b"),
    ),
    rule(
        Authority.ICH,
        "F.r.3.4",
        "REQ",
        lambda _, place: named(place) and not resulted(place),
        "A test is named, so its result must be given in F.r.3.1, F.r.3.2 or F.r.3.4.",
        "填写了检查名称时，须在 F.r.3.1、F.r.3.2 或 F.r.3.4 之一填写结果。",
        scope="F.r",
        touches=("F.r.2.1", "F.r.2.2b", "F.r.3.1", "F.r.3.2"),
    ),
)
