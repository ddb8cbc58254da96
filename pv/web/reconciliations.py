"""Monthly reconciliation with a partner: our list out, the partner's in, each difference."""

from datetime import date
from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.permissions import Perm
from followup.core.problems import NotFound
from pv.actions import reconciliations as actions
from pv.queries import agreements, reconciliations

KINDS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


class MonthForm(Form):
    """A month and the partner's list of it."""

    month = forms.CharField(
        label=pgettext_lazy("reconciliation", "Month"),
        help_text=gettext_lazy("Year and month, such as 2026-10."),
        max_length=7,
    )
    file = forms.FileField(label=gettext_lazy("The partner's list (CSV or xlsx)"))

    def clean_month(self) -> date:
        """The first day of the month."""
        month = reconciliations.month_of(self.cleaned_data["month"])
        if month is None:
            raise forms.ValidationError(_("Year and month, such as 2026-10."))
        return month


class ResolveForm(Form):
    """How a difference was resolved."""

    reason = forms.CharField(
        label=pgettext_lazy("reconciliation", "How it was resolved"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@require_http_methods(["GET", "POST"])
def listing(request: HttpRequest, pk: str) -> HttpResponse:
    """The months reconciled with a partner; a POST reads its list of another one."""
    actor = cast(ActingRequest, request).actor
    agreement = agreements.one(actor, pk)
    sent = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = MonthForm(*sent)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        with form.refusals():
            row = actions.compare_lists(
                actor,
                agreement,
                month=form.cleaned_data["month"],
                name=file.name,
                content=file.read(actions.MOST_BYTES + 1),
            )
            flash.saved(request, _("The lists are compared."))
            return redirect("reconciliation", pk=row.pk)
    context = {
        "form": form,
        "agreement": agreement,
        "rows": reconciliations.of_agreement(actor, agreement),
        "may_write": actor.may(Perm.CASE_WRITE, product=agreement.product_id)
        and agreement.confirmed_at is not None,
    }
    return render(request, "pv/reconciliations/list.html", context, status=form.status)


@require_GET
def export(request: HttpRequest, pk: str, ending: str) -> HttpResponse:
    """Our list of a month."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.ICSR_EXPORT)
    agreement = agreements.one(actor, pk)
    month = reconciliations.month_of(request.GET.get("month", ""))
    if ending not in KINDS:
        raise NotFound()
    if month is None:
        flash.warn(request, _("Year and month, such as 2026-10."))
        return redirect("reconciliations", pk=agreement.pk)
    content = reconciliations.exported(actor, agreement, month, ending)
    response = HttpResponse(content, content_type=KINDS[ending])
    name = f"cases-{agreement.partner}-{month:%Y-%m}.{ending}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_GET
def detail(request: HttpRequest, pk: str) -> HttpResponse:
    """One month: what was compared and every difference."""
    actor = cast(ActingRequest, request).actor
    row = reconciliations.one(actor, pk)
    rows, words = reconciliations.differences(actor, row), reconciliations.words()
    named = [(each, [(words[n], a, b) for n, a, b in each.fields]) for each in rows]
    may = actor.may(Perm.CASE_WRITE, product=row.product_id) and row.signed_at is None
    context = {
        "row": row,
        "differences": named,
        "open": sum(each.resolved_at is None for each in rows),
        "faults": [(line, words[column], value) for line, column, value in row.faults],
        "may_write": may,
    }
    return render(request, "pv/reconciliations/detail.html", context)


@require_http_methods(["GET", "POST"])
def resolve(request: HttpRequest, pk: str) -> HttpResponse:
    """Say how one difference was resolved."""
    actor = cast(ActingRequest, request).actor
    row: Any = reconciliations.difference(actor, pk)
    actor.require(Perm.CASE_WRITE, product=row.product_id)
    form = ResolveForm(request.POST or None, initial={"reason": row.reason})
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            actions.resolve(actor, row, reason=form.cleaned_data["reason"])
            flash.saved(request, _("Recorded."))
            return redirect("reconciliation", pk=row.reconciliation_id)
    return render(
        request, "pv/reconciliations/resolve.html", {"form": form, "row": row}, status=form.status
    )


urlpatterns = [
    path("partners/<uuid:pk>/months/", listing, name="reconciliations"),
    path("partners/<uuid:pk>/cases/<slug:ending>/", export, name="reconciliation-export"),
    path("reconciliations/<uuid:pk>/", detail, name="reconciliation"),
    path("reconciliations/differences/<uuid:pk>/", resolve, name="reconciliation-difference"),
]
