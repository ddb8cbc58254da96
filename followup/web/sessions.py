"""One's own running sessions: where one is signed in, ended one by one or all at once."""

from typing import cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from followup.actions import sessions as actions
from followup.core.http import flash
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.problems import NotFound
from followup.domain.devices import device
from followup.queries import accounts


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Every browser one is signed in with."""
    actor = cast(ActingRequest, request).actor
    here = request.session.session_key
    rows = [
        {"row": row, "device": device(row.device), "here": row.session_key == here}
        for row in accounts.sessions(actor)
    ]
    return render(request, "followup/account/sessions.html", {"rows": rows})


@posted_from("sessions", alone=True)
def end(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Sign one browser out."""
    actor = cast(ActingRequest, request).actor
    actions.end_session(actor, public_id=pk)
    flash.saved(request, _("That session has ended."))
    return redirect("sessions")


@posted_from("sessions", alone=True)
def end_all(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere but here."""
    actor = cast(ActingRequest, request).actor
    user = accounts.own(actor)
    if user is None:
        raise NotFound()
    count = actions.end_all(actor, user, keep=request.session.session_key or "")
    text = ngettext("%(count)d session has ended.", "%(count)d sessions have ended.", count)
    flash.saved(request, text % {"count": count})
    return redirect("sessions")


urlpatterns = [
    path("account/sessions/", listing, name="sessions"),
    path("account/sessions/end/", end_all, name="sessions-end"),
    path("account/sessions/<uuid:pk>/end/", end, name="session-end"),
]
