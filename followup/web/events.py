"""Adverse events: one page to report, one to read, correct and follow."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from followup.actions import events
from followup.actions import laboratory as laboratory_actions
from followup.actions import questionnaires as questionnaire_actions
from followup.core import clock, extensions, row_permissions
from followup.core.forms import VersionedForm
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.permissions import Perm
from followup.core.problems import NotFound
from followup.domain.event_classes import ASKED, CLASSIFIED, CODE_LISTS, asked
from followup.queries import (
    clinical_assessments,
    data_queries,
    hospital_reports,
    identity,
    laboratory,
    patients,
    samples,
)
from followup.queries import questionnaires as questionnaire_queries
from followup.web import clinical_assessment_words
from followup.web import drafts as typed
from followup.web import questionnaire_words as questionnaires
from followup.web.code_choices import label
from followup.web.dates import DateField
from followup.web.events_form import KEPT, KINDS, PATHOLOGY, TRANSGENE, WHOSE, EventForm
from followup.web.laboratory import haematotoxicity
from followup.web.laboratory.grid import finding_words

FORM = "event-report"


class CorrectionForm(EventForm, VersionedForm):
    """The same questions with the version they were read at, and the reason of the change."""

    learned_on = DateField(
        label=gettext_lazy("You learned of the change on"),
        help_text=gettext_lazy("Needed where it is more serious now: a clock starts that day."),
        required=False,
        future=False,
    )
    reason = forms.CharField(label=gettext_lazy("Reason for the change"), max_length=500)

    def ask_when(self, event: Any) -> bool:
        """Whether nothing is left to ask: what makes the event more urgent has its day."""
        asked = "learned_on" in self.data and not self.cleaned_data["learned_on"]
        if asked and events.more_urgent(event, self.given()):
            self.add_error("learned_on", _("On which day did you learn of it? A clock starts."))
        return not self.errors


@require_http_methods(["GET", "POST"])
def report(request: HttpRequest, pk: str) -> HttpResponse:
    """Report an adverse event after an infusion."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.EVENT_WRITE)
    infusion = patients.infusion(actor, pk)
    row_permissions.require(actor, infusion, Perm.EVENT_WRITE)
    start = {"aware_on": clock.today(), "reporter_name": str(request.user)}
    finding = _finding(actor, infusion, request.GET.get("finding", ""))
    told = _told(actor, infusion, request.GET.get("told", ""))
    if told is not None:
        start |= questionnaires.event_start(told)
    graded = _graded(actor, infusion, request.GET.get("assessment", ""))
    draft = typed.of(request, FORM, str(pk))
    start |= draft.values
    form = EventForm(request.POST or None, initial=start)
    form.anchor(infusion.infused_on)
    if request.method == "POST" and form.is_valid():
        event = None
        with form.refusals():
            event = events.report(actor, infusion, given=form.given())
        if event is not None:
            if finding is not None and finding.state == "OPEN":
                laboratory_actions.report(actor, finding, event=event)
            if told is not None:
                questionnaire_actions.name_event(actor, told, event=event)
            typed.saved(request, draft)
            flash.saved(request, _("Reported. Safety has been informed."))
            return redirect("event", pk=event.id)
    context = {"form": form, "infusion": infusion, "draft": draft, "finding": finding}
    if finding is not None:
        context["found"] = finding_words(finding, laboratory.rules(actor).laboratory)
    context |= {"told": told, "graded": graded}
    context["counted"] = _counted(actor, infusion, request.GET.get("haematotoxicity", ""))
    context |= _who(actor, infusion.patient)
    return render(request, "followup/events/report.html", context, status=form.status)


def _finding(actor: Any, infusion: Any, key: str) -> Any:
    """The laboratory finding the report is about, shown beside the form; it fills in nothing."""
    if not key:
        return None
    finding = laboratory.findings.one(actor, key[:36])
    if finding.infusion_id != infusion.id:
        raise NotFound()
    return finding


def _graded(actor: Any, infusion: Any, key: str) -> Any:
    """The assessment the report is about, shown beside the form; it fills in nothing."""
    if not key:
        return None
    row = clinical_assessments.one(actor, key[:36])
    if row.infusion_id != infusion.id:
        raise NotFound()
    return clinical_assessment_words.row(row)


def _counted(actor: Any, infusion: Any, scale: str) -> Any:
    """The haematotoxicity the report is about, shown beside the form; it fills in nothing."""
    if not scale:
        return None
    courses = laboratory.haematotoxicity.of_patient(actor, infusion.patient)
    scales = [scale for each in courses if each.infusion == infusion for scale in each.scales]
    found = next((each for each in scales if each.grade.scale.value == scale), None)
    if found is None:
        raise NotFound()
    return haematotoxicity.scale_words(found, laboratory.rules(actor).laboratory)


def _told(actor: Any, infusion: Any, key: str) -> Any:
    """The patient's answers the report is about; the words alone are filled in, no answer."""
    if not key:
        return None
    report = questionnaire_queries.report(actor, key[:36])
    if report.patient_id != infusion.patient_id:
        raise NotFound()
    return report


def _who(actor: Any, patient: Any) -> dict[str, Any]:
    return {"patient": patient, "person": identity.masked(actor, [patient.id]).get(patient.id)}


def _worded(kind: str, code: str) -> str:
    return label(kind, code) if code else ""


def _chosen(answers: Any, code: str) -> str:
    """The words of an answer; a code no form knows (an import) is shown as it is."""
    return str(dict(answers).get(code, code))


def _classified(event: Any) -> list[tuple[str, str]]:
    """Question and answer of what the class of the event asks for."""
    found = []
    for name in asked(event.event_class):
        said, code_list = getattr(event, name), CODE_LISTS.get(name, "")
        answer = _chosen(KEPT, said) if name == "iv_anti_infective" else said
        if code_list and name != "iv_anti_infective":
            answer = _worded(code_list, said)
        found.append((str(EventForm.base_fields[name].label), answer))
    return found


@require_GET
def detail(request: HttpRequest, pk: str) -> HttpResponse:
    """One event with its samples and what safety makes of it."""
    actor = cast(ActingRequest, request).actor
    event = patients.event(actor, pk)
    context = {
        "event": event,
        "kind": dict(KINDS).get(event.kind, ""),
        "criteria": [label("seriousness", code) for code in event.seriousness],
        "outcome": _worded("event_outcome", event.outcome),
        "causality": _worded("causality_cn", event.causality),
        "scale": _worded("toxicity_grade_scale", event.grade_scale),
        "t_cell_suspected": _chosen(KEPT, event.t_cell_suspected),
        "pathology": _chosen(PATHOLOGY, event.pathology),
        "transgene": _chosen(TRANSGENE, event.transgene),
        "specimen_kept": _chosen(KEPT, event.specimen_kept),
        "event_class": _worded("event_class", event.event_class),
        "classified": _classified(event),
        "pregnancy_of": _chosen(WHOSE, event.pregnancy_of),
        "pregnancy_outcome": _worded("pregnancy_outcome", event.pregnancy_outcome),
        "congenital_anomaly": _chosen(KEPT, event.congenital_anomaly),
        "samples": samples.of_event(actor, event),
        "reports": hospital_reports.of_event(actor, event),
        "asked": data_queries.open_of_event(actor, event)
        if row_permissions.may_read(actor, event, Perm.VISIT_READ)
        else [],
        "notes": [
            note
            for added in extensions.registered()
            for notes in added.event_notes()
            for note in notes(actor, event)
        ],
        "may_write": actor.may(Perm.EVENT_WRITE, site=event.site_id, product=event.product_id),
        "may_audit": actor.may(Perm.AUDIT_READ, site=event.site_id),
        **_who(actor, event.patient),
    }
    return render(request, "followup/events/detail.html", context)


def _known(event: Any) -> dict[str, Any]:
    """What the record says, as the form shows it: these are answers already given."""
    answer = {True: "YES", False: "NO", None: ""}
    return {
        "verbatim": event.verbatim,
        "onset": event.onset_text,
        "ended": event.ended_text,
        "aware_on": event.aware_on,
        "reporter_name": event.reporter_name,
        "reporter_qualification": event.reporter_qualification,
        "is_new_malignancy": answer[event.is_new_malignancy],
        "kind": event.kind if event.kind in dict(KINDS) else "",
        "serious": answer[event.serious],
        "seriousness": event.seriousness,
        "grade": event.grade,
        "grade_scale": event.grade_scale,
        "outcome": event.outcome,
        "causality": event.causality,
        **{name: getattr(event, name) for name in CLASSIFIED},
        "event_class": event.event_class if event.event_class in ASKED else "",
        "t_cell_suspected": event.t_cell_suspected,
        "pathology": event.pathology,
        "pathology_note": event.pathology_note,
        "immunophenotype": event.immunophenotype,
        "transgene": event.transgene,
        "specimen_kept": event.specimen_kept,
        "pregnancy_of": event.pregnancy_of,
        "last_period": event.last_period_text,
        "pregnancy_outcome": event.pregnancy_outcome,
        "congenital_anomaly": event.congenital_anomaly,
        "note": event.note,
        "version": event.version,
    }


@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, pk: str) -> HttpResponse:
    """Change an event already reported, with one reason for the whole change."""
    actor = cast(ActingRequest, request).actor
    event = patients.event(actor, pk)
    row_permissions.require(actor, event, Perm.EVENT_WRITE)
    form = CorrectionForm(request.POST or None, initial=_known(event))
    form.anchor(event.infusion.infused_on)
    if request.method == "POST" and form.is_valid() and form.ask_when(event):
        with form.refusals(known=_known):
            saved = events.correct(
                actor,
                event,
                given=form.given(),
                version=form.seen,
                reason=form.cleaned_data["reason"],
                learned_on=form.cleaned_data["learned_on"],
            )
            if saved.version == event.version:
                flash.note(request, _("Nothing was changed, so nothing was saved."))
            else:
                flash.saved(request, _("Corrected. Safety has been informed of the change."))
            return redirect("event", pk=event.id)
    context = {"form": form, "event": event, **_who(actor, event.patient)}
    return render(request, "followup/events/correct.html", context, status=form.status)


urlpatterns = [
    path("infusions/<uuid:pk>/events/report/", report, name="event-report"),
    path("events/<uuid:pk>/", detail, name="event"),
    path("events/<uuid:pk>/correct/", correct, name="event-correct"),
]
