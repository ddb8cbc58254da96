"""The follow-up status of a history: the order of typing never matters, nor what was undone."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.domain.calls import shown_from
from followup.domain.contacts import (
    Attempt,
    AttemptMethod,
    AttemptOutcome,
    LossRule,
    inquiry_method,
)
from followup.domain.dates import PartialDate
from followup.domain.follow_up_status import (
    Contact,
    Decision,
    FurtherInfusion,
    History,
    Paper,
    further_infusion,
    status_of,
)
from followup.domain.visits import FollowUpEvent, FollowUpState

ZERO = date(2024, 1, 10)
RULE = LossRule(attempts=3, methods=2, span_days=90, needs_registry_check=True)
PHONE, LETTER = AttemptMethod.PHONE, AttemptMethod.LETTER
REGISTER = AttemptMethod.REGISTRY_LINKAGE
VAIN, NO_ENTRY = AttemptOutcome.NO_ANSWER, AttemptOutcome.NO_ENTRY


def day(n: int) -> date:
    return ZERO + timedelta(days=n)


def at(n: int, second: int = 0) -> datetime:
    return datetime(2024, 1, 10, 12, tzinfo=UTC) + timedelta(days=n, seconds=second)


def contact(n: int, vital: str = "ALIVE", typed: int | None = None, **more) -> Contact:
    return Contact(day(n), at(n if typed is None else typed), vital, **more)


def history(**more) -> History:
    return History(infusions=(ZERO,), loss_rule=RULE, papers=(Paper(ZERO),), **more)


SEARCH = (
    *(Attempt(day(200), PHONE, VAIN), Attempt(day(250), LETTER, VAIN)),
    *(Attempt(day(300), PHONE, VAIN), Attempt(day(305), REGISTER, NO_ENTRY)),
)
LOST = Decision(FollowUpEvent.LOSS_DECLARED, day(310), at(310))
MOVED = Decision(FollowUpEvent.TRANSFERRED_OUT, day(310), at(310))


def test_nothing_on_file_is_followed_since_the_infusion():
    found = status_of(history())
    assert (found.state, found.since) == (FollowUpState.ACTIVE, ZERO)
    assert (found.vital_status, found.last_contact_on) == ("ALIVE", ZERO)


@pytest.mark.parametrize(
    ("closed", "tries", "state", "since"),
    [
        ((), (day(200),), "ACTIVE", ZERO),
        ((day(190),), (), "ACTIVE", ZERO),
        ((day(190),), (day(200),), "LOST_PROVISIONAL", day(200)),
        ((day(220),), (day(200),), "LOST_PROVISIONAL", day(221)),
    ],
)
def test_provisionally_lost_needs_a_closed_window_and_a_try_in_vain(closed, tries, state, since):
    attempts = tuple(Attempt(on, PHONE, VAIN) for on in tries)
    found = status_of(history(closed=closed, attempts=attempts))
    assert (found.state, found.since) == (state, since)


def test_a_loss_stands_on_its_proof_and_ends_with_a_contact():
    lost = history(closed=(day(190),), attempts=SEARCH, decisions=(LOST,))
    assert status_of(lost).state is FollowUpState.LOST
    assert status_of(lost).since == day(310)
    weaker = history(closed=(day(190),), attempts=SEARCH[1:], decisions=(LOST,))
    assert status_of(weaker).state is FollowUpState.LOST_PROVISIONAL
    found = status_of(
        history(closed=(day(190),), attempts=SEARCH, decisions=(LOST,), contacts=(contact(320),))
    )
    assert (found.state, found.since) == (FollowUpState.ACTIVE, day(320))


@pytest.mark.parametrize(
    ("known", "on", "answer"),
    [
        (history(), 100, "plain"),
        (history(decisions=(MOVED,)), 310, "stays_elsewhere"),
        (history(decisions=(MOVED,)), 311, "returns"),
        (history(closed=(day(190),), attempts=SEARCH, decisions=(LOST,)), 100, "stays_lost"),
        # Seen between the tries: what proved the loss proves it no longer.
        (history(closed=(day(190),), attempts=SEARCH, decisions=(LOST,)), 260, "seen_again"),
        (history(closed=(day(190),), attempts=SEARCH, decisions=(LOST,)), 311, "seen_again"),
        (history(contacts=(contact(50, "DEAD"),)), 40, "dead"),
        (History((ZERO,), papers=(Paper(ZERO, day(90)),)), 100, "withdrawn"),
    ],
)
def test_what_a_further_infusion_means(known, on, answer):
    assert further_infusion(known, day(on)) is FurtherInfusion(answer)


def test_a_contact_learned_late_but_older_than_the_move_moves_nobody_back():
    moved = history(decisions=(MOVED,), contacts=(contact(300, typed=400),))
    assert (status_of(moved).state, status_of(moved).since) == (FollowUpState.TRANSFERRED, day(310))
    assert status_of(moved).last_contact_on == day(300)
    back = history(decisions=(MOVED,), contacts=(contact(310, typed=311),))
    assert status_of(back).state is FollowUpState.ACTIVE


def test_whoever_did_not_know_is_no_contact():
    unknown = contact(320, "UNKNOWN")
    lost = history(closed=(day(190),), attempts=SEARCH, decisions=(LOST,), contacts=(unknown,))
    found = status_of(lost)
    assert (found.state, found.last_contact_on) == (FollowUpState.LOST, ZERO)


def test_a_withdrawal_outlives_all_but_a_new_paper():
    papers = (Paper(ZERO, day(100)),)
    base = History(infusions=(ZERO,), papers=papers, contacts=(contact(50),))
    assert status_of(base).state is FollowUpState.WITHDRAWN_NEW_DATA
    assert status_of(base).since == day(100)
    renewed = History(infusions=(ZERO,), papers=(*papers, Paper(day(150))))
    assert (status_of(renewed).state, status_of(renewed).since) == ("ACTIVE", day(150))


def test_a_death_carries_its_day_and_cause_and_nothing_ends_it():
    told = contact(60, "DEAD", died_on=PartialDate.from_iso("2024-02"), cause="感染")
    found = status_of(history(contacts=(told,), decisions=(MOVED,)))
    assert (found.state, found.vital_status) == (FollowUpState.DEAD, "DEAD")
    assert (found.died_on, found.cause, found.since) == (told.died_on, "感染", day(60))


contacts = st.builds(
    lambda n, typed, vital: contact(n, vital, typed),
    st.integers(1, 400),
    st.integers(1, 400),
    st.sampled_from(("ALIVE", "UNKNOWN", "DEAD")),
)
attempts = st.builds(
    Attempt,
    st.integers(1, 400).map(day),
    st.sampled_from(AttemptMethod),
    st.sampled_from((VAIN, AttemptOutcome.REFUSED, NO_ENTRY)),
)
decisions = st.builds(
    lambda event, n: Decision(event, day(n), at(n)),
    st.sampled_from((FollowUpEvent.LOSS_DECLARED, FollowUpEvent.TRANSFERRED_OUT)),
    st.integers(1, 400),
)


@given(
    st.lists(contacts, max_size=5, unique_by=lambda c: (c.on, c.recorded_at)),
    st.lists(attempts, max_size=6, unique_by=lambda a: a.on),
    st.lists(decisions, max_size=3, unique_by=lambda d: d.on),
    st.lists(st.integers(1, 400).map(day), max_size=3),
    st.randoms(use_true_random=False),
)
def test_the_order_of_the_rows_never_matters(found, tries, decided, closed, random):
    def shuffled(rows):
        rows = list(rows)
        random.shuffle(rows)
        return tuple(rows)

    parts = {"contacts": found, "attempts": tries, "decisions": decided, "closed": closed}
    straight = status_of(history(**{name: tuple(rows) for name, rows in parts.items()}))
    mixed = status_of(history(**{name: shuffled(rows) for name, rows in parts.items()}))
    assert straight == mixed
    known = [c for c in found if c.vital_status != "UNKNOWN"]
    assert straight.last_contact_on == max([ZERO, *(c.on for c in known)])
    assert (straight.vital_status == "DEAD") == any(c.vital_status == "DEAD" for c in found)


days = st.integers(-60, 60).map(day)


RETRACTED = FollowUpEvent.DEATH_RETRACTED


def test_a_retracted_death_leaves_the_death_another_contact_tells():
    told = history(
        contacts=(contact(30, "DEAD", died_on=PartialDate.of(day(29))),),
        decisions=(Decision(RETRACTED, day(40), at(40), vital_status="UNKNOWN"),),
    )
    assert status_of(told).vital_status == "DEAD"


@pytest.mark.parametrize(("stated", "vital"), [("UNKNOWN", "UNKNOWN"), ("", "ALIVE")])
def test_with_the_last_word_of_the_death_gone_what_is_known_now_stands(stated, vital):
    told = history(decisions=(Decision(RETRACTED, day(40), at(40), vital_status=stated),))
    assert status_of(told).vital_status == vital


def test_what_was_put_off_past_its_last_day_is_shown_on_that_day():
    assert shown_from(day(20), day(10)) == day(10)
    assert shown_from(day(5), day(10)) == day(5)


@pytest.mark.parametrize(
    ("contact_type", "informant", "method"),
    [
        ("VIDEO", "FAMILY", AttemptMethod.VIDEO),
        ("THIRD_PARTY_RECORD", "DOCTOR", AttemptMethod.LOCAL_HOSPITAL),
        ("QUESTIONNAIRE", "PATIENT", LETTER),
        ("REGISTRY_LINKAGE", "", REGISTER),
        ("PHONE", "FAMILY", AttemptMethod.FAMILY),
        ("PHONE", "PATIENT", PHONE),
        ("ON_SITE", "", PHONE),
        ("", "FAMILY", AttemptMethod.FAMILY),
    ],
)
def test_the_way_of_a_contact_nobody_of_whom_knew_the_patient(contact_type, informant, method):
    assert inquiry_method(contact_type, informant) is method
