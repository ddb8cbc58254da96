"""Risk management plans: the register, a new version, one version, its export."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from followup.core import clock
from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.files import workbook_response
from followup.core.http.numbers import version_sent
from followup.core.http.requests import ActingRequest
from followup.core.http.standby import reads_from_standby
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from followup.core.problems import NotFound
from followup.queries import reference
from followup.web.dates import DateField
from pv.actions import risk_plans as actions
from pv.actions.risk_plans import PlanInput
from pv.domain.risk_plans import PlanChange
from pv.queries import due_days, duties, risk_plan_files, risk_plans
from pv.queries.aggregate_reports import register as reports
from pv.web import register_documents
from pv.web.entry_decisions import EntryDecision

CHANGES = {
    PlanChange.RISK_ADDED: pgettext_lazy("risk plan", "Risk added"),
    PlanChange.RISK_REMOVED: pgettext_lazy("risk plan", "Risk removed"),
    PlanChange.CATEGORY_CHANGED: pgettext_lazy("risk plan", "Category changed"),
    PlanChange.MEASURE_ADDED: pgettext_lazy("risk plan", "Measure added"),
    PlanChange.MEASURE_REMOVED: pgettext_lazy("risk plan", "Measure removed"),
    PlanChange.MEASURE_CHANGED: pgettext_lazy("risk plan", "Measure changed"),
}


class VersionForm(Form):
    """What a new version says of itself."""

    product = forms.ChoiceField(label=gettext_lazy("Product"))
    number = forms.CharField(label=pgettext_lazy("risk plan", "Version"), max_length=40)
    valid_from = DateField(label=pgettext_lazy("risk plan", "Valid from"), future=False)
    rationale = forms.CharField(
        label=pgettext_lazy("risk plan", "Why there is a new version"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    report = forms.ChoiceField(
        label=pgettext_lazy("risk plan", "Update report it is told in"), required=False
    )


@require_GET
@reads_from_standby
def listing(request: HttpRequest) -> HttpResponse:
    """What holds of each product, and what is written or waits for a second person."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.REPORT_READ)
    today = clock.today()
    context = {
        "held": risk_plans.held(actor),
        "waiting": risk_plans.waiting(actor),
        "owed": [
            (row, row.days(today))
            for row in due_days.measures(actor, today=today)
            if row.done_on is None
        ],
        "may_write": bool(risk_plans.products(actor)) and actor.may(Perm.REPORT_WRITE),
    }
    return render(request, "pv/risk_plans/list.html", context)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Begin a version; it starts with what is in force."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.REPORT_WRITE)
    form = VersionForm(request.POST if request.method == "POST" else None)
    offered = [(str(row.id), localized_name(row)) for row in risk_plans.products(actor)]
    form.offer("product", [("", _("Choose a product")), *offered])
    told = [
        (str(row.id), f"{localized_name(row.product)} {row.period_start} – {row.period_end}")
        for row in risk_plans.reports(actor)
    ]
    form.offer("report", [("", _("None")), *told])
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        with form.refusals():
            plan = actions.enter(
                actor,
                reference.product(actor, id=data["product"]),
                plan=PlanInput(
                    data["number"],
                    data["valid_from"],
                    data["rationale"],
                    reports.one(actor, data["report"]) if data["report"] else None,
                ),
            )
            flash.saved(
                request, _("The version is begun; it holds once another person confirms it.")
            )
            return redirect("risk-plan", pk=plan.pk)
    return render(request, "pv/risk_plans/new.html", {"form": form}, status=form.status)


def _pressed(request: HttpRequest, actor: Any, plan: Any) -> str:
    """What a button of the page asked for, done; the sentence to show."""
    if pk := request.POST.get("remove_risk"):
        actions.remove_risk(actor, _of(plan, risk_plans.risk(actor, pk)))
        return _("The risk is taken out.")
    if pk := request.POST.get("remove_measure"):
        actions.remove_measure(actor, _of(plan, risk_plans.measure(actor, pk)))
        return _("The measure is taken out.")
    actions.confirm(actor, plan, version=version_sent(request.POST.get("version")))
    return _("The version is confirmed and holds.")


def _of(plan: Any, row: Any) -> Any:
    if row.plan_id != plan.pk:
        raise NotFound()
    return row


@require_http_methods(["GET", "POST"])
def detail(request: HttpRequest, pk: str) -> HttpResponse:
    """One version with its risks, measures, checks, documents and history."""
    actor = cast(ActingRequest, request).actor
    plan = risk_plans.one(actor, pk)
    decision = EntryDecision(request)
    answer = decision.answer(
        lambda: _pressed(request, actor, plan),
        lambda reason: actions.refuse(actor, plan, reason=reason),
        confirmed=redirect("risk-plan", pk=plan.pk),
        refused=redirect("risk-plans"),
        refused_words=_("The version is refused."),
        stale=_("Somebody changed this version. Read it again."),
    )
    if answer is not None:
        return answer
    may = actor.may(Perm.REPORT_WRITE, product=plan.product_id)
    writers = risk_plans.writers(plan)
    shown = decision.context(actor, plan, Perm.REPORT_WRITE, writers=writers)
    context = {
        **shown,
        **_context(actor, plan, may=may),
        "may_write": may and shown["waits"],
    }
    return render(request, "pv/risk_plans/detail.html", context, status=decision.status)


def _context(actor: Any, plan: Any, *, may: bool) -> dict[str, Any]:
    today = clock.today()
    holds = risk_plans.holds(plan)
    words, named = risk_plans.categories(), duties.words()
    lines = [
        (
            line,
            [
                (
                    each,
                    (each.measure.due - today).days
                    if holds and each.measure.due and each.done is None
                    else None,
                    named.get(each.measure.duty, ""),
                )
                for each in line.measures
            ],
        )
        for line in risk_plans.lines(actor, plan)
    ]
    return {
        "plan": plan,
        "lines": lines,
        "holds": holds,
        "versions": risk_plans.versions(actor, plan),
        "changes": [
            (CHANGES[each.code], each.risk, words.get(each.text, each.text))
            for each in risk_plans.changes(plan)
        ],
        "may_record": may and plan.confirmed_at is not None,
        "may_read_signals": actor.may(Perm.CASE_READ, product=plan.product_id),
        **register_documents.panel(actor, plan),
    }


@require_GET
def export(request: HttpRequest, pk: str) -> HttpResponse:
    """The version as a spreadsheet."""
    actor = cast(ActingRequest, request).actor
    plan = risk_plans.one(actor, pk)
    content, name = risk_plan_files.workbook(actor, plan)
    return workbook_response(content, name)


urlpatterns = [
    path("risk-plans/", listing, name="risk-plans"),
    path("risk-plans/new/", new, name="risk-plan-new"),
    path("risk-plans/<uuid:pk>/", detail, name="risk-plan"),
    path("risk-plans/<uuid:pk>/export.xlsx", export, name="risk-plan-file"),
]
