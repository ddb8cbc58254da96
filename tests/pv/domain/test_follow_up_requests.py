"""When an answer is due and when attempts are escalated, in whatever order they are recorded."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pv.domain.cases.follow_up_requests import (
    REQUEST,
    RequestEvent,
    RequestState,
    Rhythm,
    answer_due,
    escalated_on,
)

DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))
RHYTHMS = st.builds(Rhythm, st.integers(1, 60), st.integers(1, 6))


@given(RHYTHMS, DAYS, st.lists(DAYS, max_size=8), st.randoms(use_true_random=False))
def test_order_of_recording_changes_nothing(rhythm, asked, days, random) -> None:
    attempts = [day for day in days if day >= asked]
    shuffled = random.sample(attempts, len(attempts))
    due = answer_due(rhythm, asked, attempts)
    assert due == answer_due(rhythm, asked, shuffled)
    assert due == max([asked, *attempts]) + timedelta(days=rhythm.answer_days)
    assert escalated_on(rhythm, attempts) == escalated_on(rhythm, shuffled)


@given(RHYTHMS, st.lists(DAYS, max_size=8))
def test_the_escalation_is_the_attempt_of_the_rule_and_no_later_one_moves_it(rhythm, days) -> None:
    day = escalated_on(rhythm, days)
    assert (day is None) == (len(days) < rhythm.attempts)
    if day is not None:
        assert sum(other <= day for other in days) >= rhythm.attempts
        assert sum(other < day for other in days) < rhythm.attempts
        later = max(days) + timedelta(days=1)
        assert escalated_on(rhythm, [*days, later]) == day


@given(st.lists(st.sampled_from(RequestEvent), max_size=12))
def test_what_is_not_open_is_asked_again_before_anything_is_answered(events) -> None:
    state = RequestState.OPEN
    for event in events:
        if not REQUEST.allows(state, event):
            continue
        before, state = state, REQUEST.step(state, event)
        assert (event is RequestEvent.ANSWER) <= (before is RequestState.OPEN)
    assert REQUEST.allows(state, RequestEvent.ASK_AGAIN) == (state is not RequestState.OPEN)
