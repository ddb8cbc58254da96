"""Registration of a treated patient: identity, consent and infusion on one page."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from followup.actions import patients
from followup.actions.identity import DuplicateWarning
from followup.actions.patients import ConsentInput, InfusionInput
from followup.core.actor import Actor
from followup.core.confirmations import Unconfirmed
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.queries import patients as queries
from followup.queries import reference
from followup.queries.duplicates import PossibleDuplicate
from followup.web import drafts as typed
from followup.web.possible_duplicates import possible_duplicates
from followup.web.registration_form import FIELDS, RegisterForm

FORM = "patient-register"


def _register_form(request: HttpRequest, draft: typed.FormDraft) -> RegisterForm:
    actor = cast(ActingRequest, request).actor
    products = list(reference.products_for(actor, Perm.PATIENT_WRITE))
    return RegisterForm(
        request.POST or None,
        initial=draft.values,
        sites=list(reference.sites(actor, needs=Perm.PATIENT_WRITE)),
        products=products,
        familiar=queries.products_given(actor, needs=Perm.PATIENT_WRITE),
        indications=list(reference.indications(actor)),
    )


@require_http_methods(["GET", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """Register a treated patient with consent and infusion."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.PATIENT_WRITE)
    draft = typed.of(request, FORM, "new")
    form = _register_form(request, draft)
    candidates: Sequence[PossibleDuplicate] = ()
    compared = request.POST.get("not_a_duplicate") == "1"
    if request.method == "POST":
        patient, candidates = (_registered if form.is_valid() else _looked_at)(
            actor, form, compared
        )
        if patient is not None:
            typed.saved(request, draft)
            said = _("Registered as %(code)s. The lifelong schedule is planned.")
            flash.saved(request, said % {"code": patient.study_code})
            return redirect("patient", pk=patient.id)
    status = 422 if form.is_bound else 200
    context = {
        "form": form,
        "possible_duplicates": possible_duplicates(actor, candidates),
        "compared": compared,
        "draft": draft,
    }
    return render(request, "followup/patients/register.html", context, status=status)


def _registered(
    actor: Actor, form: RegisterForm, compared: bool
) -> tuple[Any, Sequence[PossibleDuplicate]]:
    """The new patient; or None with what the action refused shown on the form, and who is alike."""
    try:
        patient = patients.register(
            actor,
            form.rows["site"][form.cleaned_data["site"]],
            sex=form.cleaned_data["sex"],
            identity=form.identity(),
            consent=ConsentInput(**form.consent()),
            infusion=InfusionInput(**form.infusion()),
            not_a_duplicate=compared,
            confirmed=form.confirmed,
            guardian=True,
        )
    except DuplicateWarning as refused:
        _show(form, refused)
        return None, refused.duplicates
    except Refused as refused:
        _show(form, refused)
        return None, ()
    return patient, ()


def _show(form: RegisterForm, refused: Refused) -> None:
    """The action's words where the form has none of its own."""
    boxes = {FIELDS.get(name, name): said for name, said in refused.fields.items()}
    if isinstance(refused, Unconfirmed):
        form.refuse(
            Unconfirmed([replace(q, field=FIELDS.get(q.field, q.field)) for q in refused.questions])
        )
    else:
        form.refuse(Refused({box: said for box, said in boxes.items() if box not in form.errors}))


def _looked_at(
    actor: Actor, form: RegisterForm, compared: bool
) -> tuple[None, Sequence[PossibleDuplicate]]:
    """Add the action's problems to the form's, so that one round names them all; who it may be."""
    found = patients.check_registration(
        actor,
        sex=form.cleaned_data.get("sex"),
        identity=form.identity(),
        consent=form.consent(),
        infusion=form.infusion(),
        site=form.rows["site"].get(form.cleaned_data.get("site", "")),
        guardian=True,
    )
    _show(form, Refused(found.problems))
    if found.duplicate_warning and not compared:
        form.add_error(None, found.duplicate_warning)
    return None, found.duplicates


urlpatterns = [path("patients/register/", register, name="patient-register")]
