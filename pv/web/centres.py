"""Centres: visits due and done month by month, overdue by age, when data last came."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_GET

from followup.core.http.requests import ActingRequest
from followup.core.http.standby import reads_from_standby
from followup.core.permissions import Perm
from pv.queries import centres, cohorts
from pv.web.cohorts import choice


@require_GET
@reads_from_standby
def listing(request: HttpRequest) -> HttpResponse:
    """The heat table of the last twelve months."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.REPORT_READ)
    chosen, found = choice(request, actor), None
    if chosen.filters:
        with cohorts.reading(chosen.filters):
            found = centres.performance(actor, chosen.filters)
    context = {"form": chosen.form, "filters": chosen.filters, "found": found}
    return render(request, "pv/cohorts/centres.html", context, status=200 if found else 422)


urlpatterns = [path("centres/", listing, name="centres")]
