"""Likelihood of counts under a truncated mixture of two negative binomials, with its gradient.

Source: domain 8; DuMouchel, American Statistician 1999;53:177.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from followup.lazy_modules import lazy
from pv.domain.statistics.estimates import Array

if TYPE_CHECKING:
    import numpy as np
    from scipy import optimize, special
else:
    np, optimize, special = lazy("numpy"), lazy("scipy.optimize"), lazy("scipy.special")


class Truncation(StrEnum):
    """What is conditioned on the count having reached the minimum."""

    COMPONENT = "component"
    MIXTURE = "mixture"


class Squashed(NamedTuple):
    """Count, mean expected count, and number of pairs of each weighted point."""

    n: Array
    e: Array
    weight: Array


class _Component(NamedTuple):
    """ln f(n) and ln P(N >= minimum) at each point, each with derivatives by ln a and ln b."""

    log: Array
    log_by_a: Array
    log_by_b: Array
    tail: Array
    tail_by_a: Array
    tail_by_b: Array


class MixtureLikelihood:
    """Mean negative log-likelihood of squashed counts as a function of
    (ln a1, ln b1, ln a2, ln b2, logit p)."""

    def __init__(self, points: Squashed, minimum: int, truncation: Truncation) -> None:
        self.points = points
        self.minimum = minimum
        self.truncation = truncation
        self.total = float(points.weight.sum())
        # counts repeat: what depends on the count alone is computed once for each
        self._distinct, self._where = np.unique(points.n, return_inverse=True)
        self._factorial: Array = special.gammaln(self._distinct + 1)

    def negative(self, x: Array) -> tuple[float, Array]:
        """Value and gradient, both divided by the number of pairs."""
        a1, b1, a2, b2 = np.exp(x[:4])
        first, second = self._component(a1, b1), self._component(a2, b2)
        log_p, log_rest = -np.log1p(np.exp(-x[4])), -np.log1p(np.exp(x[4]))
        p = float(np.exp(log_p))
        if self.truncation is Truncation.COMPONENT:
            one = log_p + first.log - first.tail
            total = np.logaddexp(one, log_rest + second.log - second.tail)
            share = tail_share = np.exp(one - total)
            by_logit = share - p
        else:
            one = log_p + first.log
            whole = np.logaddexp(one, log_rest + second.log)
            tail_one = log_p + first.tail
            tail_whole = np.logaddexp(tail_one, log_rest + second.tail)
            total = whole - tail_whole
            share, tail_share = np.exp(one - whole), np.exp(tail_one - tail_whole)
            by_logit = share - tail_share
        gradient = np.stack(
            [
                share * first.log_by_a - tail_share * first.tail_by_a,
                share * first.log_by_b - tail_share * first.tail_by_b,
                (1 - share) * second.log_by_a - (1 - tail_share) * second.tail_by_a,
                (1 - share) * second.log_by_b - (1 - tail_share) * second.tail_by_b,
                by_logit,
            ]
        )
        weight = self.points.weight / self.total
        # sums, not matrix products: a threaded BLAS spends ten times longer waking its threads
        return -float((weight * total).sum()), -(gradient * weight).sum(axis=1)

    def _component(self, a: float, b: float) -> _Component:
        n, e, _ = self.points
        log_none = -np.log1p(e / b)  # ln of b/(b+E)
        of_count = special.gammaln(a + self._distinct) - special.gammaln(a) - self._factorial
        log = of_count[self._where] + a * log_none + n * np.log(e / (b + e))
        psi = (special.psi(a + self._distinct) - special.psi(a))[self._where]
        by_a = a * (psi + log_none)
        by_b = a - (a + n) * (b / (b + e))
        return _Component(log, by_a, by_b, *self._tail(a, b, log_none))

    def _tail(self, a: float, b: float, log_none: Array) -> tuple[Array, Array, Array]:
        """ln P(N >= minimum) without the loss of digits of one minus a sum when E is small."""
        e = self.points.e
        if self.minimum == 0:
            none = np.zeros_like(e)
            return none, none, none
        if self.minimum == 1:
            tail = -np.expm1(a * log_none)
            odds = (1 - tail) / tail
            return np.log(tail), -odds * a * log_none, -odds * a * (e / (b + e))
        x, k, step = e / (b + e), self.minimum, 1e-5
        tail = special.betainc(k, a, x)
        log_density = k * np.log(x) + a * log_none - special.betaln(k, a)
        above, below = (special.betainc(k, a * np.exp(h), x) for h in (step, -step))
        return np.log(tail), np.log(above / below) / (2 * step), -np.exp(log_density) / tail


def homogeneous_log_likelihood(points: Squashed, minimum: int) -> float:
    """Best log-likelihood of truncated Poisson counts whose mean is one ratio times E."""

    def negative(log_ratio: float) -> float:
        mean = np.exp(log_ratio) * points.e
        log = special.xlogy(points.n, mean) - mean - special.gammaln(points.n + 1)
        if minimum > 0:
            log = log - np.log(special.gammainc(minimum, mean))
        return -float((points.weight * log).sum())

    events, mean = (points.weight * points.n).sum(), (points.weight * points.e).sum()
    centre = float(np.log(events / mean))
    found = optimize.minimize_scalar(negative, bounds=(centre - 12, centre + 2), method="bounded")
    return -float(found.fun)
