"""Step curves over time: distinct times, numbers at risk, log-log limits, reading at a time.

Source: domain 8.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from followup.lazy_modules import lazy
from pv.domain.statistics.estimates import (
    Array,
    Estimate,
    InvalidCounts,
    estimated,
    normal_deviate,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray
else:
    np = lazy("numpy")


class Tally(NamedTuple):
    """At each distinct observed time: patients at risk just before, and how each stopped."""

    time: Array
    at_risk: Array
    cause: Array
    """Events of the cause asked for."""
    any_event: Array
    """Events of any cause."""
    censored: Array


class Survival(NamedTuple):
    """Kaplan-Meier estimate at every distinct time. ``variance`` names the formula of ``se``."""

    time: Array
    at_risk: Array
    events: Array
    censored: Array
    estimate: Array
    low: Array
    high: Array
    se: Array
    variance: str

    def at(self, when: ArrayLike) -> Estimate:
        """Survival at given times: 1 with undefined limits before the first event, nan after the
        last time anyone was observed unless everyone had the event by then."""
        return _read(self.time, (self.estimate, self.low, self.high), when, 1.0, 0.0)

    def quantile(self, share: float = 0.5) -> Estimate:
        """First time by which ``share`` of the patients have had the event (0.5: the median).

        The limits are the times at which the lower and the upper limit of the curve fall so far
        (Brookmeyer and Crowley); nan for what the curve does not reach.
        """
        falls = (1 - self.estimate, 1 - self.low, 1 - self.high)
        return Estimate(*(_first_reaching(self.time, rise, share) for rise in falls))

    def median(self) -> Estimate:
        """Median time and its limits, nan where not reached."""
        return self.quantile(0.5)


class Incidence(NamedTuple):
    """Cumulative incidence of one cause at every distinct time, other causes competing."""

    time: Array
    at_risk: Array
    events: Array
    competing: Array
    censored: Array
    estimate: Array
    low: Array
    high: Array
    se: Array
    event_free: Array
    """All-cause Kaplan-Meier: this and the incidences of all causes add up to 1."""
    variance: str

    def at(self, when: ArrayLike) -> Estimate:
        """Cumulative incidence at given times: 0 with undefined limits before the first event of
        the cause, nan after the last observed time unless nobody was left at risk of it."""
        end = self.estimate[-1] if self.event_free[-1] == 0 else np.nan
        return _read(self.time, (self.estimate, self.low, self.high), when, 0.0, end)

    def quantile(self, share: float) -> Estimate:
        """First time by which the incidence reaches ``share``; limits from those of the curve."""
        rises = (self.estimate, self.high, self.low)
        return Estimate(*(_first_reaching(self.time, rise, share) for rise in rises))


def tally(time: Array, cause: NDArray[np.bool_], any_event: NDArray[np.bool_]) -> Tally:
    """Count patients by distinct time. One leaving at a time is at risk at that time; an event
    and a censoring on one day count as the event first."""
    days = _as_days(time)
    times, leaving, own, every = (
        _sorted_tally(time, cause, any_event)
        if days is None
        else _counted_tally(days, cause, any_event)
    )
    at_risk = np.asarray(time.size - np.cumsum(leaving) + leaving, dtype=np.float64)
    return Tally(times, at_risk, own, every, leaving - every)


def observed_times(time: ArrayLike) -> Array:
    """Follow-up times as floats, in the unit given.

    InvalidCounts for a negative, unknown or absent one.
    """
    times = np.asarray(time, dtype=np.float64).reshape(-1)
    if times.size == 0:
        raise InvalidCounts("no patient was observed")
    if not times.min() >= 0 or np.isinf(times.max()):
        raise InvalidCounts("follow-up times are known, finite and not negative")
    return times


def event_free(counts: Tally) -> Array:
    """Kaplan-Meier estimate from a tally: a probability for each time."""
    return np.asarray(np.cumprod(1 - counts.any_event / counts.at_risk), dtype=np.float64)


def log_log_limits(estimate: Array, se: Array, level: float) -> tuple[Array, Array]:
    """Limits of a probability on the log(-log) scale, low and high; nan where it is 0 or 1."""
    inner = (estimate > 0) & (estimate < 1 - 1e-12)  # a sum that rounds to 1 is 1
    log: Array = np.log(np.where(inner, estimate, np.nan))
    spread: Array = np.exp(-normal_deviate(level) * se / (estimate * log))
    return np.exp(log * spread), np.exp(log / spread)


def numbers_at_risk(time: ArrayLike, at: ArrayLike) -> NDArray[np.int64]:
    """Patients still observed at each of the times ``at`` (whose own time is not before it)."""
    ordered = np.sort(observed_times(time))
    before = np.searchsorted(ordered, np.asarray(at, dtype=np.float64), side="left")
    return np.asarray(ordered.size - before, dtype=np.int64)


def _counted_tally(
    days: NDArray[np.int64], cause: NDArray[np.bool_], any_event: NDArray[np.bool_]
) -> tuple[Array, Array, Array, Array]:
    total = np.bincount(days)
    times = np.flatnonzero(total)
    own, every = (
        np.bincount(days[chosen], minlength=total.size)[times].astype(np.float64)
        for chosen in (cause, any_event)
    )
    return times.astype(np.float64), total[times].astype(np.float64), own, every


def _sorted_tally(
    time: Array, cause: NDArray[np.bool_], any_event: NDArray[np.bool_]
) -> tuple[Array, Array, Array, Array]:
    order = np.argsort(time)
    ordered = time[order]
    last = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True))
    leaving = np.diff(last, prepend=-1).astype(np.float64)
    own, every = (
        np.diff(np.cumsum(chosen[order], dtype=np.int64)[last], prepend=0).astype(np.float64)
        for chosen in (cause, any_event)
    )
    return ordered[last], leaving, own, every


def _as_days(time: Array) -> NDArray[np.int64] | None:
    """The times as whole numbers if they are, and few enough to count without sorting."""
    largest = time.max()
    if largest > 4 * time.size + 1000:
        return None
    days = time.astype(np.int64)
    return days if np.array_equal(days, time) else None


def _first_reaching(time: Array, rise: Array, share: float) -> float:
    reached = np.flatnonzero(rise >= share - 1e-12)
    return float(time[reached[0]]) if reached.size else float("nan")


def _read(
    time: Array, columns: tuple[Array, ...], when: ArrayLike, before: float, after: float
) -> Estimate:
    asked = np.asarray(when, dtype=np.float64)
    place = np.searchsorted(time, asked, side="right") - 1
    ended = asked > time[-1]
    finished = columns[0][-1] == after
    values = []
    for column, start in zip(columns, (before, np.nan, np.nan), strict=True):
        value = np.where(place < 0, start, column[np.maximum(place, 0)])
        keep = column[-1] if finished else np.nan
        values.append(np.where(np.isnan(asked), np.nan, np.where(ended, keep, value)))
    return estimated(*values)
