"""The bell: what is due for the person who is signed in, and the way to it."""

from typing import cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from followup.actions import notices as actions
from followup.core import clock
from followup.core.http import addresses, flash
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.http.standby import reads_from_standby
from followup.queries import notices


@require_GET
@reads_from_standby
def listing(request: HttpRequest) -> HttpResponse:
    """My reminders, newest first; by default those not read yet."""
    actor, today = cast(ActingRequest, request).actor, clock.today()
    everything = request.GET.get("show") == "all"
    key = request.GET.get("after", "")
    page = notices.page(actor, today=today, key=key, unread=not everything)
    context = {
        "page": page,
        "everything": everything,
        "refused_address": notices.refused_address(actor),
    }
    return render(request, "followup/notices/list.html", context)


@require_GET
def follow(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Where the link of a mail lands: mark as read and go to the item."""
    actor = cast(ActingRequest, request).actor
    found = notices.destination(actor, pk)
    actions.read(actor, id=pk)
    if not found.owed:
        flash.note(request, _("%(what)s is no longer due.") % {"what": found.label})
        return redirect("notices")
    try:
        return redirect(reverse(found.page, args=[found.target]))
    except NoReverseMatch:
        return redirect("notices")


@posted_from("notices", alone=True)
def read(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Mark one as read and stay."""
    actions.read(cast(ActingRequest, request).actor, id=pk)
    return redirect("notices")


@posted_from("notices", alone=True)
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark all as read."""
    count = actions.read_all(cast(ActingRequest, request).actor)
    text = ngettext("%(n)d reminder marked as read.", "%(n)d reminders marked as read.", count)
    flash.saved(request, text % {"n": count})
    return redirect("notices")


urlpatterns = [
    path(addresses.NOTICES, listing, name="notices"),
    path("notices/read/", read_all, name="notices-read"),
    path(addresses.NOTICE, follow, name="notice"),
    path("notices/<uuid:pk>/read/", read, name="notice-read"),
]
