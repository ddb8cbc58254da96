"""The gamma-Poisson shrinker: posterior against brute force, prior against known truths."""

import math
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from pv.domain.statistics import disproportionality as measures
from pv.domain.statistics.gps_likelihood import MixtureLikelihood, Squashed, Truncation

EXAMPLES = int(os.environ.get("EVERWATCH_EXAMPLES", "60"))
THETA = measures.Theta(3.25379356, 0.39988854, 2.02612692, 1.90807970, 0.06534557)
# N, E, EBGM, EB05, EB95 recomputed at full precision from openEBGM's vignette on CAERS
VIGNETTE = [
    (1, 0.0360548272, 2.2267, 0.4911, 13.8561),
    (1, 0.0038736591, 2.5832, 0.5180, 15.7860),
    (1, 0.0002979738, 2.6313, 0.5215, 16.0179),
    (16, 0.40643623, 23.2611, 15.6857, 33.4773),
    (8, 0.30482718, 15.2451, 8.9933, 24.5164),
]
shape = st.floats(0.05, 20)
thetas = st.tuples(shape, shape, shape, shape, st.floats(0.001, 0.999))


@pytest.mark.parametrize("row", VIGNETTE)
def test_vignette(row):
    n, e, *wanted = row
    assert measures.ebgm(n, e, THETA) == pytest.approx(wanted, abs=6e-5)


def brute_force(n, e, theta):
    """Posterior by scipy's distributions and a root finder."""
    a1, b1, a2, b2, p = theta
    f1 = stats.nbinom.logpmf(n, a1, b1 / (b1 + e)) + math.log(p)
    f2 = stats.nbinom.logpmf(n, a2, b2 / (b2 + e)) + math.log1p(-p)
    q = 1 / (1 + math.exp(min(700, f2 - f1)))
    first = stats.gamma(a1 + n, scale=1 / (b1 + e))
    second = stats.gamma(a2 + n, scale=1 / (b2 + e))

    def quantile(share):
        ends = sorted((first.ppf(share), second.ppf(share)))
        return optimize.brentq(
            lambda x: q * first.cdf(x) + (1 - q) * second.cdf(x) - share,
            ends[0] * (1 - 1e-6),
            ends[1] * (1 + 1e-6),
            xtol=1e-14,
            rtol=1e-12,
        )

    return quantile(0.05), quantile(0.95)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.integers(0, 400), st.floats(1e-4, 500), thetas)
def test_quantiles_are_those_of_the_posterior(n, e, theta):
    result = measures.ebgm(n, e, theta)
    low, high = brute_force(n, e, theta)
    assert result.low == pytest.approx(low, rel=1e-6)
    assert result.high == pytest.approx(high, rel=1e-6)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.integers(0, 200), st.floats(1e-3, 100), thetas)
def test_order_and_exchange_of_components(n, e, theta):
    a1, b1, a2, b2, p = theta
    result = measures.ebgm(n, e, theta)
    assert 0 <= result.low < result.high
    exchanged = measures.ebgm(n, e, (a2, b2, a1, b1, 1 - p))
    assert exchanged == pytest.approx(result, rel=1e-7)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.integers(0, 60), st.floats(1e-3, 50), thetas, st.floats(0.1, 10))
def test_a_change_of_unit_of_the_expectation_scales_the_ratio(n, e, theta, k):
    a1, b1, a2, b2, p = theta
    scaled = measures.ebgm(n, e * k, (a1, b1 * k, a2, b2 * k, p))
    wanted = [value / k for value in measures.ebgm(n, e, theta)]
    assert scaled == pytest.approx(wanted, rel=1e-6)


def test_many_pairs_at_once_equal_one_at_a_time():
    rng = np.random.default_rng(11)
    n = rng.choice([0, 1, 2, 3, 700], 4000, p=[0.1, 0.6, 0.2, 0.0999, 0.0001]).astype(float)
    e = np.exp(rng.normal(-2, 3, 4000))
    # components far apart: the posterior has two humps and a flat stretch between them
    for theta in (THETA, (60, 1.0, 2, 20, 0.05)):
        many = np.array(measures.ebgm(n, e, theta))
        for place in rng.integers(0, 4000, 40):
            one = measures.ebgm(n[place], e[place], theta)
            np.testing.assert_allclose(many[:, place], one, rtol=1e-6)


def test_what_is_not_expected_has_no_shrunk_ratio():
    result = measures.ebgm([1, 1, np.nan], [0.0, 0.5, 0.5], THETA)
    assert np.isnan(result.estimate).tolist() == [True, False, True]
    assert all(math.isnan(value) for value in measures.ebgm(1, 0, THETA))
    for bad in ((1, 1, 1, 1, 2), (0, 1, 1, 1, 0.5), (1, 1, 1)):
        with pytest.raises(measures.InvalidCounts):
            measures.ebgm(1, 1, bad)


def drawn(theta, pairs, seed, at_least=1):
    rng = np.random.default_rng(seed)
    e = np.exp(rng.normal(-0.5, 1.5, pairs))
    first = rng.random(pairs) < theta.p
    ratio = np.where(
        first, rng.gamma(theta.a1, 1 / theta.b1, pairs), rng.gamma(theta.a2, 1 / theta.b2, pairs)
    )
    n = rng.poisson(ratio * e)
    return n[n >= at_least], e[n >= at_least]


@pytest.mark.parametrize(
    ("truncation", "minimum"), [("mixture", 1), ("mixture", 3), ("component", 0)]
)
def test_fit_finds_the_prior_the_counts_came_from(truncation, minimum):
    truth = measures.Theta(3.2, 0.4, 2.0, 1.9, 0.07)
    n, e = drawn(truth, 70_000, 5, minimum)
    fit = measures.gps_fit(n, e, truncation=truncation, minimum=minimum)
    assert fit.theta.a1 / fit.theta.b1 == pytest.approx(8.0, rel=0.1)
    assert fit.theta.a2 / fit.theta.b2 == pytest.approx(1.05, rel=0.1)
    assert fit.theta.p == pytest.approx(0.07, rel=0.2)
    assert fit.truncation == truncation
    assert fit.agreeing >= 2
    assert fit.points < fit.pairs / 3


def test_component_truncation_fits_another_prior_and_says_so():
    n, e = drawn(measures.Theta(3.2, 0.4, 2.0, 1.9, 0.07), 50_000, 5)
    fits = [measures.gps_fit(n, e, truncation=kind) for kind in Truncation]
    assert [fit.truncation for fit in fits] == list(Truncation)
    assert fits[0].theta.p > 2 * fits[1].theta.p


def test_fit_is_a_maximum_of_the_likelihood_of_the_unsquashed_counts():
    n, e = drawn(measures.Theta(3.2, 0.4, 2.0, 1.9, 0.07), 20_000, 6)
    theta = measures.gps_fit(n, e).theta
    whole = MixtureLikelihood(Squashed(n.astype(float), e, np.ones(n.size)), 1, "component")
    centre = np.append(np.log(theta[:4]), math.log(theta.p / (1 - theta.p)))
    best = whole.negative(centre)[0] * n.size
    for place in range(5):
        for step in (-0.15, 0.15):
            moved = centre.copy()
            moved[place] += step
            assert whole.negative(moved)[0] * n.size > best


@pytest.mark.parametrize("minimum", [0, 1, 3])
@pytest.mark.parametrize("truncation", list(Truncation))
def test_likelihood_and_gradient_against_the_definition(minimum, truncation):
    rng = np.random.default_rng(2)
    n, e = rng.integers(minimum, 9, 40), rng.gamma(1, 2, 40) + 0.01
    a1, b1, a2, b2, p = theta = (1.3, 0.7, 2.2, 1.5, 0.3)
    f = [stats.nbinom.pmf(n, a, b / (b + e)) for a, b in ((a1, b1), (a2, b2))]
    tail = [stats.nbinom.sf(minimum - 1, a, b / (b + e)) for a, b in ((a1, b1), (a2, b2))]
    if truncation == "component":
        wanted = p * f[0] / tail[0] + (1 - p) * f[1] / tail[1]
    else:
        wanted = (p * f[0] + (1 - p) * f[1]) / (p * tail[0] + (1 - p) * tail[1])
    likelihood = MixtureLikelihood(
        Squashed(n.astype(float), e, np.ones(40)), minimum, Truncation(truncation)
    )
    x = np.append(np.log(theta[:4]), math.log(p / (1 - p)))
    value, gradient = likelihood.negative(x)
    assert value == pytest.approx(-np.log(wanted).mean(), rel=1e-10)
    numeric = optimize.approx_fprime(x, lambda at: likelihood.negative(at)[0], 1e-6)
    np.testing.assert_allclose(gradient, numeric, atol=2e-6)


def test_a_homogeneous_table_has_no_prior_and_says_why():
    rng = np.random.default_rng(1)
    e = rng.gamma(1, 3, 5_000)
    n = rng.poisson(1.2 * e)
    with pytest.raises(measures.NoGpsFit, match="homogeneous"):
        measures.gps_fit(n, e)
    with pytest.raises(measures.NoGpsFit, match="no pair"):
        measures.gps_fit([0, 0], [1.0, 2.0])


def test_one_component_alone_is_not_passed_off_as_two():
    rng = np.random.default_rng(1)
    e = rng.gamma(1, 3, 30_000)
    n = rng.poisson(rng.gamma(2.0, 0.5, 30_000) * e)
    with pytest.raises(measures.NoGpsFit, match="edge"):
        measures.gps_fit(n, e, minimum=0)


def test_squashing_keeps_counts_expectations_and_numbers():
    rng = np.random.default_rng(4)
    n, e = rng.integers(1, 5, 5000), np.exp(rng.normal(0, 2, 5000))
    points = measures.squash(n, e, width=0.05)
    assert points.n.size < 3000
    assert points.weight.sum() == 5000
    for count in range(1, 5):
        chosen = points.n == count
        assert points.weight[chosen].sum() == (n == count).sum()
        together = (points.weight * points.e)[chosen].sum()
        assert together == pytest.approx(e[n == count].sum(), rel=1e-12)
    for bad in ([1.5], [-1]):
        with pytest.raises(measures.InvalidCounts):
            measures.squash(bad, [1.0])
    with pytest.raises(measures.InvalidCounts):
        measures.squash([1], [0.0])
