"""Chain of custody: what may follow what, and what it must carry."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from followup.domain.samples import (
    CUSTODY,
    CustodyError,
    CustodyEvent,
    CustodyEventKind,
    CustodyProblem,
    CustodyState,
    allowed_events,
    apply,
)
from tests.examples import at_most

START = datetime(2026, 1, 30, 8, tzinfo=UTC)
K, S = CustodyEventKind, CustodyState


def event(kind, hours=0):
    return CustodyEvent(
        kind, START + timedelta(hours=hours), "site", "courier", "because", "positive"
    )


def run(*kinds):
    state = None
    for hours, kind in enumerate(kinds):
        state = apply(state, event(kind, hours))
    return state


def test_a_whole_life():
    kinds = (K.PLAN, K.COLLECT, K.PROCESS, K.STORE, K.SHIP, K.RECEIVE, K.START_TEST, K.RESULT)
    assert run(*kinds) is S.RESULTED
    assert run(*kinds, K.STORE, K.START_TEST, K.RESULT, K.DESTROY) is S.DESTROYED


def test_a_retained_sample_is_located_not_collected():
    assert run(K.PLAN, K.LOCATE, K.SHIP) is S.SHIPPED


@pytest.mark.parametrize(
    ("kinds", "refused"),
    [
        ((K.COLLECT,), K.COLLECT),
        ((K.PLAN, K.SHIP), K.SHIP),
        ((K.PLAN, K.COLLECT, K.RECEIVE), K.RECEIVE),
        ((K.PLAN, K.COLLECT, K.RESULT), K.RESULT),
        ((K.PLAN, K.COLLECT, K.SHIP, K.START_TEST), K.START_TEST),
        ((K.PLAN, K.PLAN), K.PLAN),
        ((K.PLAN, K.COLLECT, K.MARK_UNOBTAINABLE), K.MARK_UNOBTAINABLE),
        ((K.PLAN, K.COLLECT, K.DESTROY, K.STORE), K.STORE),
    ],
)
def test_what_does_not_follow(kinds, refused):
    with pytest.raises(CustodyError) as caught:
        run(*kinds)
    assert (caught.value.code, caught.value.event) == (CustodyProblem.NOT_ALLOWED_NOW, refused)
    assert refused.value not in caught.value.details


@pytest.mark.parametrize(
    ("state", "kind", "missing"),
    [
        (S.PLANNED, K.COLLECT, ("place",)),
        (S.PLANNED, K.MARK_UNOBTAINABLE, ("reason",)),
        (S.STORED, K.SHIP, ("carrier", "place")),
        (S.IN_TESTING, K.RESULT, ("result",)),
        (S.SHIPPED, K.FAIL, ("reason",)),
        (S.STORED, K.DESTROY, ("place", "reason")),
    ],
)
def test_what_an_event_must_carry(state, kind, missing):
    with pytest.raises(CustodyError) as caught:
        apply(state, CustodyEvent(kind, START))
    assert (caught.value.code, caught.value.details) == (CustodyProblem.MISSING, missing)


def test_a_moment_has_its_zone():
    with pytest.raises(CustodyError) as caught:
        apply(None, CustodyEvent(K.PLAN, START.replace(tzinfo=None)))
    assert caught.value.code is CustodyProblem.NAIVE_TIME


def test_the_table_is_a_function_and_every_state_is_reached():
    rows = [(row.event, source) for row in CUSTODY.rows for source in row.sources]
    assert len(rows) == len(set(rows))
    assert {row.target for row in CUSTODY.rows} == set(S)
    assert [s for s in S if not allowed_events(s)] == [S.DESTROYED]


@given(st.lists(st.sampled_from(list(K)), max_size=12))
@settings(max_examples=at_most(200))
def test_nothing_is_tested_that_was_never_had(kinds):
    state, had = None, False
    for hours, kind in enumerate((K.PLAN, *kinds)):
        try:
            state = apply(state, event(kind, hours))
        except CustodyError:
            continue
        had = had or kind in {K.COLLECT, K.LOCATE}
        if state in {S.IN_TESTING, S.RESULTED, S.SHIPPED, S.RECEIVED, S.DESTROYED}:
            assert had
