"""Disproportionality of a drug and an event: the public names, in one place.

Notation of every measure: a reports of the drug with the event, b of the drug without it, c of the
event without the drug, d of neither; N = a+b+c+d and E = (a+b)(a+c)/N. Scalars give floats, arrays
arrays. What is undefined is nan (``signals`` also flags it as undecided); nothing is ever added to
an empty cell unless the caller asks for it. Reports are to be de-duplicated first, and CAR-T
products compared within CAR-T and within oncology as well as with all drugs (channelling).

Source: domain 8.
"""

from pv.domain.statistics.estimates import Estimate, InvalidCounts
from pv.domain.statistics.gps import Theta, ebgm
from pv.domain.statistics.gps_likelihood import Truncation
from pv.domain.statistics.gps_prior import STARTS, GpsFit, NoGpsFit, gps_fit, squash
from pv.domain.statistics.information import Interval, bcpnn, ic
from pv.domain.statistics.ratios import chi2, prr, ror
from pv.domain.statistics.screening import (
    Bound,
    Cells,
    Measure,
    Screening,
    SignalRule,
    rules,
    signals,
)

__all__ = [
    "STARTS",
    "Bound",
    "Cells",
    "Estimate",
    "GpsFit",
    "Interval",
    "InvalidCounts",
    "Measure",
    "NoGpsFit",
    "Screening",
    "SignalRule",
    "Theta",
    "Truncation",
    "bcpnn",
    "chi2",
    "ebgm",
    "gps_fit",
    "ic",
    "prr",
    "ror",
    "rules",
    "signals",
    "squash",
]
