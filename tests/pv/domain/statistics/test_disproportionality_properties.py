"""What must hold of the measures whatever the table, and where they are undefined."""

import math
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from pv.domain.statistics import disproportionality as measures
from pv.domain.statistics.information import trigamma
from pv.domain.statistics.ratios import expected_count

EXAMPLES = int(os.environ.get("EVERWATCH_EXAMPLES", "100"))
count = st.integers(1, 10**6)
table = st.tuples(count, count, count, count)
any_table = st.tuples(*[st.integers(0, 10**4)] * 4).filter(lambda cells: sum(cells) > 0)


@settings(max_examples=EXAMPLES, deadline=None)
@given(table)
def test_ror_turns_over_with_rows_or_columns_and_not_with_their_exchange(cells):
    a, b, c, d = cells
    value = measures.ror(a, b, c, d)
    swapped = measures.ror(b, a, d, c)
    assert swapped == pytest.approx((1 / value[0], 1 / value[2], 1 / value[1]), rel=1e-9)
    assert measures.ror(a, c, b, d) == pytest.approx(value, rel=1e-12)


@settings(max_examples=EXAMPLES, deadline=None)
@given(table, st.integers(2, 9))
def test_scaling_keeps_the_ratios_and_narrows_their_limits(cells, k):
    larger = [k * cell for cell in cells]
    for measure in (measures.ror, measures.prr):
        small, large = measure(*cells), measure(*larger)
        assert large.estimate == pytest.approx(small.estimate, rel=1e-9)
        assert large.low >= small.low * (1 - 1e-9)
        width = math.log(small.high / small.low)
        assert math.log(large.high / large.low) == pytest.approx(width / k**0.5, rel=1e-6)
    assert measures.chi2(*larger) == pytest.approx(k * measures.chi2(*cells), rel=1e-6, abs=1e-6)


@settings(max_examples=EXAMPLES, deadline=None)
@given(table)
def test_chi_square_is_that_of_scipy(cells):
    a, b, c, d = cells
    for yates in (False, True):
        wanted = stats.chi2_contingency([[a, b], [c, d]], correction=yates).statistic
        if yates and abs(a * d - b * c) < sum(cells) / 2:
            # scipy lets the correction pass zero's side; the rule stops at zero
            assert measures.chi2(*cells, yates=True) == 0
        else:
            assert measures.chi2(*cells, yates=yates) == pytest.approx(wanted, rel=1e-6, abs=1e-6)


@settings(max_examples=EXAMPLES, deadline=None)
@given(table)
def test_ror_limits_are_those_of_scipy(cells):
    a, b, c, d = cells
    wanted = stats.contingency.odds_ratio([[a, b], [c, d]], kind="sample")
    interval = wanted.confidence_interval(0.95)
    got = (wanted.statistic, interval.low, interval.high)
    assert measures.ror(*cells) == pytest.approx(got, rel=1e-8)


@settings(max_examples=EXAMPLES, deadline=None)
@given(any_table)
def test_information_is_ordered_symmetric_and_always_there(cells):
    a, b, c, d = cells
    for result in (
        measures.ic(*cells),
        measures.ic(*cells, interval="gamma"),
        measures.bcpnn(*cells),
    ):
        assert result.low < result.estimate < result.high
    assert measures.ic(a, c, b, d) == pytest.approx(measures.ic(*cells), rel=1e-12, abs=1e-12)
    assert measures.bcpnn(a, c, b, d) == pytest.approx(measures.bcpnn(*cells), abs=1e-9)


@settings(max_examples=EXAMPLES, deadline=None)
@given(any_table)
def test_gamma_limits_hold_their_probability(cells):
    result = measures.ic(*cells, interval="gamma")
    expected = expected_count(*cells)
    for limit, share in ((result.low, 0.025), (result.high, 0.975)):
        reached = stats.gamma.cdf(2**limit, cells[0] + 0.5, scale=1 / (expected + 0.5))
        assert reached == pytest.approx(share, abs=1e-9)


@settings(max_examples=EXAMPLES, deadline=None)
@given(any_table)
def test_zero_cells_leave_the_ratios_undefined_and_never_infinite(cells):
    a, b, c, d = cells
    undefined = {
        measures.ror: 0 in cells,
        measures.prr: a == 0 or c == 0 or b == d == 0,
    }
    for measure, none in undefined.items():
        result = measure(*cells)
        assert all(math.isnan(value) for value in result) == none
        assert none or all(math.isfinite(value) for value in result)
    margins = (a + b, c + d, a + c, b + d)
    assert math.isnan(measures.chi2(*cells)) == (0 in margins)


def test_a_correction_is_made_only_where_asked_and_only_where_needed():
    assert math.isnan(measures.ror(0, 10, 5, 100).estimate)
    corrected = measures.ror(0, 10, 5, 100, continuity=0.5)
    assert corrected == pytest.approx(measures.ror(0.5, 10.5, 5.5, 100.5))
    assert measures.ror(3, 10, 5, 100, continuity=0.5) == measures.ror(3, 10, 5, 100)


def test_empty_table_has_no_measure():
    for result in (measures.ic(0, 0, 0, 0), measures.bcpnn(0, 0, 0, 0), measures.ror(0, 0, 0, 0)):
        assert all(math.isnan(value) for value in result)


def test_unknown_counts_stay_unknown_and_impossible_ones_are_refused():
    assert math.isnan(measures.ror(float("nan"), 1, 2, 3).estimate)
    for cell in (-1, float("inf")):
        with pytest.raises(measures.InvalidCounts):
            measures.ror(cell, 1, 2, 3)
    with pytest.raises(measures.InvalidCounts):
        measures.ror(1, 2, 3, 4, level=1.0)
    with pytest.raises(ValueError, match="95"):
        measures.ic(1, 2, 3, 4, level=0.9)


def test_arrays_give_what_scalars_give_and_keep_their_shape():
    rng = np.random.default_rng(3)
    cells = rng.integers(0, 30, (4, 5, 7))
    for measure in (measures.ror, measures.prr, measures.ic, measures.bcpnn):
        many = measure(*cells)
        assert many.estimate.shape == (5, 7)
        one = measure(*(int(cell[2, 3]) for cell in cells))
        assert all(isinstance(value, float) for value in one)
        np.testing.assert_allclose([part[2, 3] for part in many], one, rtol=1e-12)
    gamma = measures.ic(*cells, interval="gamma", level=0.9)
    np.testing.assert_allclose(
        gamma.low[1, 1], measures.ic(*cells[:, 1, 1], interval="gamma", level=0.9).low
    )


def test_trigamma_is_that_of_scipy():
    x = np.concatenate([np.linspace(1, 60, 400), np.geomspace(60, 1e12, 200)])
    np.testing.assert_allclose(trigamma(x), special.polygamma(1, x), rtol=1e-12)
