"""Reporting odds ratio, proportional reporting ratio and chi-square of a 2 x 2 table.

Source: domain 8.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from followup.lazy_modules import lazy
from pv.domain.statistics.estimates import (
    Array,
    Estimate,
    Values,
    counted,
    estimated,
    normal_deviate,
    unboxed,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike
else:
    np = lazy("numpy")


def expected_count(a: Array, b: Array, c: Array, d: Array) -> Array:
    """Count of drug and event if the two were independent: (a+b)(a+c)/N, nan for N = 0.

    For arrays already checked.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        result: Array = (a + b) * (a + c) / (a + b + c + d)
    return result


def ror(
    a: ArrayLike,
    b: ArrayLike,
    c: ArrayLike,
    d: ArrayLike,
    *,
    level: float = 0.95,
    continuity: float = 0.0,
) -> Estimate:
    """Reporting odds ratio ad/bc with the interval exp(ln ROR +/- z sqrt(1/a+1/b+1/c+1/d)).

    a: drug and event, b: drug and other event, c: other drug and event, d: neither (reports).
    A table with an empty cell has no ROR: all three values are nan. ``continuity`` is added to the
    four cells of such a table only when a rule asks for it; the caller then labels the value.
    """
    z = normal_deviate(level)
    a, b, c, d = _continued(continuity, *counted(a, b, c, d))
    empty = (a == 0) | (b == 0) | (c == 0) | (d == 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(empty, np.nan, a * d / (b * c))
        spread = np.exp(z * np.sqrt(1 / a + 1 / b + 1 / c + 1 / d))
        return estimated(ratio, ratio / spread, ratio * spread)


def prr(
    a: ArrayLike,
    b: ArrayLike,
    c: ArrayLike,
    d: ArrayLike,
    *,
    level: float = 0.95,
    continuity: float = 0.0,
) -> Estimate:
    """Proportional reporting ratio [a/(a+b)] / [c/(c+d)] with its log-normal interval (Evans 2001).

    Undefined (nan) when a or c is zero, and when b and d are both zero: every report then carries
    the event and the interval would be of no width. ``continuity`` as in :func:`ror`.
    """
    z = normal_deviate(level)
    a, b, c, d = _continued(continuity, *counted(a, b, c, d))
    undefined = (a == 0) | (c == 0) | ((b == 0) & (d == 0))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(undefined, np.nan, a / (a + b) * ((c + d) / c))
        # b/(a(a+b)) is 1/a - 1/(a+b) without the loss of digits
        spread = np.exp(z * np.sqrt(b / (a * (a + b)) + d / (c * (c + d))))
        return estimated(ratio, ratio / spread, ratio * spread)


def chi2(a: ArrayLike, b: ArrayLike, c: ArrayLike, d: ArrayLike, yates: bool = False) -> Values:
    """Pearson's chi-square of the table, one degree of freedom; ``yates`` corrects for continuity.

    nan when a margin is empty. The 22,740 printed by Evans 2001 is without Yates, the MHRA rule
    (chi-square >= 4 beside PRR >= 2 and a >= 3) uses Yates.
    """
    a, b, c, d = counted(a, b, c, d)
    total = a + b + c + d
    distance = np.abs(a * d - b * c)
    if yates:
        distance = np.maximum(distance - total / 2, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        # two quotients, so that the product of four margins of a large database cannot overflow
        return unboxed(total * (distance / ((a + b) * (c + d))) * (distance / ((a + c) * (b + d))))


def _continued(amount: float, a: Array, b: Array, c: Array, d: Array) -> tuple[Array, ...]:
    if amount == 0:
        return a, b, c, d
    added = np.where((a == 0) | (b == 0) | (c == 0) | (d == 0), amount, 0.0)
    return a + added, b + added, c + added, d + added
