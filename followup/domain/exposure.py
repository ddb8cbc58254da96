"""Person-time after infusion: every day in one tier, split by age and calendar year (Lexis).

The product's own rule; the split is the Lexis diagram of epidemiology.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from heapq import merge
from itertools import pairwise

from followup.domain.dates import add_months


class Tier(StrEnum):
    """What is known of a patient on a day after time at risk began.

    REGAINED is time without contact that a later contact looked back over; LOST is time without
    contact that nobody has looked back over.
    """

    ACTIVE = "ACTIVE"
    OVERDUE = "OVERDUE"
    REGAINED = "REGAINED"
    LOST = "LOST"
    TRANSFERRED = "TRANSFERRED"
    WITHDRAWN = "WITHDRAWN"
    EVENT = "EVENT"
    DEAD = "DEAD"


@dataclass(frozen=True, slots=True)
class Absence:
    """A loss to follow-up: the last contact before it and, if found again, the day of return.

    `looked_back` says that the contact on return established what happened in between.
    """

    last_contact: date
    returned_on: date | None = None
    looked_back: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """What the register knows of one patient's time after one infusion.

    `overdue` and `transferred` are spells as (first day, day after the last; None: until today).
    `transferred` is care by a site that does not report to this register. `event_on` is the first
    event of interest, which ends time at risk. All days are local dates; ends are exclusive.
    """

    day0: date
    birth: date
    absences: tuple[Absence, ...] = ()
    overdue: tuple[tuple[date, date | None], ...] = ()
    transferred: tuple[tuple[date, date | None], ...] = ()
    withdrawn: tuple[tuple[date, date | None], ...] = ()
    event_on: date | None = None
    died_on: date | None = None


@dataclass(frozen=True, slots=True)
class Spell:
    """Days from `start` up to but not including `end` in one tier."""

    tier: Tier
    start: date
    end: date

    @property
    def days(self) -> int:
        """Person-days."""
        return (self.end - self.start).days


@dataclass(frozen=True, slots=True)
class Cell:
    """Person-days of one tier, age band and calendar year; the band is None below the lowest."""

    tier: Tier
    age_from: int | None
    year: int
    days: int


def spells(history: History, cutoff: date, *, lag_days: int = 0) -> tuple[Spell, ...]:
    """Every day from day zero + lag to the cutoff (exclusive) in exactly one tier, in order.

    Where several hold, the later in life wins: death, event, withdrawal, loss, transfer, overdue.
    Time at risk counts the day it starts and not the day it ends, so death on day n gives n days.
    Empty when the cutoff is not after the start.
    """
    start = history.day0 + timedelta(days=lag_days)
    if cutoff <= start:
        return ()
    covers = [cover for cover in _covers(history, cutoff) if cover[1] < cover[2]]
    inside = (day for _, first, end in covers for day in (first, end) if start < day < cutoff)
    edges = sorted({start, cutoff, *inside})
    made: list[Spell] = []
    for first, end in pairwise(edges):
        tier = next((t for t, a, b in covers if a <= first < b), Tier.ACTIVE)
        if made and made[-1].tier is tier:
            made[-1] = Spell(tier, made[-1].start, end)
        else:
            made.append(Spell(tier, first, end))
    return tuple(made)


def _covers(history: History, cutoff: date) -> list[tuple[Tier, date, date]]:
    """Tiers with their days, strongest first."""
    found: list[tuple[Tier, date, date]] = []
    if history.died_on is not None:
        found.append((Tier.DEAD, history.died_on, cutoff))
    if history.event_on is not None:
        found.append((Tier.EVENT, history.event_on, cutoff))
    found += [(Tier.WITHDRAWN, a, b or cutoff) for a, b in history.withdrawn]
    for absence in history.absences:
        back = absence.returned_on
        tier = Tier.REGAINED if back and absence.looked_back else Tier.LOST
        found.append((tier, absence.last_contact, back or cutoff))
    found += [(Tier.TRANSFERRED, a, b or cutoff) for a, b in history.transferred]
    found += [(Tier.OVERDUE, a, b or cutoff) for a, b in history.overdue]
    return found


def lexis(parts: Iterable[Spell], birth: date, age_bands: Sequence[int]) -> tuple[Cell, ...]:
    """Split spells at birthdays that open an age band and at each 1 January.

    `age_bands` are the lower ages in completed years, ascending. A birthday on 29 February falls on
    28 February in other years. The days of the cells sum to the days of the spells, whatever the
    split. Cells are merged by tier, band and year, in order of first appearance. ValueError unless
    the ages ascend.
    """
    if list(age_bands) != sorted(set(age_bands)):
        raise ValueError("age bands must ascend")
    birthdays = [add_months(birth, 12 * age) for age in age_bands]
    sums: dict[tuple[Tier, int | None, int], int] = {}
    for part in parts:
        years = (date(year, 1, 1) for year in range(part.start.year + 1, part.end.year + 1))
        cuts = [d for d in merge(birthdays, years) if part.start < d < part.end]
        for first, end in pairwise((part.start, *cuts, part.end)):
            passed = [age for age, day in zip(age_bands, birthdays, strict=True) if day <= first]
            key = (part.tier, passed[-1] if passed else None, first.year)
            sums[key] = sums.get(key, 0) + (end - first).days
    return tuple(Cell(*key, days) for key, days in sums.items() if days)


def days_by_tier(parts: Iterable[Spell]) -> dict[Tier, int]:
    """Person-days in each tier; tiers without a day are left out."""
    sums: dict[Tier, int] = {}
    for part in parts:
        sums[part.tier] = sums.get(part.tier, 0) + part.days
    return sums


def at_risk(parts: Iterable[Spell], counted: Collection[Tier]) -> tuple[Spell, ...]:
    """The spells that count under a convention, ready for `lexis`."""
    return tuple(part for part in parts if part.tier in counted)


def person_years(days: int, days_per_year: float = 365.25) -> float:
    """Person-years of so many person-days; add days first, divide once."""
    return days / days_per_year
