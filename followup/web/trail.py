"""What an auditor reads: the trail with filters and export, and the history of one record."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from followup.actions import trail as actions
from followup.core import clock, naming
from followup.core.actor import Actor
from followup.core.http import flash
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.http.standby import reads_from_standby
from followup.core.permissions import Perm
from followup.domain.dates import DateError, parse
from followup.queries import trail


def _day(text: str) -> date | None:
    try:
        return parse(text, clock.today()).exact
    except DateError:
        return None


def _filters(request: HttpRequest) -> trail.Filters:
    given = request.POST if request.method == "POST" else request.GET
    return trail.Filters(
        actor_name=given.get("actor", "").strip(),
        action=given.get("action", "")[:80].strip(),
        table=given.get("table", "")[:64].strip(),
        row=given.get("row", "")[:64].strip(),
        reason=given.get("reason", "").strip(),
        subject=given.get("subject", "").strip(),
        automatic=given.get("automatic") == "1",
        since=_day(given.get("since", "")),
        until=_day(given.get("until", "")),
    )


def _actions(actor: Actor, asked: str) -> list[tuple[str, str]]:
    """The actions to choose from; a URL may ask for a beginning that none of them is."""
    known = trail.actions(actor)
    return known if not asked or asked in dict(known) else [(asked, f"{asked}…"), *known]


def _who(row: Any, names: Mapping[str, str]) -> str:
    """Who acted as people know each other; what signed in where no account is known."""
    return names.get(str(row.actor_id), row.actor_name)


def _lines(changes: Sequence[Any], names: Mapping[str, str]) -> list[tuple[Any, str, Any]]:
    return [(one, _who(one, names), trail.differences(one, names)) for one in changes]


@require_GET
@reads_from_standby
def listing(request: HttpRequest) -> HttpResponse:
    """The audit trail."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.AUDIT_READ)
    filters = _filters(request)
    changes, next_key = trail.page(actor, filters, key=request.GET.get("after", ""))
    names = trail.people(changes)
    tables = trail.tables(actor)
    days = [request.GET.get(name, "").strip() for name in ("since", "until")]
    context = {
        "rows": _lines(changes, names),
        "next_key": next_key,
        "filters": filters,
        "tables": sorted(((t, naming.table(t)) for t in tables), key=lambda one: one[1]),
        "actions": _actions(actor, filters.action),
        "unread": [text for text in days if text and _day(text) is None],
    }
    return render(request, "followup/trail/list.html", context)


@posted_from("trail", alone=True)
def export(request: HttpRequest) -> HttpResponse:
    """Start the export of what the filters show."""
    actor = cast(ActingRequest, request).actor
    actions.request(actor, _filters(request))
    flash.saved(request, _("The export has started. You may leave this page."))
    return redirect("jobs")


@require_GET
@reads_from_standby
def history(request: HttpRequest, table: str, row: str) -> HttpResponse:
    """Every change of one record, and who looked at it."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.AUDIT_READ)
    changes, looks = trail.history(actor, table, row), trail.looks(actor, row)
    names = trail.people([*changes, *looks])
    context = {
        "rows": _lines(changes, names),
        "table": table,
        "row": row,
        "looks": [(look, _who(look, names)) for look in looks],
    }
    return render(request, "followup/trail/history.html", context)


urlpatterns = [
    path("trail/", listing, name="trail"),
    path("trail/export/", export, name="trail-export"),
    path("trail/<slug:table>/<str:row>/", history, name="history"),
]
