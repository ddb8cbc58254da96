"""The scale of days below a picture: a line a year, a quarter or a month, as many as fit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

YEARS_FROM, QUARTERS_FROM = 900, 200  # days a picture spans


@dataclass(frozen=True, slots=True)
class Tick:
    """A line down the picture with its text, in units of the view box."""

    x: float
    text: str


def days_of(first: date, last: date) -> list[date]:
    """The first days of the years, quarters or months from `first` to `last`, both included."""
    span = (last - first).days
    months = (1,) if span > YEARS_FROM else (1, 4, 7, 10) if span > QUARTERS_FROM else range(1, 13)
    found = [date(year, month, 1) for year in range(first.year, last.year + 1) for month in months]
    return [day for day in found if first <= day <= last]


def ticks(first: date, last: date, place: Callable[[date], float]) -> Sequence[Tick]:
    """Those days with their texts: a year alone where all of them are years."""
    days = days_of(first, last)
    only_years = all(day.month == 1 for day in days)
    return [Tick(place(day), str(day.year) if only_years else f"{day:%Y-%m}") for day in days]
