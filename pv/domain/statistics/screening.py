"""Every disproportionality measure of a whole table, and the signal rules read on them.

Source: domain 8.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from followup.lazy_modules import lazy
from pv.domain.statistics.estimates import Array, Flags, InvalidCounts, counted
from pv.domain.statistics.gps import Theta, checked_theta, ebgm
from pv.domain.statistics.gps_likelihood import Truncation
from pv.domain.statistics.gps_prior import GpsFit, NoGpsFit, gps_fit
from pv.domain.statistics.information import Interval, bcpnn, ic
from pv.domain.statistics.ratios import chi2, expected_count, prr, ror

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike
else:
    np = lazy("numpy")

_BLOCK = 1 << 15  # pairs worked on together: the temporaries of one block stay in the cache


class Measure(StrEnum):
    """A column of the screened table; what a bound of a signal rule may name."""

    COUNT = "a"
    EXPECTED = "expected"
    ROR = "ror"
    ROR_LOW = "ror_low"
    ROR_HIGH = "ror_high"
    PRR = "prr"
    PRR_LOW = "prr_low"
    PRR_HIGH = "prr_high"
    CHI2 = "chi2"
    CHI2_YATES = "chi2_yates"
    IC = "ic"
    IC_LOW = "ic_low"
    IC_HIGH = "ic_high"
    IC_GAMMA_LOW = "ic_gamma_low"
    IC_GAMMA_HIGH = "ic_gamma_high"
    BCPNN = "bcpnn"
    BCPNN_LOW = "bcpnn_low"
    BCPNN_HIGH = "bcpnn_high"
    EBGM = "ebgm"
    EB05 = "eb05"
    EB95 = "eb95"


class Cells(NamedTuple):
    """The four cells of every pair: drug and event, drug only, event only, neither (reports)."""

    a: Array
    b: Array
    c: Array
    d: Array


@dataclass(frozen=True)
class Bound:
    """One condition of a rule: the measure is at least, or (``strict``) above, the value."""

    measure: Measure
    value: float
    strict: bool = False


@dataclass(frozen=True)
class SignalRule:
    """A named signal rule: all bounds hold. Rules are versioned data with their citation."""

    name: str
    bounds: tuple[Bound, ...]
    citation: str = ""


Thresholds = Sequence[SignalRule] | Mapping[str, Mapping[str, float | Mapping[str, float]]]


@dataclass(frozen=True)
class Screening:
    """Measures of every pair, which rules each pair meets, and which could not be decided."""

    measures: dict[Measure, Array]
    signals: dict[str, Flags]
    undecided: dict[str, Flags]
    """True where a measure the rule needs is undefined and no other bound already fails."""
    theta: Theta | None
    fit: GpsFit | None
    """Report of the fit of ``theta``; None when theta was given or no fit exists."""
    refusal: str
    """Why there is no EBGM; empty when there is."""


def rules(data: Mapping[str, Mapping[str, float | Mapping[str, float]]]) -> tuple[SignalRule, ...]:
    """Rules from plain data: ``{"MHRA": {"prr": 2, "chi2_yates": 4, "a": 3}}``.

    A number is a least value; ``{"above": x}`` is a strict bound. An unknown measure is an error.
    """
    return tuple(
        SignalRule(name, tuple(_bound(measure, value) for measure, value in bounds.items()))
        for name, bounds in data.items()
    )


def signals(
    counts: Cells | ArrayLike,
    thresholds: Thresholds,
    *,
    theta: ArrayLike | None = None,
    truncation: str = Truncation.COMPONENT,
) -> Screening:
    """Screen a whole table: every measure of every pair and the rules each meets.

    counts: :class:`Cells`, or an array of shape (pairs, 4) with columns a, b, c, d. thresholds:
    rules, as objects or as the data :func:`rules` reads. theta: prior of a reference database,
    to be labelled as such, for a table too small to fit its own; without it the prior is fitted
    here and, where none can be, EBGM is nan and ``refusal`` says why. A pair that lacks a measure
    is not called a signal; it is counted as undecided.
    """
    table = _table(counts)
    chosen = rules(thresholds) if isinstance(thresholds, Mapping) else tuple(thresholds)
    measures = {measure: np.empty(table.a.size) for measure in Measure}
    for start in range(0, table.a.size, _BLOCK):
        block = slice(start, start + _BLOCK)
        _measure_block(Cells(*(column[block] for column in table)), measures, block)
    prior, fit, refusal = _prior(table.a, measures[Measure.EXPECTED], theta, truncation)
    _measure_ebgm(table.a, measures, prior)
    met, undecided = {}, {}
    for rule in chosen:
        met[rule.name], undecided[rule.name] = _decide(rule, measures)
    return Screening(measures, met, undecided, prior, fit, refusal)


def _table(counts: Cells | ArrayLike) -> Cells:
    if isinstance(counts, Cells):
        return Cells(*(column.reshape(-1) for column in counted(*counts)))
    rows = np.asarray(counts, dtype=np.float64)
    if rows.ndim != 2 or rows.shape[1] != 4:
        raise InvalidCounts("counts have one row for each pair and the columns a, b, c, d")
    return Cells(*counted(rows[:, 0], rows[:, 1], rows[:, 2], rows[:, 3]))


def _measure_block(part: Cells, measures: dict[Measure, Array], block: slice) -> None:
    """All measures but EBGM, which needs the whole table, for one block of pairs."""
    m = Measure
    gamma = ic(*part, interval=Interval.GAMMA)
    columns = {
        (m.COUNT,): (part.a,),
        (m.EXPECTED,): (expected_count(*part),),
        (m.ROR, m.ROR_LOW, m.ROR_HIGH): ror(*part),
        (m.PRR, m.PRR_LOW, m.PRR_HIGH): prr(*part),
        (m.CHI2,): (chi2(*part),),
        (m.CHI2_YATES,): (chi2(*part, yates=True),),
        (m.IC, m.IC_LOW, m.IC_HIGH): ic(*part),
        (m.IC_GAMMA_LOW, m.IC_GAMMA_HIGH): gamma[1:],
        (m.BCPNN, m.BCPNN_LOW, m.BCPNN_HIGH): bcpnn(*part),
    }
    for names, values in columns.items():
        for name, value in zip(names, values, strict=True):
            measures[name][block] = value


def _prior(
    a: Array, expected: Array, theta: ArrayLike | None, truncation: str
) -> tuple[Theta | None, GpsFit | None, str]:
    if theta is not None:
        return checked_theta(theta), None, ""
    known = np.isfinite(a) & np.isfinite(expected)
    try:
        fit = gps_fit(a[known], expected[known], truncation=truncation)
    except NoGpsFit as refused:
        return None, None, refused.reason
    return fit.theta, fit, ""


def _measure_ebgm(a: Array, measures: dict[Measure, Array], theta: Theta | None) -> None:
    names = (Measure.EBGM, Measure.EB05, Measure.EB95)
    if theta is None:
        for name in names:
            measures[name].fill(np.nan)
        return
    for name, values in zip(names, ebgm(a, measures[Measure.EXPECTED], theta), strict=True):
        measures[name] = np.asarray(values, dtype=np.float64)


def _decide(rule: SignalRule, measures: dict[Measure, Array]) -> tuple[Flags, Flags]:
    """Pairs that meet the rule, and pairs that could meet it but lack a measure."""
    size = measures[Measure.COUNT].size
    met, open_ = np.ones(size, dtype=bool), np.ones(size, dtype=bool)
    for bound in rule.bounds:
        values = measures[bound.measure]
        passed = values > bound.value if bound.strict else values >= bound.value
        met &= passed
        open_ &= passed | np.isnan(values)
    return met, open_ & ~met


def _bound(measure: str, value: float | Mapping[str, float]) -> Bound:
    if isinstance(value, Mapping):
        return Bound(Measure(measure), float(value["above"]), strict=True)
    return Bound(Measure(measure), float(value))
