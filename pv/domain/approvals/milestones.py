"""Milestones of a commitment: when each is due, in what order, and which are late.

Source: domain 5.1; the order is the product's own rule.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from math import ceil
from typing import Any, Self

from followup.domain.dates import add_months


@dataclass(frozen=True, slots=True)
class Definition:
    """One milestone as data: what must come before it, and what its due day hangs on.

    `due` counts months from approval or deadline, or takes a fraction of the way between two
    other milestones; None when only another event can fix it. `repeat` makes it yearly.
    """

    code: str
    name: Mapping[str, str]
    after: tuple[str, ...]
    due: Mapping[str, Any] | None
    repeat: Mapping[str, Any] | None
    citation: str
    confidence: str
    enrolled_share: float | None = None
    """The share of the patients a trial needs that the milestone stands for; 0: the first one."""

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Build from one entry of `milestones` in `commitments.json`."""
        return cls(
            code=data["code"],
            name={"en": data["en"], "zh": data["zh"]},
            after=tuple(data["after"]),
            due=data["due"],
            repeat=data["repeat"],
            citation=data["citation"],
            confidence=data["confidence"],
            enrolled_share=data.get("enrolled_share"),
        )

    def patients(self, target: int | None) -> int | None:
        """How many enrolled patients reach the milestone; None where no count tells."""
        if self.enrolled_share is None or (target is None and self.enrolled_share):
            return None
        return max(1, ceil(Fraction(str(self.enrolled_share)) * (target or 0)))


@dataclass(frozen=True, slots=True)
class Due:
    """The day one milestone is due, with the arithmetic behind it; None when it cannot be said."""

    code: str
    due: date | None
    text: str
    citation: str
    confidence: str


def plan_milestones(
    definitions: Iterable[Definition], approval: date | None, deadline: date | None
) -> tuple[Due, ...]:
    """Due days of the single milestones, in the order of the definitions.

    A milestone whose base is not known is listed without a day. Raises KeyError when a fraction
    names a milestone that does not exist.
    """
    single = {d.code: d for d in definitions if d.repeat is None}
    bases = {"approval": approval, "deadline": deadline}
    return tuple(_due(d, single, bases) for d in single.values())


def _due(
    item: Definition, known: Mapping[str, Definition], bases: Mapping[str, date | None]
) -> Due:
    day: date | None = None
    text = "set by the event before it"
    if item.due and "fraction" in item.due:
        first, last = (_due(known[code], known, bases).due for code in item.due["between"])
        if first and last:
            day = first + timedelta(days=round((last - first).days * item.due["fraction"]))
        text = f"{item.due['fraction']:.0%} of the way {' to '.join(item.due['between'])}"
    elif item.due:
        base = bases[item.due["from"]]
        day = add_months(base, item.due["months"]) if base else None
        text = f"{item.due['from']} {item.due['months']:+d} months"
    return Due(item.code, day, text, item.citation, item.confidence)


def yearly_milestones(item: Definition, start: date, until: date) -> tuple[Due, ...]:
    """Every due day of a yearly milestone after `start` and up to `until`.

    Either so many days after each anniversary of `start`, or a fixed day of the year for the year
    before. Milestones that follow a periodic rule are planned by `aggregates.calendar`. ValueError
    without a yearly rule.
    """
    rule = item.repeat or {}
    if "every_months" in rule:
        days = _anniversaries(start, until, rule["every_months"], rule["plus_days"])
        text = f"anniversary + {rule['plus_days']} days"
    elif "month" in rule:
        years = range(start.year + 1, until.year + 1)
        days = [date(year, rule["month"], rule["day"]) for year in years]
        text = f"{rule['month']:02d}-{rule['day']:02d} for the year before"
    else:
        raise ValueError(f"milestone {item.code} has no yearly rule of its own")
    return tuple(
        Due(item.code, day, text, item.citation, item.confidence) for day in days if day <= until
    )


def _anniversaries(start: date, until: date, every: int, plus: int) -> list[date]:
    days: list[date] = []
    months = every
    while (day := add_months(start, months) + timedelta(days=plus)) <= until:
        days.append(day)
        months += every
    return days


@dataclass(frozen=True, slots=True)
class Milestone:
    """One recorded milestone: due, forecast and actual day, each as far as known."""

    code: str
    due: date | None
    forecast: date | None = None
    actual: date | None = None
    reached_by: date | None = None
    """Day of the first count of patients that passes it; the day it was reached is not known."""


class MilestoneStatus(StrEnum):
    """How a milestone compares with its due day."""

    DONE = "done"
    DONE_LATE = "done_late"
    REACHED = "reached"
    LATE = "late"
    FORECAST_LATE = "forecast_late"
    ON_TRACK = "on_track"
    UNKNOWN = "unknown"


def milestone_status(milestone: Milestone, today: date) -> MilestoneStatus:
    """Done or late by the actual day, else by today, else by the forecast; unknown without one."""
    due, actual, forecast = milestone.due, milestone.actual, milestone.forecast
    if actual is not None:
        return (
            MilestoneStatus.DONE_LATE if due is not None and actual > due else MilestoneStatus.DONE
        )
    if milestone.reached_by is not None:
        return MilestoneStatus.REACHED
    if due is None:
        return MilestoneStatus.UNKNOWN
    if today > due:
        return MilestoneStatus.LATE
    if forecast is None:
        return MilestoneStatus.UNKNOWN
    return MilestoneStatus.FORECAST_LATE if forecast > due else MilestoneStatus.ON_TRACK


def late(milestones: Iterable[Milestone], today: date) -> tuple[str, ...]:
    """Codes of milestones not done that are late or forecast late."""
    bad = (MilestoneStatus.LATE, MilestoneStatus.FORECAST_LATE)
    return tuple(m.code for m in milestones if milestone_status(m, today) in bad)


class Disorder(StrEnum):
    """What is wrong in the order of milestones."""

    BEFORE_PREDECESSOR = "before_predecessor"
    PREDECESSOR_OPEN = "predecessor_open"
    IN_FUTURE = "in_future"


@dataclass(frozen=True, slots=True)
class OrderFault:
    """One fault: the milestone, what it is compared with, and the two days."""

    kind: Disorder
    code: str
    other: str
    day: date
    other_day: date | None


def check_order(
    milestones: Iterable[Milestone], definitions: Sequence[Definition], today: date
) -> tuple[OrderFault, ...]:
    """Actual days that are in the future, before their predecessor's, or have none to follow.

    A predecessor that is not recorded at all (not used for this commitment) is no fault.
    """
    on_file = {m.code: m for m in milestones}
    faults: list[OrderFault] = []
    for item in definitions:
        day = on_file[item.code].actual if item.code in on_file else None
        if day is None:
            continue
        if day > today:
            faults.append(OrderFault(Disorder.IN_FUTURE, item.code, "", day, today))
        for other in item.after:
            if other not in on_file:
                continue
            before = on_file[other].actual
            if before is None:
                kind = Disorder.PREDECESSOR_OPEN
            elif before > day:
                kind = Disorder.BEFORE_PREDECESSOR
            else:
                continue
            faults.append(OrderFault(kind, item.code, other, day, before))
    return tuple(faults)
