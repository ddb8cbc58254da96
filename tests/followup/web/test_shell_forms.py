"""The form floor: no default answers, folded numbers, dates as typed, the same words twice."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django import forms
from django.http import QueryDict
from django.utils import translation

from followup.core.forms import (
    AnswerField,
    AnswersField,
    ChoiceButtons,
    Form,
    NumberField,
    WholeNumberField,
)
from followup.core.problems import Refused
from followup.domain.dates import PartialDate
from followup.web.dates import DateField, PartialDateField
from tests.pages import unbroken

YES_NO = [("yes", "Yes"), ("no", "No")]


class Call(Form):
    on = DateField(label="Contact date", future=False)
    tumour = AnswerField(
        label="New tumour",
        choices=YES_NO,
        widget=ChoiceButtons(opens={"yes": "block"}, grave={"yes"}),
    )
    criteria = AnswersField(label="Criteria", choices=YES_NO, required=False)
    hb = NumberField(label="Haemoglobin", unit="g/L", required=False)
    note = forms.CharField(label="Note", required=False, max_length=40)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("hb") is not None and data["hb"] < 40:
            self.warn("hb", "25 g/L is far below the range")
        return data


GOOD = {"on": "2026-08-20", "tumour": "no"}


def test_no_answer_is_pressed_beforehand() -> None:
    assert "checked" not in str(Call())
    assert "checked" not in str(Call({}))


@pytest.mark.parametrize("field", [AnswerField, AnswersField])
def test_a_preselected_answer_is_a_programming_error(field: Any) -> None:
    with pytest.raises(TypeError):
        field(choices=YES_NO, initial="no")


def test_a_missing_answer_is_none_and_never_a_default() -> None:
    field = AnswerField(choices=YES_NO, required=False)
    assert field.clean("") is None
    assert field.clean(None) is None


def test_buttons_number_their_answers_and_mark_the_grave_one() -> None:
    html = str(Call()["tumour"])
    assert '<kbd aria-hidden="true">1</kbd>' in html
    assert 'data-opens="block"' in html
    assert html.count('class="choice danger"') == 1
    assert "aria-invalid" not in str(Call({})["tumour"])


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("６．５", Decimal("6.5")),
        ("6。5", Decimal("6.5")),
        ("1,240", Decimal(1240)),
        (" 12 ", Decimal(12)),
        ("0", Decimal(0)),
        ("", None),
    ],
)
def test_numbers_as_an_input_method_gives_them(typed: str, read: Decimal | None) -> None:
    assert NumberField(required=False).clean(typed) == read


@pytest.mark.parametrize("typed", ["1,5", "12,34", "<50", "NaN", "∞", "six"])
def test_a_number_nobody_can_be_sure_of_is_refused(typed: str) -> None:
    with pytest.raises(forms.ValidationError):
        NumberField(required=False).clean(typed)


def test_whole_numbers_fold_too() -> None:
    assert WholeNumberField().clean("１２") == 12
    with pytest.raises(forms.ValidationError):
        WholeNumberField().clean("1.5")


@pytest.mark.parametrize("typed", ["2026-11-05", "2026/11/5", "２０２６１１０５", "2026年11月5日"])
def test_a_date_in_every_way_it_is_typed(typed: str) -> None:
    assert DateField().clean(typed) == date(2026, 11, 5)


def test_a_month_is_a_partial_date_and_no_day() -> None:
    assert PartialDateField().clean("2026-11") == PartialDate(2026, 11)
    with pytest.raises(forms.ValidationError) as refused:
        DateField().clean("2026-11")
    assert refused.value.code == "day"


@pytest.mark.parametrize("typed", ["05/11/2026", "2026-02-30", "soon", "D+28", "260805"])
def test_a_date_that_cannot_be_read_is_refused(typed: str) -> None:
    with pytest.raises(forms.ValidationError):
        DateField().clean(typed)


def test_an_empty_date_stays_empty() -> None:
    assert DateField(required=False).clean("") is None
    assert DateField(required=False).clean("  ") is None


def test_days_after_infusion_need_the_anchor() -> None:
    assert DateField(anchor=date(2026, 8, 20)).clean("D+28") == date(2026, 9, 17)


def test_the_future_is_refused_where_it_is_impossible() -> None:
    with pytest.raises(forms.ValidationError):
        DateField(future=False).clean("+1")
    assert DateField(future=True).clean("+1") is not None


def test_summary_and_field_say_the_same_words_and_the_link_leads_to_the_control() -> None:
    form = Call({"on": "05/11/2026"})
    lines = list(form.summary())
    assert [line.anchor for line in lines] == ["id_on", "id_tumour_0"]
    for line in lines:
        assert line.message in unbroken(str(form))
    assert 'id="id_on_error"' in str(form["on"].as_field_group())
    assert 'aria-describedby="id_on_error"' in str(form["on"])


def test_a_required_field_says_what_to_do() -> None:
    messages = [line.message for line in Call({}).summary()]
    assert len(messages) == 2
    assert all("Contact date" in m or "New tumour" in m for m in messages)


def test_what_is_too_long_is_said_and_never_cut_off_by_the_browser() -> None:
    form = Call({**GOOD, "note": "7" * 42})
    assert "maxlength" not in str(Call())
    with translation.override("en"):
        said = [m.message for m in form.summary()]
    assert said == ["At most 40 characters; there are 42. Shorten it."]
    assert "7" * 42 in str(form)


class Bounded(Form):
    share = WholeNumberField(min_value=1, max_value=99)


def test_a_number_out_of_bounds_says_what_to_do() -> None:
    with translation.override("en"):
        assert Bounded({"share": "0"}).errors == {"share": ["Enter a number not below 1."]}
        assert Bounded({"share": "101"}).errors == {"share": ["Enter a number not above 99."]}


def test_an_unusual_value_is_asked_about_once() -> None:
    first = Call(QueryDict("on=2026-08-20&tumour=no&hb=25"))
    assert not first.is_valid()
    assert first.warnings == {"hb": "25 g/L is far below the range"}
    assert 'name="confirmed" value="hb"' in str(first["hb"].as_field_group())
    second = Call(QueryDict("on=2026-08-20&tumour=no&hb=25&confirmed=hb"))
    assert second.is_valid()
    assert second.confirmed == {"hb": "25 g/L is far below the range"}


def test_what_an_action_refused_is_shown_at_its_field() -> None:
    form = Call(GOOD)
    assert form.is_valid()
    form.refuse(Refused({"on": "too early", "elsewhere": "not now"}))
    assert form.errors["on"] == ["too early"]
    assert form.non_field_errors() == ["not now"]


def test_optional_fields_are_marked_and_units_are_shown() -> None:
    html = str(Call())
    assert html.count('class="optional"') == 3
    assert '<span class="unit">g/L</span>' in html


@pytest.mark.requirement("ASVS-1.1.2", "ASVS-1.2.1")
def test_typed_text_is_escaped() -> None:
    form = Call({"on": "<script>x</script>", "note": '"><img src=x>'})
    assert "<script>" not in str(form)
    assert "<img" not in str(form)
