"""What is possible but unlikely: asked all at once, stored once confirmed, kept in the trail."""

import json

import pytest
from django import forms
from django.db import connection, transaction
from django.http import QueryDict
from django.test import RequestFactory
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from followup.core import audit, confirmations
from followup.core.confirmations import Question, Unconfirmed
from followup.core.forms import Form
from followup.core.http.errors import ErrorPages
from tests.factories import SYSTEM

EARLY = Question("early", "It began before the infusion.", "onset", about="2026-08-01")
LATE = Question("late", "It ended after the death.")


def reason() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('everwatch.reason', true)")
        return str(cursor.fetchone()[0])


class Event(Form):
    onset = forms.CharField(label="Onset")


@pytest.mark.requirement("A11-6")
def test_every_open_question_is_asked_at_once_at_its_field() -> None:
    with pytest.raises(Unconfirmed) as refusal:
        confirmations.settle([EARLY, LATE], ())
    assert refusal.value.code == "confirm"
    assert refusal.value.questions == (EARLY, LATE)
    assert set(refusal.value.fields) == {"onset", ""}


def test_a_question_stands_at_its_field_once_with_its_tick() -> None:
    form = Event(QueryDict("onset=x"))
    form.refuse(Unconfirmed([EARLY]))
    shown = str(form["onset"].as_field_group())
    assert shown.count(EARLY.text) == 1
    assert shown.count('id="id_onset_error"') == 1
    assert 'type="checkbox"' in shown


@given(st.sets(st.integers(0, 6)), st.sets(st.integers(0, 6)))
@pytest.mark.requirement("A11-6")
def test_only_what_was_confirmed_passes(asked: set[int], ticked: set[int]) -> None:
    questions = [Question(f"q{number}", "text") for number in sorted(asked)]
    ticks = {f"q{number}" for number in ticked}
    left = [question for question in questions if question.key not in ticks]
    if left:
        with pytest.raises(Unconfirmed) as refusal:
            confirmations.settle(questions, ticks)
        assert list(refusal.value.questions) == left


def test_a_tick_for_one_value_lets_no_other_value_pass() -> None:
    other = Question("early", "It began before the infusion.", "onset", about="1926-08-01")
    with pytest.raises(Unconfirmed):
        confirmations.settle([other], [EARLY.key, "early"])


@pytest.mark.django_db
def test_the_words_confirmed_stand_in_the_reason_of_what_follows() -> None:
    acting = audit.acting(SYSTEM, "event.correct", "typing error")
    with translation.override("en"), transaction.atomic(), acting:
        confirmations.settle([EARLY, LATE], [EARLY.key, LATE.key])
        assert reason().splitlines() == [
            "typing error",
            "Confirmed: It began before the infusion.",
            "Confirmed: It ended after the death.",
        ]
        with audit.acting(SYSTEM, "case.draft"):
            assert reason() == ""
        assert reason().startswith("typing error")


@pytest.mark.django_db
def test_no_word_is_lost_outside_an_action() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        audit.add_reason("nobody writes under this")


def test_a_form_shows_a_tick_at_the_field_and_keeps_it_over_other_errors() -> None:
    form = Event(QueryDict("a-onset=2026-08-01"), prefix="a")
    assert form.is_valid()
    form.refuse(Unconfirmed([EARLY, LATE]))
    tick = 'name="a-confirmed" value="early:2026-08-01"'
    assert tick in str(form["onset"].as_field_group())
    assert form.large_questions == [LATE]
    again = Event(QueryDict("a-onset=&a-confirmed=early:2026-08-01"), prefix="a")
    assert not again.is_valid()
    assert again.settled == ["early:2026-08-01"]


def test_the_programming_interface_names_each_question() -> None:
    request = RequestFactory().post("/api/v1/events/")
    answer = ErrorPages(lambda _: None).process_exception(request, Unconfirmed([EARLY]))
    assert answer is not None
    assert answer.status_code == 422
    body = json.loads(answer.content)
    assert body["code"] == "confirm"
    assert body["questions"] == [
        {"confirm": EARLY.key, "field": "onset", "text": "It began before the infusion."}
    ]
