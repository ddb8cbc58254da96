"""Exact Poisson limits, rates, observed against expected."""

import json
import math
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pv.domain.statistics import rates
from pv.domain.statistics.estimates import InvalidCounts

EXAMPLES = int(os.environ.get("EVERWATCH_EXAMPLES", "100"))
VECTORS = json.loads(
    (Path(__file__).parents[3] / "vectors" / "statistics.json").read_text(encoding="utf-8")
)
GARWOOD = {
    0: (0, 3.688879),
    1: (0.025318, 5.571643),
    2: (0.242209, 7.224688),
    3: (0.618672, 8.767273),
    5: (1.623486, 11.668332),
    10: (4.795389, 18.390356),
    22: (13.787283, 33.308264),
    38: (26.891062, 52.157969),
}
SIR = [
    (0, 0.5, 0, 0, 7.377759),
    (1, 0.3, 3.3333, 0.084393, 18.572145),
    (5, 1.2, 4.166667, 1.352905, 9.723610),
    (22, 2.7, 8.148148, 5.106401, 12.336394),
]


@pytest.mark.parametrize(("x", "limits"), GARWOOD.items())
def test_garwood(x, limits):
    assert rates.sir(x, 1) == pytest.approx((x, *limits), abs=6e-7)


@pytest.mark.parametrize("row", SIR)
def test_observed_over_expected(row):
    observed, expected, *wanted = row
    assert rates.sir(observed, expected) == pytest.approx(wanted, abs=4e-5)


def test_one_t_cell_lymphoma_among_a_thousand_patients():
    result = rates.sir(1, 2500 * 2.0 / 100_000)
    assert result == pytest.approx((20, 0.51, 111.4), abs=0.05)


def test_exact_limits_and_ratios():
    for count, limits in VECTORS["poisson_limits_95"]["limits"].items():
        assert rates.sir(int(count), 1)[1:] == pytest.approx(limits, abs=1e-4)
    for row in VECTORS["observed_over_expected"]["rows"]:
        ratio = rates.sir(row["observed"], row["expected"])
        assert ratio == pytest.approx(row["ratio"], abs=1e-4)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.integers(0, 10**5), st.floats(0.5, 0.999))
def test_limits_hold_their_probability(x, level):
    _, low, high = rates.sir(x, 1, level=level)
    tail = (1 - level) / 2
    assert stats.poisson.cdf(x, high) == pytest.approx(tail, abs=1e-8)
    if x:
        assert stats.poisson.sf(x - 1, low) == pytest.approx(tail, abs=1e-8)
    else:
        assert low == 0


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.integers(0, 500), st.floats(0.01, 1e6), st.floats(0.1, 100))
def test_rates_scale_with_time_and_unit(x, years, k):
    base = rates.rate(x, years)
    assert base.estimate == pytest.approx(100 * x / years)
    assert rates.rate(x, years * k) == pytest.approx([v / k for v in base], rel=1e-9)
    assert rates.rate(x, years, per=1000) == pytest.approx([v * 10 for v in base], rel=1e-9)
    assert rates.sir(x, years) == pytest.approx([v / 100 for v in base], rel=1e-9)


def test_no_time_at_risk_and_nothing_expected_have_no_rate():
    assert all(math.isnan(value) for value in rates.rate(0, 0))
    assert all(math.isnan(value) for value in rates.sir(2, 0))
    with pytest.raises(InvalidCounts):
        rates.rate(-1, 10)


def test_arrays():
    result = rates.rate([0, 3, 5], [10, 0, 50])
    np.testing.assert_allclose(result.estimate, [0, np.nan, 10])
    assert result.high[2] == pytest.approx(2 * GARWOOD[5][1])
