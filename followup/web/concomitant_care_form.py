"""The form of one treatment or stay: the items its kind asks for, nothing answered beforehand."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followup.actions.concomitant_care import known, problems_of
from followup.core.forms import NO_YES_UNKNOWN, AnswerField, Form, NumberField
from followup.domain.concomitant_care import (
    DETAILS,
    YES_NO_ITEMS,
    Care,
    CareItem,
    CareKind,
    asked,
    needed,
)
from followup.web import concomitant_care_words as words
from followup.web.code_choices import choices
from followup.web.dates import PartialDateField, anchored


def _field(kind: CareKind, item: CareItem, *, required: bool) -> forms.Field:
    given: dict[str, Any] = {"label": words.item_label(kind, item), "required": required}
    if item is CareItem.DETAIL:
        return AnswerField(choices=choices(DETAILS[kind]), **given)
    if item in YES_NO_ITEMS:
        return AnswerField(choices=NO_YES_UNKNOWN, **given)
    if item is CareItem.DOSE_UNIT:
        return forms.ChoiceField(choices=[], **given)
    if item is CareItem.DOSE:
        return NumberField(min_value=0, max_digits=12, decimal_places=3, **given)
    if item in (CareItem.STARTED, CareItem.ENDED):
        return PartialDateField(future=False, **given)
    if item is CareItem.GIVEN_FOR:
        return forms.CharField(max_length=2000, widget=forms.Textarea(attrs={"rows": 2}), **given)
    return forms.CharField(max_length=200, **given)


class CareForm(Form):
    """What the kind asks for; a correction says why."""

    def __init__(
        self,
        *args: Any,
        patient: Any,
        kind: CareKind,
        infused_on: Any,
        corrects: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.patient = patient
        self.kind, self.items = kind, asked(kind)
        must = needed(kind)
        for item in self.items:
            self.fields[item.value] = _field(kind, item, required=item in must)
        if corrects:
            self.fields["reason"] = forms.CharField(
                label=gettext_lazy("Reason for the change"), max_length=500
            )
        if CareItem.DOSE_UNIT in self.items:
            self.offer("dose_unit", [("", "—"), *choices("care_dose_unit")()])
        if CareItem.MUTAGENIC in self.items:
            said = _("The list takes these to be mutagenic: %(list)s. A person confirms it.")
            self.fields["mutagenic"].help_text = said % {"list": words.usually_mutagenic()}
        self.fields["started"].help_text = _("Year and month, or the year, if no more is known.")
        self.style(self.fields)
        for item in (CareItem.STARTED, CareItem.ENDED):
            if item in self.items and infused_on:
                anchored(self, item.value, infused_on)

    def clean(self) -> dict[str, Any]:
        """What the rules find is said in the same round as what cannot be read."""
        for name, text in problems_of(self.patient, self.care()).items():
            if name not in self.errors:
                self.add_error(name, text)
        return self.cleaned_data

    def care(self) -> Care:
        """What was told, with what was left open as such."""
        clean = self.cleaned_data
        exact = (CareItem.STARTED, CareItem.ENDED, CareItem.DOSE)
        values: dict[str, Any] = {
            item.value: clean.get(item.value) if item in exact else clean.get(item.value) or ""
            for item in self.items
        }
        return Care(kind=self.kind, **{"started": None} | values)


def initial(row: Any) -> Mapping[str, Any]:
    """A recorded row as the form of its correction shows it."""
    care = known(row)
    values = {item.value: getattr(care, item.value) for item in asked(care.kind)}
    if care.dose is not None:
        values["dose"] = f"{care.dose.normalize():f}"
    return values
