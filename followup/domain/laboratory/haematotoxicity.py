"""Early and late haematotoxicity (ICAHT, T-ICAHT) out of the counts a register holds.

Source: EHA/EBMT consensus grading of ICAHT (Rejeski et al., Blood 2023;142:865-877).
"""

from collections.abc import Mapping, Sequence

from followup.domain.assessments.quantities import Quantity
from followup.domain.grading import Grade, late_neutropenia
from followup.domain.grading.cytopenias import grade_daily
from followup.domain.laboratory.points import FindingRule, Point, Rules

ANC, PLATELETS = "anc", "plt"
SCALES: Mapping[str, tuple[FindingRule, ...]] = {
    ANC: (FindingRule.EARLY_NEUTROPENIA, FindingRule.LATE_NEUTROPENIA),
    PLATELETS: (FindingRule.EARLY_THROMBOCYTOPENIA, FindingRule.LATE_THROMBOCYTOPENIA),
}


def toxicities(
    rules: Rules, measure: str, series: Sequence[Point], *, censored_on: int | None = None
) -> dict[FindingRule, Grade]:
    """The haematotoxicity grades of a series, early and late; only those with values to assess.

    Nothing counts from `censored_on` on (day after infusion of progression, next therapy, death).
    """
    known = [p for p in series if p.measure == measure and p.quantity is not None and p.day >= 0]
    known = [p for p in known if censored_on is None or p.day < censored_on]
    daily: dict[int, Quantity] = {}
    for point in known:
        assert point.quantity is not None
        before = daily.get(point.day)
        daily[point.day] = point.quantity if before is None else _lower(before, point.quantity)
    grading, made = rules.grading, dict[FindingRule, Grade]()
    early = {day: value for day, value in daily.items() if day <= grading.icaht_early.last_day}
    if measure == ANC:
        if early:
            made[FindingRule.EARLY_NEUTROPENIA] = grade_daily(
                grading.icaht_early, early, censored_on=censored_on
            )
        late = [(day, value) for day, value in daily.items() if day > grading.icaht_late.after_day]
        if late:
            made[FindingRule.LATE_NEUTROPENIA] = late_neutropenia(grading.icaht_late, late)
    if measure == PLATELETS:
        if early:
            made[FindingRule.EARLY_THROMBOCYTOPENIA] = grade_daily(
                grading.t_icaht_early, early, censored_on=censored_on
            )
        last = grading.t_icaht_late
        if any(last.first_day <= day <= last.last_day for day in daily):
            made[FindingRule.LATE_THROMBOCYTOPENIA] = grade_daily(
                last, daily, censored_on=censored_on
            )
    return made


def _lower(one: Quantity, other: Quantity) -> Quantity:
    """The lower of two values of a day; a bound without a number is kept only alone."""
    if one.value is None or other.value is None:
        return other if one.value is None else one
    return one if one.value <= other.value else other


def near_a_limit(rules: Rules, new: Point) -> frozenset[FindingRule]:
    """The scales a value can raise to the grade of the rules: in the window, under a limit."""
    return frozenset(
        rule
        for rule in SCALES.get(new.measure, ())
        if _within(rules, rule, new.day) and _low(rules, rule, new)
    )


def _low(rules: Rules, rule: FindingRule, new: Point) -> bool:
    """Whether the value is, or may be, under a limit of the grades the rules name."""
    least, value = rules.laboratory.icaht_from, new.quantity
    if value is None:
        return False
    if rule is FindingRule.LATE_NEUTROPENIA:
        limits = [n for grade, n in rules.grading.icaht_late.limits.items() if grade >= least]
        return any(value.at_most(limit) is not False for limit in limits)
    table = {
        FindingRule.EARLY_NEUTROPENIA: rules.grading.icaht_early,
        FindingRule.EARLY_THROMBOCYTOPENIA: rules.grading.t_icaht_early,
        FindingRule.LATE_THROMBOCYTOPENIA: rules.grading.t_icaht_late,
    }[rule]
    rows = [row for row in table.rows if row.grade >= least]
    return any(
        (value.at_most(row.limit) if row.inclusive else value.below(row.limit)) is not False
        for row in rows
    )


def _within(rules: Rules, rule: FindingRule, day: int) -> bool:
    """Whether a value of this day speaks to the rule at all."""
    grading = rules.grading
    windows: Mapping[FindingRule, tuple[int, int]] = {
        FindingRule.EARLY_NEUTROPENIA: (0, grading.icaht_early.last_day),
        FindingRule.LATE_NEUTROPENIA: (grading.icaht_late.after_day + 1, 1_000_000),
        FindingRule.EARLY_THROMBOCYTOPENIA: (0, grading.t_icaht_early.last_day),
        FindingRule.LATE_THROMBOCYTOPENIA: (
            grading.t_icaht_late.first_day,
            grading.t_icaht_late.last_day,
        ),
    }
    first, last = windows[rule]
    return first <= day <= last
