"""What a contact leaves open is asked, field by field; how long questions have been open."""

from datetime import date, timedelta

import pytest

from followup.domain.data_queries import ASKED, QueryRule, RuleFinding, ageing, findings

ANSWERED = {
    "vital_status": "ALIVE",
    "unanswered_reason": "",
    "disease_status": "REMISSION",
    "new_malignancy": "NO",
    "other_event": "NO",
    "new_therapy": "NO",
    "progressed_on_text": "",
    "therapy_note": "",
}


def found(**changed: str) -> set[tuple[QueryRule, str]]:
    return {(f.rule, f.field) for f in findings({**ANSWERED, **changed})}


def test_a_contact_that_answers_everything_is_asked_nothing() -> None:
    assert found() == set()


@pytest.mark.parametrize("name", ASKED)
def test_an_answer_left_out_is_asked_for_unless_a_reason_stands(name: str) -> None:
    assert found(**{name: ""}) == {(QueryRule.NOT_ASKED, name)}
    assert found(**{name: "", "unanswered_reason": "Too weak to speak"}) == set()
    assert found(**{name: "", "unanswered_reason": "  "}) == {(QueryRule.NOT_ASKED, name)}


def test_an_unknown_tumour_a_relapse_without_a_day_and_a_therapy_without_a_name_are_asked() -> None:
    assert found(new_malignancy="UNKNOWN") == {(QueryRule.MALIGNANCY_UNKNOWN, "new_malignancy")}
    undated = {(QueryRule.PROGRESSION_UNDATED, "progressed_on_text")}
    assert found(disease_status="PROGRESSION") == undated
    assert found(disease_status="PROGRESSION", progressed_on_text="2026-03") == set()
    assert found(new_therapy="YES", therapy_note=" ") == {
        (QueryRule.THERAPY_UNNAMED, "therapy_note")
    }
    assert found(new_therapy="YES", therapy_note="Blinatumomab") == set()


@pytest.mark.parametrize("status", ["DEAD", "UNKNOWN"])
def test_of_those_not_known_alive_nothing_is_asked(status: str) -> None:
    empty = dict.fromkeys(ANSWERED, "")
    assert findings({**empty, "vital_status": status}) == ()
    assert RuleFinding(QueryRule.NOT_ASKED, "new_therapy") in findings(
        {**empty, "vital_status": "ALIVE"}
    )


def test_a_question_ages_from_one_band_to_the_next_after_its_last_day() -> None:
    today = date(2026, 11, 28)
    raised = [today - timedelta(days=days) for days in (0, 7, 8, 30, 31, 90, 91, 400)]
    assert ageing(raised, today) == [(0, 7, 2), (8, 30, 2), (31, 90, 2), (91, None, 2)]
    assert ageing([], today) == [(0, 7, 0), (8, 30, 0), (31, 90, 0), (91, None, 0)]
