"""Investigator-initiated trials and trial applications: register, status, what was seen."""

from collections.abc import Callable
from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from followup.core import clock
from followup.core.forms import Form, WholeNumberField
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.http.standby import reads_from_standby
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from followup.queries import reference
from followup.web.dates import DateField
from followup.web.products import CONFIDENCES
from pv.actions import studies as actions
from pv.queries import approval_evidence, studies
from pv.web import register_documents
from pv.web.register_documents import RemovalForm

MOST = 1_000_000


class StudyForm(Form):
    """What the study is, and which one it follows on."""

    product = forms.ChoiceField(label=gettext_lazy("Product"))
    kind = forms.ChoiceField(label=pgettext_lazy("study", "Kind"))
    number = forms.CharField(
        label=pgettext_lazy("study", "Registration or acceptance number"), max_length=60
    )
    title = forms.CharField(label=pgettext_lazy("study", "Title"), max_length=200)
    institution = forms.CharField(
        label=pgettext_lazy("study", "Institution"), max_length=200, required=False
    )
    planned = WholeNumberField(
        label=pgettext_lazy("study", "Participants planned"),
        min_value=1,
        max_value=MOST,
        required=False,
    )
    follows = forms.ChoiceField(label=pgettext_lazy("study", "It follows on"), required=False)


class StatusForm(Form):
    """What happened on a day, with its proof."""

    new_status = forms.ChoiceField(label=pgettext_lazy("study", "Status"))
    happened_on = DateField(label=pgettext_lazy("study", "On"), future=False)
    reasons = forms.MultipleChoiceField(
        label=pgettext_lazy("study", "Reasons of non-approval"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    note = forms.CharField(label=pgettext_lazy("study", "Note"), max_length=500, required=False)
    evidence = forms.CharField(label=pgettext_lazy("duty", "Proof"), max_length=300)


class SafetyForm(Form):
    """How many of those treated had an event; what is not stated stays empty."""

    cutoff_on = DateField(label=gettext_lazy("Cut-off"), future=False)
    term = forms.CharField(label=pgettext_lazy("study", "Term"), max_length=200)
    term_code = forms.RegexField(
        label=pgettext_lazy("study", "MedDRA code of the term"),
        regex=r"^\d{8}$",
        max_length=8,
        required=False,
    )
    participants = WholeNumberField(
        label=pgettext_lazy("study", "Treated"), min_value=1, max_value=MOST
    )
    affected = WholeNumberField(
        label=pgettext_lazy("study", "With the event"), min_value=0, max_value=MOST
    )
    serious = WholeNumberField(
        label=pgettext_lazy("study", "Serious"), min_value=0, max_value=MOST, required=False
    )
    fatal = WholeNumberField(
        label=pgettext_lazy("study", "Fatal"), min_value=0, max_value=MOST, required=False
    )
    source = forms.CharField(label=gettext_lazy("Document this was taken from"), max_length=300)


@require_GET
@reads_from_standby
def listing(request: HttpRequest) -> HttpResponse:
    """Every study with its status and what is owed from it."""
    actor, today = cast(ActingRequest, request).actor, clock.today()
    actor.require(Perm.REPORT_READ)
    owed = studies.owed_words()
    context = {
        "rows": [(line, _dues(line, owed, today)) for line in studies.listing(actor)],
        "may_write": actor.may(Perm.REPORT_WRITE),
    }
    return render(request, "pv/studies/list.html", context)


def _dues(line: Any, owed: Any, today: Any) -> list[tuple[str, Any, int, bool]]:
    return [
        (owed[each.status], each.limit.due, (each.limit.due - today).days, each.limit.predicted)
        for each in line.dues
    ]


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Enter a study, or one that follows on another."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.REPORT_WRITE)
    before = None
    if followed := request.GET.get("follows", ""):
        before = studies.one(actor, followed).row
    start = {"product": str(before.product_id), "follows": str(before.pk)} if before else {}
    form = StudyForm(request.POST if request.method == "POST" else None, initial=start)
    products = [before.product] if before else studies.products(actor)
    offered = [(str(row.id), localized_name(row)) for row in products]
    form.offer("product", [("", _("Choose a product")), *offered])
    form.offer("kind", [("", _("Choose what it is.")), *studies.kinds()])
    form.offer(
        "follows", [("", _("Nothing")), *([(str(before.pk), str(before))] if before else [])]
    )
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        product = reference.product(actor, id=data.pop("product"))
        data["follows"] = before if data["follows"] else None
        with form.refusals():
            row = actions.enter(actor, product, values=data)
            flash.saved(request, _("The study is entered."))
            return redirect("study", pk=row.pk)
    cancel = reverse("study", args=[before.pk]) if before else reverse("studies")
    context = {"form": form, "cancel": cancel}
    return render(request, "pv/studies/new.html", context, status=form.status)


@require_http_methods(["GET", "POST"])
def detail(request: HttpRequest, pk: str) -> HttpResponse:
    """One study: status by the day, what was seen, what it led to."""
    actor, today = cast(ActingRequest, request).actor, clock.today()
    line = studies.one(actor, pk)
    row = line.row
    counting = "safety" in request.POST
    sent = request.POST if request.method == "POST" else None
    status_form = StatusForm(None if counting else sent)
    safety_form = SafetyForm(sent if counting else None)
    form = safety_form if counting else status_form
    words = studies.reason_words()
    status_form.offer("new_status", [("", _("Choose a status")), *studies.statuses_of(row.kind)])
    cast(forms.MultipleChoiceField, status_form.fields["reasons"]).choices = list(words.items())
    if row.kind != "IND":
        del status_form.fields["reasons"]
    if request.method == "POST":
        actor.require(Perm.REPORT_WRITE, product=row.product_id)
    if request.method == "POST" and form.is_valid():
        with form.refusals(at={"status": "new_status"}):
            if counting:
                actions.record_safety(actor, row, values=form.cleaned_data)
                flash.saved(request, _("The count is recorded."))
            else:
                data = {"reasons": []} | form.cleaned_data
                actions.record_status(actor, row, status=data.pop("new_status"), **data)
                flash.saved(request, _("The status is recorded."))
            return redirect("study", pk=row.pk)
    may = actor.may(Perm.REPORT_WRITE, product=row.product_id) and not line.is_withdrawn
    citation, confidence = studies.reasons_source()
    labels = studies.status_words()
    context = {
        "line": line,
        "row": row,
        "dues": _dues(line, studies.owed_words(), today),
        "history": [
            (each, labels.get(each.status, each.status), studies.words_of(each, words))
            for each in studies.history(actor, row)
        ],
        "safety": studies.safety(actor, row, withdrawn=True),
        "successors": studies.successors(actor, row),
        "evidence": approval_evidence.held(actor, study_id=row.pk),
        "form": form,
        "status_form": status_form if may else None,
        "safety_form": safety_form if may else None,
        "may_write": may,
        "citation": citation,
        "confidence": CONFIDENCES.get(confidence, confidence),
        **register_documents.panel(actor, row),
    }
    return render(request, "pv/studies/detail.html", context, status=form.status)


def _withdrawing(
    request: HttpRequest, row: Any, study: Any, act: Callable[..., Any]
) -> HttpResponse:
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.REPORT_WRITE, product=row.product_id)
    form = RemovalForm(request.POST if request.method == "POST" else None)
    form.rename("reason", pgettext("interaction", "Why it is withdrawn"))
    back = reverse("study", args=[study.pk])
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            act(actor, row, reason=form.cleaned_data["reason"])
            flash.saved(request, _("The entry is withdrawn."))
            return redirect(back)
    context = {"form": form, "row": row, "back": back}
    return render(request, "pv/registers/withdraw.html", context, status=form.status)


@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, pk: str) -> HttpResponse:
    """Withdraw a study entered by mistake."""
    row = studies.one(cast(ActingRequest, request).actor, pk).row
    return _withdrawing(request, row, row, actions.withdraw)


@require_http_methods(["GET", "POST"])
def withdraw_status(request: HttpRequest, pk: str) -> HttpResponse:
    """Withdraw a status recorded by mistake."""
    row = studies.status(cast(ActingRequest, request).actor, pk)
    return _withdrawing(request, row, row.study, actions.withdraw_status)


@require_http_methods(["GET", "POST"])
def withdraw_safety(request: HttpRequest, pk: str) -> HttpResponse:
    """Withdraw a count recorded by mistake."""
    row = studies.safety_row(cast(ActingRequest, request).actor, pk)
    return _withdrawing(request, row, row.study, actions.withdraw_safety)


urlpatterns = [
    path("studies/", listing, name="studies"),
    path("studies/new/", new, name="study-new"),
    path("studies/<uuid:pk>/", detail, name="study"),
    path("studies/<uuid:pk>/withdraw/", withdraw, name="study-withdraw"),
    path("studies/statuses/<uuid:pk>/withdraw/", withdraw_status, name="study-status-withdraw"),
    path("studies/safety/<uuid:pk>/withdraw/", withdraw_safety, name="study-safety-withdraw"),
]
