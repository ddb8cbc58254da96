"""The figures of a curve: estimates at fixed times, the median, and what partial dates change.

Source: domain 8. Conventions, named beside the figures: Kaplan-Meier with log(-log) limits and
Greenwood's variance; Aalen-Johansen with death competing and the delta variance; the median is
the first time at which the curve has fallen to one half (R survival and SAS give the middle of
the flat part where the curve lies on one half exactly).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from followup.lazy_modules import lazy
from pv.domain.cohorts.times import CENSORED, DAYS_A_MONTH, HAPPENED, Endpoint, Times
from pv.domain.statistics.survival import (
    Incidence,
    Survival,
    cumulative_incidence,
    kaplan_meier,
    numbers_at_risk,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
else:
    np = lazy("numpy")

LANDMARKS = (1, 3, 6, 12, 18, 24, 36, 48, 60, 84, 120, 180)


class Landmark(NamedTuple):
    """A curve at so many months. An estimate is None where nobody was observed that long."""

    months: int
    at_risk: int
    estimate: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Summary:
    """All that is said of one curve. `median` and its limits are in months, None: not reached.

    `range_at` is the estimate at `range_months` with every partial date at its first and at its
    last possible day; None when no date is partial.
    """

    endpoint: Endpoint
    patients: int
    events: int
    competing: int
    censored: int
    curve: Survival | Incidence
    landmarks: Sequence[Landmark]
    median: tuple[float | None, float | None, float | None]
    partial: int
    before: int
    range_months: int
    range_at: tuple[float, float] | None

    @property
    def falls(self) -> bool:
        """Whether the curve is survival (from 1 down) and no incidence (from 0 up)."""
        return isinstance(self.curve, Survival)


def curve_of(
    days: NDArray[np.int64], states: NDArray[np.int64], endpoint: Endpoint
) -> Survival | Incidence:
    """Survival for death and progression, incidence with death competing for a malignancy."""
    if endpoint is Endpoint.MALIGNANCY:
        return cumulative_incidence(days, states, HAPPENED)
    return kaplan_meier(days, states != CENSORED)


def summary(times: Times, endpoint: Endpoint) -> Summary | None:
    """The figures of a cohort; None for a cohort of nobody."""
    if not times.size:
        return None
    curve = curve_of(times.days, times.states, endpoint)
    longest = float(times.days.max()) / DAYS_A_MONTH
    chosen = [m for m in LANDMARKS if m <= longest] or [LANDMARKS[0]]
    landmarks = [_landmark(curve, times, m) for m in chosen]
    shown = max((m for m in chosen if m <= 12), default=chosen[0])
    return Summary(
        endpoint=endpoint,
        patients=times.size,
        events=times.events,
        competing=times.competing,
        censored=int((times.states == CENSORED).sum()),
        curve=curve,
        landmarks=landmarks,
        median=_median(curve),
        partial=times.partial,
        before=times.before,
        range_months=shown,
        range_at=_range(times, endpoint, shown) if times.partial else None,
    )


def _known(value: object) -> float | None:
    number = float(np.asarray(value))
    return None if np.isnan(number) else number


def _landmark(curve: Survival | Incidence, times: Times, months: int) -> Landmark:
    day = months * DAYS_A_MONTH
    at_risk = int(numbers_at_risk(times.days, [day])[0])
    estimate, low, high = curve.at(day)
    return Landmark(months, at_risk, _known(estimate), _known(low), _known(high))


def _median(curve: Survival | Incidence) -> tuple[float | None, float | None, float | None]:
    found = [_known(value) for value in curve.quantile(0.5)]
    first, low, high = (None if day is None else day / DAYS_A_MONTH for day in found)
    return first, low, high


def _range(times: Times, endpoint: Endpoint, months: int) -> tuple[float, float] | None:
    day = months * DAYS_A_MONTH
    ends = [
        _known(curve_of(days, times.states, endpoint).at(day).estimate)
        for days in (times.earliest, times.latest)
    ]
    known = [end for end in ends if end is not None]
    return (min(known), max(known)) if len(known) == 2 else None


class Quartiles(NamedTuple):
    """Smallest, quartiles and largest of times to onset, in days."""

    least: float
    first: float
    median: float
    third: float
    most: float


def time_to_onset(times: Times) -> Quartiles | None:
    """Days from infusion to the event, of those who had it; None when nobody had.

    Quartiles by linear interpolation between the ordered values (R type 7).
    """
    days = times.days[times.states == HAPPENED]
    if not days.size:
        return None
    return Quartiles(*(float(q) for q in np.quantile(days, (0, 0.25, 0.5, 0.75, 1))))
