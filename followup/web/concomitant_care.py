"""Later therapies, supportive care, vaccinations and stays: listed, recorded, corrected."""

from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from followup.actions import concomitant_care as actions
from followup.core import row_permissions
from followup.core.http import flash
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.http.standby import reads_from_standby
from followup.core.permissions import Perm
from followup.domain.concomitant_care import STAYS, CareKind
from followup.queries import concomitant_care as queries
from followup.queries import identity, patients, replacements
from followup.web import concomitant_care_words as words
from followup.web import follow_up_wording
from followup.web.concomitant_care_form import CareForm, initial
from followup.web.laboratory.forms import ReasonForm


def _who(actor: Any, patient: Any) -> dict[str, Any]:
    return {
        "patient": patient,
        "person": identity.masked(actor, [patient.id]).get(patient.id),
        "may_write": actor.may(Perm.VISIT_WRITE, site=patient.site_id),
        "closed": follow_up_wording.closed(patient),
    }


@require_GET
@reads_from_standby
def listing(request: HttpRequest, pk: str) -> HttpResponse:
    """What was given or sought since the infusion, the latest first, and what can be added."""
    actor = cast(ActingRequest, request).actor
    patient = patients.one(actor, pk)
    row_permissions.require_read(actor, patient, Perm.VISIT_READ)
    rows = queries.of_patient(actor, patient)
    context = _who(actor, patient) | {
        "rows": [words.line(row) for row in rows],
        "kinds": words.kinds(),
        "infusion": patients.infusions(actor, patient)[:1],
    }
    return render(request, "followup/concomitant_care/list.html", context)


def _kind(code: str) -> CareKind:
    try:
        return CareKind(code)
    except ValueError:
        raise Http404 from None


def _first_day(actor: Any, patient: Any) -> Any:
    """The day of the last infusion, from which a date box counts."""
    rows = patients.infusions(actor, patient)
    return rows[0].infused_on if rows else None


@require_http_methods(["GET", "POST"])
def record(request: HttpRequest, pk: str, kind: str) -> HttpResponse:
    """Record one treatment or stay."""
    actor, which = cast(ActingRequest, request).actor, _kind(kind)
    patient = patients.one(actor, pk)
    row_permissions.require(actor, patient, Perm.VISIT_WRITE)
    form = CareForm(
        request.POST or None,
        patient=patient,
        kind=which,
        infused_on=_first_day(actor, patient),
    )
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            row = actions.record(actor, patient, given=form.care())
            flash.saved(request, _("Recorded: %(text)s") % {"text": words.what(row)})
            return redirect("care", pk=patient.id)
    context = _who(actor, patient) | {"form": form, "name": words.kind_name(which.value)}
    return render(request, "followup/concomitant_care/record.html", context, status=form.status)


def _context(actor: Any, row: Any) -> dict[str, Any]:
    return _who(actor, row.patient) | {
        "row": row,
        "name": words.kind_name(row.kind),
        "shown": words.line(row),
        "answers": words.answers(row),
        "after": replacements.replaced_by(row),
        "versions": [words.line(each) for each in replacements.versions(row)],
        "stay": row.kind in STAYS,
        "may_report": actor.may(Perm.EVENT_WRITE, site=row.site_id),
        "may_audit": actor.may(Perm.AUDIT_READ, site=row.site_id),
    }


@require_GET
def detail(request: HttpRequest, pk: str) -> HttpResponse:
    """One treatment or stay with every version of it."""
    actor = cast(ActingRequest, request).actor
    context = _context(actor, queries.one(actor, pk)) | {"reason_form": ReasonForm()}
    return render(request, "followup/concomitant_care/detail.html", context)


@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, pk: str) -> HttpResponse:
    """Put one right, or say when it ended."""
    actor = cast(ActingRequest, request).actor
    row = queries.one(actor, pk)
    row_permissions.require(actor, row, Perm.VISIT_WRITE)
    form = CareForm(
        request.POST or None,
        patient=row.patient,
        kind=_kind(row.kind),
        infused_on=row.infusion.infused_on,
        corrects=True,
        initial=initial(row),
    )
    if request.method == "POST" and form.is_valid():
        with form.refusals(stale=_stale()):
            reason = form.cleaned_data["reason"]
            after = actions.correct(actor, row, given=form.care(), reason=reason)
            flash.saved(request, _("Corrected; the former version is kept."))
            return redirect("care-item", pk=after.id)
    context = _who(actor, row.patient) | {"form": form, "name": words.kind_name(row.kind)}
    context["row"] = row
    status = 409 if form.conflicted else form.status
    return render(request, "followup/concomitant_care/record.html", context, status=status)


def _stale() -> str:
    return _("Somebody has corrected or retracted this meanwhile: open it again.")


@posted_from("care-item")
def take_back(request: HttpRequest, pk: str) -> HttpResponse:
    """Say that there was no such treatment or stay."""
    actor = cast(ActingRequest, request).actor
    row = queries.one(actor, pk)
    row_permissions.require(actor, row, Perm.VISIT_WRITE)
    form = ReasonForm(request.POST)
    if form.is_valid():
        with form.refusals(stale=_stale()):
            actions.take_back(actor, row, reason=form.cleaned_data["reason"])
            flash.saved(request, _("Undone."))
            return redirect("care", pk=row.patient_id)
    context = _context(actor, row) | {"reason_form": form, "form": form}
    status = 409 if form.conflicted else form.status
    return render(request, "followup/concomitant_care/detail.html", context, status=status)


urlpatterns = [
    path("patients/<uuid:pk>/care/", listing, name="care"),
    path("patients/<uuid:pk>/care/<slug:kind>/", record, name="care-record"),
    path("care/<uuid:pk>/", detail, name="care-item"),
    path("care/<uuid:pk>/correct/", correct, name="care-correct"),
    path("care/<uuid:pk>/take-back/", take_back, name="care-take-back"),
]
