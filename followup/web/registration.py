"""Registration of a treated patient: identity, consent and infusion on one page."""

from collections.abc import Sequence
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from followup.actions import patients
from followup.actions.consent_papers import ConsentInput
from followup.actions.identity import DuplicateWarning
from followup.actions.patients import InfusionInput
from followup.core.actor import Actor
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.queries import patients as queries
from followup.queries import practice, reference
from followup.queries.duplicates import PossibleDuplicate
from followup.web import drafts as typed
from followup.web import infusion_details
from followup.web.possible_duplicates import possible_duplicates
from followup.web.registration_form import FIELDS, RegisterForm

FORM = "patient-register"


def _register_form(request: HttpRequest, draft: typed.FormDraft) -> RegisterForm:
    actor = cast(ActingRequest, request).actor
    products = list(reference.products_for(actor, Perm.PATIENT_WRITE))
    sites = list(reference.sites(actor, needs=Perm.PATIENT_WRITE))
    form = RegisterForm(
        request.POST or None,
        initial=draft.values,
        sites=sites,
        products=products,
        familiar=queries.products_given(actor, needs=Perm.PATIENT_WRITE),
        indications=list(reference.indications(actor)),
    )
    if sites:
        text = _(
            "An invented person to learn the product on, for good: counts nowhere, nobody outside"
            " is told. No identity number; a chain-of-identity number that is free: %(number)s."
        )
        number = practice.unused_number(sites[0])
        form.fields["practice"].help_text = text % {"number": number}
    return form


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
            way = infusion_details.onward(queries.infusions(actor, patient)[0])
            flash.saved_with_way(request, said % {"code": patient.study_code}, **way)
            return redirect("patient", pk=patient.id)
    context = {
        "form": form,
        "possible_duplicates": possible_duplicates(actor, candidates),
        "compared": compared,
        "draft": draft,
    }
    return render(request, "followup/patients/register.html", context, status=form.status)


def _registered(
    actor: Actor, form: RegisterForm, compared: bool
) -> tuple[Any, Sequence[PossibleDuplicate]]:
    """The new patient; or None with what the action refused shown on the form, and who is alike."""
    alike: list[PossibleDuplicate] = []

    def compare(refused: Refused) -> None:
        if isinstance(refused, DuplicateWarning):
            alike.extend(refused.duplicates)

    with form.refusals(at=FIELDS, on_refusal=compare):
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
            training=form.cleaned_data["practice"],
        )
        return patient, ()
    return None, alike


def _looked_at(
    actor: Actor, form: RegisterForm, compared: bool
) -> tuple[None, Sequence[PossibleDuplicate]]:
    """Add the action's problems where the form has none; who it may be.

    So one round names them all.
    """
    found = patients.check_registration(
        actor,
        sex=form.cleaned_data.get("sex"),
        identity=form.identity(),
        consent=form.consent(),
        infusion=form.infusion(),
        site=form.rows["site"].get(form.cleaned_data.get("site", "")),
        guardian=True,
        training=form.cleaned_data.get("practice", False),
    )
    boxes = {FIELDS.get(name, name): texts for name, texts in found.problems.items()}
    form.refuse(Refused({box: texts for box, texts in boxes.items() if box not in form.errors}))
    if found.duplicate_warning and not compared:
        form.add_error(None, found.duplicate_warning)
    return None, found.duplicates


urlpatterns = [path("patients/register/", register, name="patient-register")]
