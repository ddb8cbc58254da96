"""A point estimate with its limits, and how scalars and arrays enter and leave this package.

The product's own form of what the methods of domain 8 give.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from followup.lazy_modules import lazy

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray
    from scipy import special
else:
    np, special = lazy("numpy"), lazy("scipy.special")

Array: TypeAlias = "NDArray[np.float64]"
Flags: TypeAlias = "NDArray[np.bool_]"
Values: TypeAlias = "float | Array"


class InvalidCounts(ValueError):
    """A count, time or level that no rule of this package can read (negative, infinite, empty)."""


class Estimate(NamedTuple):
    """An estimate and the two ends of its interval; floats for scalars, arrays for arrays.

    What the data do not define is ``nan``, never a number put in its place.
    """

    estimate: Values
    low: Values
    high: Values


def counted(*values: ArrayLike) -> tuple[Array, ...]:
    """Broadcast counts to float arrays of one shape.

    ``nan`` (not known) passes through and makes the result ``nan``; a negative or infinite count
    raises :class:`InvalidCounts`.
    """
    arrays = [np.asarray(value, dtype=np.float64) for value in values]
    for array in arrays:
        if np.any(array < 0) or np.any(np.isinf(array)):
            raise InvalidCounts("counts are finite and not negative")
    return tuple(np.broadcast_arrays(*arrays))


def unboxed(values: ArrayLike) -> Values:
    """A float for a scalar, the array for an array."""
    array = np.asarray(values, dtype=np.float64)
    return float(array) if array.ndim == 0 else array


def estimated(estimate: ArrayLike, low: ArrayLike, high: ArrayLike) -> Estimate:
    """The three values, each a float for a scalar and an array for an array."""
    return Estimate(unboxed(estimate), unboxed(low), unboxed(high))


def tails(level: float) -> tuple[float, float]:
    """Lower and upper tail probability of a two-sided interval, 0.025 and 0.975 for 0.95.

    InvalidCounts outside 0 to 1.
    """
    if not 0 < level < 1:
        raise InvalidCounts(f"an interval has a level between 0 and 1, not {level}")
    return (1 - level) / 2, (1 + level) / 2


def normal_deviate(level: float) -> float:
    """Standard normal deviate of a two-sided interval, 1.959964 for 0.95."""
    return float(special.ndtri(tails(level)[1]))
