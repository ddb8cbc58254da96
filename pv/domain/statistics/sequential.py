"""Poisson MaxSPRT: watching a count against its expectation continuously, at one error rate.

Source: domain 8; Kulldorff et al., Sequential Analysis 2011;30:58.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from followup.lazy_modules import lazy
from pv.domain.statistics.estimates import Array, InvalidCounts, Values, counted, unboxed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike
    from scipy import special
else:
    np, special = lazy("numpy"), lazy("scipy.special")

_PRECISION = 1e-10  # of the critical value
_NEGLIGIBLE = 1e-18  # Poisson probability beyond which an increment is cut off


class NoBoundary(ValueError):
    """No critical value gives this error rate: the events allowed to signal are too improbable."""


class MaxSprt(NamedTuple):
    """Result of every look and the boundary it was held against."""

    llr: Values
    """Log-likelihood ratio at each look; 0 while observed <= expected."""
    relative_risk: Values
    """Observed / expected at each look, nan where nothing is expected yet."""
    critical_value: float
    signal: bool
    look: int | None
    """Index of the first look that signals."""
    upper_limit: float
    alpha: float
    finished: bool
    """Expected count has reached the upper limit: surveillance ends whatever was found."""


def llr(observed: ArrayLike, expected: ArrayLike) -> Values:
    """Log-likelihood ratio of a raised rate: (E - O) + O ln(O/E) if O > E, else 0.

    Infinite for an event when none was expected. Source: Kulldorff et al. 2011, Sequential
    Analysis 30:58-78.
    """
    return unboxed(_llr(*counted(observed, expected)))


def maxsprt(
    observed: ArrayLike,
    expected: ArrayLike,
    *,
    upper_limit: float,
    alpha: float = 0.05,
    minimum_events: int = 1,
    first_look: float = 0.0,
    looks: Sequence[float] | None = None,
) -> MaxSprt:
    """Hold cumulative observed events against cumulative expected ones, look by look.

    observed, expected: cumulative counts at each look (or one look), neither ever falling.
    upper_limit: expected count at which surveillance ends, chosen before it starts; looks after
    it cannot signal. The other arguments as in :func:`critical_value`. Raises
    :class:`InvalidCounts` for falling counts.
    """
    series_o, series_e, single = _series(observed, expected)
    boundary = critical_value(
        upper_limit,
        alpha,
        minimum_events=minimum_events,
        first_look=first_look,
        looks=looks,
    )
    ratio = _llr(series_o, series_e)
    # equality counts: the boundary is the least ratio that signals
    crossed = ratio >= boundary - 1e-12
    crossed &= (series_o >= minimum_events) & (series_e >= first_look)
    crossed &= series_e <= upper_limit
    hits = np.flatnonzero(crossed)
    with np.errstate(divide="ignore", invalid="ignore"):
        risk = np.where(series_e > 0, series_o / series_e, np.nan)
    return MaxSprt(
        llr=float(ratio[0]) if single else ratio,
        relative_risk=float(risk[0]) if single else risk,
        critical_value=boundary,
        signal=bool(hits.size),
        look=int(hits[0]) if hits.size else None,
        upper_limit=upper_limit,
        alpha=alpha,
        finished=bool(series_e.size and series_e[-1] >= upper_limit),
    )


def critical_value(
    upper_limit: float,
    alpha: float = 0.05,
    *,
    minimum_events: int = 1,
    first_look: float = 0.0,
    looks: Sequence[float] | None = None,
) -> float:
    """Least critical value whose probability of ever signalling under the null is <= alpha.

    upper_limit: expected count at the end; minimum_events: events needed before a signal;
    first_look: expected count before which nobody looks; looks: cumulative expected counts of a
    group sequential plan (None: continuous). Computed exactly, by following the distribution of
    the count from one crossing time of the boundary to the next; agrees with the six printed
    decimals of Kulldorff 2011, table 1 (2.853937 at 1, 3.467952 at 10, alpha 0.05). With looks or
    a late first look the error rate moves in jumps and the value is the conservative end. Raises
    :class:`NoBoundary` when ``minimum_events`` by the end is itself less probable than alpha.
    """
    plan = Plan(upper_limit, minimum_events, first_look, None if looks is None else tuple(looks))
    _check(plan, alpha)
    if special.pdtrc(minimum_events - 1, upper_limit) < alpha:
        raise NoBoundary(
            f"{minimum_events} events by an expected {upper_limit} are less probable than {alpha}"
        )
    low, high = 0.0, 2.0
    while signal_probability(plan, high, 1.0) > alpha:
        low, high = high, high * 2
    while high - low > _PRECISION:
        middle = (low + high) / 2
        if signal_probability(plan, middle, 1.0) > alpha:
            low = middle
        else:
            high = middle
    return high


def _series(observed: ArrayLike, expected: ArrayLike) -> tuple[Array, Array, bool]:
    """Both cumulative counts as lists of looks, and whether a single look was given as numbers."""
    events, mean = counted(observed, expected)
    series_o, series_e = events.reshape(-1), mean.reshape(-1)
    if np.isnan(series_o).any() or np.isnan(series_e).any():
        raise InvalidCounts("every look has an observed and an expected count")
    if np.any(np.diff(series_o) < 0) or np.any(np.diff(series_e) < 0):
        raise InvalidCounts("cumulative counts do not fall from one look to the next")
    return series_o, series_e, events.ndim == 0


class Plan(NamedTuple):
    upper_limit: float
    minimum_events: int
    first_look: float
    looks: tuple[float, ...] | None


def _check(plan: Plan, alpha: float) -> None:
    if not 0 < alpha < 1:
        raise InvalidCounts(f"alpha is between 0 and 1, not {alpha}")
    if not 0 < plan.upper_limit < np.inf:
        raise InvalidCounts("the upper limit is a positive expected count")
    if plan.minimum_events < 1 or not 0 <= plan.first_look <= plan.upper_limit:
        raise InvalidCounts("at least one event, and a first look within the surveillance")
    if plan.looks is not None and (
        not plan.looks
        or plan.looks[0] <= 0
        or any(later <= sooner for sooner, later in zip(plan.looks, plan.looks[1:], strict=False))
        or plan.looks[-1] > plan.upper_limit
    ):
        raise InvalidCounts("looks are rising expected counts up to the upper limit")


def _llr(observed: Array, expected: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        raised = expected - observed + observed * np.log(observed / expected)
    result: Array = np.where(
        observed > expected, raised, np.where(observed <= expected, 0.0, np.nan)
    )
    return result


def _crossing_times(events: Array, boundary: float) -> Array:
    """Expected count at which this many events lie exactly on the boundary."""
    result: Array = -events * special.lambertw(-np.exp(-1 - boundary / events)).real
    return result


def _boundary(plan: Plan, critical: float) -> list[tuple[float, int]]:
    """Expected counts at which the process is examined, and the events that signal there."""
    most = int(plan.upper_limit + critical + 12 * np.sqrt(plan.upper_limit + critical) + 20)
    events = np.arange(plan.minimum_events, plan.minimum_events + most, dtype=np.float64)
    crossing = _crossing_times(events, critical)
    if plan.looks is not None:
        times = [look for look in plan.looks if look >= plan.first_look]
        needed = np.searchsorted(crossing, np.asarray(times) - 1e-12)
        return [(time, int(events[index])) for time, index in zip(times, needed, strict=True)]
    first = int(np.searchsorted(crossing, plan.first_look))
    stop = int(np.searchsorted(crossing, plan.upper_limit))
    between = [(float(crossing[i]), int(events[i])) for i in range(first, stop)]
    opening = [(plan.first_look, int(events[first]))] if plan.first_look > 0 else []
    return [*opening, *between, (plan.upper_limit, int(events[stop]))]


def signal_probability(plan: Plan, critical: float, relative_risk: float) -> float:
    """Probability that the count ever reaches the boundary; one minus what never does."""
    state, time = np.ones(1), 0.0
    for examined, threshold in _boundary(plan, critical):
        state = np.convolve(state, _increments((examined - time) * relative_risk, threshold))
        state = state[:threshold]
        time = examined
    return 1 - float(state.sum())


def _increments(mean: float, threshold: int) -> Array:
    """Poisson probabilities of 0, 1, ... events, as far as they matter below the threshold."""
    count = np.arange(min(threshold, int(mean + 12 * np.sqrt(mean) + 30)), dtype=np.float64)
    probability: Array = np.exp(special.xlogy(count, mean) - mean - special.gammaln(count + 1))
    matters = np.flatnonzero(probability > _NEGLIGIBLE * probability.max())
    return probability[: int(matters[-1]) + 1]
