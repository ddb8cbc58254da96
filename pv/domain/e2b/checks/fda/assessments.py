"""FDA's numbered rules on the causality assessment of an IND safety report.

Source: domain 6 (FDA's regional requirements and business rules).
"""

from collections.abc import Callable

from pv.domain.e2b.checks.fda.numbered import fda, under_ind
from pv.domain.e2b.checks.instances import GroupInstance, MessageFacts
from pv.domain.e2b.checks.profiles import Profile, warnings
from pv.domain.e2b.checks.rule import Authority, CheckKind, Rule, rule

PRE = (Profile.FDA_IND,)
_SUSPECT = frozenset("13")
_RELATED = frozenset({"Suspected", "Not Suspected"})
_ASSESSMENT = ("G.k.9.i.2.r.1", "G.k.9.i.2.r.2", "G.k.9.i.2.r.3")


def _no_assessment(elements: tuple[str, ...]) -> Callable[[MessageFacts, GroupInstance], bool]:
    """No suspect drug has one assessment that says all of the elements."""

    def broken(facts: MessageFacts, _: GroupInstance) -> bool:
        return under_ind(facts) and not any(
            all(one.text(element) for element in elements)
            for drug in facts.each("G.k")
            if drug.text("G.k.1") in _SUSPECT
            for row in drug.each("G.k.9.i")
            for one in row.each("G.k.9.i.2.r")
        )

    return broken


def _assessment(number: str, count: int, en: str, zh: str) -> Rule:
    return fda(
        number,
        _ASSESSMENT[count - 1],
        _no_assessment(_ASSESSMENT[:count]),
        f"An IND safety report needs, for a suspect drug and one event, an assessment with its"
        f" {en} ({_ASSESSMENT[count - 1]}).",
        f"IND 安全性报告至少要有一个怀疑药品对一个事件的评价，并填写{zh}"
        f"（{_ASSESSMENT[count - 1]}）。",
        profiles=PRE,
        touches=("C.1.3", "FDA.C.5.5a", "G.k.1", *_ASSESSMENT[: count - 1]),
    )


RULES: tuple[Rule, ...] = (
    _assessment("R0085", 1, "source", "评价来源"),
    _assessment("R0086", 2, "method", "评价方法"),
    _assessment("R0087", 3, "result", "评价结果"),
    rule(
        Authority.FDA,
        "G.k.9.i.2.r.3",
        "VALUE",
        lambda facts, place: (
            under_ind(facts)
            and place.text("G.k.9.i.2.r.3") is not None
            and place.text("G.k.9.i.2.r.3") not in _RELATED
        ),
        'The result of assessment (G.k.9.i.2.r.3) should be "Suspected" or "Not Suspected".',
        "评价结果（G.k.9.i.2.r.3）应为 Suspected 或 Not Suspected。",
        kind=CheckKind.CODE,
        scope="G.k.9.i.2.r",
        severity=warnings(*PRE),
        source="FDA rule R0087, the values its text names",
        touches=("FDA.C.5.5a",),
    ),
)
