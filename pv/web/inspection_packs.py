"""Asking for the inspection pack of a product at a lock."""

from datetime import date
from typing import cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from followup.core import clock
from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from followup.queries import data_locks, reference
from followup.web.dates import DateField
from followup.web.lock_choices import LockField, offer_locks
from pv.actions import inspection_packs as actions
from pv.queries import inspection_packs
from pv.queries.aggregate_reports.register import LANGUAGES


class PackForm(Form):
    """Of what, as known when, for which period."""

    product = forms.ChoiceField(label=gettext_lazy("Product"))
    lock = LockField(label=gettext_lazy("Data as of"))
    start = DateField(label=gettext_lazy("Compliance of reports due from"), future=False)
    end = DateField(label=gettext_lazy("Compliance of reports due to"), future=False)
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=LANGUAGES)


@require_http_methods(["GET", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """The form; a posted one starts the job."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.REPORT_WRITE)
    today = clock.today()
    usual = {
        "start": date(today.year - 1, 1, 1),
        "end": date(today.year - 1, 12, 31),
        "language": get_language() or "zh-hans",
    }
    form = PackForm(request.POST if request.method == "POST" else None, initial=usual)
    offered = [(str(row.id), localized_name(row)) for row in inspection_packs.products(actor)]
    form.offer("product", [("", _("Choose a product")), *offered])
    locks = offer_locks(form, actor, first=[("", _("Choose a data lock"))])
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        with form.refusals():
            actions.request(
                actor,
                reference.product(actor, id=data["product"]),
                data_locks.lock(actor, data["lock"]),
                start=data["start"],
                end=data["end"],
                language=data["language"],
            )
            flash.saved(request, _("The inspection pack is being made. You may leave this page."))
            return redirect("jobs")
    context = {"form": form, "locks": locks}
    return render(request, "pv/inspection_packs/page.html", context, status=form.status)


urlpatterns = [path("reports/inspection/", page, name="inspection-pack")]
