"""Calendars of periodic reports: PSUR, PBRER, DSUR, US periodic reports; coverage without gaps.

Source: domain 4.4.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Self

from followup.domain.dates import add_months
from pv.domain.clocks.deadlines import Reason


class DueFrom(StrEnum):
    """The day from which the time to submit is counted."""

    DLP = "dlp"
    ANNIVERSARY = "anniversary"


@dataclass(frozen=True, slots=True)
class Cycle:
    """A length of period, and how long it is used: so many months, until an event, or for good.

    `expected_months` after the start the event is expected; a later period awaits it.
    """

    every_months: int
    until_months: int | None
    until_event: str | None
    expected_months: int | None = None


@dataclass(frozen=True, slots=True)
class DueRule:
    """Time to submit, for periods up to `up_to_months` (None: any)."""

    amount: int
    unit: str
    start: DueFrom
    up_to_months: int | None

    def due(self, data_lock: date, anniversary: date) -> date:
        """Last day to submit; ValueError for a unit that is neither calendar days nor months."""
        start = data_lock if self.start is DueFrom.DLP else anniversary
        if self.unit == "calendar_days":
            return start + timedelta(days=self.amount)
        if self.unit == "months":
            return add_months(start, self.amount)
        raise ValueError(f"periodic reports do not count {self.unit}")


@dataclass(frozen=True, slots=True)
class PeriodicRule:
    """One row of the table of periodic reports (domain 4.4), valid for a span of dates."""

    id: str
    version: str
    regime: str
    name: Mapping[str, str]
    starts: tuple[str, ...]
    cycles: tuple[Cycle, ...]
    due_rules: tuple[DueRule, ...]
    end_inclusive: bool
    citation: str
    confidence: str
    valid_from: date | None
    valid_to: date | None

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Build from one entry of `periodic` in `rule_sets.json`.

        ValueError when no cycle runs for good or a period would be without a due rule.
        """
        cycles = tuple(Cycle(**c) for c in data["cycles"])
        rules = tuple(
            DueRule(d["amount"], d["unit"], DueFrom(d["from"]), d["up_to_months"])
            for d in data["due"]
        )
        last = cycles[-1]
        if last.until_months is not None or last.until_event is not None:
            raise ValueError(f"rule {data['id']} has no last cycle")
        longest = max(c.every_months for c in cycles)
        if not any(r.up_to_months is None or longest <= r.up_to_months for r in rules):
            raise ValueError(f"rule {data['id']} has no due rule for {longest} months")
        return cls(
            id=data["id"],
            version=str(data["version"]),
            regime=data["regime"],
            name=dict(data["name"]),
            starts=tuple(data["start"]),
            cycles=cycles,
            due_rules=rules,
            end_inclusive=data["end_inclusive"],
            citation=data["citation"],
            confidence=data["confidence"],
            valid_from=date.fromisoformat(data["valid_from"]) if data["valid_from"] else None,
            valid_to=date.fromisoformat(data["valid_to"]) if data["valid_to"] else None,
        )

    def due_rule(self, months: int) -> DueRule:
        """The time to submit a period of so many months."""
        return next(r for r in self.due_rules if r.up_to_months is None or months <= r.up_to_months)


@dataclass(frozen=True, slots=True)
class Period:
    """One reporting period: first day, data lock point (both inclusive), last day to submit."""

    number: int
    start: date
    data_lock: date
    due: date
    months: int
    rule: str
    citation: str
    confidence: str
    trail: tuple[Reason, ...]
    awaits: str | None = None  # the event that should have ended the cycle and is not entered


def calendar(
    rule: PeriodicRule,
    start: date,
    until: date,
    *,
    events: Mapping[str, date] | None = None,
    end_inclusive: bool | None = None,
) -> tuple[Period, ...]:
    """Every period that begins on or before `until`, complete and continuous (GVP art. 81).

    `start` is the birth date the rule counts from; every boundary is counted in calendar months
    from it, never from the period before. `events` gives the day of an event that ends a cycle
    (`first_reregistration`): the period in which it falls keeps its length, the next is longer.
    A period that ends after the event was expected says in `awaits` that it is not entered.
    `end_inclusive` True puts the data lock on the day before the anniversary (2024-02-23 gives
    2025-02-22), False on the anniversary; None takes the rule's own convention.
    """
    inclusive = rule.end_inclusive if end_inclusive is None else end_inclusive
    known = events or {}
    made: list[Period] = []
    months, first, place = 0, start, 0
    while first <= until:
        place = _cycle(rule.cycles, place, months, first, known)
        length = rule.cycles[place].every_months
        months += length
        anniversary = add_months(start, months)
        lock = anniversary - timedelta(days=1) if inclusive else anniversary
        period = _period(rule, len(made) + 1, first, lock, anniversary, length)
        made.append(replace(period, awaits=_awaited(rule.cycles[place], start, lock, known)))
        first = lock + timedelta(days=1)
    return tuple(made)


def _awaited(cycle: Cycle, start: date, lock: date, known: Mapping[str, date]) -> str | None:
    """The event a period is still without although the day it is expected on has come."""
    if cycle.until_event is None or cycle.expected_months is None or cycle.until_event in known:
        return None
    return cycle.until_event if lock >= add_months(start, cycle.expected_months) else None


def _cycle(
    cycles: tuple[Cycle, ...], place: int, months: int, first: date, events: Mapping[str, date]
) -> int:
    """The cycle the next period belongs to: cycles are used up in order."""
    while True:
        cycle = cycles[place]
        ended = cycle.until_months is not None and months >= cycle.until_months
        happened = events.get(cycle.until_event) if cycle.until_event else None
        if not ended and (happened is None or first < happened):
            return place
        place += 1


def _period(
    rule: PeriodicRule, number: int, first: date, lock: date, anniversary: date, months: int
) -> Period:
    due_rule = rule.due_rule(months)
    due = due_rule.due(lock, anniversary)
    counted = f"{due_rule.amount} {due_rule.unit.replace('_', ' ')}"
    begin = lock if due_rule.start is DueFrom.DLP else anniversary
    trail = (
        Reason(
            "period",
            {"start": first.isoformat(), "data_lock": lock.isoformat(), "months": months},
            f"{rule.id}, {rule.citation}: period {number}, {first} to {lock} ({months} months)",
        ),
        Reason(
            "due",
            {"from": begin.isoformat(), "amount": due_rule.amount, "unit": due_rule.unit},
            f"{due_rule.start.value} {begin} + {counted} = {due}",
        ),
    )
    return Period(number, first, lock, due, months, rule.id, rule.citation, rule.confidence, trail)


class Fault(StrEnum):
    """What is wrong between two reports."""

    GAP = "gap"
    OVERLAP = "overlap"


@dataclass(frozen=True, slots=True)
class CoverageFault:
    """Days that no report covers, or that two reports cover; both days inclusive."""

    kind: Fault
    first: date
    last: date


def coverage(
    reports: Iterable[tuple[date, date]], start: date, until: date
) -> tuple[CoverageFault, ...]:
    """Faults of the periods really reported, each (first day, data lock), from start to until.

    ValueError for a report that ends before it begins.
    """
    day = timedelta(days=1)
    faults: list[CoverageFault] = []
    covered = start - day
    for first, last in sorted(reports):
        if last < first:
            raise ValueError(f"a report ends {last} before it begins {first}")
        if first > covered + day:
            faults.append(CoverageFault(Fault.GAP, covered + day, first - day))
        elif first <= covered:
            faults.append(CoverageFault(Fault.OVERLAP, first, min(last, covered)))
        covered = max(covered, last)
    if covered < until:
        faults.append(CoverageFault(Fault.GAP, covered + day, until))
    return tuple(faults)
