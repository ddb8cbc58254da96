"""Requests for rights: the list a second administrator works off, and the decision."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from followup.actions import grants as actions
from followup.core.http import flash
from followup.core.http.requests import ActingRequest, posted_from, typed
from followup.core.permissions import Perm
from followup.queries import accounts as queries
from followup.web.users_form import GrantNames

DECIDED_SHOWN = 50


@require_GET
def requests(request: HttpRequest) -> HttpResponse:
    """What waits for a second administrator, and what was decided lately."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.USER_READ)
    names = GrantNames(actor)
    waiting = queries.grant_requests(actor)
    decided = queries.grant_requests(actor, waiting=False)[:DECIDED_SHOWN]
    context = {
        "requests": [names.waiting_line(row) for row in waiting],
        "decided": [names.request_line(row) for row in decided],
        "may_write": actor.may(Perm.USER_WRITE),
        "people": True,
    }
    return render(request, "followup/users/requests.html", context)


@posted_from("users", alone=True)
def decide(request: HttpRequest, pk: str) -> HttpResponse:
    """Agree to a request of another administrator, or turn it down."""
    actor = cast(ActingRequest, request).actor
    row = queries.grant_request(actor, pk)
    agree = request.POST.get("decision") == "agree"
    row = actions.decide(actor, row, agree=agree, reason=typed(request, "reason"))
    if not agree:
        text = _("The request is turned down; nothing changed.")
    elif row.kind == "revocation":
        text = _("The right has ended.")
    else:
        text = _("The right holds from now on.")
    flash.saved(request, text)
    return redirect("user", pk=row.user_id)


urlpatterns = [
    path("users/requests/", requests, name="grant-requests"),
    path("grant-requests/<uuid:pk>/", decide, name="grant-request-decide"),
]
