"""Why a visit is due: its rule, the protocol that holds it, and where that comes from."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_GET

from followup.core.http.requests import ActingRequest
from followup.core.permissions import Perm
from followup.queries import protocols, worklist
from followup.web import assessments, follow_up_wording


@require_GET
def why(request: HttpRequest, pk: int) -> HttpResponse:
    """Why a visit is due: its rule, its protocol, its citation."""
    actor = cast(ActingRequest, request).actor
    planned = worklist.one(actor, pk)
    protocol = protocols.of(planned.schedule.protocol)
    point = protocols.point(protocol, planned.code, planned.schedule.day_zero)
    context = {
        "planned": planned,
        "protocol": protocol,
        "visit": point,
        "ways": assessments.ways(planned),
        "closed": follow_up_wording.closed(planned.patient),
        "may_call": actor.may(Perm.VISIT_WRITE, site=planned.site_id, product=planned.product_id),
    }
    return render(request, "followup/visits/why.html", context)


urlpatterns = [path("visits/<int:pk>/why/", why, name="visit-why")]
