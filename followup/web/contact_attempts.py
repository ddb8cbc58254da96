"""Nobody reached, and undoing what was just recorded."""

from datetime import date, time, timedelta
from typing import cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from followup.actions import visits
from followup.core import clock
from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.numbers import whole_number
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.problems import Refused
from followup.domain.contacts import AttemptMethod
from followup.queries import patients, worklist
from followup.web.appointments import hour
from followup.web.code_choices import choices
from followup.web.dates import DateField

SOUGHT_BY = tuple(m.value for m in AttemptMethod if m is not AttemptMethod.REGISTRY_LINKAGE)


def _next(request: HttpRequest) -> tuple[date, time | None]:
    """When to try again: so many days from now, or a day of one's own with its hour."""
    if days := whole_number(request.POST.get("days", ""), most=366):
        return clock.today() + timedelta(days=days), None
    form = NextAttemptForm(request.POST)
    if not form.is_valid():
        raise Refused({name: texts[0] for name, texts in form.errors.items()})
    if form.cleaned_data["on"] is None:
        raise Refused({"days": _("Choose the day of the next attempt.")})
    return form.cleaned_data["on"], form.cleaned_data["at"]


class NextAttemptForm(Form):
    """A day, an hour if one was agreed, and the way of the attempt that failed."""

    method = forms.ChoiceField(
        label=gettext_lazy("How it was tried"),
        required=False,
        choices=choices("attempt_method", SOUGHT_BY),
    )
    on = DateField(label=gettext_lazy("Next attempt on"), required=False)
    at = hour(pgettext_lazy("appointment", "Hour"))


@posted_from("visit-call")
def not_reached(request: HttpRequest, pk: int) -> HttpResponse:
    """Nobody answered: count the attempt and set the next one."""
    actor = cast(ActingRequest, request).actor
    planned = worklist.one(actor, pk)
    day, hour = _next(request)
    attempt = visits.not_reached(
        actor,
        planned,
        next_try_on=day,
        next_try_at=hour,
        method=request.POST.get("method") or "PHONE",
    )
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


@posted_from("worklist", alone=True)
def undo(request: HttpRequest, pk: str) -> HttpResponse:
    """Undo a contact just recorded and open its form again."""
    actor = cast(ActingRequest, request).actor
    visit = patients.visit(actor, pk)
    visits.undo(actor, visit)
    flash.note(request, _("Undone. Nothing was recorded."))
    if visit.planned_id:
        return redirect("visit-call", pk=visit.planned_id)
    return redirect("patient", pk=visit.patient_id)


@posted_from("worklist", alone=True)
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
