"""Signed and locked contacts: the data cuts of a patient, and unlocking with a reason."""

from functools import partial
from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from followup.actions import visit_locks as actions
from followup.core import row_permissions
from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.permissions import Perm
from followup.queries import patients
from followup.queries import visit_locks as queries
from followup.web.dates import DateField


class CutForm(Form):
    """Up to which day the contacts are signed."""

    until = DateField(label=gettext_lazy("Contacts up to and including"), future=False)


class UnlockForm(Form):
    """Why signed data are unlocked."""

    reason = forms.CharField(
        label=gettext_lazy("Why the data are unlocked"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


@require_http_methods(["GET", "POST"])
def cuts(request: HttpRequest, pk: str) -> HttpResponse:
    """The data cuts of a patient; a new one leads on to its signature."""
    actor = cast(ActingRequest, request).actor
    patient = patients.one(actor, pk)
    row_permissions.require_read(actor, patient, Perm.VISIT_READ)
    may_sign = actor.may(Perm.VISIT_SIGN, site=patient.site_id)
    if request.method == "POST":
        row_permissions.require(actor, patient, Perm.VISIT_SIGN)
    form = CutForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            cut = actions.make_cut(actor, patient, until=form.cleaned_data["until"])
            return redirect("sign", kind="visit_cut", record=str(cut.id))
    context = {
        "patient": patient,
        "rows": queries.cuts(actor, patient),
        "form": form,
        "may_sign": may_sign,
    }
    return render(request, "followup/visit_locks/cuts.html", context, status=form.status)


def _unlock(request: HttpRequest, patient: Any, title: str, lift: Any, back: str) -> HttpResponse:
    form = UnlockForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            lift(reason=form.cleaned_data["reason"])
            flash.saved(request, _("Unlocked. The signature stands no longer."))
            return redirect(back)
    context = {"form": form, "patient": patient, "title": title, "back": back}
    return render(request, "followup/visit_locks/unlock.html", context, status=form.status)


@require_http_methods(["GET", "POST"])
def unlock_cut(request: HttpRequest, pk: str) -> HttpResponse:
    """Lift a data cut."""
    actor = cast(ActingRequest, request).actor
    cut = queries.cut(actor, pk)
    row_permissions.require(actor, cut, Perm.VISIT_SIGN)
    title = _("Unlock the contacts up to %(day)s") % {"day": cut.until}
    lift = partial(actions.unlock_cut, actor, cut)
    return _unlock(request, cut.patient, title, lift, f"/patients/{cut.patient_id}/cuts/")


@require_http_methods(["GET", "POST"])
def unlock(request: HttpRequest, pk: str) -> HttpResponse:
    """Lift the lock of one contact."""
    actor = cast(ActingRequest, request).actor
    lock = queries.lock(actor, pk)
    row_permissions.require(actor, lock, Perm.VISIT_SIGN)
    title = _("Unlock the contact of %(day)s") % {"day": lock.visit.contact_on}
    lift = partial(actions.unlock, actor, lock)
    return _unlock(request, lock.patient, title, lift, f"/contacts/{lock.visit_id}/")


urlpatterns = [
    path("patients/<uuid:pk>/cuts/", cuts, name="visit-cuts"),
    path("cuts/<uuid:pk>/unlock/", unlock_cut, name="visit-cut-unlock"),
    path("visit-locks/<uuid:pk>/unlock/", unlock, name="visit-unlock"),
]
