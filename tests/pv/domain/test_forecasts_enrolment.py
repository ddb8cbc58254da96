"""Waiting for the last patient: inversion of the enrolled number against step-by-step time."""

import os

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pv.domain.forecasts.enrolment import NEVER, waiting_time

EXAMPLES = int(os.environ.get("EVERWATCH_EXAMPLES", "100"))
changes = st.lists(st.tuples(st.floats(0, 500), st.floats(0, 3)), min_size=0, max_size=8)


def stepped(needed, base, steps):
    """Walk from one change of the rate to the next until enough has come."""
    now, rate, come = 0.0, base, 0.0
    for at, change in [*sorted(steps), (NEVER, 0.0)]:
        if come + rate * (at - now) >= needed:
            return now + (needed - come) / rate
        come, now, rate = come + rate * (at - now), at, rate + change
    return np.inf


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.floats(0.01, 500), st.floats(0, 2), changes)
def test_waiting_time_is_that_of_walking(needed, base, steps):
    offsets = np.array([[at for at, _ in steps]]).reshape(1, -1)
    gains = np.array([[change for _, change in steps]]).reshape(1, -1)
    got = waiting_time(np.array([needed]), np.array([base]), offsets, gains)[0]
    if max([base, *[change for _, change in steps]]) < 1e-9:
        assert got == np.inf or got > 1e6
    else:
        np.testing.assert_allclose(got, stepped(needed, base, steps), rtol=1e-6, atol=1e-6)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.floats(1, 200), st.floats(0.1, 2), changes, st.floats(1.01, 5))
def test_faster_enrolment_never_waits_longer(needed, base, steps, factor):
    offsets = np.array([[at for at, _ in steps]]).reshape(1, -1)
    gains = np.array([[change for _, change in steps]]).reshape(1, -1)
    slow = waiting_time(np.array([needed]), np.array([base]), offsets, gains)[0]
    fast = waiting_time(np.array([needed]), np.array([base]) * factor, offsets, gains * factor)[0]
    assert fast < slow
    more = waiting_time(np.array([needed * factor]), np.array([base]), offsets, gains)[0]
    assert more > slow


def test_a_rate_that_falls_to_nothing_stops_the_wait_for_ever():
    offsets, gains = np.array([[10.0, 20.0]] * 2), np.array([[0.3, -0.8]] * 2)
    got = waiting_time(np.array([12.9, 13.1]), np.array([0.5, 0.5]), offsets, gains)
    np.testing.assert_allclose(got, [10 + 7.9 / 0.8, np.inf])
