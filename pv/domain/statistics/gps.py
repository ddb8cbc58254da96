"""Posterior of the gamma-Poisson shrinker: EBGM and the quantiles EB05 and EB95.

Source: domain 8; DuMouchel, American Statistician 1999;53:177.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from followup.lazy_modules import lazy
from pv.domain.statistics.estimates import Array, Estimate, InvalidCounts, counted, estimated

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray
    from scipy import interpolate, special
else:
    np, interpolate, special = lazy("numpy"), lazy("scipy.interpolate"), lazy("scipy.special")

_NODES = 96  # of the interpolation over ln E that starts Newton's method for one count
_WORTHWHILE = 256  # pairs with the same count before that pays
_BLOCK = 1 << 15  # pairs worked on together, so that the temporaries stay in the cache
_CLOSE = 1e-4  # a Newton step of ln lambda this small leaves an error of its square
_STEPS = 80


class Theta(NamedTuple):
    """Prior of the true reporting ratio: p Gamma(a1, rate b1) + (1 - p) Gamma(a2, rate b2)."""

    a1: float
    b1: float
    a2: float
    b2: float
    p: float


class _Posterior(NamedTuple):
    """Mixture weight of the first component, then shape and rate of both (arrays of one shape)."""

    weight: Array
    shape1: Array
    rate1: Array
    shape2: Array
    rate2: Array

    def part(self, where: slice | NDArray[np.intp]) -> _Posterior:
        return _Posterior(*(values[where] for values in self))


def ebgm(n: ArrayLike, e: ArrayLike, theta: ArrayLike) -> Estimate:
    """(EBGM, EB05, EB95): geometric mean, 5 % and 95 % points of the posterior reporting ratio.

    n: observed reports; e: expected reports, > 0; theta: (a1, b1, a2, b2, p). nan where e is zero
    or either is not known. Source: DuMouchel 1999; values agree with openEBGM's vignette.
    """
    prior = checked_theta(theta)
    observed, expected = counted(n, e)
    flat_n, flat_e = observed.reshape(-1), expected.reshape(-1)
    defined = np.isfinite(flat_n) & (flat_e > 0)
    columns = np.full((3, flat_n.size), np.nan)
    if defined.all():
        columns[:] = _ebgm(flat_n, flat_e, prior)
    elif defined.any():
        columns[:, defined] = _ebgm(flat_n[defined], flat_e[defined], prior)
    return estimated(*(column.reshape(observed.shape) for column in columns))


def checked_theta(theta: ArrayLike) -> Theta:
    """The five numbers as a :class:`Theta`; shapes and rates positive, p from 0 to 1.

    InvalidCounts otherwise.
    """
    values = np.asarray(theta, dtype=np.float64)
    if values.shape != (5,) or not (values[:4] > 0).all() or not 0 <= values[4] <= 1:
        raise InvalidCounts("theta is (a1, b1, a2, b2, p) with a, b > 0 and 0 <= p <= 1")
    return Theta(*(float(value) for value in values))


def mixture_weight(n: Array, e: Array, theta: Theta) -> Array:
    """Qn: posterior probability that the ratio comes from the first component of the prior."""
    a1, b1, a2, b2, p = theta
    distinct, where = np.unique(n, return_inverse=True)
    of_count = special.gammaln(a1 + distinct) - special.gammaln(a2 + distinct)
    of_count = of_count - special.gammaln(a1) + special.gammaln(a2) + special.logit(p)
    # ln of f1/f2, both negative binomial; what does not depend on the component cancels
    logit = of_count[where]
    logit -= a1 * np.log1p(e / b1) - a2 * np.log1p(e / b2)
    logit += n * np.log((b2 + e) / (b1 + e))
    weight: Array = special.expit(logit)
    return weight


def _ebgm(n: Array, e: Array, theta: Theta) -> Array:
    """Rows EBGM, EB05, EB95. Sorted by count first: pairs of one count share their work."""
    order = np.argsort(n)
    n, e = n[order], e[order]
    edges = np.flatnonzero(np.diff(n, prepend=np.nan, append=np.nan) != 0)
    result = np.empty((3, n.size))
    sparse = np.ones(n.size, dtype=bool)
    for start, stop in zip(edges[:-1], edges[1:], strict=True):
        if stop - start >= _WORTHWHILE:
            sparse[start:stop] = False
            _one_count(float(n[start]), e[start:stop], theta, result[:, start:stop])
    posterior = _posterior(n[sparse], e[sparse], theta)
    result[0, sparse] = _geometric_mean(posterior)
    result[1, sparse] = np.exp(_solved(0.05, posterior))
    result[2, sparse] = np.exp(_solved(0.95, posterior))
    unsorted = np.empty_like(result)
    unsorted[:, order] = result
    return unsorted


def _one_count(n: float, e: Array, theta: Theta, into: Array) -> None:
    """Fill the three rows for many pairs of one count.

    For one count the quantile is a smooth function of ln E: it is solved at a few dozen points,
    interpolated, and the interpolation is then corrected by Newton's method for every pair.
    """
    log_e = np.log(e)
    nodes = np.linspace(log_e.min() - 1e-9, log_e.max() + 1e-9, _NODES)
    at_nodes = _posterior(np.full(_NODES, n), np.exp(nodes), theta)
    splines = [interpolate.CubicSpline(nodes, _solved(q, at_nodes)) for q in (0.05, 0.95)]
    for start in range(0, e.size, _BLOCK):
        block = slice(start, start + _BLOCK)
        posterior = _posterior(np.full(e[block].size, n), e[block], theta)
        into[0, block] = _geometric_mean(posterior)
        for row, q, spline in ((1, 0.05, splines[0]), (2, 0.95, splines[1])):
            into[row, block] = np.exp(_polished(q, posterior, spline(log_e[block])))


def _posterior(n: Array, e: Array, theta: Theta) -> _Posterior:
    weight = mixture_weight(n, e, theta)
    return _Posterior(weight, theta.a1 + n, theta.b1 + e, theta.a2 + n, theta.b2 + e)


def _geometric_mean(posterior: _Posterior) -> Array:
    weight, shape1, rate1, shape2, rate2 = posterior
    first = _psi(shape1) - np.log(rate1)
    second = _psi(shape2) - np.log(rate2)
    mean: Array = np.exp(weight * first + (1 - weight) * second)
    return mean


def _psi(shape: Array) -> Array:
    if shape.size > 1 and shape[0] == shape[-1]:  # sorted by count: one value for all
        return np.full(shape.size, float(special.psi(shape[0])))
    result: Array = special.psi(shape)
    return result


def _residual(q: float, posterior: _Posterior, log_ratio: Array) -> tuple[Array, Array]:
    """Posterior CDF minus q at exp(log_ratio), and its derivative by log_ratio."""
    weight, shape1, rate1, shape2, rate2 = posterior
    ratio = np.exp(log_ratio)
    x1, x2 = rate1 * ratio, rate2 * ratio
    below = weight * special.gammainc(shape1, x1) + (1 - weight) * special.gammainc(shape2, x2)
    density1 = np.exp(shape1 * np.log(x1) - x1 - special.gammaln(shape1))
    density2 = np.exp(shape2 * np.log(x2) - x2 - special.gammaln(shape2))
    return below - q, weight * density1 + (1 - weight) * density2


def _polished(q: float, posterior: _Posterior, log_ratio: Array) -> Array:
    """Newton's method from a near start; a pair that does not settle at once is bracketed."""
    result = log_ratio.copy()
    active = np.arange(result.size)
    for _ in range(3):
        near = posterior if active.size == result.size else posterior.part(active)
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            residual, slope = _residual(q, near, result[active])
            step = residual / slope
            result[active] -= step
        active = active[~(np.abs(step) < _CLOSE)]
        if not active.size:
            return result
    result[active] = _solved(q, posterior.part(active))
    return result


def _solved(q: float, posterior: _Posterior) -> Array:
    """ln of the q-quantile by Newton's method kept inside a bracket that always shrinks.

    The quantile of a mixture lies between the quantiles of its components, which bracket it even
    where the two components are far apart and the CDF between them is flat.
    """
    with np.errstate(divide="ignore", over="ignore"):
        ends = [
            np.log(special.gammaincinv(posterior.shape1, q) / posterior.rate1),
            np.log(special.gammaincinv(posterior.shape2, q) / posterior.rate2),
        ]
    low, high = np.minimum(*ends), np.maximum(*ends)
    result: Array = posterior.weight * ends[0] + (1 - posterior.weight) * ends[1]
    active = np.arange(result.size)
    for _ in range(_STEPS):
        if not active.size:
            break
        current = result[active]
        residual, slope = _residual(q, posterior.part(active), current)
        low[active] = np.where(residual < 0, current, low[active])
        high[active] = np.where(residual > 0, current, high[active])
        with np.errstate(divide="ignore", invalid="ignore"):
            moved = current - residual / slope
        inside = (moved >= low[active]) & (moved <= high[active])
        moved = np.where(inside, moved, (low[active] + high[active]) / 2)
        result[active] = moved
        active = active[np.abs(moved - current) > 1e-12]
    return result
