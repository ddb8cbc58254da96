"""Incidence rates and shares with exact limits, and observed against expected.

Source: domain 8.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from followup.lazy_modules import lazy
from pv.domain.statistics.estimates import Array, Estimate, InvalidCounts, counted, estimated, tails

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike
    from scipy import special
else:
    np, special = lazy("numpy"), lazy("scipy.special")


def rate(
    x: ArrayLike, person_years: ArrayLike, per: float = 100, *, level: float = 0.95
) -> Estimate:
    """Events per ``per`` person-years with exact limits; nan where no time was at risk."""
    count, years = counted(x, person_years)
    low, high = _limits(count, level)
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.where(years > 0, per / years, np.nan)
    return estimated(count * scale, low * scale, high * scale)


def sir(observed: ArrayLike, expected: ArrayLike, *, level: float = 0.95) -> Estimate:
    """Standardised incidence ratio observed/expected, exact limits of the count over ``expected``.

    nan where nothing was expected. ``expected`` is taken as known: the limits carry no doubt about
    the background rate, and a general-population rate understates that of lymphoma or myeloma
    patients; whoever shows the ratio says so.
    """
    return rate(observed, expected, per=1, level=level)


def proportion(x: ArrayLike, n: ArrayLike, *, level: float = 0.95) -> Estimate:
    """Share of ``n`` with exact limits (Clopper and Pearson 1934): quantiles of the beta.

    nan where nobody was observed; InvalidCounts where more happened than could.
    """
    count, total = counted(x, n)
    if np.any(count > total):
        raise InvalidCounts("no more than those observed can have the event")
    lower, upper = tails(level)
    rest = total - count
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(total > 0, count / total, np.nan)
    # a beta with a zero parameter has no quantile: those limits are 0 and 1
    low = special.betaincinv(np.maximum(count, 1), rest + 1, lower)
    high = special.betaincinv(count + 1, np.maximum(rest, 1), upper)
    low, high = np.where(count == 0, 0.0, low), np.where(rest == 0, 1.0, high)
    none = total == 0
    return estimated(share, np.where(none, np.nan, low), np.where(none, np.nan, high))


def _limits(count: Array, level: float) -> tuple[Array, Array]:
    lower, upper = tails(level)
    # gammaincinv(x, q) is chi2(q; 2x)/2; a count of zero has no such point and its limit is zero
    low = np.where(count == 0, 0.0, special.gammaincinv(np.where(count == 0, 1.0, count), lower))
    return low, np.asarray(special.gammaincinv(count + 1, upper), dtype=np.float64)
