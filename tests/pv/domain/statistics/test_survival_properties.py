"""Survival against definitions written out, lifelines, and what must always hold."""

import math
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import AalenJohansenFitter, KaplanMeierFitter

from pv.domain.statistics import survival
from pv.domain.statistics.estimates import InvalidCounts

EXAMPLES = int(os.environ.get("EVERWATCH_EXAMPLES", "80"))
patients = st.lists(st.tuples(st.integers(0, 25), st.integers(0, 3)), min_size=1, max_size=60)
events_only = st.lists(st.integers(0, 30), min_size=1, max_size=60)


def columns(group):
    return np.array([row[0] for row in group]), np.array([row[1] for row in group])


def by_definition(times, states, cause):
    """Incidence and both variances at every time, term by term, in loops."""
    rows = []
    free, total, history = 1.0, 0.0, []
    for now in sorted(set(times.tolist())):
        n = int((times >= now).sum())
        here = states[times == now]
        d, own = int((here != 0).sum()), int((here == cause).sum())
        before, free = free, free * (1 - d / n)
        total += before * own / n
        history.append((n, d, own, before, free, total))
        delta = aalen = 0.0
        for n_, d_, own_, s, after, f in history:
            gap = total - f
            delta += (gap**2 * d_ / (n_ * (n_ - d_))) if n_ > d_ else 0.0
            delta += s**2 * own_ * (n_ - own_) / n_**3 - 2 * gap * s * own_ / n_**2
            for count, factor in ((own_, 1.0), (d_ - own_, 0.0)):
                if count == 0 or (after == 0 and factor == 0):
                    continue
                spread = 1.0 if count == 1 else (n_ - count) / (n_ - 1)
                slope = gap / after if after > 0 else 0.0
                aalen += (factor - slope) ** 2 * s**2 * spread * count / n_**2
        rows.append((now, total, delta, aalen))
    return np.array(rows)


@settings(max_examples=EXAMPLES, deadline=None)
@given(patients, st.integers(1, 3))
def test_incidence_and_variances_are_the_definitions(group, cause):
    times, states = columns(group)
    wanted = by_definition(times, states, cause)
    for variance, column in (("delta", 2), ("aalen", 3)):
        got = survival.cumulative_incidence(times, states, cause, variance)
        np.testing.assert_array_equal(got.time, wanted[:, 0])
        np.testing.assert_allclose(got.estimate, wanted[:, 1], atol=1e-12)
        np.testing.assert_allclose(got.se**2, wanted[:, column], atol=1e-10)


@settings(max_examples=EXAMPLES, deadline=None)
@given(patients)
def test_incidences_and_event_free_survival_add_up_to_one(group):
    times, states = columns(group)
    causes = [survival.cumulative_incidence(times, states, cause) for cause in (1, 2, 3)]
    total = sum(curve.estimate for curve in causes) + causes[0].event_free
    np.testing.assert_allclose(total, 1, atol=1e-12)
    whole = survival.kaplan_meier(times, states != 0)
    np.testing.assert_allclose(causes[0].event_free, whole.estimate, atol=1e-15)


@settings(max_examples=EXAMPLES, deadline=None)
@given(patients)
def test_one_cause_alone_is_one_minus_kaplan_meier_with_greenwoods_variance(group):
    times, states = columns(group)
    event = (states != 0).astype(int)
    curve = survival.kaplan_meier(times, event)
    incidence = survival.cumulative_incidence(times, event, 1)
    np.testing.assert_allclose(incidence.estimate, 1 - curve.estimate, atol=1e-12)
    left = curve.estimate > 0
    np.testing.assert_allclose(incidence.se[left], curve.se[left], atol=1e-7)


@settings(max_examples=EXAMPLES, deadline=None)
@given(events_only)
def test_without_censoring_survival_is_the_share_still_free(times):
    times = np.array(times)
    curve = survival.kaplan_meier(times, np.ones(times.size, dtype=bool))
    share = (times[:, None] > curve.time).mean(axis=0)
    np.testing.assert_allclose(curve.estimate, share, atol=1e-12)
    binomial = np.sqrt(share * (1 - share) / times.size)
    np.testing.assert_allclose(curve.se[share > 0], binomial[share > 0], atol=1e-12)
    assert curve.median().estimate == np.sort(times)[math.ceil(times.size / 2) - 1]


@settings(max_examples=EXAMPLES, deadline=None)
@given(patients, st.floats(0.01, 400), st.randoms(use_true_random=False))
def test_order_and_unit_of_time_do_not_matter(group, unit, random):
    times, states = columns(group)
    shuffled = list(range(times.size))
    random.shuffle(shuffled)
    first = survival.cumulative_incidence(times, states, 1, "aalen")
    second = survival.cumulative_incidence(times[shuffled] * unit, states[shuffled], 1, "aalen")
    np.testing.assert_allclose(second.time, first.time * unit)
    for name in ("at_risk", "events", "competing", "censored", "estimate", "low", "high", "se"):
        np.testing.assert_allclose(getattr(second, name), getattr(first, name), atol=1e-9)


@settings(max_examples=EXAMPLES, deadline=None)
@given(patients)
def test_limits_enclose_and_are_undefined_only_at_the_ends(group):
    times, states = columns(group)
    for curve in (
        survival.kaplan_meier(times, states == 1),
        survival.cumulative_incidence(times, states, 1),
    ):
        inner = (curve.estimate > 0) & (curve.estimate < 1 - 1e-12)
        assert (curve.low[inner] <= curve.estimate[inner]).all()
        assert (curve.high[inner] >= curve.estimate[inner]).all()
        assert np.isnan(curve.low[curve.estimate == 0]).all()


def test_lifelines_agrees():
    rng = np.random.default_rng(6)
    times = rng.exponential(3, 300)
    states = rng.choice([0, 1, 2], 300, p=[0.4, 0.35, 0.25])
    ours = survival.kaplan_meier(times, states == 1)
    theirs = KaplanMeierFitter().fit(times, states == 1)
    np.testing.assert_allclose(ours.estimate, theirs.survival_function_.iloc[1:, 0], atol=1e-12)
    limits = theirs.confidence_interval_.iloc[1:].to_numpy()
    known = np.isfinite(ours.low)
    np.testing.assert_allclose(ours.low[known], limits[known, 0], atol=1e-9)
    np.testing.assert_allclose(ours.high[known], limits[known, 1], atol=1e-9)
    assert ours.median().estimate == theirs.median_survival_time_
    incidence = survival.cumulative_incidence(times, states, 2)
    fitted = AalenJohansenFitter().fit(times, states, event_of_interest=2)
    at = fitted.cumulative_density_.iloc[:, 0]
    wanted = [at[at.index <= time].iloc[-1] for time in incidence.time[::20]]
    np.testing.assert_allclose(incidence.estimate[::20], wanted, atol=1e-12)


def test_reading_a_curve():
    curve = survival.kaplan_meier([2, 4, 4, 8], [1, 1, 0, 0])
    assert curve.at(1).estimate == 1
    assert curve.at([2, 3.9, 4, 8]).estimate.tolist() == [0.75, 0.75, 0.5, 0.5]
    assert math.isnan(curve.at(8.1).estimate)  # nobody was watched so long
    assert survival.kaplan_meier([2, 4], [1, 1]).at(9).estimate == 0
    assert curve.quantile(0.25).estimate == 2
    assert math.isnan(curve.quantile(0.6).estimate)
    incidence = survival.cumulative_incidence([2, 4, 6], [2, 1, 2], 1)
    assert incidence.at([1, 3, 5]).estimate == pytest.approx([0, 0, 1 / 3])
    assert incidence.at(7).estimate == pytest.approx(1 / 3)  # none left who could have it
    assert incidence.quantile(0.3).estimate == 4


def test_numbers_at_risk_count_those_leaving_on_the_day():
    assert survival.numbers_at_risk([1, 2, 2, 5], [0, 1, 2, 3, 5, 6]).tolist() == [4, 4, 3, 1, 1, 0]
    curve = survival.kaplan_meier([1, 2, 2, 5], [0, 1, 0, 1])
    assert curve.at_risk.tolist() == [4, 3, 1]
    assert curve.censored.tolist() == [1, 1, 0]


@pytest.mark.parametrize(
    ("times", "states"),
    [([], []), ([-1], [1]), ([float("nan")], [1]), ([float("inf")], [1]), ([1], [float("nan")])],
)
def test_what_is_not_known_is_refused(times, states):
    with pytest.raises(InvalidCounts):
        survival.kaplan_meier(times, states)


def test_states_must_fit():
    for call in (
        lambda: survival.kaplan_meier([1, 2], [1]),
        lambda: survival.kaplan_meier([1, 2], [1, 2]),
        lambda: survival.kaplan_meier([1, 2], [0.5, 1]),
        lambda: survival.cumulative_incidence([1], [1], 0),
    ):
        with pytest.raises(InvalidCounts):
            call()
    with pytest.raises(ValueError, match="gray"):
        survival.cumulative_incidence([1], [1], 1, variance="gray")
