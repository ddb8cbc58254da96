"""The forms of laboratory values: all measures of one specimen, one value, a pasted table."""

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from followup.actions.laboratory import Specimen, ValueInput
from followup.core import clock
from followup.core.forms import Form, NumberField
from followup.core.naming import localized_name
from followup.domain.laboratory import LaboratoryRules, Measure, names_unit
from followup.web.dates import DateField

_TIME = re.compile(r"([01]?\d|2[0-3])[:：]([0-5]\d)")


def _text(label: Any, length: int, css: str = "w-medium", **more: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={"class": css, "autocomplete": "off"})
    return forms.CharField(label=label, max_length=length, widget=widget, **more)


class SpecimenForm(Form):
    """What the values of one specimen share."""

    on = DateField(label=gettext_lazy("Day of the specimen"), future=False)
    time = _text(
        gettext_lazy("Time of the specimen"),
        5,
        "w-number",
        required=False,
        help_text=gettext_lazy("Only when the report gives it, for example 08:30."),
    )
    laboratory = _text(gettext_lazy("Laboratory"), 120, required=False)
    received_on = DateField(label=gettext_lazy("Report received on"), future=False)
    preliminary = forms.BooleanField(label=gettext_lazy("Preliminary report"), required=False)

    def clean_time(self) -> str:
        """Hours and minutes, or nothing."""
        text = str(self.cleaned_data["time"]).strip()
        if text and not _TIME.fullmatch(text):
            raise forms.ValidationError(_("Enter hours and minutes, for example 08:30."))
        return text

    def specimen(self) -> Specimen:
        """The specimen as the action takes it."""
        data = self.cleaned_data
        return Specimen(
            on=data["on"],
            at=moment(data["on"], data["time"]),
            laboratory=data["laboratory"],
            preliminary=data["preliminary"],
            received_on=data["received_on"],
        )


def moment(on: date, text: str) -> datetime | None:
    """Day and typed time as a moment of the hospital's clock; None without a time."""
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    return datetime.combine(on, time(int(found[1]), int(found[2])), clock.SHANGHAI)


def _fields(rules: LaboratoryRules, measure: Measure, name: str) -> dict[str, forms.Field]:
    """The boxes of one measure; `name` is that of its value."""
    unit = f" ({measure.unit})" if measure.unit else ""
    reasons = [("", "—"), *((row.code, localized_name(row)) for row in rules.missing)]
    made: dict[str, forms.Field] = {
        name: _text(f"{localized_name(measure)}{unit}", 60, "w-number", required=False),
        f"{name}_range": _text(
            pgettext_lazy("laboratory", "Range as printed"), 60, "w-number", required=False
        ),
        f"{name}_missing": forms.ChoiceField(
            label=pgettext_lazy("laboratory", "Missing because"), choices=reasons, required=False
        ),
    }
    if measure.lloq is not None:
        made |= {
            f"{name}_lower_limit": NumberField(
                label=_("Limit of quantification"), unit=measure.unit, required=False
            ),
            f"{name}_detection_limit": NumberField(
                label=_("Limit of detection"), unit=measure.unit, required=False
            ),
        }
    return made


def _value(measure: Measure, data: dict[str, Any], name: str, unit: str = "") -> ValueInput:
    text = str(data.get(name) or "")
    beside = bool(text) and names_unit(measure, text)
    return ValueInput(
        measure=measure.code,
        text=text,
        unit="" if beside else unit or measure.unit,
        range_text=str(data.get(f"{name}_range") or ""),
        missing=str(data.get(f"{name}_missing") or ""),
        lower_limit=data.get(f"{name}_lower_limit"),
        detection_limit=data.get(f"{name}_detection_limit"),
    )


class ValuesForm(SpecimenForm):
    """All measures of one specimen; an empty box says nothing."""

    def __init__(
        self, *args: Any, rules: LaboratoryRules, groups: Sequence[str] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.rules = rules
        self.opens = [group.code for group in rules.groups if group.code in groups]
        added = {
            name: field
            for code, measure in rules.measures.items()
            for name, field in _fields(rules, measure, code).items()
        }
        self.fields |= added
        self.style(added)

    @property
    def blocks(self) -> Iterator[dict[str, Any]]:
        """Groups of measures with their boxes; those asked for, or with a value, are open."""
        opens = self.opens or [group.code for group in self.rules.groups[:1]]
        for group in self.rules.groups:
            rows = [
                [self[name] for name in self.fields if name == code or name.startswith(f"{code}_")]
                for code, measure in self.rules.measures.items()
                if measure.group == group.code
            ]
            held = any(field.errors or field.value() for row in rows for field in row)
            yield {
                "title": localized_name(group),
                "rows": rows,
                "open": held or group.code in opens,
            }

    def values(self) -> list[ValueInput]:
        """The values that were given, in the order of the document."""
        data = self.cleaned_data
        return [
            _value(measure, data, code)
            for code, measure in self.rules.measures.items()
            if data.get(code) or data.get(f"{code}_missing")
        ]


class CorrectionForm(SpecimenForm):
    """One value again, with the reason."""

    def __init__(self, *args: Any, rules: LaboratoryRules, measure: Measure, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.measure = measure
        boxes = _fields(rules, measure, "text")
        added = {name.removeprefix("text_"): field for name, field in boxes.items()}
        added["reason"] = _text(gettext_lazy("Reason for the change"), 500)
        del self.fields["preliminary"]
        self.fields |= added
        self.style(added)

    def specimen(self) -> Specimen:
        """A correction is no preliminary report."""
        self.cleaned_data["preliminary"] = False
        return super().specimen()

    def given(self) -> ValueInput:
        """The value as it should read."""
        boxes = ("range", "missing", "lower_limit", "detection_limit")
        data = {f"text_{name}": self.cleaned_data.get(name) for name in boxes}
        return _value(self.measure, data | {"text": self.cleaned_data["text"]}, "text")


class ReasonForm(Form):
    """Why a value was none."""

    reason = _text(gettext_lazy("Reason"), 500)


class AnswerForm(Form):
    """What was made of a finding."""

    text = _text(
        gettext_lazy("What was decided"),
        500,
        help_text=gettext_lazy("For example: expected, immunoglobulin given."),
    )


class PasteForm(Form):
    """A table out of a spreadsheet."""

    table = forms.CharField(
        label=gettext_lazy("Table"),
        max_length=200_000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false", "class": "mono"}),
        help_text=gettext_lazy(
            "Copy the cells in the spreadsheet and paste them here: days in the first row and "
            "measures in the first column, or a row a day; what is named unit and range is read "
            "as such."
        ),
    )
    laboratory = _text(gettext_lazy("Laboratory"), 120, required=False)
