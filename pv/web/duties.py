"""The calendar of a certificate's duties, the register of certificates, and the second person."""

from datetime import date
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from followup.core import clock
from followup.core.actor import Actor
from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.http.standby import reads_from_standby
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from followup.queries import reference
from followup.web.dates import DateField
from pv.actions import certificates as actions
from pv.queries import approval_evidence, duties, duty_calendar
from pv.queries.aggregate_reports import owed as reports_owed
from pv.web import register_documents
from pv.web.entry_decisions import EntryDecision
from pv.web.register_documents import RemovalForm


class CertificateForm(Form):
    """What the certificate says."""

    product = forms.ChoiceField(label=gettext_lazy("Product"))
    number = forms.CharField(label=pgettext_lazy("certificate", "Number"), max_length=60)
    approved_on = DateField(label=pgettext_lazy("certificate", "Approved on"), future=False)
    valid_to = DateField(label=pgettext_lazy("certificate", "Valid to"))
    born_on = DateField(
        label=gettext_lazy("International birth date"), required=False, future=False
    )
    reregistered_on = DateField(
        label=gettext_lazy("First re-registration"), required=False, future=False
    )
    trial_approved_on = DateField(
        label=gettext_lazy("Approval of the running trial (DSUR)"), required=False, future=False
    )
    label_version = forms.CharField(
        label=gettext_lazy("Version of the label"), max_length=40, required=False
    )
    plan_version = forms.CharField(
        label=gettext_lazy("Version of the risk management plan"), max_length=40, required=False
    )
    owner_name = forms.CharField(
        label=pgettext_lazy("duty", "Owner"), max_length=120, required=False
    )
    source = forms.CharField(label=gettext_lazy("Document this was taken from"), max_length=300)


class DoneForm(Form):
    """When a duty was done, and the proof."""

    done_on = DateField(label=pgettext_lazy("duty", "Done on"), future=False)
    evidence = forms.CharField(label=pgettext_lazy("duty", "Proof"), max_length=300)


@require_GET
@reads_from_standby
def calendar(request: HttpRequest) -> HttpResponse:
    """Everything owed, by its day, a page by key."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.COMMITMENT_READ)
    today, words = clock.today(), duties.words()
    state, product = request.GET.get("state", ""), request.GET.get("product", "")
    if state not in duties.STATES:
        state = ""
    page = duty_calendar.page(
        actor, state=state, product=product, key=request.GET.get("after", ""), today=today
    )
    context = {
        "rows": [
            (each, words[each.owed.duty.code], each.days(today), _report(actor, each.owed, today))
            if each.owed
            else (each, "", each.days(today), "")
            for each in page.items
        ],
        "next_key": page.next_key,
        "state": state,
        "states": _states(),
        "product": product,
        "products": reference.products_for(actor, Perm.COMMITMENT_READ),
        "waiting": len(duties.waiting(actor)),
        "may_write": actor.may(Perm.COMMITMENT_WRITE),
        "today": today,
    }
    return render(request, "pv/duties/calendar.html", context)


def _states() -> list[tuple[str, str]]:
    return [
        ("", _("All")),
        ("open", pgettext("duty", "Still owed")),
        ("done", pgettext("duty", "Done")),
    ]


def _report(actor: Actor, each: duties.Owed, today: date) -> str:
    """What a new report that does this duty is opened with; empty for whoever writes none."""
    made = reports_owed.of_duty(each, today)
    may = made is not None and actor.may(Perm.REPORT_WRITE, product=made.product.id)
    return urlencode(made.asked) if made and may else ""


@require_http_methods(["GET", "POST"])
def done(request: HttpRequest, pk: str, duty: str, due: str) -> HttpResponse:
    """Record one duty as done."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.COMMITMENT_WRITE)
    entry = duties.entry(actor, pk)
    found = duties.one_owed(actor, entry, duty, due)
    form = DoneForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            actions.record_duty(
                actor,
                entry,
                duty=duty,
                due=found.duty.due,
                **form.cleaned_data,
                confirmed=form.confirmed,
            )
            flash.saved(request, _("The duty is recorded as done."))
            return redirect("duties")
    context = {"form": form, "owed": found, "words": duties.words()[duty]}
    return render(request, "pv/duties/done.html", context, status=form.status)


@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, pk: str) -> HttpResponse:
    """Withdraw a duty recorded as done by mistake."""
    actor = cast(ActingRequest, request).actor
    record = duties.record(actor, pk)
    actor.require(Perm.COMMITMENT_WRITE, product=record.product_id)
    form = RemovalForm(request.POST if request.method == "POST" else None)
    form.rename("reason", pgettext("interaction", "Why it is withdrawn"))
    back = reverse("duties")
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            actions.withdraw_duty(actor, record, reason=form.cleaned_data["reason"])
            flash.saved(request, _("The record is withdrawn; the duty is owed again."))
            return redirect(back)
    title = f"{duties.words().get(record.duty, record.duty)} {record.due} {record.number}"
    context = {"form": form, "row": title, "back": back}
    return render(request, "pv/registers/withdraw.html", context, status=form.status)


@require_http_methods(["GET", "POST"])
def certificates(request: HttpRequest) -> HttpResponse:
    """What holds, what waits for a second person, and a new entry."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.COMMITMENT_READ)
    may_write = actor.may(Perm.COMMITMENT_WRITE)
    form = CertificateForm(request.POST if request.method == "POST" else None)
    offered = (
        [(str(row.id), localized_name(row)) for row in duties.products(actor)] if may_write else []
    )
    form.offer("product", [("", _("Choose a product")), *offered])
    if request.method == "POST":
        actor.require(Perm.COMMITMENT_WRITE)
        if form.is_valid():
            data = dict(form.cleaned_data)
            product = reference.product(actor, id=data.pop("product"))
            with form.refusals():
                actions.enter(actor, product, values=data)
                flash.saved(request, _("Entered; it holds once another person confirms it."))
                return redirect("certificates")
    context = {
        "form": form,
        "may_write": may_write,
        "held": [(row, row.valid_to < clock.today()) for row in duties.certificates(actor)],
        "waiting": [(row, row.entered_by_id != actor.id) for row in duties.waiting(actor)],
    }
    return render(request, "pv/duties/certificates.html", context, status=form.status)


@require_http_methods(["GET", "POST"])
def decide(request: HttpRequest, pk: str) -> HttpResponse:
    """One certificate with the evidence behind it; confirmed or refused by another person."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.COMMITMENT_READ if request.method == "GET" else Perm.COMMITMENT_WRITE)
    row = duties.one(actor, pk)
    decision = EntryDecision(request)
    answer = decision.of_entry(
        actor,
        row,
        actions.confirm,
        actions.refuse,
        confirmed=redirect("certificates"),
        refused=redirect("certificates"),
    )
    if answer is not None:
        return answer
    may_read = actor.may(Perm.REPORT_READ, product=row.product_id)
    context = {
        "row": row,
        "facts": _facts(row),
        "ended": row.confirmed_at is not None and row.valid_to < clock.today(),
        "evidence": approval_evidence.held(actor, product_id=row.product_id) if may_read else [],
        **register_documents.panel(actor, row),
        **decision.context(actor, row, Perm.COMMITMENT_WRITE),
    }
    return render(request, "pv/duties/decide.html", context, status=decision.status)


def _facts(row: Any) -> list[tuple[str, Any]]:
    """What is to be compared with the document."""
    fields = CertificateForm.base_fields
    names = [name for name in fields if name != "product"]
    shown = [(str(fields[name].label), getattr(row, name)) for name in names]
    return [(pgettext("column", "Product"), localized_name(row.product)), *shown]


urlpatterns = [
    path("duties/", calendar, name="duties"),
    path("duties/<uuid:pk>/<slug:duty>/<slug:due>/", done, name="duty-done"),
    path("duties/records/<uuid:pk>/withdraw/", withdraw, name="duty-withdraw"),
    path("certificates/", certificates, name="certificates"),
    path("certificates/<uuid:pk>/", decide, name="certificate"),
]
