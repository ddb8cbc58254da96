"""What a new laboratory value says in long-term follow-up: grades, and what to keep an eye on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from followup.domain.assessments.markers import (
    Answer,
    Flag,
    MarkerRules,
    b_cell_aplasia,
    hypogammaglobulinaemia,
    low_cd4,
    vector_positive,
)
from followup.domain.assessments.quantities import Quantity
from followup.domain.grading import Grade, GradingRules, laboratory_grade, late_neutropenia
from followup.domain.grading.cytopenias import grade_daily
from followup.domain.laboratory.measures import LaboratoryRules

ANC, PLATELETS = "anc", "plt"


class FindingRule(StrEnum):
    """Which rule a value met."""

    CYTOPENIA = "CYTOPENIA"
    EARLY_NEUTROPENIA = "EARLY_NEUTROPENIA"
    LATE_NEUTROPENIA = "LATE_NEUTROPENIA"
    EARLY_THROMBOCYTOPENIA = "EARLY_THROMBOCYTOPENIA"
    LATE_THROMBOCYTOPENIA = "LATE_THROMBOCYTOPENIA"
    B_CELL_APLASIA = "B_CELL_APLASIA"
    LOW_IGG = "LOW_IGG"
    LOW_CD4 = "LOW_CD4"
    VECTOR_POSITIVE = "VECTOR_POSITIVE"
    RCL_POSITIVE = "RCL_POSITIVE"


# What may be an adverse event a person reports; the others are looked after until answered.
EVENTS = frozenset(
    {
        FindingRule.CYTOPENIA,
        FindingRule.EARLY_NEUTROPENIA,
        FindingRule.LATE_NEUTROPENIA,
        FindingRule.EARLY_THROMBOCYTOPENIA,
        FindingRule.LATE_THROMBOCYTOPENIA,
        FindingRule.RCL_POSITIVE,
    }
)


COUNTED = frozenset(
    {
        FindingRule.EARLY_NEUTROPENIA,
        FindingRule.LATE_NEUTROPENIA,
        FindingRule.EARLY_THROMBOCYTOPENIA,
        FindingRule.LATE_THROMBOCYTOPENIA,
    }
)


@dataclass(frozen=True, slots=True)
class Point:
    """One value as it stands; `day` counts from the infusion, `quantity` None is no number."""

    key: str
    measure: str
    on: date
    day: int
    quantity: Quantity | None
    finding: str = ""
    range_low: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that a value met. `level` orders findings of one rule; a grade keeps its scale.

    `grade` is None while an input is missing: `level` is then what is certain already.
    """

    rule: FindingRule
    measure: str
    level: int
    scale: str
    grade: int | None
    reasoning: tuple[str, ...]
    citation: str
    due_days: int | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """All a value is held against."""

    laboratory: LaboratoryRules
    grading: GradingRules
    markers: MarkerRules


def grade_of(rules: Rules, point: Point) -> Grade | None:
    """The CTCAE grade of one value; None for a measure without a row, or without a number."""
    item = rules.laboratory.measures[point.measure].ctcae
    if not item or point.quantity is None:
        return None
    rule = rules.grading.ctcae.laboratory[item]
    return laboratory_grade(rule, point.quantity, lower_limit=point.range_low)


def lines(grade: Grade) -> tuple[str, ...]:
    """The reasoning of a grade, a line a step."""
    return tuple(
        f"{step.rule}: {', '.join(f'{name} = {value}' for name, value in step.inputs)}"
        f" → {'/'.join(map(str, step.possible))}"
        for step in grade.steps
    )


def assess(rules: Rules, new: Point, series: Sequence[Point]) -> tuple[Finding, ...]:
    """What the new value says, seen in the series of the same infusion (itself included).

    Source: domain 2.1 (markers), 2.4 (CTCAE), 2.8 (ICAHT), 1.1.8 and 1.1.13.
    """
    found = [_cytopenia(rules, new), *_haematotoxicity(rules, new, series)]
    found += [_marker(rules, new, series), _virus(rules, new)]
    return tuple(finding for finding in found if finding is not None)


def _cytopenia(rules: Rules, new: Point) -> Finding | None:
    """A single count of the grade the rules name or worse, once the first weeks are over."""
    least = rules.laboratory.ctcae_from.get(new.measure)
    grade = grade_of(rules, new)
    if least is None or grade is None or new.day <= rules.laboratory.after_day:
        return None
    if grade.at_least < least:
        return None
    return _graded(FindingRule.CYTOPENIA, new.measure, grade)


def _graded(rule: FindingRule, measure: str, grade: Grade) -> Finding:
    return Finding(
        rule,
        measure,
        grade.at_least,
        grade.scale.value,
        grade.grade,
        lines(grade),
        grade.steps[0].citation if grade.steps else "",
    )


def toxicities(rules: Rules, measure: str, series: Sequence[Point]) -> dict[FindingRule, Grade]:
    """The haematotoxicity grades of a series, early and late; only those with values to judge."""
    known = [p for p in series if p.measure == measure and p.quantity is not None and p.day >= 0]
    daily: dict[int, Quantity] = {}
    for point in known:
        assert point.quantity is not None
        before = daily.get(point.day)
        daily[point.day] = point.quantity if before is None else _lower(before, point.quantity)
    grading, made = rules.grading, dict[FindingRule, Grade]()
    early = {day: value for day, value in daily.items() if day <= grading.icaht_early.last_day}
    if measure == ANC:
        if early:
            made[FindingRule.EARLY_NEUTROPENIA] = grade_daily(grading.icaht_early, early)
        late = [(day, value) for day, value in daily.items() if day > grading.icaht_late.after_day]
        if late:
            made[FindingRule.LATE_NEUTROPENIA] = late_neutropenia(grading.icaht_late, late)
    if measure == PLATELETS:
        if early:
            made[FindingRule.EARLY_THROMBOCYTOPENIA] = grade_daily(grading.t_icaht_early, early)
        last = grading.t_icaht_late
        if any(last.first_day <= day <= last.last_day for day in daily):
            made[FindingRule.LATE_THROMBOCYTOPENIA] = grade_daily(last, daily)
    return made


def _lower(one: Quantity, other: Quantity) -> Quantity:
    """The lower of two values of a day; a bound without a number is kept only alone."""
    if one.value is None or other.value is None:
        return other if one.value is None else one
    return one if one.value <= other.value else other


def _haematotoxicity(rules: Rules, new: Point, series: Sequence[Point]) -> list[Finding]:
    """Grades of the series the new value has a part in: a normal count raises nothing."""
    found = []
    for rule, grade in toxicities(rules, new.measure, series).items():
        least = rules.laboratory.icaht_from
        if grade.at_least < least or not _within(rules, rule, new.day):
            continue
        if _low(rules, rule, new):
            found.append(_graded(rule, new.measure, grade))
    return found


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


def _same_day(series: Sequence[Point], new: Point, measure: str) -> Quantity | None:
    values = [p.quantity for p in series if p.measure == measure and p.on == new.on and p.quantity]
    return values[-1] if values else None


def flag_of(rules: Rules, new: Point, series: Sequence[Point]) -> tuple[FindingRule, Flag] | None:
    """The marker a measure is looked at for, with its answer; None for any other measure.

    Whether immunoglobulins were replaced is not known of a value that came from a laboratory: a
    low value is low either way, a normal one answers nothing.
    """
    value = new.quantity
    if new.day < 0:
        return None
    if new.measure == "cd19":
        return FindingRule.B_CELL_APLASIA, b_cell_aplasia(rules.markers, value)
    if new.measure == "cd19_percent":
        count = _same_day(series, new, "cd19")
        return FindingRule.B_CELL_APLASIA, b_cell_aplasia(rules.markers, count, value)
    if new.measure == "igg":
        return FindingRule.LOW_IGG, hypogammaglobulinaemia(rules.markers, value, None)
    if new.measure == "cd4":
        return FindingRule.LOW_CD4, low_cd4(rules.markers, value)
    if new.measure in ("car_transgene", "vcn", "vector_positive"):
        return FindingRule.VECTOR_POSITIVE, _vector(rules, new, series)
    return None


def _vector(rules: Rules, new: Point, series: Sequence[Point]) -> Flag:
    copies = _same_day(series, new, "car_transgene")
    share = _same_day(series, new, "vector_positive")
    number = _same_day(series, new, "vcn")
    exact = number.value if number is not None and number.relation.value == "=" else None
    return vector_positive(
        rules.markers,
        copies_per_ug=copies,
        vcn=exact if exact is not None and exact >= 1 else None,
        percent_positive=share,
    )


def _marker(rules: Rules, new: Point, series: Sequence[Point]) -> Finding | None:
    judged = flag_of(rules, new, series)
    if judged is None:
        return None
    rule, flag = judged
    # Passed at one copy a cell and the copies not known: the share is open, and is looked after.
    opened = (
        rule is FindingRule.VECTOR_POSITIVE
        and flag.answer is Answer.UNKNOWN
        and flag.missing == ("vcn",)
    )
    if flag.answer is not Answer.YES and not opened:
        return None
    words = ", ".join(f"{name} = {value}" for name, value in flag.inputs)
    due = rules.laboratory.analysis_days if rule is FindingRule.VECTOR_POSITIVE else None
    citation = rules.laboratory.analysis_citation if due else flag.citation
    reasoning = (f"{flag.rule}: {words} → {flag.answer.value}",)
    return Finding(rule, new.measure, 1, "", None, reasoning, citation, due)


def _virus(rules: Rules, new: Point) -> Finding | None:
    if new.measure != "rcl" or new.finding != "POSITIVE" or new.day < 0:
        return None
    reasoning = ("RCL: finding = POSITIVE",)
    citation = rules.laboratory.rcl_citation
    return Finding(FindingRule.RCL_POSITIVE, new.measure, 1, "", None, reasoning, citation, 0)


def ends_episode(rules: Rules, rule: FindingRule, level: int, point: Point) -> bool:
    """Whether this value says that what the rule found is over, or was less than `level`."""
    if rule is FindingRule.CYTOPENIA:
        grade = grade_of(rules, point)
        return grade is not None and grade.grade is not None and grade.grade < level
    if rule in COUNTED:
        return False  # days and time points add up over the whole window
    if rule is FindingRule.RCL_POSITIVE:
        return point.finding == "NEGATIVE"
    if rule is FindingRule.LOW_IGG:  # at or over the limit ends it, replaced or not
        return point.quantity is not None and (
            point.quantity.below(rules.markers.igg_below) is False
        )
    judged = flag_of(rules, point, (point,))
    return judged is not None and judged[1].answer is Answer.NO


def is_new(
    rules: Rules,
    finding: Finding,
    new: Point,
    earlier: Sequence[tuple[int, date]],
    series: Sequence[Point],
) -> bool:
    """Whether a finding opens an episode of its own, given the (level, day) of those before.

    The same low value week after week is one episode: a further item comes when it is worse, or
    when a value in between had ended it.
    """
    for level, on in earlier:
        if level < finding.level:
            continue
        first, last = sorted((on, new.on))
        between = [p for p in series if p.measure == finding.measure and first < p.on < last]
        if not any(ends_episode(rules, finding.rule, finding.level, p) for p in between):
            return False
    return True
