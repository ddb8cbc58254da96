"""A further infusion of a patient, and an infusion recorded wrongly: corrected or retracted."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from followup.actions import infusions as actions
from followup.actions.patients import InfusionInput
from followup.core import row_permissions
from followup.core.forms import Form, VersionedForm
from followup.core.http import flash
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.permissions import Perm
from followup.domain.visits import FollowUpState
from followup.queries import identity, reference
from followup.queries import patients as queries
from followup.web import infusion_details
from followup.web.code_choices import choices
from followup.web.registration_form import OFF_LABEL, RegisterForm

_KEPT = (
    "product",
    "indication",
    "off_label_reason",
    "infused_on",
    "lot",
    "chain_of_identity",
    "dose_cells",
    "lymphodepletion",
    "prior_lines",
)


class InfusionForm(RegisterForm):
    """The part of the registration that is about what was given, and what `more` names."""

    more: tuple[str, ...] = ("bag_label",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, sites=[], **kwargs)
        for name in [name for name in self.fields if name not in (*_KEPT, *self.more)]:
            del self.fields[name]


class CorrectionForm(InfusionForm, VersionedForm):
    """An infusion as it should read, and why it is changed. The product stays."""

    more = ("reason", "version")
    reason = forms.CharField(label=gettext_lazy("Reason for the change"), max_length=500)

    def __init__(self, *args: Any, kept_words: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kept_words = kept_words
        if kept_words:
            said = _("Recorded in words: %(text)s. They stay unless something is ticked.")
            self.fields["lymphodepletion"].help_text = said % {"text": kept_words}

    def infusion(self) -> dict[str, Any]:
        """As typed; lymphodepletion recorded in words stays unless a box replaces it."""
        found = super().infusion()
        if self.kept_words and not found.get("lymphodepletion"):
            found["lymphodepletion"] = self.kept_words
        return found


class WithdrawalForm(Form):
    """Why an infusion never was."""

    reason = forms.CharField(label=gettext_lazy("Reason for the change"), max_length=500)


def _who(actor: Any, patient: Any) -> dict[str, Any]:
    return {"patient": patient, "person": identity.masked(actor, [patient.id]).get(patient.id)}


def _offered(actor: Any, products: list[Any]) -> dict[str, Any]:
    known = {product.id for product in products}
    rows = [row for row in reference.indications(actor) if row.product_id in known]
    return {"products": products, "indications": rows}


def _recorded(patient: Any) -> str:
    """What has happened: a plan alone reminds nobody of a patient who is followed elsewhere."""
    if patient.follow_up_state == FollowUpState.TRANSFERRED:
        return _("Infusion recorded and planned. Follow-up stays elsewhere: no reminders here.")
    if patient.follow_up_state == FollowUpState.LOST:
        return _("Infusion recorded and planned. The patient stays lost to follow-up.")
    return _("Infusion recorded. Its own lifelong schedule is planned.")


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, pk: str) -> HttpResponse:
    """Record a further infusion; the earlier ones keep their schedules."""
    actor = cast(ActingRequest, request).actor
    patient = queries.one(actor, pk)
    row_permissions.require(actor, patient, Perm.PATIENT_WRITE)
    products = list(reference.products_for(actor, Perm.PATIENT_WRITE))
    form = InfusionForm(request.POST or None, **_offered(actor, products))
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            row = actions.reinfuse(
                actor,
                patient,
                given=InfusionInput(**form.infusion()),
                confirmed=form.confirmed,
            )
            flash.saved_with_way(request, _recorded(row.patient), **infusion_details.onward(row))
            return redirect("patient", pk=patient.id)
    context = {"form": form, "known": queries.infusions(actor, patient), **_who(actor, patient)}
    return render(request, "followup/infusions/form.html", context, status=form.status)


def _words(infusion: Any) -> str:
    """Lymphodepletion that is no list of codes: another system wrote it in words."""
    known = {code for code, _label in choices("lymphodepletion")()}
    text = str(infusion.lymphodepletion)
    return "" if set(text.split("+")) <= known else text


def _known(infusion: Any) -> dict[str, Any]:
    """What the record says, as the form shows it."""
    values = {name: getattr(infusion, name) for name in _KEPT if name != "product"}
    return values | {
        "product": str(infusion.product_id),
        "indication": str(infusion.indication_id or OFF_LABEL),
        "lymphodepletion": [code for code in infusion.lymphodepletion.split("+") if code],
        "dose_cells": None
        if infusion.dose_cells is None
        else f"{infusion.dose_cells.normalize():f}",
        "version": infusion.version,
    }


@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, pk: str) -> HttpResponse:
    """Put an infusion right; its plan, the days since it and its cases follow."""
    actor = cast(ActingRequest, request).actor
    infusion = queries.infusion(actor, pk)
    row_permissions.require(actor, infusion, Perm.PATIENT_WRITE)
    offered = _offered(actor, [infusion.product])
    form = CorrectionForm(
        request.POST or None,
        initial=_known(infusion),
        kept_words=_words(infusion),
        **offered,
    )
    if request.method == "POST" and form.is_valid():
        with form.refusals(known=_known):
            actions.correct(
                actor,
                infusion,
                given=InfusionInput(**form.infusion()),
                version=form.seen,
                reason=form.cleaned_data["reason"],
                confirmed=form.confirmed,
            )
            flash.saved(request, _("Corrected. The plan and the cases follow."))
            return redirect("patient", pk=infusion.patient_id)
    return _correction(request, infusion, form, WithdrawalForm(prefix="withdraw"), form.status)


def _correction(
    request: HttpRequest,
    infusion: Any,
    form: CorrectionForm,
    withdrawal: WithdrawalForm,
    status: int,
) -> HttpResponse:
    actor = cast(ActingRequest, request).actor
    every = queries.infusions(actor, infusion.patient)
    context = {
        "form": withdrawal if withdrawal.is_bound else form,
        "correction": form,
        "infusion": infusion,
        "withdrawal": withdrawal if len(every) > 1 else None,
        **_who(actor, infusion.patient),
    }
    return render(request, "followup/infusions/correct.html", context, status=status)


@posted_from("infusion-correct")
def withdraw(request: HttpRequest, pk: str) -> HttpResponse:
    """Retract an infusion recorded by mistake."""
    actor = cast(ActingRequest, request).actor
    infusion = queries.infusion(actor, pk)
    row_permissions.require(actor, infusion, Perm.PATIENT_WRITE)
    form = WithdrawalForm(request.POST, prefix="withdraw")
    if form.is_valid():
        with form.refusals():
            actions.withdraw(actor, infusion, reason=form.cleaned_data["reason"])
            flash.saved(request, _("Undone. The record of it stays in the audit trail."))
            return redirect("patient", pk=infusion.patient_id)
    correction = CorrectionForm(
        initial=_known(infusion),
        kept_words=_words(infusion),
        **_offered(actor, [infusion.product]),
    )
    return _correction(request, infusion, correction, form, 422)


urlpatterns = [
    path("patients/<uuid:pk>/infusions/new/", new, name="infusion-new"),
    path("infusions/<uuid:pk>/correct/", correct, name="infusion-correct"),
    path("infusions/<uuid:pk>/withdraw/", withdraw, name="infusion-withdraw"),
]
