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
    FOLLOW_UP,
    RECORDABLE,
    VISITS,
    FollowUpEvent,
    FollowUpState,
    Refusal,
    VisitEvent,
    VisitState,
    closing_state,
    step,
)
from followup.state_machines import NotAllowed

START, END = date(2026, 11, 5), date(2026, 12, 5)
RULE = LossRule(attempts=3, methods=2, span_days=90, needs_registry_check=True)
near = st.dates(START - timedelta(days=60), END + timedelta(days=60))


@given(near, st.none() | near, near)
def test_what_is_stored_of_a_visit_nobody_recorded_is_where_rows_begin(end, following, today):
    stored = closing_state(end, following, registered_on=START, today=today)
    assert stored in VISITS.initial
    assert VISITS.allows(stored, VisitEvent.RECORDED)
    assert (stored is VisitState.BEFORE_REGISTER) == (end < START)
    assert stored is not VisitState.MISSED or end < today


DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("end", "following", "today", "stored"),
    [
        (START - DAY, None, END, VisitState.BEFORE_REGISTER),
        (START, None, END, VisitState.PLANNED),
        (END, END + DAY, END + DAY, VisitState.MISSED),
        (END, END + 2 * DAY, END + DAY, VisitState.PLANNED),
        (END, END, END, VisitState.PLANNED),
        (END, None, END + DAY, VisitState.PLANNED),
    ],
)
def test_each_day_at_which_what_is_stored_changes(end, following, today, stored):
    assert closing_state(end, following, registered_on=START, today=today) is stored


def test_what_each_state_of_follow_up_still_asks_for():
    told = {
        state.name: "".join("YN"[not getattr(duties, name)] for name in type(duties).__slots__)
        for state, duties in DUTIES.items()
    }
    # Visits planned, new data collected, patient reminded, statutory reports.
    assert told == {
        "ACTIVE": "YYYY",
        "LOST_PROVISIONAL": "YYYY",
        "LOST": "YYNY",
        "WITHDRAWN_NEW_DATA": "YNNY",
        "TRANSFERRED": "YYNY",
        "DEAD": "NNNY",
    }


def test_done_is_not_missed_by_the_calendar():
    for state in (VisitState.DONE_IN_WINDOW, VisitState.DONE_OUT_OF_WINDOW):
        assert not VISITS.allows(state, VisitEvent.SUCCESSOR_OPENED)
        with pytest.raises(NotAllowed) as caught:
            VISITS.step(state, VisitEvent.SUCCESSOR_OPENED)
        assert caught.value.allowed == (VisitEvent.CORRECTED, VisitEvent.RETRACTED)


@given(st.sampled_from(sorted(RECORDABLE)), st.data())
def test_retracted_a_visit_can_be_what_it_was(before, data):
    done = data.draw(st.sampled_from(VISITS.targets(before, VisitEvent.RECORDED)))
    assert VISITS.step(done, VisitEvent.RETRACTED, before) is before


def test_only_death_is_left_by_correction_alone():
    assert FOLLOW_UP.allowed(FollowUpState.DEAD) == (FollowUpEvent.DEATH_RETRACTED,)
    assert not FOLLOW_UP.terminal
    assert not VISITS.terminal
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
    bare = step(provisional, declared)
    assert bare.refusals == (Refusal.LOSS_NOT_PROVEN,)
    weak = evidence_of_loss([*PROVEN[:2], *CHECKED], RULE)
    refused = step(provisional, declared, evidence=weak)
    assert refused.missing == ("attempts", "methods", "span")
    strong = evidence_of_loss([*PROVEN, *CHECKED], RULE)
    lost = step(provisional, declared, evidence=strong)
    assert lost.state is FollowUpState.LOST
    back = step(lost.state, FollowUpEvent.CONTACT_MADE)
    assert back.state is FollowUpState.ACTIVE
    retracted = FollowUpEvent.LOSS_RETRACTED
    assert step(lost.state, retracted).refusals == (Refusal.REASON_MISSING,)
    again = step(lost.state, retracted, reason="wrong patient")
    assert again.state is provisional


def test_loss_cannot_be_declared_from_an_active_patient():
    strong = evidence_of_loss([*PROVEN, *CHECKED], RULE)
    for state in (FollowUpState.ACTIVE, FollowUpState.LOST, FollowUpState.DEAD):
        made = step(state, FollowUpEvent.LOSS_DECLARED, evidence=strong)
        assert made.refusals == (Refusal.NO_SUCH_TRANSITION,)
