"""Poisson MaxSPRT against the published tables of Kulldorff 2011, R Sequential and simulation."""

import os

import numpy as np
import pytest

from pv.domain.statistics import sequential
from pv.domain.statistics.estimates import InvalidCounts

LONG = "EVERWATCH_EXAMPLES" in os.environ
# upper limit: critical values at alpha 0.05, 0.01, 0.001 (table 1)
TABLE_1 = {
    0.1: (2.044069, 4.119293, 6.579669),
    0.5: (2.637928, 4.483740, 7.034472),
    1: (2.853937, 4.670428, 7.172614),
    2: (3.046977, 4.862223, 7.341453),
    5: (3.297183, 5.091907, 7.569312),
    10: (3.467952, 5.260513, 7.724863),
    20: (3.628123, 5.414770, 7.877573),
    50: (3.819903, 5.605972, 8.067072),
    100: (3.952321, 5.738974, 8.199403),
    200: (4.074828, 5.862113, 8.322983),
    500: (4.222632, 6.011088, 8.473183),
    1000: (4.324917, 6.114225, 8.577253),
}
# upper limit, relative risk, power at alpha 0.05 (table 2)
TABLE_2 = [(0.5, 10, 0.899), (1, 3, 0.379), (5, 2, 0.447), (10, 2, 0.685), (20, 1.5, 0.450)]
# upper limit, minimum events, critical value at alpha 0.05 (R Sequential, full precision)
MINIMUM = [
    (1, 2, 2.36663822744395),
    (1, 3, 1.7742178463146),
    (10, 4, 2.92156132978567),
    (20, 10, 2.71713745193818),
]


@pytest.mark.parametrize("limit", [limit for limit in TABLE_1 if LONG or limit <= 50])
def test_table_1(limit):
    for alpha, published in zip((0.05, 0.01, 0.001), TABLE_1[limit], strict=True):
        assert sequential.critical_value(limit, alpha) == pytest.approx(published, abs=6e-7)


def power(risk, limit, looks=None, minimum_events=1):
    """Probability of a signal by the end at alpha 0.05, at a true rate `risk` times expected."""
    plan = sequential.Plan(limit, minimum_events, 0.0, looks)
    boundary = sequential.critical_value(limit, minimum_events=minimum_events, looks=looks)
    return sequential.signal_probability(plan, boundary, risk)


@pytest.mark.parametrize(("limit", "risk", "published"), TABLE_2)
def test_table_2(limit, risk, published):
    assert power(risk, limit) == pytest.approx(published, abs=6e-4)


@pytest.mark.parametrize(("limit", "events", "published"), MINIMUM)
def test_minimum_number_of_events(limit, events, published):
    value = sequential.critical_value(limit, minimum_events=events)
    assert value == pytest.approx(published, abs=1e-7)


@pytest.mark.parametrize(
    ("limit", "first", "published"), [(2, 1, 2.000158), (10, 1, 2.799333), (20, 3, 2.846635)]
)
def test_late_first_look(limit, first, published):
    value = sequential.critical_value(limit, first_look=first)
    assert value == pytest.approx(published, abs=2e-6)


def ever_signals(rng, limit, boundary, runs, risk=1.0, looks=None, least=1):
    """Share of simulated processes whose ratio reaches the boundary at an event or a look."""
    hits = 0
    for _ in range(runs):
        arrivals = np.sort(rng.random(rng.poisson(limit * risk))) * limit
        if looks is None:
            count, mean = np.arange(1, arrivals.size + 1), arrivals
        else:
            count, mean = np.searchsorted(arrivals, looks), np.asarray(looks, dtype=float)
        ratio = np.asarray(sequential.llr(count, mean))
        hits += bool(((ratio >= boundary) & (count >= least)).any())
    return hits / runs


@pytest.mark.parametrize(
    ("risk", "looks", "least"), [(1.0, None, 1), (2.0, None, 3), (1.0, (2, 4, 5, 7, 8), 1)]
)
def test_simulated_processes_signal_as_often_as_computed(risk, looks, least):
    plan = {"minimum_events": least, "looks": looks}
    boundary = sequential.critical_value(8, 0.05, **plan)
    wanted = power(risk, 8, **plan)
    runs = 4000
    share = ever_signals(np.random.default_rng(3), 8, boundary, runs, risk, looks, least)
    assert share == pytest.approx(wanted, abs=4 * (wanted * (1 - wanted) / runs) ** 0.5)


def test_error_rate_with_looks_is_kept_and_the_next_lower_value_breaks_it():
    looks = (5, 11, 17, 22, 30)
    value = sequential.critical_value(30, 0.05, looks=looks)
    assert value < sequential.critical_value(30, 0.05)
    assert power(1.0, 30, looks=looks) <= 0.05
    plan = sequential.Plan(30, 1, 0.0, looks)
    assert sequential.signal_probability(plan, value - 1e-6, 1.0) > 0.05


def test_one_big_step_between_looks():
    """A look at 800 expected events: the first hundreds of counts weigh nothing."""
    assert power(1.0, 800, looks=(800.0,)) == pytest.approx(0.05, abs=0.003)


def test_watching_events_against_expectation():
    result = sequential.maxsprt([0, 1, 3, 4], [0.1, 0.2, 0.3, 0.4], upper_limit=1)
    assert result.llr[0] == 0
    assert result.llr[2] == pytest.approx(0.3 - 3 + 3 * np.log(10))
    assert result.relative_risk[2] == pytest.approx(10)
    assert result.critical_value == pytest.approx(2.853937, abs=1e-6)
    assert (result.signal, result.look, result.finished) == (True, 2, False)


def test_a_signal_needs_its_events_its_time_and_its_limit():
    late = sequential.maxsprt([4], [1.01], upper_limit=1)
    assert (late.signal, late.look, late.finished) == (False, None, True)
    few = sequential.maxsprt([1, 2], [0.01, 0.02], upper_limit=2, minimum_events=3)
    assert not few.signal
    early = sequential.maxsprt([3], [0.2], upper_limit=2, first_look=0.5)
    assert not early.signal
    assert sequential.maxsprt([3], [0.2], upper_limit=2).signal
    one = sequential.maxsprt(3, 0.2, upper_limit=2)
    assert isinstance(one.llr, float)
    assert one.look == 0


def test_ratio_counts_excess_only():
    assert sequential.llr(1, 2) == 0
    assert sequential.llr(0, 0) == 0
    assert sequential.llr(1, 0) == np.inf
    assert np.isnan(sequential.llr(float("nan"), 1))


def test_impossible_plans_are_refused():
    with pytest.raises(sequential.NoBoundary):
        sequential.critical_value(0.01, 0.05)
    with pytest.raises(sequential.NoBoundary):
        sequential.critical_value(1, 0.05, minimum_events=4)
    for call in (
        lambda: sequential.critical_value(0),
        lambda: sequential.critical_value(1, 0),
        lambda: sequential.critical_value(1, minimum_events=0),
        lambda: sequential.critical_value(1, first_look=2),
        lambda: sequential.critical_value(1, looks=(0.5, 0.5)),
        lambda: sequential.critical_value(1, looks=(0.5, 2)),
        lambda: sequential.critical_value(1, looks=()),
        lambda: sequential.maxsprt([2, 1], [1, 2], upper_limit=3),
        lambda: sequential.maxsprt([1, 2], [2, 1], upper_limit=3),
        lambda: sequential.maxsprt([float("nan")], [1], upper_limit=3),
    ):
        with pytest.raises(InvalidCounts):
            call()
