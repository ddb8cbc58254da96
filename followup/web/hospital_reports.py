"""The hospital's own reports of an event: those noted, a new one, one retracted."""

from typing import cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from followup.actions import hospital_reports as actions
from followup.core import row_permissions
from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.permissions import Perm
from followup.queries import hospital_reports as queries
from followup.queries import patients
from followup.web.dates import DateField


class ReportForm(Form):
    """A report as it was made in the national system."""

    reported_on = DateField(label=gettext_lazy("Day of the report"), future=False)
    number = forms.CharField(label=gettext_lazy("Number of the report"), max_length=60)


class RetractForm(Form):
    """Why a note is retracted."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


@require_http_methods(["GET", "POST"])
def note(request: HttpRequest, pk: str) -> HttpResponse:
    """The reports noted, and a new one."""
    actor = cast(ActingRequest, request).actor
    event = patients.event(actor, pk)
    row_permissions.require(actor, event, Perm.EVENT_WRITE)
    form = ReportForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            actions.note(actor, event, **form.cleaned_data)
            flash.saved(request, _("The report is noted."))
            return redirect("event", pk=event.id)
    context = {"event": event, "form": form, "reports": queries.of_event(actor, event)}
    return render(request, "followup/events/hospital_report.html", context, status=form.status)


@require_http_methods(["GET", "POST"])
def retract(request: HttpRequest, pk: str) -> HttpResponse:
    """Retract a note, with its reason."""
    actor = cast(ActingRequest, request).actor
    row = queries.one(actor, pk)
    row_permissions.require(actor, row, Perm.EVENT_WRITE)
    form = RetractForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            actions.retract(actor, row, reason=form.cleaned_data["reason"])
            flash.saved(request, _("Retracted: the report is open again."))
            return redirect("event", pk=row.event_id)
    context = {"event": row.event, "form": form, "report": row}
    return render(request, "followup/events/hospital_report.html", context, status=form.status)


urlpatterns = [
    path("events/<uuid:pk>/hospital-report/", note, name="hospital-report"),
    path("hospital-reports/<uuid:pk>/retract/", retract, name="hospital-report-retract"),
]
