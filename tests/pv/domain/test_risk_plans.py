"""Risk management plans: gaps of a version, differences between two."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from pv.domain.risk_plans import (
    ACTIVITIES,
    MISSING_INFORMATION,
    Difference,
    Gap,
    MeasureKind,
    PlanChange,
    PlanGap,
    PlanMeasureFacts,
    PlanRiskFacts,
    differences,
    gaps,
)

CATEGORIES = ("IMPORTANT_IDENTIFIED", "IMPORTANT_POTENTIAL", MISSING_INFORMATION)
DAY = date(2027, 3, 1)


def measure(lineage: str, kind: MeasureKind, *, owner: str = "QPPV", due: date | None = None):
    return PlanMeasureFacts(lineage, kind, f"measure {lineage}", owner, due)


def test_a_version_without_a_risk_is_none() -> None:
    assert gaps([]) == [Gap(PlanGap.NO_RISK)]


def test_each_risk_is_watched_and_acted_on() -> None:
    bare = PlanRiskFacts("CRS", "IMPORTANT_IDENTIFIED")
    assert gaps([bare]) == [Gap(PlanGap.NO_ACTIVITY, "CRS"), Gap(PlanGap.NO_MINIMISATION, "CRS")]
    watched = PlanRiskFacts(
        "Pregnancy", MISSING_INFORMATION, (measure("a", MeasureKind.ROUTINE_ACTIVITY),)
    )
    assert gaps([watched]) == []
    unowned = measure("a", MeasureKind.ADDITIONAL_ACTIVITY, owner=" ", due=DAY)
    assert gaps([PlanRiskFacts("Pregnancy", MISSING_INFORMATION, (unowned,))]) == [
        Gap(PlanGap.NO_OWNER, "Pregnancy")
    ]


def test_what_changed_is_told_by_risk() -> None:
    watch = measure("a", MeasureKind.ROUTINE_ACTIVITY)
    later = measure("a", MeasureKind.ROUTINE_ACTIVITY, due=DAY)
    card = measure("b", MeasureKind.ADDITIONAL_MINIMISATION)
    before = [
        PlanRiskFacts("CRS", "IMPORTANT_IDENTIFIED", (watch, card)),
        PlanRiskFacts("Old", "IMPORTANT_POTENTIAL"),
        PlanRiskFacts("T-cell", "IMPORTANT_POTENTIAL"),
    ]
    new = measure("c", MeasureKind.ADDITIONAL_ACTIVITY)
    after = [
        PlanRiskFacts("CRS", "IMPORTANT_IDENTIFIED", (later, new)),
        PlanRiskFacts("T-cell", "IMPORTANT_IDENTIFIED"),
        PlanRiskFacts("IEC-EC", "IMPORTANT_POTENTIAL"),
    ]
    assert differences(before, after) == [
        Difference(PlanChange.RISK_REMOVED, "Old"),
        Difference(PlanChange.MEASURE_REMOVED, "CRS", "measure b"),
        Difference(PlanChange.MEASURE_CHANGED, "CRS", "measure a"),
        Difference(PlanChange.MEASURE_ADDED, "CRS", "measure c"),
        Difference(PlanChange.CATEGORY_CHANGED, "T-cell", "IMPORTANT_IDENTIFIED"),
        Difference(PlanChange.RISK_ADDED, "IEC-EC", "IMPORTANT_POTENTIAL"),
    ]


MEASURES = st.builds(
    measure,
    st.sampled_from("abcd"),
    st.sampled_from(list(MeasureKind)),
    owner=st.sampled_from(["", "QPPV"]),
    due=st.sampled_from([None, DAY]),
)
PLANS = st.lists(
    st.builds(
        PlanRiskFacts,
        st.sampled_from(["CRS", "ICANS", "SPM"]),
        st.sampled_from(CATEGORIES),
        st.lists(MEASURES, max_size=3, unique_by=lambda m: m.lineage).map(tuple),
    ),
    max_size=3,
    unique_by=lambda risk: risk.name,
)
OPPOSITE = {
    PlanChange.RISK_ADDED: PlanChange.RISK_REMOVED,
    PlanChange.MEASURE_ADDED: PlanChange.MEASURE_REMOVED,
}


@given(PLANS, PLANS)
def test_what_is_added_one_way_is_removed_the_other(before, after) -> None:
    there, back = differences(before, after), differences(after, before)
    for added, removed in OPPOSITE.items():
        assert sorted(d.risk for d in there if d.code is added) == sorted(
            d.risk for d in back if d.code is removed
        )
    same = (PlanChange.CATEGORY_CHANGED, PlanChange.MEASURE_CHANGED)
    for code in same:
        assert sum(d.code is code for d in there) == sum(d.code is code for d in back)
    shape = {risk.name: (risk.category, frozenset(risk.measures)) for risk in before}
    other = {risk.name: (risk.category, frozenset(risk.measures)) for risk in after}
    assert (there == []) == (shape == other)


@given(PLANS)
def test_gaps_are_those_of_each_risk_alone_whatever_the_order(risks) -> None:
    if not risks:
        return
    every = [gap for risk in risks for gap in gaps([risk])]
    assert gaps(risks) == every
    assert sorted(gaps(risks[::-1]), key=str) == sorted(every, key=str)
    for risk in risks:
        watched = any(m.kind in ACTIVITIES for m in risk.measures)
        assert (Gap(PlanGap.NO_ACTIVITY, risk.name) in every) == (not watched)
