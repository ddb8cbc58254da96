"""Consent: who signs again, who is left out of what, the forms of a site, a withdrawal undone."""

import hashlib
from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from followup.actions import consent_versions
from followup.actions.consent_versions import ConsentVersionInput
from followup.actions.follow_up_status import consents as actions
from followup.core import row_permissions
from followup.core.actor import Actor
from followup.core.forms import AnswersField, Form, VersionedForm
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from followup.domain.consents import Purpose, Word
from followup.queries import (
    consent_renewals,
    field_words,
    identity,
    left_out,
    patients,
    protocols,
    reference,
)
from followup.queries import consents as queries
from followup.web.consents_form import UndoForm, withdrawal_rows
from followup.web.dates import DateField
from followup.web.registration_form import PURPOSES

_STALE = gettext_lazy("Somebody else changed this meanwhile. Look at it again.")
LARGEST = 20 * 1024 * 1024
_OUT = (Word.NEVER_AGREED, Word.REFUSED, Word.WITHDRAWN)


class VersionForm(Form):
    """A version of a consent form."""

    site = forms.ChoiceField(label=gettext_lazy("Site"))
    code = forms.CharField(label=gettext_lazy("Version as printed"), max_length=40)
    name_zh = forms.CharField(label=gettext_lazy("Name in Chinese"), max_length=120)
    name_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=120)
    product = forms.ChoiceField(label=gettext_lazy("Product"), required=False)
    protocol = forms.ChoiceField(label=gettext_lazy("Protocol"), required=False)
    purposes = AnswersField(label=gettext_lazy("What the form asks for"), choices=PURPOSES)
    valid_from = DateField(label=gettext_lazy("In use from"))
    valid_until = DateField(label=gettext_lazy("In use until"), required=False)
    document = forms.FileField(
        label=gettext_lazy("Approved document"),
        help_text=gettext_lazy("Its fingerprint (SHA-256) is kept, not the file."),
    )
    renews = forms.BooleanField(
        label=gettext_lazy("Whoever signed an earlier version signs again"), required=False
    )

    def clean_document(self) -> str:
        """The fingerprint of the document."""
        file = self.cleaned_data["document"]
        if file.size > LARGEST:
            raise forms.ValidationError(_("The file is larger than 20 MB."))
        digest = hashlib.sha256()
        for chunk in file.chunks():
            digest.update(chunk)
        return digest.hexdigest()


class CloseForm(VersionedForm):
    """Until when a version is in use."""

    valid_until = DateField(
        label=gettext_lazy("In use until"),
        help_text=gettext_lazy("Empty: it stays in use."),
        required=False,
    )


@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Who signs again, and how many are left out of what."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.PATIENT_READ)
    due: list[Any] = []
    next_key = ""
    if actor.may(Perm.PATIENT_WRITE):
        due, next_key = consent_renewals.renewals(actor, key=request.GET.get("after", "")[:100])
    people = identity.masked(actor, [each.patient.id for each in due])
    asked = request.GET.get("purpose", "")
    purpose = Purpose(asked) if asked in list(Purpose) else Purpose.HOLDER
    counts = left_out.counts(actor, purpose)
    context = {
        "due": [{"renewal": each, "person": people.get(each.patient.id)} for each in due],
        "next_key": next_key,
        "may_write": actor.may(Perm.PATIENT_WRITE),
        "purposes": PURPOSES,
        "purpose": purpose.value,
        "reasons": [(field_words.STANDINGS[word], counts[word.value]) for word in _OUT],
    }
    return render(request, "followup/consents/overview.html", context)


@require_GET
def versions(request: HttpRequest) -> HttpResponse:
    """The forms of one's hospitals."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.PATIENT_READ)
    context = {
        "rows": queries.versions(actor),
        "purposes": field_words.PURPOSES,
        "may_write": actor.may(Perm.PROTOCOL_WRITE),
    }
    return render(request, "followup/consents/versions.html", context)


def _version_form(request: HttpRequest, actor: Actor) -> tuple[VersionForm, dict[str, Any]]:
    form = VersionForm(request.POST or None, request.FILES or None)
    sites = {str(s.id): s for s in reference.sites(actor, needs=Perm.PROTOCOL_WRITE)}
    products = {str(p.id): p for p in reference.products_for(actor, Perm.PROTOCOL_WRITE)}
    only = [] if len(sites) == 1 else [("", "—")]
    form.offer("site", only + [(key, localized_name(row)) for key, row in sites.items()])
    every = ("", _("all products"))
    form.offer("product", [every, *((k, localized_name(row)) for k, row in products.items())])
    form.offer("protocol", [("", _("all protocols")), *((c, c) for c in protocols.loaded_codes())])
    return form, {"sites": sites, "products": products}


@require_http_methods(["GET", "POST"])
def new_version(request: HttpRequest) -> HttpResponse:
    """Put a version into use."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.PROTOCOL_WRITE)
    form, known = _version_form(request, actor)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        site = known["sites"][data.pop("site")]
        with form.refusals():
            given = ConsentVersionInput(
                product=known["products"].get(data.pop("product")),
                document_sha256=data.pop("document"),
                **data,
            )
            row = consent_versions.add(actor, site, given=given)
            flash.saved(request, _("Version %(code)s is in use.") % {"code": row.code})
            return redirect("consent-versions")
    context = {"form": form}
    return render(request, "followup/consents/version.html", context, status=form.status)


@require_http_methods(["GET", "POST"])
def close_version(request: HttpRequest, pk: str) -> HttpResponse:
    """One version: who still signs it, and until when it is in use."""
    actor = cast(ActingRequest, request).actor
    row = queries.version(actor, pk)
    may_write = actor.may(Perm.PROTOCOL_WRITE, site=row.site_id)
    if request.method == "POST":
        row_permissions.require(actor, row, Perm.PROTOCOL_WRITE)
    start = {"valid_until": row.valid_until, "version": row.version}
    form = CloseForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        with form.refusals(stale=str(_STALE)):
            until = form.cleaned_data["valid_until"]
            consent_versions.close(actor, row, valid_until=until, version=form.seen)
            flash.saved(request, _("Saved."))
            return redirect("consent-versions")
    due: list[Any] = []
    next_key = ""
    if actor.may(Perm.PATIENT_WRITE):
        due, next_key = consent_renewals.renewals_of_form(
            actor, row, key=request.GET.get("after", "")
        )
    context = {"form": form, "version": row, "due": due, "next_key": next_key}
    context["may_write"] = may_write
    return render(request, "followup/consents/version.html", context, status=form.status)


@require_http_methods(["GET", "POST"])
def undo(request: HttpRequest, pk: str, withdrawal: str) -> HttpResponse:
    """Undo a withdrawal that was recorded by mistake."""
    actor = cast(ActingRequest, request).actor
    patient = patients.one(actor, pk)
    row_permissions.require(actor, patient, Perm.PATIENT_WRITE)
    row = queries.withdrawal(actor, patient, withdrawal)
    form = UndoForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            actions.undo_withdrawal(actor, row, **form.cleaned_data)
            flash.saved(request, _("The withdrawal is undone."))
            return redirect("patient-standing", pk=patient.id)
    said = withdrawal_rows([row])[0][1]
    context = {"form": form, "patient": patient, "said": said, "undone": row.undone_at}
    return render(request, "followup/consents/undo.html", context, status=form.status)


urlpatterns = [
    path("consents/", overview, name="consents"),
    path("consents/forms/", versions, name="consent-versions"),
    path("consents/forms/new/", new_version, name="consent-version-new"),
    path("consents/forms/<uuid:pk>/", close_version, name="consent-version"),
    path(
        "patients/<uuid:pk>/withdrawals/<uuid:withdrawal>/undo/",
        undo,
        name="consent-withdrawal-undo",
    ),
]
