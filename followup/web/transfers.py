"""Transfers between sites of the register: asked on the patient's page, decided by the other."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from followup.actions import transfers as actions
from followup.actions.transfers import TransferInput
from followup.core import row_permissions
from followup.core.actor import Actor
from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from followup.domain.transfers import TransferState
from followup.queries import identity, patients
from followup.queries import transfers as queries
from followup.web.dates import DateField

MARKS = {
    "ASKED": "due",
    "ACCEPTED": "running",
    "IN_FORCE": "done",
    "REFUSED": "na",
    "WITHDRAWN": "na",
}


def _text(label: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class TransferForm(Form):
    """Where to, from which day, and why."""

    to_site = forms.ChoiceField(
        label=gettext_lazy("Site that is to follow"),
        help_text=gettext_lazy(
            "Any site of the register at which somebody can accept; following takes no site that"
            " gives the product."
        ),
    )
    effective_on = DateField(
        label=gettext_lazy("Effective day"),
        help_text=gettext_lazy("The first day on which the other site follows the patient."),
    )
    reason = _text(gettext_lazy("Reason for the transfer"))


def _choices(offered: list[queries.TransferDestination]) -> list[Any]:
    """Sites to choose from; where some have given the product and others not, apart."""
    rows: dict[bool, list[tuple[str, str]]] = {True: [], False: []}
    for each in offered:
        rows[each.gave].append((str(each.site.id), localized_name(each.site)))
    headings = (_("Have given this product"), _("Have not given this product so far"))
    return [("", ""), *((h, rows[g]) for h, g in zip(headings, rows, strict=True) if rows[g])]


class AcceptForm(Form):
    """From which day the patient is followed here."""

    effective_on = DateField(
        label=gettext_lazy("Effective day"),
        help_text=gettext_lazy("In force at once where the day has come, otherwise on that day."),
    )
    study_code = forms.CharField(
        label=gettext_lazy("New study number"),
        help_text=gettext_lazy("Only where your hospital has another patient of this number."),
        max_length=30,
        required=False,
    )


class RefusalForm(Form):
    """Why it is refused, or no longer asked for."""

    reason = _text(gettext_lazy("Reason"))


def line(row: Any) -> dict[str, Any]:
    """A transfer with its state in words."""
    return {"transfer": row, "mark": MARKS[row.state], "state": row.get_state_display()}


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Transfers from and to one's own sites, the latest first."""
    actor = cast(ActingRequest, request).actor
    found, next_key = queries.page(actor, key=request.GET.get("after", ""))
    context = {"rows": [line(row) for row in found], "next_key": next_key}
    return render(request, "followup/transfers/list.html", context)


@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, pk: str) -> HttpResponse:
    """Ask another site of the register to follow the patient."""
    actor = cast(ActingRequest, request).actor
    patient = patients.one(actor, pk)
    gone = queries.followed_now(actor, patient)
    if not gone:
        row_permissions.require(actor, patient, Perm.PATIENT_WRITE)
    offered = queries.destinations(patient)
    sites = {str(each.site.id): each.site for each in offered}
    form = TransferForm(request.POST or None)
    form.offer("to_site", _choices(offered))
    if request.method == "POST" and not gone and form.is_valid():
        with form.refusals():
            values = dict(form.cleaned_data)
            given = TransferInput(**values | {"to_site": sites[values["to_site"]]})
            row = actions.ask(actor, patient, given=given)
            flash.saved(request, _("Asked. The other site accepts or refuses."))
            return redirect("patient-transfer", pk=row.id)
    context = {
        "patient": patient,
        "form": form,
        "against": gone or queries.against(patient),
        "rows": [line(row) for row in queries.of_patient(actor, patient)],
        "who": identity.masked(actor, [patient.id], telephones=False).get(patient.id),
    }
    return render(request, "followup/transfers/ask.html", context, status=form.status)


def _forms(actor: Actor, row: Any, data: Any, then: str) -> dict[str, Form]:
    """The forms of whoever has a say now; the one that was sent is bound."""
    receives = actor.may(Perm.PATIENT_WRITE, site=row.to_site_id, product=row.product_id)
    asked = actor.may(Perm.PATIENT_WRITE, site=row.from_site_id, product=row.product_id)
    offered: dict[str, type[Form]] = {}
    if receives and row.state == TransferState.ASKED:
        offered |= {"accept": AcceptForm, "refuse": RefusalForm}
    if asked and row.state in (TransferState.ASKED, TransferState.ACCEPTED):
        offered["withdraw"] = RefusalForm
    return {
        name: kind(data if name == then else None, auto_id=f"{name}_%s")
        for name, kind in offered.items()
    }


def _done(request: HttpRequest, actor: Actor, row: Any, then: str, form: Form) -> None:
    values = dict(form.cleaned_data)
    if then == "accept":
        after = actions.accept(actor, transfer=row, **values)
        flash.saved(
            request,
            _("Accepted. The patient is followed here now.")
            if after.state == TransferState.IN_FORCE
            else _("Accepted. The patient is followed here from the effective day on."),
        )
    elif then == "refuse":
        actions.refuse(actor, transfer=row, **values)
        flash.saved(request, _("Refused. Nothing was changed."))
    else:
        actions.withdraw(actor, transfer=row, **values)
        flash.saved(request, _("Withdrawn. Nothing was changed."))


@require_http_methods(["GET", "POST"])
def transfer(request: HttpRequest, pk: str) -> HttpResponse:
    """One transfer: what the site that is asked needs to know, and its answer."""
    actor = cast(ActingRequest, request).actor
    row, then = queries.one(actor, pk), request.POST.get("then", "")
    made = _forms(actor, row, request.POST, then)
    form = made.get(then)
    if request.method == "POST" and form is not None and form.is_valid():
        with form.refusals():
            _done(request, actor, row, then, form)
            return redirect("patient-transfer", pk=row.id)
    context = {
        **line(row),
        "forms": made,
        "form": form,
        "readable": bool(patients.many(actor, [row.patient_id])),
        "moved": queries.moved(row),
    }
    status = 200 if form is None else form.status
    return render(request, "followup/transfers/transfer.html", context, status=status)


urlpatterns = [
    path("patients/transfers/", listing, name="patient-transfers"),
    path("patients/transfers/<uuid:pk>/", transfer, name="patient-transfer"),
    path("patients/<uuid:pk>/transfer/", ask, name="patient-transfer-ask"),
]
