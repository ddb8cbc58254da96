"""Assessments of toxicity and response: by items, with the reasoning, read and retracted."""

from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from followup.actions import clinical_assessments as actions
from followup.core import row_permissions
from followup.core.http import flash
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.http.standby import reads_from_standby
from followup.core.permissions import Perm
from followup.domain.clinical_assessments import RESPONSES, Instrument
from followup.queries import clinical_assessments as queries
from followup.queries import identity, patients, replacements
from followup.web import clinical_assessment_words as words
from followup.web.clinical_assessment_form import AssessmentForm
from followup.web.laboratory.forms import ReasonForm


def _who(actor: Any, patient: Any) -> dict[str, Any]:
    return {
        "patient": patient,
        "person": identity.masked(actor, [patient.id]).get(patient.id),
        "may_write": actor.may(Perm.VISIT_WRITE, site=patient.site_id),
    }


@require_GET
@reads_from_standby
def listing(request: HttpRequest, pk: str) -> HttpResponse:
    """What was assessed, the response at month 3 and today, and what can be assessed."""
    actor = cast(ActingRequest, request).actor
    patient = patients.one(actor, pk)
    row_permissions.require_read(actor, patient, Perm.VISIT_READ)
    course = queries.course(actor, patient)
    fitting = queries.fitting(actor, course.infusion if course else None)
    apart = (*RESPONSES, Instrument.ECOG)
    scales = tuple(each for each in Instrument if each not in apart)
    others = tuple(each for each in RESPONSES if each not in fitting)
    context = _who(actor, patient) | {
        "rows": [words.row(each) for each in queries.of_patient(actor, patient)],
        "course": words.course(course) if course else None,
        "infusion": course.infusion if course else None,
        "dead": patient.vital_status == "DEAD",
        "fitting": words.named(fitting),
        "scales": words.named(scales),
        "others": words.named(others),
    }
    return render(request, "followup/clinical_assessments/list.html", context)


def _instrument(code: str) -> Instrument:
    try:
        return Instrument(code)
    except ValueError:
        raise Http404 from None


@require_http_methods(["GET", "POST"])
def record(request: HttpRequest, pk: str, instrument: str) -> HttpResponse:
    """Assess by the items of a scale or criteria; looked at first, or kept at once."""
    actor, kind = cast(ActingRequest, request).actor, _instrument(instrument)
    patient = patients.one(actor, pk)
    row_permissions.require(actor, patient, Perm.VISIT_WRITE)
    course = queries.course(actor, patient)
    day = course.infusion.infused_on if course else None
    tests = queries.score_tests_of(actor, patient)
    form = AssessmentForm(request.POST or None, instrument=kind, infused_on=day, tests=tests)
    shown = None
    if request.method == "POST" and form.is_valid():
        given: dict[str, Any] = {"instrument": kind, "on": form.on, "answers": form.answers()}
        with form.refusals():
            if "look" in request.POST:
                shown = words.assessed(kind, actions.preview(actor, patient, **given))
            else:
                stated, note = form.cleaned_data.get("stated") or "", form.cleaned_data["note"]
                row = actions.record(actor, patient, stated=stated, note=note, **given)
                flash.saved(request, _("Assessed: %(text)s") % {"text": words.row(row)["result"]})
                return redirect("assessment", pk=row.id)
    context = _who(actor, patient) | {"form": form, "shown": shown, "name": words.name(kind)}
    context["hint"] = words.HINTS.get(kind, "")
    status = 200 if shown else form.status  # looking at the result is no refusal
    return render(request, "followup/clinical_assessments/record.html", context, status=status)


def _context(actor: Any, row: Any) -> dict[str, Any]:
    return _who(actor, row.patient) | {
        "row": row,
        "shown": words.row(row),
        "name": words.name(Instrument(row.instrument)),
        "answers": words.answers(row),
        "rules": words.rules(row.rules),
        "retracted": replacements.replaced_by(row),
        "may_report": actor.may(Perm.EVENT_WRITE, site=row.site_id),
        "may_audit": actor.may(Perm.AUDIT_READ, site=row.site_id),
    }


@require_GET
def detail(request: HttpRequest, pk: str) -> HttpResponse:
    """One assessment: result, every rule with its answer, what was answered."""
    actor = cast(ActingRequest, request).actor
    row = queries.one(actor, pk)
    context = _context(actor, row) | {"reason_form": ReasonForm()}
    return render(request, "followup/clinical_assessments/detail.html", context)


@posted_from("assessment")
def take_back(request: HttpRequest, pk: str) -> HttpResponse:
    """Say that an assessment was none."""
    actor = cast(ActingRequest, request).actor
    row = queries.one(actor, pk)
    row_permissions.require(actor, row, Perm.VISIT_WRITE)
    form = ReasonForm(request.POST)
    if form.is_valid():
        with form.refusals(stale=_("Somebody has retracted this meanwhile: open it again.")):
            actions.take_back(actor, row, reason=form.cleaned_data["reason"])
            flash.saved(request, _("Undone."))
            return redirect("assessments", pk=row.patient_id)
    context = _context(actor, row) | {"reason_form": form, "form": form}
    status = 409 if form.conflicted else form.status
    return render(request, "followup/clinical_assessments/detail.html", context, status=status)


urlpatterns = [
    path("patients/<uuid:pk>/assessments/", listing, name="assessments"),
    path("patients/<uuid:pk>/assessments/<slug:instrument>/", record, name="assessment-record"),
    path("assessments/<uuid:pk>/", detail, name="assessment"),
    path("assessments/<uuid:pk>/take-back/", take_back, name="assessment-take-back"),
]
