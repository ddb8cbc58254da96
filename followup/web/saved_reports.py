"""Reports kept under a name, on any page whose address holds its filters and columns."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from followup.actions import saved_reports as actions
from followup.core.actor import Actor
from followup.core.forms.refusals import button
from followup.core.http import flash
from followup.queries import saved_reports as queries

SAVE, REMOVE = "save-report", "remove-report"


def context(actor: Actor, kind: str) -> dict[str, Any]:
    """What `parts/saved_reports.html` shows."""
    return {"reports": queries.offered(actor, kind), "reader": actor.id}


def handled(request: HttpRequest, actor: Actor, kind: str, subject: Any) -> HttpResponse | None:
    """Save or remove a report when that is what was sent; None for another button of the page."""
    then = request.POST.get("then", "")
    if then not in (SAVE, REMOVE):
        return None
    query = request.GET.urlencode()
    with button(request):
        if then == REMOVE:
            actions.remove(actor, queries.own(actor, request.POST.get("report", "")))
            flash.saved(request, _("Report removed."))
        else:
            name, shared = request.POST.get("name", ""), request.POST.get("shared") == "1"
            row = actions.save(actor, subject, kind=kind, name=name, query=query, shared=shared)
            flash.saved(request, _("Report “%(name)s” saved.") % {"name": row.name})
    return redirect(f"{request.path}?{query}")
