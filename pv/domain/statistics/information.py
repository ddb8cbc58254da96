"""Information component of a drug and an event: shrunk observed to expected, and Gould's BCPNN.

Source: domain 8.
"""

from __future__ import annotations

import math
from enum import StrEnum
from typing import TYPE_CHECKING

from followup.lazy_modules import lazy
from pv.domain.statistics.estimates import (
    Array,
    Estimate,
    counted,
    estimated,
    normal_deviate,
    tails,
)
from pv.domain.statistics.ratios import expected_count

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike
    from scipy import special
else:
    np, special = lazy("numpy"), lazy("scipy.special")


class Interval(StrEnum):
    """How the limits of the information component are found."""

    NOREN = "noren"
    GAMMA = "gamma"


# Noren, Hopstadius, Bate 2013: fitted approximation of the 2.5 % and 97.5 % points
_NOREN_LOW = (3.3, 2.0)
_NOREN_HIGH = (2.4, 0.5)
_LN2 = math.log(2.0)


def ic(
    a: ArrayLike,
    b: ArrayLike,
    c: ArrayLike,
    d: ArrayLike,
    interval: str = Interval.NOREN,
    *,
    level: float = 0.95,
) -> Estimate:
    """Information component log2((a + 1/2) / (E + 1/2)), E = (a+b)(a+c)/N, with IC025 and IC975.

    ``interval`` "noren": the published approximation, for 95 % only. "gamma": the exact quantiles
    of Gamma(a + 1/2, rate E + 1/2), at any ``level``. Defined for a = 0 and for an empty margin (IC
    0, very wide limits); nan only for N = 0. Source: UMC shrinkage, Noren 2013. ValueError for
    another `level` of "noren".
    """
    kind = Interval(interval)
    a, b, c, d = counted(a, b, c, d)
    shrunk_count, shrunk_expected = a + 0.5, expected_count(a, b, c, d) + 0.5
    centre = np.log2(shrunk_count / shrunk_expected)
    if kind is Interval.GAMMA:
        low, high = (
            np.log2(_gamma_quantile(tail, shrunk_count) / shrunk_expected) for tail in tails(level)
        )
        return estimated(centre, low, high)
    if level != 0.95:
        raise ValueError("Noren's approximation is published for 95 % limits only")
    root = np.sqrt(shrunk_count)
    cube = shrunk_count * root
    low = centre - _NOREN_LOW[0] / root - _NOREN_LOW[1] / cube
    high = centre + _NOREN_HIGH[0] / root - _NOREN_HIGH[1] / cube
    return estimated(centre, low, high)


def bcpnn(
    a: ArrayLike, b: ArrayLike, c: ArrayLike, d: ArrayLike, *, level: float = 0.95
) -> Estimate:
    """Posterior mean of the information component +/- z SD, in bits (Gould 2003, A3 and A4).

    Priors: both margins uniform, the joint cell centred on independence given the margins. Zero
    cells are allowed. Logarithms are base 2 (the R package PhViD mixes bases; not a reference).
    """
    z = normal_deviate(level)
    mean, variance = bcpnn_moments(*counted(a, b, c, d))
    half = z * np.sqrt(variance)
    return estimated(mean, mean - half, mean + half)


def bcpnn_moments(a: Array, b: Array, c: Array, d: Array) -> tuple[Array, Array]:
    """Posterior mean and variance of the information component, in bits and bits squared."""
    total = a + b + c + d
    drug, event, joint = a + b + 1, a + c + 1, a + 1
    joint_total = total + (total + 2) ** 2 / (drug * event)
    mean = special.psi(joint) - special.psi(joint_total)
    mean = mean - special.psi(drug) - special.psi(event) + 2 * special.psi(total + 2)
    variance = trigamma(joint) - trigamma(joint_total)
    variance = variance + trigamma(drug) + trigamma(event) - 2 * trigamma(total + 2)
    empty = total == 0
    return np.where(empty, np.nan, mean / _LN2), np.where(empty, np.nan, variance / _LN2**2)


def trigamma(x: Array) -> Array:
    """Second derivative of ln Gamma for x >= 1, within 1e-13 relative.

    Eight steps of the recurrence, then the asymptotic series: ten times faster than the Hurwitz
    zeta of scipy, which matters for a million pairs.
    """
    result = np.zeros_like(x)
    for step in range(8):
        result += 1 / (x + step) ** 2
    y = x + 8
    inverse = 1 / (y * y)
    series = 1 / 6 - inverse * (
        1 / 30 - inverse * (1 / 42 - inverse * (1 / 30 - inverse * (5 / 66)))
    )
    return result + 1 / y + inverse / 2 + inverse * series / y


def _gamma_quantile(tail: float, shape: Array) -> Array:
    # the quantile depends on the count alone, and counts repeat: solve once for each count
    distinct, where = np.unique(shape, return_inverse=True)
    quantiles: Array = special.gammaincinv(distinct, tail)[where]
    return quantiles.reshape(shape.shape)
