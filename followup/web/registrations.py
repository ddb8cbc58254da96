"""One person registered twice, a wrong registration: asked for, confirmed by another, undone."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from followup.actions import registrations as actions
from followup.core import naming, row_permissions
from followup.core.actor import Actor
from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.queries import duplicates, identity, patients
from followup.queries import registrations as queries
from followup.queries.second_persons import entitled
from followup.web.code_choices import label
from followup.web.possible_duplicates import WORDS
from followup.web.second_persons import shown

MARKS = {"ASKED": "due", "DONE": "done", "REFUSED": "na", "WITHDRAWN": "na", "UNDONE": "moved"}


class ReasonForm(Form):
    """Why the registration is void, or the decision undone."""

    reason = forms.CharField(
        label=gettext_lazy("Reason for the change"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class MergeForm(ReasonForm):
    """Which registration remains, by its study code."""

    study_code = forms.CharField(
        label=gettext_lazy("Study code of the registration that remains"), max_length=30
    )

    field_order = ("study_code", "reason")


class DecisionForm(Form):
    """What the second person says, who has to say why it is refused; or whoever withdraws."""

    note = forms.CharField(
        label=gettext_lazy("Remark"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


def _patient(request: HttpRequest, pk: str) -> tuple[Actor, Any]:
    actor = cast(ActingRequest, request).actor
    patient = patients.one(actor, pk)
    row_permissions.require(actor, patient, Perm.PATIENT_WRITE)
    return actor, patient


@require_GET
def possible(request: HttpRequest) -> HttpResponse:
    """Pairs that may be one person, and every decision about a registration."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.PATIENT_WRITE)
    pairs, next_key = duplicates.pairs(actor, key=request.GET.get("after", ""))
    ids = {key for pair in pairs for key in (pair.one, pair.other)}
    rows = {row.id: row for row in patients.many(actor, list(ids))}
    shown = identity.masked(actor, list(ids))
    context = {
        "pairs": [
            {
                "one": rows[pair.one],
                "other": rows[pair.other],
                "names": (shown.get(pair.one), shown.get(pair.other)),
                "agrees": [WORDS[each] for each in pair.agrees],
            }
            for pair in pairs
            if pair.one in rows and pair.other in rows
        ],
        "next_key": next_key,
        "decisions": [_row(row) for row in queries.decisions(actor)[: queries.MOST]],
    }
    return render(request, "followup/registrations/duplicates.html", context)


def _row(row: Any) -> dict[str, Any]:
    return {"decision": row, "mark": MARKS[row.state], "state": row.get_state_display()}


def _preview(actor: Actor, leaving: Any, staying: Any) -> dict[str, Any]:
    """The dry run in words."""
    found = queries.preview(actor, leaving, staying)
    people = []
    for patient, person in ((leaving, found.leaving), (staying, found.staying)):
        born = person.birth_date.isoformat() if person.birth_date else ""
        phones = ", ".join(contact.phone for contact in person.contacts)
        people.append(
            {
                "patient": patient,
                "person": person,
                "sex": label("sex", patient.sex),
                "born": born,
                "phones": phones,
            }
        )
    counts = [(naming.table(model._meta.db_table), n) for model, n in found.counts]
    return {"counts": counts, "twins": found.twins, "people": people}


def _second(actor: Actor, site: Any, asked_by: Any) -> dict[str, Any]:
    return shown(entitled(actor, Perm.PATIENT_WRITE, site=site, besides=[asked_by]))


@require_http_methods(["GET", "POST"])
def merge(request: HttpRequest, pk: str) -> HttpResponse:
    """Say that this registration is the same person as another; look first, then ask."""
    actor, patient = _patient(request, pk)
    form = MergeForm(request.POST or None, initial={"study_code": request.GET.get("with", "")})
    context: dict[str, Any] = {"form": form, "patient": patient}
    context["second"] = _second(actor, patient.site_id, actor.id)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            survivor = _survivor(actor, form.cleaned_data["study_code"])
            if survivor.id == patient.id:  # a dry run of it would say nothing true
                text = _("This is the same registration: give the other one.")
                raise Refused({"study_code": text})
            context["dry"] = _preview(actor, patient, survivor)
            if request.POST.get("then") == "look":
                if problems := actions.against_merge(patient, survivor):
                    raise Refused(problems)
            else:
                row = actions.ask_merge(
                    actor,
                    patient,
                    survivor=survivor,
                    reason=form.cleaned_data["reason"],
                    confirmed=frozenset(form.confirmed),
                )
                flash.saved(request, _("Asked. Another person of your hospital has to confirm."))
                return redirect("registration-decision", pk=row.id)
    status = 200 if "dry" in context and not form.errors else form.status
    return render(request, "followup/registrations/merge.html", context, status=status)


def _survivor(actor: Actor, code: str) -> Any:
    found = [row for row in patients.by_codes(actor, code) if row.study_code == code.upper()]
    if not found:
        raise Refused({"study_code": _("No patient has this study code. Check it.")})
    return found[0]


@require_http_methods(["GET", "POST"])
def void(request: HttpRequest, pk: str) -> HttpResponse:
    """Say that this registration should not have been made."""
    actor, patient = _patient(request, pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            row = actions.ask_void(actor, patient, reason=form.cleaned_data["reason"])
            flash.saved(request, _("Asked. Another person of your hospital has to confirm."))
            return redirect("registration-decision", pk=row.id)
    context = {"form": form, "patient": patient, "tubes": queries.tubes(patient.id)}
    context["who"] = identity.masked(actor, [patient.id], telephones=False).get(patient.id)
    context["second"] = _second(actor, patient.site_id, actor.id)
    return render(request, "followup/registrations/void.html", context, status=form.status)


def _decided(request: HttpRequest, actor: Actor, row: Any, form: DecisionForm) -> HttpResponse:
    then, note = request.POST.get("then"), form.cleaned_data["note"]
    if then == "withdraw":
        actions.withdraw(actor, row, note=note)
        flash.saved(request, _("Withdrawn. Nothing was changed."))
        return redirect("registration-decision", pk=row.id)
    confirm = then == "confirm"
    actions.decide(actor, row, confirm=confirm, note=note)
    flash.saved(request, _("Done.") if confirm else _("Refused. Nothing was changed."))
    return redirect("registration-decision", pk=row.id)


@require_http_methods(["GET", "POST"])
def decision(request: HttpRequest, pk: str) -> HttpResponse:
    """One decision: what it does, the second person's answer, and the way back."""
    actor = cast(ActingRequest, request).actor
    row = queries.decision(actor, pk)
    may = actor.may(Perm.PATIENT_WRITE, site=row.site_id)
    form: Form = (ReasonForm if row.state == "DONE" else DecisionForm)(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            if isinstance(form, DecisionForm):
                return _decided(request, actor, row, form)
            actions.undo(actor, row, reason=form.cleaned_data["reason"])
            flash.saved(request, _("Undone. Everything stands where it stood."))
            return redirect("registration-decision", pk=row.id)
    asked = row.state == "ASKED"
    context = {
        **_row(row),
        "form": form,
        "may_decide": may and asked and actor.id != row.asked_by_id,
        "waits": asked and actor.id == row.asked_by_id,
        "may_withdraw": may and asked and actor.id == row.asked_by_id,
        "second": _second(actor, row.site_id, row.asked_by_id) if asked else None,
        "may_undo": may and row.state == "DONE",
        "who": identity.masked(actor, [row.patient_id], telephones=False).get(row.patient_id),
        "dry": _preview(actor, patients.one(actor, row.patient_id), row.survivor)
        if asked and row.survivor and may
        else None,
    }
    return render(request, "followup/registrations/decision.html", context, status=form.status)


urlpatterns = [
    path("patients/duplicates/", possible, name="patient-duplicates"),
    path("patients/<uuid:pk>/merge/", merge, name="patient-merge"),
    path("patients/<uuid:pk>/void/", void, name="patient-void"),
    path("patients/decisions/<uuid:pk>/", decision, name="registration-decision"),
]
