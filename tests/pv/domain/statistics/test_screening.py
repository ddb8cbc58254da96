"""A whole table at once: columns, rules as data, undecided pairs, missing prior."""

import numpy as np
import pytest

from pv.domain.statistics import disproportionality as measures
from pv.domain.statistics.screening import Measure

RULES = {
    "MHRA": {"prr": 2, "chi2_yates": 4, "a": 3},
    "EMA": {"ror_low": {"above": 1}, "a": 3},
    "UMC": {"ic_low": {"above": 0}},
    "FDA": {"eb05": 2},
}
THETA = (3.25, 0.4, 2.03, 1.91, 0.065)


def cells(n):
    """The four cells of every pair that was reported, in a table of drugs by events."""
    drug, event = np.nonzero(n)
    a = n[drug, event]
    b, c = n.sum(axis=1)[drug] - a, n.sum(axis=0)[event] - a
    return measures.Cells(a, b, c, n.sum() - a - b - c)


@pytest.fixture(scope="module")
def table():
    """A drug-event table of 60 by 80 with true associations, empty cells left out."""
    rng = np.random.default_rng(8)
    mean = np.outer(rng.lognormal(0, 1, 60), rng.lognormal(0, 1, 80))
    strong = rng.random(mean.shape) < 0.1
    ratio = np.where(strong, rng.gamma(6, 1, mean.shape), rng.gamma(4, 0.25, mean.shape))
    n = rng.poisson(ratio * mean)
    return cells(n)


def test_columns_are_the_measures_pair_by_pair(table):
    screened = measures.signals(table, RULES, theta=THETA)
    got = screened.measures
    for place in (0, 5, 1000):
        a, b, c, d = (float(column[place]) for column in table)
        expected = (a + b) * (a + c) / (a + b + c + d)
        wanted = {
            "a": a,
            "expected": expected,
            "chi2": measures.chi2(a, b, c, d),
            "chi2_yates": measures.chi2(a, b, c, d, yates=True),
        }
        for name, result in (
            (("ror", "ror_low", "ror_high"), measures.ror(a, b, c, d)),
            (("prr", "prr_low", "prr_high"), measures.prr(a, b, c, d)),
            (("ic", "ic_low", "ic_high"), measures.ic(a, b, c, d)),
            (("ic", "ic_gamma_low", "ic_gamma_high"), measures.ic(a, b, c, d, interval="gamma")),
            (("bcpnn", "bcpnn_low", "bcpnn_high"), measures.bcpnn(a, b, c, d)),
            (("ebgm", "eb05", "eb95"), measures.ebgm(a, expected, THETA)),
        ):
            wanted |= dict(zip(name, result, strict=True))
        assert set(wanted) == set(Measure)
        for name, value in wanted.items():
            assert got[Measure(name)][place] == pytest.approx(value, rel=1e-9, nan_ok=True), name


def test_rules_are_read_from_data_and_applied_to_the_letter(table):
    screened = measures.signals(table, RULES, theta=THETA)
    m = screened.measures
    wanted = {
        "MHRA": (m[Measure.PRR] >= 2) & (m[Measure.CHI2_YATES] >= 4) & (m[Measure.COUNT] >= 3),
        "EMA": (m[Measure.ROR_LOW] > 1) & (m[Measure.COUNT] >= 3),
        "UMC": m[Measure.IC_LOW] > 0,
        "FDA": m[Measure.EB05] >= 2,
    }
    for name, flags in wanted.items():
        assert 0 < flags.sum() < flags.size
        np.testing.assert_array_equal(screened.signals[name], flags)
        assert not (screened.signals[name] & screened.undecided[name]).any()


def test_bounds_at_their_value():
    rows = np.array([[3, 10, 20, 300]])
    ratio = measures.prr(*rows[0]).estimate
    for bound, met in (({"prr": ratio}, True), ({"prr": {"above": ratio}}, False)):
        assert measures.signals(rows, {"x": bound}, theta=THETA).signals["x"].tolist() == [met]
    rule = measures.SignalRule("y", (measures.Bound(Measure.PRR, ratio, strict=True),), "local")
    assert measures.signals(rows, [rule], theta=THETA).signals["y"].tolist() == [False]


def test_an_undefined_measure_is_undecided_unless_another_bound_fails():
    rows = np.array([[5, 0, 20, 300], [1, 0, 20, 300], [5, 10, 20, 300]])
    screened = measures.signals(rows, {"EMA": RULES["EMA"]}, theta=THETA)
    assert screened.signals["EMA"].tolist() == [False, False, True]
    assert screened.undecided["EMA"].tolist() == [True, False, False]


def test_unknown_measures_and_misshapen_tables_are_refused():
    with pytest.raises(ValueError, match="ebgm_low"):
        measures.rules({"x": {"ebgm_low": 2}})
    with pytest.raises(measures.InvalidCounts, match="columns"):
        measures.signals([[1, 2, 3]], RULES)


def test_the_prior_is_fitted_on_the_table_and_reported(table):
    screened = measures.signals(table, RULES, truncation="mixture")
    assert screened.fit.truncation == "mixture"
    assert screened.theta == screened.fit.theta
    assert screened.refusal == ""
    given = measures.signals(table, RULES, theta=screened.theta)
    assert given.fit is None
    np.testing.assert_allclose(
        given.measures[Measure.EBGM], screened.measures[Measure.EBGM], rtol=1e-12
    )


def test_without_a_prior_everything_else_is_there_and_the_reason_too():
    rng = np.random.default_rng(3)
    n = rng.poisson(np.outer(rng.gamma(2, 2, 30), rng.gamma(2, 2, 30)))
    screened = measures.signals(cells(n), RULES)
    assert screened.theta is None
    assert "homogeneous" in screened.refusal
    assert np.isnan(screened.measures[Measure.EBGM]).all()
    assert screened.undecided["FDA"].all()
    assert np.isfinite(screened.measures[Measure.IC]).all()
