"""Figures of the holder: curves of a cohort from its members, and exposure split by age and year.

The limit beside each is bare numpy over days that are already numbers: the sorting, counting and
clipping no program can leave out. Screening of a million pairs is measured by `statistics`.
What is read of a register in a database comes first (`bench/_holder_pages.py`).
"""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench import _holder_pages
from bench._measure import alternate, row
from pv.domain.cohorts.summaries import summary
from pv.domain.cohorts.times import Endpoint, Happening, Member, times_of
from pv.domain.signals.expected import Person
from pv.domain.signals.person_days import exposure_of_many
from pv.domain.signals.rates import RateRow

DATABASE = True
CUTOFF = date(2026, 11, 28)
BANDS = (0, 20, 40, 50, 60, 70, 80)
Days = NDArray[np.int64]


def members(count: int) -> list[Member]:
    """Patients of six years, one in five dead, one in a hundred with a malignancy."""
    dice = np.random.default_rng(1)
    days, ends = dice.integers(0, 2190, count), dice.random(count)
    kinds = dice.random(count)
    made = []
    for place in range(count):
        day0 = CUTOFF - timedelta(days=int(days[place]))
        last = day0 + timedelta(days=int(days[place] * ends[place]))
        died = Happening(last.isoformat(), date.max) if kinds[place] < 0.2 else None
        ill = Happening(last.isoformat(), date.max) if kinds[place] > 0.99 else None
        made.append(Member(f"B-{place}", day0, last, died, None, ill))
    return made


def curves(rows: list[Member]) -> None:
    """What the page of a cohort draws of survival and of second malignancies."""
    for endpoint in (Endpoint.DEATH, Endpoint.MALIGNANCY):
        summary(times_of(rows, endpoint, CUTOFF), endpoint)


def plain_curves(days: Days, happened: NDArray[np.bool_]) -> None:
    """Two product-limit curves over sorted days."""
    for _curve in range(2):
        times, first = np.unique(np.sort(days), return_index=True)
        events = np.bincount(np.searchsorted(times, days[happened]), minlength=times.size)
        np.cumprod(1 - events / (days.size - first))


def plain_split(starts: Days, ends: Days, births: Days) -> None:
    """Person-days by calendar year and age band, clipped array by array."""
    for year in range(2019, 2027):
        low, high = date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal()
        for band in range(len(BANDS)):
            begin = births + int(BANDS[band] * 365.25)
            end = births + int((BANDS[band + 1] if band + 1 < len(BANDS) else 200) * 365.25)
            first, last = np.maximum(np.maximum(starts, low), begin), np.minimum(ends, high)
            np.maximum(np.minimum(last, end) - first, 0).sum()


def cases(quick: bool = False, rounds: int = 3) -> Iterator[dict[str, Any]]:
    """One row for each kind of figure."""
    yield from _holder_pages.cases(quick, rounds)
    rows = members(1_000 if quick else 10_000)
    found = times_of(rows, Endpoint.DEATH, CUTOFF)
    happened = found.states > 0
    ours, limit = alternate(
        [partial(curves, rows), partial(plain_curves, found.days, happened)], rounds=rounds
    )
    yield row("holder", "two curves of a cohort", len(rows), ours, limit)
    rows = members(10_000 if quick else 1_000_000)
    found = times_of(rows, Endpoint.DEATH, CUTOFF)
    people = [Person(each, "MALE", 1930 + place % 70) for place, each in enumerate(rows)]
    table = [
        RateRow("", "", "", "T", "BOTH", low, high - 1, 1.0, "")
        for low, high in zip(BANDS, (*BANDS[1:], 200), strict=True)
    ]
    starts = np.array([each.day0.toordinal() for each in rows])
    births = np.array([date(1930 + place % 70, 7, 1).toordinal() for place in range(len(rows))])
    split = partial(exposure_of_many, people, table, CUTOFF, lag_days=30)
    bare = partial(plain_split, starts + 30, starts + found.days, births)
    ours, limit = alternate([split, bare], rounds=rounds)
    yield row("holder", "exposure split by age and year", len(people), ours, limit)
