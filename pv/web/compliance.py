"""Compliance of reporting: the tables, late reports with cause and action, spreadsheet and PDF."""

from datetime import date
from typing import Any, cast
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from followup.core import clock
from followup.core.forms import VersionedForm
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.http.standby import reads_from_standby
from followup.core.permissions import Perm
from followup.core.problems import NotFound
from followup.languages import is_chinese
from followup.queries import reference
from followup.web.dates import DateField
from pv.actions import late_reports as actions
from pv.queries import compliance, compliance_files

KINDS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}


class LateForm(VersionedForm):
    """Why a report was late and what is done about it."""

    cause = forms.ChoiceField(
        label=pgettext_lazy("late report", "Cause"), choices=[("", "—"), *actions.CAUSES]
    )
    explanation = forms.CharField(
        label=pgettext_lazy("late report", "How it came about"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    corrective_action = forms.CharField(
        label=pgettext_lazy("late report", "Corrective and preventive action"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    action_due = DateField(label=pgettext_lazy("late report", "Action due"), required=False)
    action_done = DateField(
        label=pgettext_lazy("late report", "Action done on"), required=False, future=False
    )


def _day(text: str, fallback: date) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return fallback


def _period(request: HttpRequest) -> compliance.Period:
    """The period asked for; this year so far by default, and where a date cannot be read."""
    today = clock.today()
    try:
        product: UUID | None = UUID(request.GET.get("product", ""))
    except ValueError:
        product = None
    first = _day(request.GET.get("from", ""), today.replace(month=1, day=1))
    return compliance.Period(first, _day(request.GET.get("to", ""), today), product)


def _misread(request: HttpRequest, period: compliance.Period) -> str:
    """What is wrong with the days asked for; the page shows figures of the days it could read."""
    asked = [request.GET.get(name, "") for name in ("from", "to")]
    if any(text and _day(text, date.min) == date.min for text in asked):
        return _("This day is not in the calendar. Check the date.")
    return _("The period ends before it begins.") if period.last < period.first else ""


@require_GET
@reads_from_standby
def page(request: HttpRequest) -> HttpResponse:
    """On-time share by receiver, month and partner, and the late reports of a period."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.CASE_READ)
    period, today = _period(request), clock.today()
    result = compliance.of(actor, period, today=today)
    context = {
        "period": period,
        "misread": _misread(request, period),
        "result": result,
        "tables": [
            (_("By receiver"), _("Receiver"), result.by_receiver.items()),
            (_("By month of the due day"), _("Month"), result.by_month.items()),
            (_("By hospital or partner"), _("Hospital or partner"), result.by_partner.items()),
            (_("Owed to partners by agreement"), _("Partner"), result.to_partners.items()),
            (_("Owed by partners by agreement"), _("Partner"), result.from_partners.items()),
        ],
        "late_reports": [(row, ((row.met_on or today) - row.due).days) for row in result.late],
        "products": reference.products_for(actor, Perm.CASE_READ),
        "may_write": actor.may(Perm.CASE_WRITE),
    }
    return render(request, "pv/compliance/page.html", context)


@require_GET
@reads_from_standby
def export(request: HttpRequest, ending: str) -> HttpResponse:
    """The same tables as a spreadsheet or a PDF."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.CASE_READ)
    if ending not in KINDS:
        raise NotFound()
    make = compliance_files.workbook if ending == "xlsx" else compliance_files.printed
    language = "zh-hans" if is_chinese(get_language()) else "en"
    document = make(actor, _period(request), today=clock.today(), language=language)
    response = HttpResponse(document.content, content_type=KINDS[ending])
    response["Content-Disposition"] = f'attachment; filename="{document.name}"'
    response["X-SHA256"] = document.sha256
    return response


def _known(row: Any) -> dict[str, Any]:
    names = ("cause", "explanation", "corrective_action", "action_due", "action_done")
    return {name: getattr(row, name) for name in names} if row is not None else {}


@require_http_methods(["GET", "POST"])
def explain(request: HttpRequest, pk: str) -> HttpResponse:
    """Cause and corrective action of one late report."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.CASE_WRITE)
    row = compliance.late_clock(actor, pk, today=clock.today())
    kept = getattr(row, "lateness", None)
    start = _known(kept) | {"version": kept.version if kept else 0}
    form = LateForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        with form.refusals(known=_known):
            names = ("cause", "explanation", "corrective_action", "action_due", "action_done")
            values = {name: form.cleaned_data[name] for name in names}
            actions.explain(actor, row, version=form.seen, **values)
            flash.saved(request, _("Cause and action recorded."))
            return redirect("compliance")
    context = {"form": form, "row": row}
    return render(request, "pv/compliance/late.html", context, status=form.status)


urlpatterns = [
    path("compliance/", page, name="compliance"),
    path("compliance/export/<slug:ending>/", export, name="compliance-export"),
    path("compliance/late/<uuid:pk>/", explain, name="compliance-late"),
]
