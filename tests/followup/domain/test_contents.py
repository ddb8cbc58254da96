"""When a planned visit is done: in its window, in a way its protocol allows, with its content."""

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.domain import protocols
from followup.domain.contents import CONTACT_TYPE, QUESTIONS, Record, demanded, outcome, ticked

DOCUMENT = json.loads(
    (Path(__file__).parents[3] / "followup/reference/protocols.json").read_text("utf-8")
)
PROTOCOL = protocols.load(DOCUMENT)["CN-LIFELONG", "1.1"]
START, END = date(2026, 11, 1), date(2026, 12, 1)
ANSWERS = {
    "vital_status": "ALIVE",
    "disease_status": "REMISSION",
    "new_malignancy": "NO",
    "other_event": "NO",
    "new_therapy": "NO",
}


def point(code):
    return PROTOCOL.by_code[code]


def full(code, way=None, on=START, **more):
    ticks = dict.fromkeys(ticked(point(code)), "DONE")
    way = way or point(code).contact_types[0].value
    return Record(on, way, "ALIVE", dict(ANSWERS), ticks, **more)


def made(code, *records):
    return outcome(point(code), START, END, records)


@pytest.mark.parametrize("code", ["D7", "M3", "M12", "M36", "Y6", "Y16"])
def test_everything_asked_in_an_allowed_way_is_done(code):
    found = made(code, full(code))
    assert (found.state, found.done_on, found.missing) == ("DONE_IN_WINDOW", START, None)


def test_a_call_closes_no_visit_on_site_but_a_yearly_contact():
    found = made("M3", full("M3", "PHONE"))
    assert found.state is None
    assert found.missing == (CONTACT_TYPE, *demanded(point("M3")))
    assert made("Y6", full("Y6", "PHONE")).state == "DONE_IN_WINDOW"


def test_without_the_question_of_malignancy_a_visit_stays_open_and_says_so():
    record = full("M6")
    blank = replace(record, answers=ANSWERS | {"new_malignancy": ""})
    assert made("M6", blank).missing == ("E",)
    unknown = replace(record, answers=ANSWERS | {"new_malignancy": "UNKNOWN"})
    assert made("M6", unknown).missing == ("E",)
    reasoned = replace(unknown, reason="the daughter does not know")
    assert made("M6", reasoned).state == "DONE_IN_WINDOW"


def test_a_test_not_done_needs_its_reason():
    record = full("M3", reason="")
    left = replace(record, assessments=dict(record.assessments) | {"V": "NOT_DONE"})
    assert made("M3", left).missing == ("V",)
    assert made("M3", replace(left, reason="tube broke")).state == "DONE_IN_WINDOW"


@pytest.mark.parametrize("days", [-1, 31])
def test_outside_the_window_only_the_explicit_choice_counts(days):
    on = START + timedelta(days=days)
    assert made("M9", full("M9", on=on)).state is None
    found = made("M9", full("M9", on=on, counts_outside=True))
    assert (found.state, found.done_on) == ("DONE_OUT_OF_WINDOW", on)


def test_two_contacts_fill_one_visit_and_whoever_did_not_know_fills_none():
    whole = full("M6")
    asked = replace(whole, assessments={})
    tests = replace(whole, answers={}, on=START + timedelta(days=3))
    assert made("M6", asked).missing == ticked(point("M6"))
    found = made("M6", asked, tests)
    assert (found.state, found.done_on) == ("DONE_IN_WINDOW", tests.on)
    assert made("M6", replace(whole, vital_status="UNKNOWN")).missing is None


def test_a_death_ends_the_questions():
    assert made("M6", Record(START, "PHONE", "DEAD")).state == "DONE_IN_WINDOW"


def test_conditional_assessments_close_nothing():
    assert {"V", "C"} & {a.code for a in point("Y6").assessments}
    assert not {"V", "C"} & set(demanded(point("Y6")))
    assert "CHIP" not in demanded(point("BL"))


def test_every_question_of_the_map_is_an_assessment_of_the_reference_data():
    assert set(QUESTIONS) <= {row["code"] for row in DOCUMENT["assessments"]}


@given(st.sampled_from(sorted(PROTOCOL.by_code)), st.data())
def test_more_on_file_never_opens_a_visit_again(code, data):
    records = data.draw(
        st.lists(
            st.builds(
                Record,
                st.integers(-3, 33).map(lambda n: START + timedelta(days=n)),
                st.sampled_from(("PHONE", "ON_SITE", "LOCAL_HOSPITAL")),
                st.sampled_from(("ALIVE", "UNKNOWN")),
                st.dictionaries(st.sampled_from(sorted(ANSWERS)), st.just("NO")),
                st.dictionaries(st.sampled_from(("L", "V", "C")), st.just("DONE")),
            ),
            max_size=3,
        )
    )
    whole = full(code)
    assert made(code, whole, *records).state is not None
    before = made(code, *records)
    if before.state is not None:
        assert made(code, *records, whole).state is not None
