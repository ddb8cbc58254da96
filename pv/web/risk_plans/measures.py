"""One measure of a version: done with proof, and whether it works."""

from typing import cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from followup.core import clock
from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.permissions import Perm
from followup.web.dates import DateField
from pv.actions import risk_plans as actions
from pv.queries import duties, risk_plans
from pv.web.duties import DoneForm


class CheckForm(Form):
    """What was measured, against which target, with what result."""

    indicator = forms.CharField(
        label=pgettext_lazy("effectiveness", "What was measured"), max_length=200
    )
    target = forms.CharField(label=pgettext_lazy("effectiveness", "Target"), max_length=200)
    result = forms.CharField(label=pgettext_lazy("effectiveness", "Result"), max_length=300)
    outcome = forms.ChoiceField(label=pgettext_lazy("effectiveness", "What the result says"))
    checked_on = DateField(label=gettext_lazy("Checked on"), future=False)


@require_http_methods(["GET", "POST"])
def detail(request: HttpRequest, pk: str) -> HttpResponse:
    """One measure: its proof, its checks, and forms for both."""
    actor = cast(ActingRequest, request).actor
    measure = risk_plans.measure(actor, pk)
    plan = measure.plan
    may = actor.may(Perm.REPORT_WRITE, product=plan.product_id) and plan.confirmed_at is not None
    finishing = "done" in request.POST
    sent = request.POST if request.method == "POST" else None
    done_form = DoneForm(sent if finishing else None)
    check_form = CheckForm(None if finishing else sent)
    check_form.offer("outcome", [("", _("Choose what it says")), *risk_plans.outcomes()])
    form = done_form if finishing else check_form
    if request.method == "POST":
        actor.require(Perm.REPORT_WRITE, product=plan.product_id)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            if finishing:
                actions.complete(actor, measure, **form.cleaned_data)
                flash.saved(request, _("The measure is recorded as done."))
            else:
                actions.check_effectiveness(actor, measure, **form.cleaned_data)
                flash.saved(request, _("The check is recorded."))
            return redirect("plan-measure", pk=measure.pk)
    done = risk_plans.completion(measure)
    owed = measure.due is not None and done is None and risk_plans.holds(plan)
    context = {
        "measure": measure,
        "plan": plan,
        "duty": duties.words().get(measure.duty, ""),
        "done": done,
        "days": (measure.due - clock.today()).days if owed and measure.due else None,
        "checks": risk_plans.checks(actor, measure),
        "form": form,
        "done_form": done_form if may and owed else None,
        "check_form": check_form if may else None,
    }
    return render(request, "pv/risk_plans/measure.html", context, status=form.status)


urlpatterns = [path("risk-plans/measures/<uuid:pk>/", detail, name="plan-measure")]
