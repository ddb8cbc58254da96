"""The form of one assessment: its items as the domain lists them, nothing answered beforehand."""

from itertools import groupby
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy, pgettext_lazy

from followup.core.forms import NO_YES, AnswerField, AnswersField, Form
from followup.domain.clinical_assessments import (
    CAPD,
    ICE,
    ITEMS,
    RESPONSES,
    Instrument,
    Item,
    ItemKind,
    ScoreTest,
)
from followup.domain.dates import PartialDate
from followup.web import clinical_assessment_words as words
from followup.web.dates import PartialDateField, anchored

CORRECT = (
    ("NO", pgettext_lazy("test of orientation", "Not correct")),
    ("YES", pgettext_lazy("test of orientation", "Correct")),
)
TESTS = {ScoreTest.ICE: ICE, ScoreTest.CAPD: (*CAPD, "capd")}


def _asked(instrument: Instrument, tests: tuple[ScoreTest, ...]) -> list[Item]:
    """The items without the test of the other age; the age itself only where it is open."""
    left_out = {code for test, codes in TESTS.items() if test not in tests for code in codes}
    if len(tests) == 1:
        left_out.add("age")
    return [item for item in ITEMS[instrument] if item.code not in left_out]


def _field(item: Item) -> forms.Field:
    label = words.item(item)
    if item.kind is ItemKind.YES_NO:
        answers = CORRECT if item.code.startswith("ice_") else NO_YES
        return AnswerField(label=label, choices=answers, required=False)
    if item.kind is ItemKind.CHOICE:
        return AnswerField(label=label, choices=words.options(item), required=False)
    if item.kind is ItemKind.SEVERAL:
        return AnswersField(label=label, choices=words.options(item), required=False)
    box = {"class": "w-number", "autocomplete": "off"}
    if item.kind is not ItemKind.QUANTITY:
        box["inputmode"] = "decimal"
    return forms.CharField(
        label=label, max_length=20, required=False, widget=forms.TextInput(attrs=box)
    )


class AssessmentForm(Form):
    """Day, items, the physician's own code beside the criteria of a response, remarks."""

    assessed_on = PartialDateField(label=gettext_lazy("Assessed on"), future=False)
    stated = AnswerField(
        label=gettext_lazy("Response as the physician states it"),
        help_text=gettext_lazy("Only if it was stated; it is kept apart from what follows here."),
        choices=(),
        required=False,
    )
    note = forms.CharField(
        label=gettext_lazy("Remarks"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(
        self,
        *args: Any,
        instrument: Instrument,
        infused_on: Any,
        tests: tuple[ScoreTest, ...],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.items = _asked(instrument, tests)
        codes = RESPONSES.get(instrument, ())
        if codes:
            self.offer("stated", [(code, code) for code in codes])
        else:
            del self.fields["stated"]
        added = {item.code: _field(item) for item in self.items}
        kept = dict(self.fields)
        self.fields.clear()
        self.fields["assessed_on"] = kept.pop("assessed_on")
        self.fields |= added | kept
        self.style(added)
        anchored(self, "assessed_on", infused_on)

    @property
    def on(self) -> PartialDate:
        """The day as far as it is known."""
        day: PartialDate = self.cleaned_data["assessed_on"]
        return day

    def answers(self) -> dict[str, Any]:
        """What was answered, by item."""
        clean = self.cleaned_data
        return {item.code: clean[item.code] for item in self.items if clean.get(item.code)}

    def groups(self) -> list[tuple[Any, Any, list[Any]]]:
        """The day and the items in their order, without those of the target lesions.

        The items of a test of cognition are together under its name and hint; the others bare.
        """
        beside = ("stated", "note")
        names = [
            name for name in self.fields if name not in beside and not name.startswith("target_")
        ]
        of_test = {code: test for test, codes in TESTS.items() for code in codes}
        grouped = groupby(names, of_test.get)
        return [
            (*(words.TESTS[test] if test else ("", "")), [self[name] for name in codes])
            for test, codes in grouped
        ]

    def targets(self) -> list[tuple[int, list[Any]]]:
        """The boxes of each target lesion, with its number."""
        names = [name for name in self.fields if name.startswith("target_")]
        numbers = sorted({int(name.split("_")[1]) for name in names})
        return [
            (n, [self[name] for name in names if name.startswith(f"target_{n}_")]) for n in numbers
        ]
