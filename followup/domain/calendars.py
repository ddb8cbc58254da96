"""Working days from a holiday table that says whether each year is official or predicted.

Source: domain 4.3; the days are those the State Council announces, as reference data.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Self


class YearStatus(StrEnum):
    """How sure the table is about one year."""

    OFFICIAL = "official"  # the government's yearly notice is in the table
    PREDICTED = "predicted"  # statutory days only; bridging days and working weekends not known
    UNKNOWN = "unknown"  # the table says nothing: only weekends are taken as free


@dataclass(frozen=True, slots=True)
class HolidayTable:
    """Days off and working weekends of one country, with the status of each year."""

    country: str
    version: str
    citation: str
    days_off: Mapping[date, str]
    working_weekends: frozenset[date]
    years: Mapping[int, YearStatus]

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Build from reference data; ValueError when a day is in a year without a status."""
        years = {int(year): YearStatus(status) for year, status in data["years"].items()}
        off = {date.fromisoformat(d["date"]): str(d["name"]) for d in data["days_off"]}
        working = frozenset(date.fromisoformat(d) for d in data["working_weekends"])
        stray = sorted(d for d in (*off, *working) if d.year not in years)
        if stray:
            raise ValueError(f"holiday table {data['country']}: no status for {stray[0].year}")
        return cls(data["country"], data["version"], data["citation"], off, working, years)

    def status(self, year: int) -> YearStatus:
        """Official, predicted, or unknown."""
        return self.years.get(year, YearStatus.UNKNOWN)

    def is_working(self, day: date) -> bool:
        """Whether offices are open: weekdays that are not off, and weekends worked in exchange."""
        if day in self.working_weekends:
            return True
        return day.weekday() < 5 and day not in self.days_off


@dataclass(frozen=True, slots=True)
class WorkingDue:
    """The day a working-day limit ends, and how sure the years on the way were."""

    due: date
    working_days: int
    calendar_days: int
    status: YearStatus
    skipped: tuple[date, ...]

    @property
    def predicted(self) -> bool:
        """Whether a later official notice may still move the day."""
        return self.status is not YearStatus.OFFICIAL


_ORDER = (YearStatus.OFFICIAL, YearStatus.PREDICTED, YearStatus.UNKNOWN)


def worst(statuses: Iterable[YearStatus]) -> YearStatus:
    """The least certain of several years; OFFICIAL when there are none."""
    return max(statuses, key=_ORDER.index, default=YearStatus.OFFICIAL)


def add_working_days(start: date, days: int, table: HolidayTable) -> WorkingDue:
    """The last day of a limit of `days` working days; the day of the event itself is not counted.

    `skipped` lists the weekdays that were free, so that a page can show why. ValueError when
    `days` is negative.
    """
    if days < 0:
        raise ValueError("a limit in working days cannot be negative")
    day, left, skipped = start, days, []
    while left:
        day += timedelta(days=1)
        if table.is_working(day):
            left -= 1
        elif day.weekday() < 5:
            skipped.append(day)
    status = worst(table.status(year) for year in range(start.year, day.year + 1))
    return WorkingDue(day, days, (day - start).days, status, tuple(skipped))


def working_days_between(start: date, end: date, table: HolidayTable) -> int:
    """Working days after `start` up to and including `end`; ValueError when `end` is earlier."""
    if end < start:
        raise ValueError("a span of days ends no earlier than it begins")
    span = (start + timedelta(days=n) for n in range(1, (end - start).days + 1))
    return sum(table.is_working(day) for day in span)
