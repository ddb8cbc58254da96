"""What a table checks of itself, and what undo means for every machine that folds its history."""

from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.core.models.jobs import JOB, JobEvent, JobState
from followup.core.problems import Refused
from followup.core.states import StateColumn
from followup.models.states import COLUMNS as FOLLOW_UP_COLUMNS
from followup.models.states import PATIENT_FOLLOW_UP, PLANNED_VISIT, SAMPLE_CUSTODY
from followup.state_machines import Machine, NotAllowed, row
from pv.models.states import COLUMNS as SAFETY_COLUMNS

COLUMNS = (*FOLLOW_UP_COLUMNS, *SAFETY_COLUMNS, JOB)


class S(StrEnum):
    A = "A"
    B = "B"


class E(StrEnum):
    GO = "GO"
    BACK = "BACK"


GO, BACK = row(E.GO, S.A, S.B), row(E.BACK, S.B, S.A)


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        ((GO, BACK, row(E.GO, S.A, S.A)), "two answers"),
        ((row(E.GO, S.A, S.A), row(E.BACK, S.A, S.A)), "nothing leads to B"),
        ((GO,), "no row names BACK"),
    ],
)
def test_a_table_that_cannot_stand_is_refused(rows, text) -> None:
    with pytest.raises(ValueError, match=text):
        Machine(S, E, (S.A,), rows)


def test_a_refused_event_names_what_is_possible() -> None:
    machine = Machine(S, E, (S.A,), (GO, BACK))
    with pytest.raises(NotAllowed) as caught:
        machine.step(S.A, E.BACK)
    assert (caught.value.state, caught.value.allowed) == (S.A, (E.GO,))
    assert machine.walk(S.A, [E.GO, E.BACK, E.GO]) is S.B
    assert machine.table() == [(S.A, E.GO, S.B, ()), (S.B, E.BACK, S.A, ())]


def test_a_state_without_a_word_is_refused() -> None:
    machine = Machine(S, E, (S.A,), (GO, BACK))
    with pytest.raises(ValueError, match="without a word"):
        StateColumn(machine, "state", "x", {S.A: "a"}, {E.GO: "go", E.BACK: "back"})


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.machine.states.__name__)
def test_every_refusal_says_where_it_stands_and_what_is_possible(column) -> None:
    machine = column.machine
    for state in machine.states:
        possible = [e for e in machine.allowed(state) if e not in column.by_record]
        for event in machine.events:
            if machine.allows(state, event):
                continue
            text = column.refusal(state, event)
            assert str(column.states[state]) in text
            assert str(column.events[event]) in text
            assert all(str(column.events[e]) in text for e in possible)


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.machine.states.__name__)
@given(data=st.data())
def test_a_row_only_ever_holds_a_state_the_table_leads_to(column, data) -> None:
    """Any walk of moves stays in the table; what is refused moves nothing."""

    class Row:
        pass

    mine = Row()
    state = data.draw(st.sampled_from(column.machine.initial))
    setattr(mine, column.column, column.start(state))
    for _turn in range(8):
        event = data.draw(st.sampled_from(list(column.machine.events)))
        before = column.of(mine)
        targets = column.machine.targets(before, event)
        if not targets:
            with pytest.raises(Refused):
                column.move(mine, event)
            assert column.of(mine) is before
            continue
        target = data.draw(st.sampled_from(targets))
        assert column.move(mine, event, target) is target
        assert column.of(mine) is target


def test_no_row_begins_or_settles_where_the_table_does_not_lead() -> None:
    for column, wrong in ((SAMPLE_CUSTODY, "DESTROYED"), (PATIENT_FOLLOW_UP, "DEAD")):
        with pytest.raises(ValueError, match="no row begins"):
            column.start(column.machine.states(wrong))
    assert PLANNED_VISIT.machine.initial


def test_a_lost_job_is_taken_by_another_worker_and_a_done_one_not_cancelled() -> None:
    assert JOB.machine.step(JobState.RUNNING, JobEvent.CLAIM_AGAIN) is JobState.RUNNING
    assert not JOB.machine.allows(JobState.DONE, JobEvent.CANCEL)
