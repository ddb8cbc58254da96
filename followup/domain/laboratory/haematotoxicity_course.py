"""All four haematotoxicity grades of one infusion, counted up to what ends the counting.

Source: EHA/EBMT consensus grading of ICAHT (Rejeski et al., Blood 2023;142:865-877); T-ICAHT
(days are censored at progression, next therapy or death), domain 2.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from followup.domain.grading import Grade, GradingRules
from followup.domain.laboratory.haematotoxicity import near_a_limit, toxicities
from followup.domain.laboratory.points import Finding, FindingRule, Point, Rules, graded

END_OPEN = "day counting ends"
MEASURES = ("anc", "plt")


class EndReason(StrEnum):
    """What ends the counting of days."""

    DEATH = "DEATH"
    PROGRESSION = "PROGRESSION"
    NEXT_INFUSION = "NEXT_INFUSION"
    NEXT_THERAPY = "NEXT_THERAPY"


@dataclass(frozen=True, slots=True)
class CountingEnd:
    """Something that ends the counting, between two days; `last` None: perhaps not at all."""

    reason: EndReason
    first: date
    last: date | None


@dataclass(frozen=True, slots=True)
class Haematotoxicity:
    """One scale for one infusion: days 0.. of its window, the grade, the highest still possible.

    `last_day` None: the window has no end. `measured` counts days with a number in the window.
    """

    rule: FindingRule
    first_day: int
    last_day: int | None
    measured: int
    grade: Grade
    at_most: int


def windows(grading: GradingRules) -> dict[FindingRule, tuple[int, int | None]]:
    """First and last day after the infusion each scale counts, as the loaded rules have them."""
    late = grading.t_icaht_late
    return {
        FindingRule.EARLY_NEUTROPENIA: (
            grading.icaht_early.first_day,
            grading.icaht_early.last_day,
        ),
        FindingRule.LATE_NEUTROPENIA: (grading.icaht_late.after_day + 1, None),
        FindingRule.EARLY_THROMBOCYTOPENIA: (
            grading.t_icaht_early.first_day,
            grading.t_icaht_early.last_day,
        ),
        FindingRule.LATE_THROMBOCYTOPENIA: (late.first_day, late.last_day),
    }


def course(
    rules: Rules, infused_on: date, series: Sequence[Point], ends: Sequence[CountingEnd]
) -> tuple[Haematotoxicity, ...]:
    """The grades of the counts after one infusion; a scale without a count in its window is absent.

    Where the day of an end is not known, the grade is given only if it is the same for every day
    it may have been.
    """
    bounds = _bounds(infused_on, ends)
    found = []
    counts = windows(rules.grading)
    for measure in MEASURES:
        grades = _grades(rules, measure, series, bounds)
        for rule in sorted(grades, key=list(counts).index):
            grade, _longest = grades[rule]
            begin, end = counts[rule]
            days = {p.day for p in series if p.measure == measure and p.quantity is not None}
            measured = sum(begin <= day and (end is None or day <= end) for day in days)
            at_most = max((max(step.possible) for step in grade.steps), default=grade.at_least)
            found.append(Haematotoxicity(rule, begin, end, measured, grade, at_most))
    return tuple(found)


def haematotoxicity(
    rules: Rules, new: Point, series: Sequence[Point], ends: Sequence[CountingEnd] = ()
) -> list[Finding]:
    """Grades of the series the new value has a part in: a normal count raises nothing.

    Nothing is found of a value after the counting ended. Where the day of an end is not known, a
    grade that one of the days allows is found, open as the course says it.
    """
    near = near_a_limit(rules, new)
    bounds = _bounds(new.on - timedelta(days=new.day), ends)
    last = bounds[1]
    if not near or (last is not None and new.day >= last):
        return []
    return [
        graded(rule, new.measure, grade)
        for rule, (grade, longest) in _grades(rules, new.measure, series, bounds).items()
        if rule in near and longest.at_least >= rules.laboratory.icaht_from
    ]


def _bounds(infused_on: date, ends: Sequence[CountingEnd]) -> tuple[int | None, int | None]:
    """The first day after infusion the counting may have ended on, and the last; None: not yet."""
    first = min((_day(infused_on, end.first) for end in ends), default=None)
    last = min((_day(infused_on, end.last) for end in ends if end.last), default=None)
    return first, last


def _grades(
    rules: Rules, measure: str, series: Sequence[Point], bounds: tuple[int | None, int | None]
) -> dict[FindingRule, tuple[Grade, Grade]]:
    """By scale the grade as far as it is known, and the one of the longest counting."""
    first, last = bounds
    longest = toxicities(rules, measure, series, censored_on=last)
    if first == last:
        return {rule: (grade, grade) for rule, grade in longest.items()}
    shortest = toxicities(rules, measure, series, censored_on=first)
    return {rule: (_either(shortest.get(rule), grade), grade) for rule, grade in longest.items()}


def _day(infused_on: date, on: date) -> int:
    return max((on - infused_on).days, 0)


def _either(one: Grade | None, other: Grade) -> Grade:
    """The grade both give; open, with the reasoning of both, where they differ."""
    least = one.at_least if one else 0
    if one is not None and one.grade == other.grade and least == other.at_least:
        return other
    return Grade(
        other.scale,
        other.version,
        None,
        min(least, other.at_least),
        tuple(dict.fromkeys((*(one.steps if one else ()), *other.steps))),
        tuple(dict.fromkeys((*other.missing, END_OPEN))),
        other.confidence,
    )
