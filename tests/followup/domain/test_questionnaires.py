"""What a patient's answers say, and what a link is good for."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.domain.dates import PartialDate
from followup.domain.questionnaires import (
    Answers,
    Fault,
    LinkState,
    RedFlag,
    faults,
    link_state,
    red_flags,
)

TODAY = date(2026, 11, 29)
NOW = datetime(2026, 11, 29, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (Answers(""), [("informant", Fault.NOBODY)]),
        (Answers("PATIENT"), []),
        (Answers("FAMILY"), [("vital_status", Fault.NOT_SAID)]),
        (Answers("PATIENT", "DEAD"), [("vital_status", Fault.ANSWERS_DEAD)]),
        (Answers("PATIENT", "UNKNOWN"), [("vital_status", Fault.ANSWERS_DEAD)]),
        (
            Answers("FAMILY", "DEAD", died_on=PartialDate.from_iso("2026-12")),
            [("died_on", Fault.DEATH_LATER)],
        ),
        (Answers("FAMILY", "DEAD", died_on=PartialDate.from_iso("2026-11")), []),
    ],
)
def test_what_is_asked_again(answers: Answers, expected: list[tuple[str, Fault]]) -> None:
    assert list(faults(answers, TODAY)) == expected


def test_red_flags_in_order_of_gravity_and_none_from_silence() -> None:
    said = Answers("FAMILY", "DEAD", None, "PROGRESSION", None, "YES", "", "YES", "", "YES")
    assert red_flags(said) == tuple(RedFlag)[:1] + (
        RedFlag.MALIGNANCY,
        RedFlag.EVENT,
        RedFlag.PROGRESSION,
        RedFlag.PREGNANCY_OR_THERAPY,
    )
    assert red_flags(Answers("PATIENT")) == ()
    assert red_flags(Answers("PATIENT", "", None, "REMISSION", None, "NO", "", "NO")) == ()
    assert red_flags(Answers("PATIENT", new_malignancy="UNKNOWN")) == ()


def test_what_is_written_below_a_question_counts_whatever_was_ticked() -> None:
    told = Answers("PATIENT", new_malignancy="NO", malignancy_words="左颈部肿块，T细胞淋巴瘤")
    assert red_flags(told) == (RedFlag.MALIGNANCY,)
    assert red_flags(replace(told, malignancy_words=" 没有。 ")) == ()
    assert red_flags(replace(told, malignancy_words="", event_words="住院")) == (RedFlag.EVENT,)
    dated = replace(told, malignancy_words="", progressed_on=PartialDate(2026, 10))
    assert red_flags(dated) == (RedFlag.PROGRESSION,)
    assert red_flags(replace(dated, progressed_on=None, died_on=PartialDate(2026))) == (
        RedFlag.DEATH,
    )


@given(st.booleans(), st.booleans(), st.integers(-3600, 3600))
def test_a_link_is_open_only_before_its_end_unanswered_and_not_revoked(
    answered: bool, revoked: bool, seconds: int
) -> None:
    state = link_state(
        expires_at=NOW + timedelta(seconds=seconds), answered=answered, revoked=revoked, now=NOW
    )
    assert (state is LinkState.OPEN) == (not answered and not revoked and seconds > 0)
    assert (state is LinkState.ANSWERED) == answered
