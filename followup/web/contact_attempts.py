"""Nobody reached, and undoing what was just recorded."""

from datetime import timedelta
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from followup.actions import visits
from followup.core import clock
from followup.core.http import flash
from followup.core.http.numbers import whole_number
from followup.core.http.requests import ActingRequest
from followup.core.problems import Refused
from followup.queries import patients, worklist


@require_POST
def not_reached(request: HttpRequest, pk: int) -> HttpResponse:
    """Nobody answered: count the attempt and set the next one."""
    actor = cast(ActingRequest, request).actor
    planned = worklist.one(actor, pk)
    days = whole_number(request.POST.get("days", ""), most=366)
    if not days:
        raise Refused({"days": _("Choose the day of the next attempt.")})
    day = clock.today() + timedelta(days=days)
    attempt = visits.not_reached(actor, planned, next_try_on=day)
    text = _("Not reached: %(patient)s. Next attempt %(day)s.") % {
        "patient": planned.patient.study_code,
        "day": day.isoformat(),
    }
    if day > planned.due:
        text += " " + _("The window ends on %(day)s: it is shown again from then on.") % {
            "day": planned.due.isoformat()
        }
    flash.saved(request, text, undo=reverse("attempt-undo", args=[attempt.id]))
    return redirect("worklist")


@require_POST
def undo(request: HttpRequest, pk: str) -> HttpResponse:
    """Undo a contact just recorded and open its form again."""
    actor = cast(ActingRequest, request).actor
    visit = patients.visit(actor, pk)
    visits.undo(actor, visit)
    flash.note(request, _("Undone. Nothing was recorded."))
    if visit.planned_id:
        return redirect("visit-call", pk=visit.planned_id)
    return redirect("patient", pk=visit.patient_id)


@require_POST
def undo_attempt(request: HttpRequest, pk: str) -> HttpResponse:
    """Undo an attempt just recorded."""
    actor = cast(ActingRequest, request).actor
    visits.undo_not_reached(actor, patients.attempt(actor, pk))
    flash.note(request, _("Undone. Nothing was recorded."))
    return redirect("worklist")


urlpatterns = [
    path("visits/<int:pk>/not-reached/", not_reached, name="visit-not-reached"),
    path("contacts/<uuid:pk>/undo/", undo, name="visit-undo"),
    path("attempts/<uuid:pk>/undo/", undo_attempt, name="attempt-undo"),
]
