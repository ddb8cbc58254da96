"""The questions of an adverse event, the same on the call, on its own page and at a correction."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from followup.actions.events import EventInput
from followup.core.forms import (
    NO_YES,
    NO_YES_UNKNOWN,
    AnswerField,
    AnswersField,
    ChoiceButtons,
    Form,
)
from followup.domain.event_classes import ASKED, CLASSIFIED, EventClass, asked
from followup.domain.events import EventCategory
from followup.web.code_choices import choices
from followup.web.dates import DateField, PartialDateField, anchored

YES_NO = (("NO", pgettext_lazy("answer", "No")), ("YES", pgettext_lazy("answer", "Yes")))
KEPT = NO_YES_UNKNOWN
PATHOLOGY = (
    ("AVAILABLE", pgettext_lazy("pathology", "Report available")),
    ("PENDING", pgettext_lazy("pathology", "Pending")),
    ("NONE", pgettext_lazy("pathology", "None")),
)
TRANSGENE = (
    ("POSITIVE", pgettext_lazy("transgene", "Positive")),
    ("NEGATIVE", pgettext_lazy("transgene", "Negative")),
    ("PENDING", pgettext_lazy("transgene", "Pending")),
    ("NOT_DONE", pgettext_lazy("transgene", "Not done")),
)
WHOSE = (
    ("NO", pgettext_lazy("is it so", "No")),
    ("PATIENT", pgettext_lazy("pregnancy", "Yes, the patient's")),
    ("PARTNER", pgettext_lazy("pregnancy", "Yes, a partner's")),
)
# The first four are the kinds that default rules of safety may ask about.
KINDS = (
    ("CRS", pgettext_lazy("event kind", "Cytokine release syndrome")),
    ("ICANS", pgettext_lazy("event kind", "Neurotoxicity (ICANS)")),
    ("IEC_HS", pgettext_lazy("event kind", "Haemophagocytic syndrome (IEC-HS)")),
    ("IEC_EC", pgettext_lazy("event kind", "Enterocolitis (IEC-EC)")),
    ("OTHER", pgettext_lazy("event kind", "None of these")),
)
REPORTERS = (
    ("PHYSICIAN", pgettext_lazy("reporter", "Physician")),
    ("NURSE", pgettext_lazy("reporter", "Nurse")),
    ("PHARMACIST", pgettext_lazy("reporter", "Pharmacist")),
    ("OTHER", pgettext_lazy("reporter", "Other health professional")),
    ("CONSUMER", pgettext_lazy("reporter", "Patient or family")),
)
GRADES = tuple((str(n), str(n)) for n in range(1, 6))


class EventForm(Form):
    """Minimum four elements first; everything below may stay open."""

    verbatim = forms.CharField(
        label=_("Event, in the words of the reporter"),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    onset = PartialDateField(
        label=_("Began on"),
        help_text=_("Year or month alone is allowed, for example 2026-11."),
        required=False,
        future=False,
    )
    ended = PartialDateField(label=_("Ended on"), required=False, future=False)
    aware_on = DateField(label=_("You learned of it on"), future=False)
    reporter_name = forms.CharField(label=_("Reporter"), max_length=60)
    reporter_qualification = AnswerField(
        label=_("The reporter is"),
        choices=REPORTERS,
        required=False,
    )
    is_new_malignancy = AnswerField(
        label=_("Is it a new malignancy, or suspected to be one?"),
        choices=NO_YES,
        widget=ChoiceButtons(grave={"YES"}, opens={"YES": "block-malignancy"}),
    )
    pregnancy_of = AnswerField(
        label=_("Is it a pregnancy?"),
        choices=WHOSE,
        required=False,
        widget=ChoiceButtons(opens={"PATIENT": "block-pregnancy", "PARTNER": "block-pregnancy"}),
    )
    kind = AnswerField(
        label=_("Is it one of these toxicities?"),
        help_text=_("Safety applies its default rules of seriousness to it."),
        choices=KINDS,
        required=False,
    )
    event_class = AnswerField(
        label=_("Is it one of these classes of delayed event?"),
        choices=choices("event_class", [str(each) for each in ASKED]),
        required=False,
        widget=ChoiceButtons(
            opens={
                EventClass.NEUROLOGIC: "block-neurologic",
                EventClass.AUTOIMMUNE: "block-exacerbated",
                EventClass.HAEMATOLOGIC: "block-haematologic",
                EventClass.INFECTION: "block-infection",
            }
        ),
    )
    neurologic_type = AnswerField(
        label=_("Which neurologic event?"), choices=choices("neuro_event"), required=False
    )
    new_or_exacerbated = AnswerField(
        label=_("New or exacerbated?"), choices=choices("new_or_exacerbated"), required=False
    )
    haematologic_type = AnswerField(
        label=_("Which haematologic event?"), choices=choices("haem_event"), required=False
    )
    infection_type = AnswerField(
        label=_("Which infection?"), choices=choices("infection"), required=False
    )
    infection_organism = forms.CharField(label=_("Organism"), required=False, max_length=2000)
    infection_site = forms.CharField(
        label=_("Site of the infection"), required=False, max_length=2000
    )
    iv_anti_infective = AnswerField(
        label=_("Was an anti-infective given intravenously?"), choices=KEPT, required=False
    )
    last_period = PartialDateField(
        label=_("First day of the last period"), required=False, future=False
    )
    pregnancy_outcome = AnswerField(
        label=_("Outcome of the pregnancy"), choices=choices("pregnancy_outcome"), required=False
    )
    congenital_anomaly = AnswerField(
        label=_("Has the child a congenital anomaly?"), choices=KEPT, required=False
    )
    serious = AnswerField(
        label=_("Is it serious?"),
        choices=(
            ("NO", pgettext_lazy("answer", "Not serious")),
            ("YES", pgettext_lazy("answer", "Serious")),
        ),
        required=False,
        widget=ChoiceButtons(grave={"YES"}),
    )
    seriousness = AnswersField(
        label=_("Criteria of seriousness"), choices=choices("seriousness"), required=False
    )
    grade = AnswerField(label=_("Grade"), choices=GRADES, coerce=int, required=False)
    grade_scale = forms.ChoiceField(label=_("Scale of the grade"), required=False)
    outcome = AnswerField(label=_("Outcome"), choices=choices("event_outcome"), required=False)
    causality = AnswerField(
        label=_("Relation to the product"), choices=choices("causality_cn"), required=False
    )
    t_cell_suspected = AnswerField(
        label=_("Is a T-cell malignancy suspected?"), choices=KEPT, required=False
    )
    pathology = AnswerField(label=_("Pathology"), choices=PATHOLOGY, required=False)
    pathology_note = forms.CharField(
        label=_("Pathology findings"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    immunophenotype = forms.CharField(label=_("Immunophenotype"), required=False, max_length=2000)
    transgene = AnswerField(label=_("CAR transgene test"), choices=TRANSGENE, required=False)
    specimen_kept = AnswerField(
        label=_("Has tumour material been kept?"), choices=KEPT, required=False
    )
    note = forms.CharField(
        label=_("Remarks"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(
        self, *args: Any, malignancy: bool = False, pregnancy: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.offer("grade_scale", [("", "—"), *choices("toxicity_grade_scale")()])
        if malignancy or pregnancy:  # the question that opened this form has already answered it
            for name in ("is_new_malignancy", "kind", *CLASSIFIED):
                del self.fields[name]
        if malignancy:
            del self.fields["pregnancy_of"]
        self.malignancy = malignancy

    def anchor(self, infused_on: date) -> None:
        """Let every date of the event be given and echoed as a day after the infusion."""
        for name in ("onset", "ended", "aware_on"):
            anchored(self, name, infused_on)

    def _pregnancy(self) -> dict[str, Any]:
        """The answers about a pregnancy; without one, the kind of event alone."""
        clean = self.cleaned_data
        if clean.get("pregnancy_of") not in ("PATIENT", "PARTNER"):
            return {"kind": clean.get("kind") or ""}
        return {
            "kind": EventCategory.PREGNANCY,
            "pregnancy_of": clean["pregnancy_of"],
            "last_period": clean["last_period"],
            "pregnancy_outcome": clean["pregnancy_outcome"] or "",
            "congenital_anomaly": clean["congenital_anomaly"] or "",
        }

    def _class(self, malignant: bool) -> dict[str, Any]:
        """The class of the event and what is asked of it; that of a malignancy is the action's."""
        chosen = "" if malignant else self.cleaned_data.get("event_class") or ""
        answers = {name: self.cleaned_data[name] or "" for name in asked(chosen)}
        return {"event_class": chosen, **answers}

    def given(self) -> EventInput:
        """The action's input; what was not answered stays unanswered."""
        clean = self.cleaned_data
        malignant = self.malignancy or clean.get("is_new_malignancy") == "YES"
        answered = {"YES": True, "NO": False}
        return EventInput(
            verbatim=clean["verbatim"],
            aware_on=clean["aware_on"],
            reporter_name=clean["reporter_name"],
            reporter_qualification=clean["reporter_qualification"] or "",
            onset=clean["onset"],
            ended=clean["ended"],
            serious=answered.get(clean["serious"] or ""),
            seriousness=tuple(clean["seriousness"] or ()),
            grade=clean["grade"],
            grade_scale=clean["grade_scale"] or "",
            outcome=clean["outcome"] or "",
            causality=clean["causality"] or "",
            is_new_malignancy=malignant,
            t_cell_suspected=(clean["t_cell_suspected"] or "") if malignant else "",
            pathology=(clean["pathology"] or "") if malignant else "",
            pathology_note=clean["pathology_note"] if malignant else "",
            immunophenotype=clean["immunophenotype"] if malignant else "",
            transgene=(clean["transgene"] or "") if malignant else "",
            specimen_kept=(clean["specimen_kept"] or "") if malignant else "",
            note=clean["note"],
            confirmed=frozenset(self.confirmed),
            **self._class(malignant),
            **self._pregnancy(),
        )
