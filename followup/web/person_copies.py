"""Everything held about one person, handed out to that person: reason, password, second factor."""

from collections.abc import Iterable
from typing import cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from followup.actions import person_exports as actions
from followup.core import row_permissions
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.permissions import Perm
from followup.core.problems import Denied
from followup.core.security import lockout
from followup.queries import accounts, patients, second_factors
from followup.web import proofs
from followup.web.proofs import ProofForm


class CopyForm(ProofForm):
    """Who asks for the copy, and who makes it."""

    reason = forms.CharField(
        label=gettext_lazy("Who asks for the copy, and how"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    field_order: Iterable[str] = ("reason", "password", "code", "answer")


@sensitive_post_parameters("password", "code")
@require_http_methods(["GET", "POST"])
def copy(request: HttpRequest, pk: str) -> HttpResponse:
    """Ask for the archive of everything held about one person."""
    actor = cast(ActingRequest, request).actor
    patient = patients.one(actor, pk)
    row_permissions.require(actor, patient, Perm.PRIVACY_WRITE)
    user = accounts.own(actor)
    if user is None:
        raise Denied(Perm.PRIVACY_WRITE)
    ways = second_factors.ways(actor, proofs.host(request))
    form = CopyForm(request.POST or None, ways=ways)
    if request.method == "POST" and not lockout.is_open(request, user.username):
        return lockout.locked(request)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        counted = proofs.counting(request, user.username)
        with form.refusals(on_refusal=counted):
            actions.request(
                actor,
                patient,
                user=user,
                password=data["password"],
                proof=proofs.proof(request, data),
                reason=data["reason"],
            )
            flash.saved(request, _("The file is being made. You may leave this page."))
            return redirect("jobs")
    context = {
        "form": form,
        "ways": ways,
        "patient": patient,
        "options": proofs.ask_passkey(request, ways),
    }
    return render(request, "followup/erasures/copy.html", context, status=form.status)


urlpatterns = [path("patients/<uuid:pk>/personal-data/", copy, name="person-copy")]
