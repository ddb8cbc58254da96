"""The risks and measures of a version while it is written."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.permissions import Perm
from followup.web.dates import DateField
from pv.actions import risk_plans as actions
from pv.queries import duties, risk_plans
from pv.queries.signals import register


class RiskForm(Form):
    """One risk, or missing information."""

    category = forms.ChoiceField(label=pgettext_lazy("risk plan", "Category"))
    name = forms.CharField(
        label=pgettext_lazy("risk plan", "Risk"),
        help_text=gettext_lazy("The starting list below can be copied and changed."),
        max_length=200,
    )
    note = forms.CharField(
        label=pgettext_lazy("risk plan", "What is known of it"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    signal = forms.ChoiceField(
        label=pgettext_lazy("risk plan", "Signal it came from"), required=False
    )


class MeasureForm(Form):
    """What is done about a risk."""

    risk = forms.ChoiceField(label=pgettext_lazy("risk plan", "Risk"))
    kind = forms.ChoiceField(label=pgettext_lazy("risk plan", "Kind of measure"))
    description = forms.CharField(
        label=pgettext_lazy("risk plan", "What is done"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    owner_name = forms.CharField(
        label=pgettext_lazy("duty", "Owner"), max_length=120, required=False
    )
    due = DateField(
        label=pgettext_lazy("risk plan", "Due day"),
        help_text=gettext_lazy("Empty: it goes on without a day."),
        required=False,
    )
    duty = forms.ChoiceField(
        label=pgettext_lazy("risk plan", "Reported with the duty"), required=False
    )


def _plan(request: HttpRequest, pk: str) -> Any:
    actor = cast(ActingRequest, request).actor
    plan = risk_plans.one(actor, pk)
    actor.require(Perm.REPORT_WRITE, product=plan.product_id)
    return plan


@require_http_methods(["GET", "POST"])
def risk(request: HttpRequest, pk: str) -> HttpResponse:
    """Add a risk to a version."""
    actor, plan = cast(ActingRequest, request).actor, _plan(request, pk)
    form = RiskForm(request.POST if request.method == "POST" else None)
    words = risk_plans.categories()
    form.offer("category", [("", _("Choose the category")), *words.items()])
    known = [(str(row.id), str(row)) for row in risk_plans.signals(actor, plan.product_id)]
    form.offer("signal", [("", _("None")), *known])
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        asked = values.pop("signal")
        with form.refusals():
            values["signal"] = register.one(actor, asked) if asked else None
            actions.add_risk(actor, plan, values=values)
            flash.saved(request, _("The risk is added."))
            return redirect("risk-plan", pk=plan.pk)
    named = {row.name for row in risk_plans.risks(actor, plan)}
    start = [
        (name, words.get(category, category))
        for name, category in risk_plans.starting_risks()
        if name not in named
    ]
    context = {"form": form, "plan": plan, "start": start, "heading": _("Add a risk")}
    return render(request, "pv/risk_plans/line.html", context, status=form.status)


@require_http_methods(["GET", "POST"])
def measure(request: HttpRequest, pk: str) -> HttpResponse:
    """Add a measure to a risk of a version."""
    actor, plan = cast(ActingRequest, request).actor, _plan(request, pk)
    initial = {"risk": request.GET.get("risk", "")[:36]}
    form = MeasureForm(request.POST if request.method == "POST" else None, initial=initial)
    named = [(str(row.id), row.name) for row in risk_plans.risks(actor, plan)]
    form.offer("risk", [("", _("Choose the risk")), *named])
    form.offer("kind", [("", _("Choose what it is")), *risk_plans.kinds()])
    form.offer("duty", [("", _("None")), *duties.words().items()])
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            actions.add_measure(actor, plan, values=form.cleaned_data)
            flash.saved(request, _("The measure is added."))
            return redirect("risk-plan", pk=plan.pk)
    context = {"form": form, "plan": plan, "start": (), "heading": _("Add a measure")}
    return render(request, "pv/risk_plans/line.html", context, status=form.status)


urlpatterns = [
    path("risk-plans/<uuid:pk>/risks/new/", risk, name="plan-risk-new"),
    path("risk-plans/<uuid:pk>/measures/new/", measure, name="plan-measure-new"),
]
