"""Fit of the gamma-Poisson shrinker's prior to a whole drug-event table.

Source: domain 8; DuMouchel, American Statistician 1999;53:177.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from followup.lazy_modules import lazy
from pv.domain.statistics.estimates import Array, InvalidCounts, counted
from pv.domain.statistics.gps import Theta
from pv.domain.statistics.gps_likelihood import (
    MixtureLikelihood,
    Squashed,
    Truncation,
    homogeneous_log_likelihood,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike
    from scipy import optimize, special
else:
    np, optimize, special = lazy("numpy"), lazy("scipy.optimize"), lazy("scipy.special")

# DuMouchel 1999, then the starts of openEBGM's vignette and two wider ones
STARTS = (
    Theta(0.2, 0.1, 2.0, 4.0, 1 / 3),
    Theta(0.1, 0.2, 10.0, 10.0, 0.2),
    Theta(0.3, 0.5, 6.0, 6.0, 0.5),
    Theta(3.0, 0.5, 2.0, 2.0, 0.1),
    Theta(0.5, 0.05, 1.0, 1.0, 0.02),
)
_SMALLEST, _LARGEST = 1e-4, 1e4  # a shape or rate found at either end was not found
_LOGIT = 14.0
_COARSE = 0.2  # span of ln E within a point while the starts are compared
_SAME = 0.02  # of log-likelihood between two maxima taken to be one


class NoGpsFit(ValueError):
    """The table does not determine a prior; ``reason`` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"no GPS prior can be fitted: {reason}")
        self.reason = reason


@dataclass(frozen=True)
class GpsFit:
    """A fitted prior and what has to be printed beside it."""

    theta: Theta
    truncation: Truncation
    minimum: int
    log_likelihood: float
    gain: float
    """Twice the gain in log-likelihood over one common ratio for every pair."""
    pairs: int
    points: int
    starts: int
    agreeing: int


def squash(n: ArrayLike, e: ArrayLike, width: float = 0.02, weight: ArrayLike = 1.0) -> Squashed:
    """Pairs of equal count and nearly equal expectation as one weighted point.

    n, e: arrays of one shape; ``width``: span of ln E within a point; ``weight``: pairs that each
    entry already stands for. The point carries the mean E, so what is lost is of the order of width
    squared / 24; bins of equal numbers, as elsewhere, are widest just where E is largest and bias
    the prior. InvalidCounts for a count that is no whole number, E or width not above 0.
    """
    observed, expected, pairs = (values.reshape(-1) for values in counted(n, e, weight))
    if not width > 0 or np.any(observed != np.floor(observed)) or not np.all(expected > 0):
        raise InvalidCounts("squashing needs whole counts, E > 0 and a width > 0")
    bins = np.floor(np.log(expected) / width).astype(np.int64)
    bins -= bins.min(initial=0)
    key = observed.astype(np.int64) * (int(bins.max(initial=0)) + 1) + bins
    order = np.argsort(key)
    if not order.size:
        return Squashed(observed, expected, pairs)
    starts = np.flatnonzero(np.diff(key[order], prepend=-1))
    weights = np.add.reduceat(pairs[order], starts)
    mean = np.add.reduceat((expected * pairs)[order], starts) / weights
    return Squashed(observed[order][starts], mean, weights)


def gps_fit(
    n: ArrayLike,
    e: ArrayLike,
    *,
    truncation: str = Truncation.COMPONENT,
    minimum: int = 1,
    width: float = 0.02,
    starts: Sequence[Theta] = STARTS,
    significance: float = 0.01,
) -> GpsFit:
    """Fit the prior to observed and expected counts of the whole table, from several starts.

    Pairs with n >= ``minimum`` are used, and the likelihood is that of a count known to be at
    least ``minimum`` (0: every pair, empty ones included, and no truncation). ``truncation``
    "component" truncates each negative binomial separately (openEBGM), "mixture" the mixture as a
    whole (vigipy); the two priors differ, so name the one used. The component with the larger mean
    comes first. Raises :class:`NoGpsFit` when the table is homogeneous (no gain over one common
    ratio at ``significance``, four parameters), when a parameter runs to the edge, or when the
    best likelihood is reached from one start only.
    """
    kind = Truncation(truncation)
    observed, expected = (values.reshape(-1) for values in counted(n, e))
    used = (observed >= minimum) & (expected > 0)
    if not used.any():
        raise NoGpsFit(f"no pair has a count of {minimum} or more")
    points = squash(observed[used], expected[used], width)
    likelihood = MixtureLikelihood(points, minimum, kind)
    best, agreeing = _highest(
        likelihood, squash(points.n, points.e, _COARSE, points.weight), starts
    )
    gain = 2 * (best.log_likelihood - homogeneous_log_likelihood(points, minimum))
    _refuse_unless_found(best, gain, significance, agreeing)
    return GpsFit(
        theta=best.theta,
        truncation=kind,
        minimum=minimum,
        log_likelihood=best.log_likelihood,
        gain=gain,
        pairs=int(used.sum()),
        points=points.n.size,
        starts=len(starts),
        agreeing=agreeing,
    )


class _Summit(NamedTuple):
    theta: Theta
    log_likelihood: float
    inside: bool
    """Whether it lies within the bounds of every parameter."""


def _highest(
    likelihood: MixtureLikelihood, coarse: Squashed, starts: Sequence[Theta]
) -> tuple[_Summit, int]:
    """The best maximum, and how many starts lead to it.

    The starts climb on coarsely squashed points, which tell the hills apart at a fraction of the
    cost; the best then climbs to the end on the fine ones, which place the summit without bias.
    """
    rough = MixtureLikelihood(coarse, likelihood.minimum, likelihood.truncation)
    summits = [_climb(rough, start) for start in starts]
    best = max(summits, key=lambda summit: summit.log_likelihood)
    agreeing = sum(best.log_likelihood - each.log_likelihood < _SAME for each in summits)
    return _climb(likelihood, best.theta), agreeing


def _refuse_unless_found(best: _Summit, gain: float, significance: float, agreeing: int) -> None:
    if not gain > float(special.chdtri(4, significance)):
        raise NoGpsFit("the table is homogeneous, one ratio describes every pair")
    if not best.inside:
        raise NoGpsFit("a parameter runs to the edge, two components cannot be told apart")
    if agreeing < 2:
        raise NoGpsFit("the best likelihood is reached from one start only")


def _climb(likelihood: MixtureLikelihood, start: Theta) -> _Summit:
    """Local maximum of the likelihood from a start."""
    edges = (float(np.log(_SMALLEST)), float(np.log(_LARGEST)))
    bounds = [edges] * 4 + [(-_LOGIT, _LOGIT)]
    found = optimize.minimize(
        likelihood.negative,
        np.append(np.log(start[:4]), special.logit(start[4])),
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"maxiter": 1000, "ftol": 1e-14, "gtol": 1e-9, "maxcor": 20},
    )
    x: Array = found.x
    inside = all(
        low + 1e-3 < value < high - 1e-3 for value, (low, high) in zip(x, bounds, strict=True)
    )
    a1, b1, a2, b2 = (float(value) for value in np.exp(x[:4]))
    p = float(special.expit(x[4]))
    theta = Theta(a1, b1, a2, b2, p) if a1 / b1 >= a2 / b2 else Theta(a2, b2, a1, b1, 1 - p)
    return _Summit(theta, -float(found.fun) * likelihood.total, inside)
