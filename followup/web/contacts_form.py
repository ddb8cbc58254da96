"""The questions of a contact, the same on the call, for an unscheduled one and at a correction."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy, pgettext_lazy

from followup.actions.visits import VisitInput
from followup.core.forms import (
    NO_YES_UNKNOWN,
    AnswerField,
    ChoiceButtons,
    Form,
    VersionedForm,
)
from followup.domain.contents import DONE, NOT_DONE
from followup.web.code_choices import choices
from followup.web.dates import DateField, PartialDateField, anchored
from followup.web.events_form import YES_NO

_NOT_ASKED = ("NOT_ASKED", pgettext_lazy("answer", "Not asked"))
_ASKED = (*YES_NO, _NOT_ASKED)
DISEASE = (
    ("REMISSION", pgettext_lazy("disease", "Still in remission")),
    ("PROGRESSION", pgettext_lazy("disease", "Relapse or progression")),
    ("NOT_ASSESSED", pgettext_lazy("disease", "Not assessed")),
)
MALIGNANCY = (
    ("NO", pgettext_lazy("answer", "None")),
    ("YES", pgettext_lazy("answer", "Yes, or suspected")),
    ("UNKNOWN", pgettext_lazy("answer", "Not known")),
)
INFORMANTS = (
    ("PATIENT", pgettext_lazy("informant", "Patient")),
    ("FAMILY", pgettext_lazy("informant", "Family")),
    ("OTHER", pgettext_lazy("informant", "Other")),
)
TICKS = (
    (DONE, pgettext_lazy("assessment", "Done")),
    (NOT_DONE, pgettext_lazy("assessment", "Not done")),
)
UNSCHEDULED, VISIT = "UNSCHEDULED", "VISIT"
_TICK = "assessed_"


class _FirstQuestion(ChoiceButtons):
    """The question the focus begins on, so that the digits answer at once."""

    def create_option(
        self, name: str, value: Any, label: Any, selected: Any, index: int, *rest: Any, **more: Any
    ) -> dict[str, Any]:
        """One answer; the first one, or the recorded one, takes the focus when the page opens."""
        option = super().create_option(name, value, label, selected, index, *rest, **more)
        if value == self.attrs.get("data-first"):
            option["attrs"]["autofocus"] = True
        option["attrs"].pop("data-first", None)
        return option


class ContactForm(Form):
    """Six questions, and what the protocol asks of a planned visit beside them."""

    contact_on = DateField(label=gettext_lazy("Contact date"), future=False)
    contact_type = forms.ChoiceField(label=gettext_lazy("How the contact was made"))
    stands_for = AnswerField(
        label=gettext_lazy("This day lies outside the window. The contact is"),
        choices=(
            (UNSCHEDULED, gettext_lazy("an unscheduled contact; the visit stays open")),
            (VISIT, gettext_lazy("the visit itself, made outside its window")),
        ),
        help_text=gettext_lazy("Without an answer it is kept as an unscheduled contact."),
        required=False,
    )
    informant = AnswerField(
        label=gettext_lazy("1 Who answered?"), choices=INFORMANTS, widget=_FirstQuestion()
    )
    vital_status = AnswerField(
        label=gettext_lazy("2 Vital status"),
        choices=choices("vital_status"),
        widget=ChoiceButtons(grave={"DEAD"}, opens={"DEAD": "block-death"}),
    )
    died_on = PartialDateField(label=gettext_lazy("Date of death"), required=False, future=False)
    death_cause = forms.CharField(
        label=gettext_lazy("Cause of death"), required=False, max_length=2000
    )
    death_cause_code = forms.CharField(
        label=gettext_lazy("ICD-10 code of the underlying cause"),
        help_text=gettext_lazy("For example I61.9; the words alone are enough."),
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"class": "w-medium", "autocapitalize": "characters"}),
    )
    autopsy = AnswerField(
        label=gettext_lazy("Was an autopsy done?"), choices=NO_YES_UNKNOWN, required=False
    )
    death_related = AnswerField(
        label=gettext_lazy("Was the death related to the treatment?"),
        choices=choices("death_relation"),
        required=False,
    )
    disease_status = AnswerField(
        label=gettext_lazy("3 Disease status"),
        choices=DISEASE,
        required=False,
        widget=ChoiceButtons(opens={"PROGRESSION": "block-progression"}),
    )
    progressed_on = PartialDateField(
        label=gettext_lazy("Date of relapse or progression"), required=False, future=False
    )
    new_malignancy = AnswerField(
        label=gettext_lazy("4 New malignancy, T-cell malignancy included"),
        choices=MALIGNANCY,
        required=False,
        widget=ChoiceButtons(grave={"YES"}, opens={"YES": "block-new-malignancy"}),
    )
    other_event = AnswerField(
        label=gettext_lazy("5 Another adverse event to record"),
        choices=_ASKED,
        required=False,
        widget=ChoiceButtons(opens={"YES": "block-other-event"}),
    )
    new_therapy = AnswerField(
        label=gettext_lazy("6 New anti-tumour treatment, or pregnancy"),
        choices=_ASKED,
        required=False,
        widget=ChoiceButtons(opens={"YES": "block-therapy"}),
    )
    therapy_note = forms.CharField(
        label=gettext_lazy("Which treatment, since when; or details of the pregnancy"),
        required=False,
        max_length=2000,
    )
    unanswered_reason = forms.CharField(
        label=gettext_lazy("Why something was not asked, not known or not done"),
        required=False,
        max_length=2000,
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
        infused_on: date,
        ticks: Sequence[tuple[str, str]] = (),
        outside: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.offer("contact_type", [("", "—"), *choices("contact_type")()])
        if not outside:
            del self.fields["stands_for"]
        for code, text in ticks:
            self.fields[f"{_TICK}{code}"] = AnswerField(label=text, choices=TICKS, required=False)
        self.ticks = [f"{_TICK}{code}" for code, _text in ticks]
        for name in ("contact_on", "died_on", "progressed_on"):
            anchored(self, name, infused_on)
        if not self.is_bound:
            on_file = self.initial.get("informant") or INFORMANTS[0][0]
            self.fields["informant"].widget.attrs["data-first"] = on_file

    def assessed(self) -> list[Any]:
        """The bound fields of what is ticked as done or not done."""
        return [self[name] for name in self.ticks]

    @property
    def unscheduled(self) -> bool:
        """Whether the person said that this is a contact of its own."""
        return self.cleaned_data.get("stands_for") == UNSCHEDULED

    def given(self) -> VisitInput:
        """The action's input; a block whose question was answered otherwise is ignored."""
        clean = self.cleaned_data
        dead = clean["vital_status"] == "DEAD"
        progressed = clean["disease_status"] == "PROGRESSION"
        return VisitInput(
            contact_on=clean["contact_on"],
            informant=clean["informant"],
            vital_status=clean["vital_status"],
            contact_type=clean["contact_type"],
            died_on=clean["died_on"] if dead else None,
            death_cause=clean["death_cause"] if dead else "",
            death_cause_code=clean["death_cause_code"] if dead else "",
            autopsy=(clean["autopsy"] or "") if dead else "",
            death_related=(clean["death_related"] or "") if dead else "",
            disease_status=clean["disease_status"] or "",
            progressed_on=clean["progressed_on"] if progressed else None,
            new_malignancy=clean["new_malignancy"] or "",
            other_event=clean["other_event"] or "",
            new_therapy=clean["new_therapy"] or "",
            therapy_note=clean["therapy_note"] if clean["new_therapy"] == "YES" else "",
            unanswered_reason=clean["unanswered_reason"],
            assessments={
                name.removeprefix(_TICK): clean[name] for name in self.ticks if clean.get(name)
            },
            counts_outside=clean.get("stands_for") == VISIT,
            note=clean["note"],
            confirmed=self.confirmed,
        )

    def readable(self) -> VisitInput | None:
        """As much of the answers as could be read, to be checked; None without a day of contact."""
        if "contact_on" not in self.cleaned_data:
            return None
        for name in self.fields:
            self.cleaned_data.setdefault(name, None)
        return self.given()

    @staticmethod
    def start(given: VisitInput) -> dict[str, Any]:
        """What a correction begins with: the recorded answers, none of them guessed."""
        names = (
            *("contact_on", "informant", "vital_status", "contact_type", "died_on"),
            *("death_cause", "death_cause_code", "autopsy", "death_related"),
            *("disease_status", "progressed_on"),
            *("new_malignancy", "other_event", "new_therapy", "therapy_note"),
            *("unanswered_reason", "note"),
        )
        start = {name: getattr(given, name) for name in names}
        start["stands_for"] = VISIT if given.counts_outside else ""
        return start | {f"{_TICK}{code}": value for code, value in given.assessments.items()}


class CorrectionForm(ContactForm, VersionedForm):
    """The same questions with the recorded answers, and why they are changed."""

    reason = forms.CharField(
        label=gettext_lazy("Reason for the change"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
