"""Haematotoxicity after CAR-T (ICAHT): neutrophils and platelets, early and late.

Source: domain 2 (Rejeski et al. 2023).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from followup.domain.assessments.quantities import Quantity
from followup.domain.grading.grades import Grade, GradingStep, RuleSource, Scale, step, worst


@dataclass(frozen=True, slots=True)
class DurationRow:
    """Grade for `least` to `most` days (None = no end) under `limit`; `inclusive` takes limit."""

    grade: int
    limit: Decimal
    inclusive: bool
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class DurationRules:
    """Days below limits within a window of days after infusion (day 0), as loaded data.

    `stable_days` is how many consecutive days above a limit end an episode; `never_above` names
    the limit and the grade for a patient who never rose above it in the whole window.
    """

    source: RuleSource
    item: str
    unit: str
    first_day: int
    last_day: int
    stable_days: int
    bridge_days: int
    never_above: tuple[Decimal, int] | None
    rows: tuple[DurationRow, ...]


@dataclass(frozen=True, slots=True)
class DaysBelow:
    """Least and most days under one limit that the known values allow."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class PointRules:
    """Grades by the number of measurements at or under a limit after the early window."""

    source: RuleSource
    item: str
    unit: str
    after_day: int
    least_points: int
    limits: Mapping[int, Decimal]


def read_duration_rules(data: Mapping[str, Any]) -> DurationRules:
    """The rules from one of the `icaht_early`, `t_icaht_early`, `t_icaht_late` parts."""
    rows = tuple(
        DurationRow(r["grade"], Decimal(r["limit"]), r["inclusive"], r["least"], r["most"])
        for r in data["rows"]
    )
    never = data["never_above"]
    return DurationRules(
        RuleSource(Scale(data["scale"]), data["version"], data["citation"], data["confidence"]),
        data["item"],
        data["unit"],
        data["first_day"],
        data["last_day"],
        data["stable_days"],
        data["bridge_days"],
        (Decimal(never["limit"]), never["grade"]) if never else None,
        rows,
    )


def read_point_rules(data: Mapping[str, Any]) -> PointRules:
    """The rules from the `icaht_late` part of the loaded grading data."""
    return PointRules(
        RuleSource(Scale(data["scale"]), data["version"], data["citation"], data["confidence"]),
        data["item"],
        data["unit"],
        data["after_day"],
        data["least_points"],
        {int(grade): Decimal(limit) for grade, limit in data["limits"].items()},
    )


def days_below(
    rules: DurationRules,
    daily: Mapping[int, Quantity],
    limit: Decimal,
    *,
    inclusive: bool,
    censored_on: int | None = None,
) -> DaysBelow:
    """Cumulative days under `limit` in the window, as least and most for the days not measured.

    `daily` is the lowest value of each day after infusion, in the rules' unit. A recovery shorter
    than `stable_days` between two low days counts as low. Nothing counts from `censored_on` on
    (day of progression, next therapy or death). Source: ICAHT and T-ICAHT papers.
    """
    last = rules.last_day if censored_on is None else min(rules.last_day, censored_on - 1)
    days: list[bool | None] = []
    for day in range(rules.first_day, last + 1):
        value = daily.get(day)
        if value is None:
            days.append(None)
        else:
            days.append(value.at_most(limit) if inclusive else value.below(limit))
    known = _bridged(days, rules.bridge_days)
    least = _count([bool(day) for day in known], rules.stable_days)
    most = _count([day is not False for day in known], rules.stable_days)
    return DaysBelow(least, most)


def _bridged(days: list[bool | None], longest: int) -> list[bool | None]:
    """Gaps of at most `longest` days between two like answers take that answer."""
    filled = list(days)
    known = [index for index, day in enumerate(days) if day is not None]
    for before, after in zip(known, known[1:], strict=False):
        if days[before] == days[after] and after - before - 1 <= longest:
            filled[before + 1 : after] = [days[before]] * (after - before - 1)
    return filled


def _count(low: list[bool], stable_days: int) -> int:
    """Low days, and the days of every recovery between two of them that was not stable."""
    positions = [index for index, is_low in enumerate(low) if is_low]
    total = len(positions)
    for before, after in zip(positions, positions[1:], strict=False):
        gap = after - before - 1
        total += gap if gap < stable_days else 0
    return total


def duration_grade(
    rules: DurationRules,
    days: Mapping[Decimal, DaysBelow | None],
    never_above: bool | None,
) -> Grade:
    """The highest grade met by the days under each limit; absent or None = not known.

    `never_above` answers whether the count never rose above the limit in the whole window; it is
    asked only where the rules have such a row.
    """
    steps = [_row_step(rules, row, days.get(row.limit)) for row in rules.rows]
    if rules.never_above:
        limit, grade = rules.never_above
        possible = {0, grade} if never_above is None else {grade if never_above else 0}
        gap = (f"{rules.item}: whether ever above {limit}",) if never_above is None else ()
        rule = f"{rules.source.scale.value}.NEVER_ABOVE"
        inputs = (("limit", limit), ("never_above", never_above))
        steps.append(step(rules.source, rule, inputs, possible, gap))
    return worst(rules.source, _relieved(steps))


def _row_step(rules: DurationRules, row: DurationRow, days: DaysBelow | None) -> GradingStep:
    rule = f"{rules.source.scale.value}.G{row.grade}"
    sign = "<=" if row.inclusive else "<"
    name = f"days {rules.item} {sign} {row.limit} {rules.unit}"
    if days is None:
        return step(rules.source, rule, ((name, None),), {0, row.grade}, (name,))
    shown = str(days.least) if days.least == days.most else f"{days.least}-{days.most}"
    certain = days.least >= row.least
    open_still = days.most >= row.least and not certain
    # `most` only ends the band of this row; a longer spell is the next row's, never less severe.
    possible = {row.grade} if certain else {0, row.grade} if open_still else {0}
    gap = (f"{rules.item} on days not measured",) if open_still else ()
    return step(rules.source, rule, ((name, shown),), possible, gap)


def _relieved(steps: list[GradingStep]) -> list[GradingStep]:
    """Rows that cannot raise the grade any more are closed: all measure the same series."""
    floor = max((min(s.possible) for s in steps), default=0)
    return [
        GradingStep(s.rule, s.inputs, (min(s.possible),), s.citation)
        if len(s.possible) > 1 and max(s.possible) <= floor and s.inputs[0][1] != "missing"
        else s
        for s in steps
    ]


def grade_daily(
    rules: DurationRules, daily: Mapping[int, Quantity], *, censored_on: int | None = None
) -> Grade:
    """Early ICAHT, early or late T-ICAHT from the daily counts; None where missing days matter."""
    days: dict[Decimal, DaysBelow | None] = {
        row.limit: days_below(
            rules, daily, row.limit, inclusive=row.inclusive, censored_on=censored_on
        )
        for row in rules.rows
    }
    never: bool | None = None
    if rules.never_above:
        never = _never_above(rules, daily, rules.never_above[0], censored_on)
    return duration_grade(rules, days, never)


def _never_above(
    rules: DurationRules, daily: Mapping[int, Quantity], limit: Decimal, censored_on: int | None
) -> bool | None:
    """True only for a whole window at or under the limit; a censored window cannot show it."""
    window = range(rules.first_day, rules.last_day + 1)
    seen = [d for d in window if censored_on is None or d < censored_on]
    answers = {daily[d].above(limit) if d in daily else None for d in seen}
    if True in answers or len(seen) < len(window):
        return False
    return None if None in answers else True


def late_neutropenia(rules: PointRules, counts: Sequence[tuple[int, Quantity]]) -> Grade:
    """Late ICAHT from (day, neutrophils) after day 30: a limit must be met at 2 time points.

    One low value is transient and gives no grade; fewer measurements than the rule asks for leave
    the grade None. Measurements on one day count once, the lowest of them.
    """
    late: dict[int, list[Quantity]] = {}
    for day, value in counts:
        if day > rules.after_day:
            late.setdefault(day, []).append(value)
    if len(late) < rules.least_points:
        gap = (f"{rules.item} at {rules.least_points} time points after day {rules.after_day}",)
        inputs = (("time points", len(late)),)
        possible = (0, *rules.limits)
        rule = f"{rules.source.scale.value}.POINTS"
        return worst(rules.source, (step(rules.source, rule, inputs, possible, gap),))
    return worst(rules.source, [_point_step(rules, grade, late) for grade in sorted(rules.limits)])


def _point_step(
    rules: PointRules, grade: int, late: Mapping[int, Sequence[Quantity]]
) -> GradingStep:
    limit = rules.limits[grade]
    answers = [{value.at_most(limit) for value in values} for values in late.values()]
    certain = sum(True in answer for answer in answers)
    maybe = sum(True in answer or None in answer for answer in answers)
    inputs = ((f"time points with {rules.item} <= {limit} {rules.unit}", certain),)
    rule = f"{rules.source.scale.value}.G{grade}"
    if certain >= rules.least_points:
        return step(rules.source, rule, inputs, {grade})
    if maybe >= rules.least_points:
        return step(rules.source, rule, inputs, {0, grade}, (f"{rules.item}: exact value",))
    return step(rules.source, rule, inputs, {0})
