"""Survival and cumulative incidence of right-censored follow-up, with named variances.

Source: domain 8.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from followup.lazy_modules import lazy
from pv.domain.statistics.curves import (
    Incidence,
    Survival,
    Tally,
    event_free,
    log_log_limits,
    numbers_at_risk,
    observed_times,
    tally,
)
from pv.domain.statistics.estimates import Array, InvalidCounts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray
else:
    np = lazy("numpy")

__all__ = [
    "CENSORED",
    "Incidence",
    "Survival",
    "Variance",
    "cumulative_incidence",
    "kaplan_meier",
    "numbers_at_risk",
]

CENSORED = 0
"""State of a patient without an event; every other whole number is a cause."""


class Variance(StrEnum):
    """Formula of the standard error of a cumulative incidence; print it beside the limits."""

    DELTA = "delta"
    AALEN = "aalen"


def kaplan_meier(time: ArrayLike, event: ArrayLike, *, level: float = 0.95) -> Survival:
    """Kaplan-Meier survival with Greenwood's standard error and log-log limits.

    time: follow-up in any one unit, >= 0; event: 1 or True for the event, 0 or False for censored.
    Every distinct time is listed, those with censoring only included. The limits are nan where the
    curve is 1 or 0. Agrees with R survival (conf.type "log-log"). InvalidCounts for an event that
    is neither 0 nor 1, or a time that is no time.
    """
    times = observed_times(time)
    happened = _states(event, times.size)
    if not np.isin(happened, (0, 1)).all():
        raise InvalidCounts("an event is 0 or 1")
    counts = tally(times, happened == 1, happened == 1)
    survival = event_free(counts)
    with np.errstate(divide="ignore", invalid="ignore"):
        hazard = counts.any_event / (counts.at_risk * (counts.at_risk - counts.any_event))
        se = np.where(survival > 0, survival * np.sqrt(np.cumsum(hazard)), np.nan)
        low, high = log_log_limits(survival, se, level)
    seen = (counts.time, counts.at_risk, counts.any_event, counts.censored)
    return Survival(*seen, survival, low, high, se, "greenwood")


def cumulative_incidence(
    time: ArrayLike,
    state: ArrayLike,
    cause: int,
    variance: str = Variance.DELTA,
    *,
    level: float = 0.95,
) -> Incidence:
    """Aalen-Johansen cumulative incidence of ``cause`` with the other causes competing.

    time: follow-up in any one unit, >= 0; state: 0 censored, another whole number for the cause
    that ended it. Variance "delta" (Marubini and Valsecchi; R survival) or "aalen" (R cmprsk): the
    two differ, more so in small groups. Log(-log) limits, nan where the incidence is 0 or 1. One
    minus Kaplan-Meier with competing events censored overstates the incidence; not offered.
    InvalidCounts for cause 0 or a time that is no time.
    """
    kind = Variance(variance)
    times = observed_times(time)
    states = _states(state, times.size)
    if cause == CENSORED:
        raise InvalidCounts("0 is censoring, not a cause")
    counts = tally(times, states == cause, states != CENSORED)
    free = event_free(counts)
    before = np.concatenate(([1.0], free[:-1]))
    incidence = np.cumsum(before * counts.cause / counts.at_risk)
    formula = _delta_variance if kind is Variance.DELTA else _aalen_variance
    with np.errstate(divide="ignore", invalid="ignore"):
        # a sum of squares whose last digits may cancel to just below zero
        se = np.sqrt(np.maximum(formula(counts, free, before, incidence), 0))
        low, high = log_log_limits(incidence, se, level)
    competing = counts.any_event - counts.cause
    seen = (counts.time, counts.at_risk, counts.cause, competing, counts.censored)
    return Incidence(*seen, incidence, low, high, se, free, kind.value)


def _states(state: ArrayLike, size: int) -> NDArray[np.int64]:
    values = np.asarray(state).reshape(-1)
    if values.size != size:
        raise InvalidCounts("there is one state for each time")
    if values.dtype.kind not in "biu":
        floats = values.astype(np.float64)
        if not np.array_equal(floats, np.floor(floats)):
            raise InvalidCounts("a state is a whole number and is known")
        values = floats
    return values.astype(np.int64)


def _delta_variance(counts: Tally, free: Array, before: Array, incidence: Array) -> Array:
    """Sum of [F(t)-Fj]^2 d/(n(n-d)) + S^2 dk(n-dk)/n^3 - 2 [F(t)-Fj] S dk/n^2 over times j <= t.

    Expanded in powers of F(t), so that one pass of running sums serves every t. Where all at risk
    have the event the first term is 0: its factor F(t)-Fj is.
    """
    n, d, own = counts.at_risk, counts.any_event, counts.cause
    hazard = np.where(n > d, d / np.where(n > d, n * (n - d), 1), 0.0)
    cross = before * own / n**2
    constant = np.cumsum(
        incidence**2 * hazard + before**2 * own * (n - own) / n**3 + 2 * incidence * cross
    )
    linear = np.cumsum(incidence * hazard + cross)
    result: Array = constant - 2 * incidence * linear + incidence**2 * np.cumsum(hazard)
    return result


def _aalen_variance(counts: Tally, free: Array, before: Array, incidence: Array) -> Array:
    """Aalen's variance as in R cmprsk (Gray): with u = [F(t)-Fj]/Sj, the sum over times j <= t of
    u^2 w(other) + (1-u)^2 w(cause), w(d) = S(tj-)^2 d(n-d)/(n^2(n-1)), and S^2/n^2 for d = 1."""
    n, own = counts.at_risk, counts.cause
    other = counts.any_event - own
    scale = (before / n) ** 2 / np.where(n > 1, n - 1, 1)
    w_own = scale * own * np.where(n > 1, n - own, 1)
    w_other = scale * other * np.where(n > 1, n - other, 1)
    inverse = np.where(free > 0, 1 / np.where(free > 0, free, 1), 0.0)
    w_other = np.where(free > 0, w_other, 0.0)
    level = inverse * incidence
    constant = np.cumsum(level**2 * w_other + (1 + level) ** 2 * w_own)
    linear = np.cumsum(inverse * (level * w_other + (1 + level) * w_own))
    square = np.cumsum(inverse**2 * (w_own + w_other))
    return constant - 2 * incidence * linear + incidence**2 * square
