"""State tables of visits and follow-up, and the proof of a loss."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.domain.contacts import (
    Attempt,
    AttemptMethod,
    AttemptOutcome,
    LossGap,
    LossRule,
    evidence_of_loss,
)
from followup.domain.visits import (
    DUTIES,
    FOLLOW_UP_TRANSITIONS,
    VISIT_TRANSITIONS,
    FollowUpEvent,
    FollowUpState,
    Refusal,
    VisitEvent,
    VisitState,
    step,
    visit_event,
    visit_state,
)

START, END = date(2026, 11, 5), date(2026, 12, 5)
RULE = LossRule(attempts=3, methods=2, span_days=90, needs_registry_check=True)
near = st.dates(START - timedelta(days=60), END + timedelta(days=60))


@pytest.mark.parametrize(
    ("today", "contact", "state"),
    [
        (date(2026, 11, 4), None, VisitState.PLANNED),
        (START, None, VisitState.OPEN),
        (END, None, VisitState.OPEN),
        (date(2026, 12, 6), None, VisitState.MISSED),
        (date(2027, 1, 1), START, VisitState.DONE_IN_WINDOW),
        (date(2027, 1, 1), END, VisitState.DONE_IN_WINDOW),
        (date(2027, 1, 1), date(2026, 12, 6), VisitState.DONE_OUT_OF_WINDOW),
        (date(2026, 11, 1), date(2026, 11, 1), VisitState.DONE_OUT_OF_WINDOW),
    ],
)
def test_state_at_every_edge(today, contact, state):
    assert visit_state(START, END, today, contact) is state


@given(near, near)
def test_table_and_calendar_agree(today, contact):
    before = visit_state(START, END, today, None)
    event = visit_event(START, END, contact_on=contact, today=today)
    after = step(VISIT_TRANSITIONS, before, event)
    assert after.allowed
    assert after.state is visit_state(START, END, today, contact)
    back = visit_event(START, END, contact_on=None, today=today)
    refused = step(VISIT_TRANSITIONS, after.state, back)
    assert refused.refusals == (Refusal.REASON_MISSING,)
    assert refused.state is after.state
    assert step(VISIT_TRANSITIONS, after.state, back, reason="wrong patient").state is before


def test_done_is_not_missed_by_the_calendar():
    for state in (VisitState.DONE_IN_WINDOW, VisitState.DONE_OUT_OF_WINDOW):
        made = step(VISIT_TRANSITIONS, state, VisitEvent.WINDOW_CLOSED)
        assert made.refusals == (Refusal.NO_SUCH_TRANSITION,)


@pytest.mark.parametrize("table", [VISIT_TRANSITIONS, FOLLOW_UP_TRANSITIONS])
def test_one_answer_to_each_event(table):
    keys = [(t.source, t.event) for t in table]
    assert len(keys) == len(set(keys))


def test_every_state_can_be_reached_and_only_death_is_left_by_correction_alone():
    for table, states in ((VISIT_TRANSITIONS, VisitState), (FOLLOW_UP_TRANSITIONS, FollowUpState)):
        assert {t.target for t in table} == set(states)
    out = [t for t in FOLLOW_UP_TRANSITIONS if t.source is FollowUpState.DEAD]
    assert [t.event for t in out] == [FollowUpEvent.DEATH_RETRACTED]
    assert set(DUTIES) == set(FollowUpState)
    assert all(d.statutory_reports for d in DUTIES.values())
    assert not DUTIES[FollowUpState.WITHDRAWN_NEW_DATA].collects_new_data


def tries(*pairs, outcome=AttemptOutcome.NO_ANSWER):
    return [Attempt(START + timedelta(days=n), method, outcome) for n, method in pairs]


PHONE, VIDEO, REGISTRY = AttemptMethod.PHONE, AttemptMethod.VIDEO, AttemptMethod.REGISTRY_LINKAGE
PROVEN = tries((0, PHONE), (40, PHONE), (90, VIDEO))
CHECKED = tries((80, REGISTRY), outcome=AttemptOutcome.NO_ENTRY)


@pytest.mark.parametrize(
    ("attempts", "checked", "missing"),
    [
        (PROVEN, CHECKED, ()),
        (PROVEN, [], (LossGap.REGISTRY_CHECK,)),
        (PROVEN, tries((80, REGISTRY)), (LossGap.REGISTRY_CHECK,)),
        (tries((0, PHONE), (90, VIDEO)), CHECKED, (LossGap.ATTEMPTS,)),
        (tries((0, PHONE), (40, PHONE), (90, PHONE)), CHECKED, (LossGap.METHODS,)),
        (tries((0, PHONE), (40, PHONE), (89, VIDEO)), CHECKED, (LossGap.SPAN,)),
        ([], [], tuple(LossGap)),
        (tries((0, PHONE), (90, VIDEO)), CHECKED * 2, (LossGap.ATTEMPTS,)),
    ],
)
def test_what_proves_a_loss(attempts, checked, missing):
    found = evidence_of_loss([*attempts, *checked], RULE)
    assert found.missing == missing
    assert found.proven == (missing == ())


def test_a_contact_in_between_starts_the_count_anew():
    reached = tries((50, PHONE), outcome=AttemptOutcome.REACHED_RELATIVE)
    early = tries((0, REGISTRY), outcome=AttemptOutcome.NO_ENTRY)
    found = evidence_of_loss([*PROVEN, *reached, *early], RULE)
    assert (found.attempts, found.registry_checked) == (1, False)
    assert LossGap.ATTEMPTS in found.missing


def test_a_recorded_visit_starts_the_count_anew_too():
    on = START + timedelta(days=40)
    found = evidence_of_loss([*PROVEN, *CHECKED], RULE, last_contact_on=on)
    assert (found.attempts, found.methods, found.registry_checked) == (1, 1, True)


def test_loss_needs_its_proof_and_is_never_final():
    provisional = FollowUpState.LOST_PROVISIONAL
    declared = FollowUpEvent.LOSS_DECLARED
    bare = step(FOLLOW_UP_TRANSITIONS, provisional, declared)
    assert bare.refusals == (Refusal.LOSS_NOT_PROVEN,)
    weak = evidence_of_loss([*PROVEN[:2], *CHECKED], RULE)
    refused = step(FOLLOW_UP_TRANSITIONS, provisional, declared, evidence=weak)
    assert refused.missing == ("attempts", "methods", "span")
    strong = evidence_of_loss([*PROVEN, *CHECKED], RULE)
    lost = step(FOLLOW_UP_TRANSITIONS, provisional, declared, evidence=strong)
    assert lost.state is FollowUpState.LOST
    back = step(FOLLOW_UP_TRANSITIONS, lost.state, FollowUpEvent.CONTACT_MADE)
    assert back.state is FollowUpState.ACTIVE
    retracted = FollowUpEvent.LOSS_RETRACTED
    assert step(FOLLOW_UP_TRANSITIONS, lost.state, retracted).refusals == (Refusal.REASON_MISSING,)
    again = step(FOLLOW_UP_TRANSITIONS, lost.state, retracted, reason="wrong patient")
    assert again.state is provisional


def test_loss_cannot_be_declared_from_an_active_patient():
    strong = evidence_of_loss([*PROVEN, *CHECKED], RULE)
    for state in (FollowUpState.ACTIVE, FollowUpState.OVERDUE, FollowUpState.DEAD):
        made = step(FOLLOW_UP_TRANSITIONS, state, FollowUpEvent.LOSS_DECLARED, evidence=strong)
        assert made.refusals == (Refusal.NO_SUCH_TRANSITION,)
