"""A saving page: the redirect when it was saved, else what the action refused on the form."""

from types import SimpleNamespace

import pytest
from django import forms
from django.http import QueryDict
from django.test import RequestFactory
from django.utils import translation

from followup.core.confirmations import Question, Unconfirmed
from followup.core.forms import Form, VersionedForm
from followup.core.forms.refusals import Reasons, button
from followup.core.http import flash
from followup.core.problems import Conflict, Denied, Refused


class Plain(Form):
    """One field."""

    name = forms.CharField()


class Versioned(VersionedForm):
    """The same, opened at a version."""

    name = forms.CharField()


def known(row) -> dict[str, str]:
    return {"name": row.name}


def save(form, problem=None, **answers):
    assert form.is_valid()
    with form.refusals(**answers):
        if problem is not None:
            raise problem
        return "saved"
    return form.status


def test_a_saved_form_answers_with_its_own_page():
    assert Plain().status == 200
    assert save(Plain({"name": "mine"})) == "saved"


def test_a_refusal_is_shown_at_its_field():
    form = Plain({"name": "mine"})
    assert save(form, Refused({"name": "Too short."})) == 422
    assert form.errors == {"name": ["Too short."]}


def test_a_field_the_action_calls_differently_is_found_by_its_name_on_the_form():
    form = Plain({"name": "mine"})
    assert save(form, Refused({"": ["Too short.", "No digits."]}), at={"": "name"}) == 422
    assert form.errors == {"name": ["Too short.", "No digits."]}
    form = Plain({"name": "mine"})
    asked = Unconfirmed([Question("odd", "An odd name.", "called", about="mine")])
    assert save(form, asked, at={"called": "name"}) == 422
    assert form.warnings == {"name": "An odd name."}
    assert form.questions[0].key == "odd:mine"


def test_a_page_without_a_form_collects_the_reasons():
    def pressed(problem, **answers):
        reasons = Reasons()
        with reasons.refusals(**answers):
            raise problem
        return reasons.text

    assert pressed(Refused({"a": "One.", "b": "Two."})) == "One. Two."
    assert pressed(Conflict(), stale="Look again.") == "Look again."
    with pytest.raises(Conflict):
        pressed(Conflict())


def test_a_value_the_list_does_not_hold_is_refused_in_our_words():
    class Choosing(Form):
        one = forms.ChoiceField(label="Share in %", choices=[("a", "A")])
        many = forms.MultipleChoiceField(label="Sites", choices=[("a", "A")])
        told = forms.ChoiceField(choices=[], error_messages={"invalid_choice": "Not this."})

    with translation.override("en"):
        form = Choosing({"one": "x", "many": ["x"], "told": "x"})
        assert form.errors == {
            "one": ["This is not among the choices. Choose again: Share in %"],
            "many": ["This is not among the choices. Choose again: Sites"],
            "told": ["Not this."],
        }


def test_a_conflict_is_said_in_words_or_goes_on():
    form = Plain({"name": "mine"})
    assert save(form, Conflict(), stale="Look again.") == 422
    assert form.non_field_errors() == ["Look again."]
    with pytest.raises(Conflict):
        save(Plain({"name": "mine"}), Conflict())


def test_a_conflict_is_merged_into_a_versioned_form():
    form = Versioned(QueryDict("name=mine&version=1"), initial={"name": "old", "version": 2})
    opened, present = SimpleNamespace(name="old"), SimpleNamespace(name="theirs")
    assert save(form, Conflict(opened=opened, present=present, version=2), known=known) == 409
    assert [clash.present for clash in form.clashes] == ["theirs"]


def test_other_problems_are_never_swallowed():
    for problem in (Denied("patient.write"), ValueError("fault")):
        with pytest.raises(type(problem)):
            save(Plain({"name": "mine"}), problem, stale="Look again.")


def press(monkeypatch, problem=None, **answers):
    said = []
    monkeypatch.setattr(flash, "warn", lambda request, text: said.append(text))
    with button(RequestFactory().post("/"), **answers):
        if problem is not None:
            raise problem
        return "saved"
    return said


def test_a_button_shows_every_reason_on_the_page_it_leads_to(monkeypatch):
    assert press(monkeypatch) == "saved"
    refused = Refused({"name": ["No name.", "No day."], "": "Not now."})
    assert press(monkeypatch, refused) == ["No name. No day. Not now."]


def test_a_conflict_behind_a_button_has_its_words_or_its_own_page(monkeypatch):
    assert press(monkeypatch, Conflict(), changed="Changed meanwhile.") == ["Changed meanwhile."]
    with pytest.raises(Conflict):
        press(monkeypatch, Conflict())
    with pytest.raises(Denied):
        press(monkeypatch, Denied("x"), changed="Changed meanwhile.")
