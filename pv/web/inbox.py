"""The inbox: all that came in and waits for a decision, whatever door it came by."""

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext_lazy
from django.views.decorators.http import require_GET

from followup.core import clock
from followup.core.http import flash
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.http.standby import reads_from_standby
from followup.core.permissions import Perm
from pv.actions import assignments as actions
from pv.queries import assignments, inbox
from pv.web.assignments import chosen_owner

KINDS = (
    ("", pgettext_lazy("inbox", "All")),
    ("event", pgettext_lazy("inbox", "Events and reports to triage")),
    ("report", pgettext_lazy("inbox", "Received reports")),
    ("proposal", pgettext_lazy("inbox", "To sign: not reportable")),
    ("answer", pgettext_lazy("inbox", "Answers to assess")),
    ("question", pgettext_lazy("inbox", "Questions without an answer in time")),
)
NOBODY = "nobody"  # of a person, and of a team
OWNERS = (
    ("", pgettext_lazy("inbox", "Everybody's")),
    ("mine", pgettext_lazy("inbox", "Mine and those I stand in for")),
    ("nobody", pgettext_lazy("inbox", "Nobody's")),
)


@require_GET
@reads_from_standby
def listing(request: HttpRequest) -> HttpResponse:
    """What waits for triage, the oldest first."""
    actor, today = cast(ActingRequest, request).actor, clock.today()
    actor.require(Perm.CASE_READ)
    filters = inbox.Filters(
        owner=request.GET.get("owner", ""),
        kind=request.GET.get("kind", ""),
        team=request.GET.get("team", "")[:30],
    )
    context = {
        "page": inbox.page(actor, today=today, filters=filters, key=request.GET.get("after", "")),
        "filters": filters,
        "kinds": KINDS,
        "kind_words": dict(KINDS),
        "owners": OWNERS,
        "teams": assignments.teams(),
        "people": assignments.colleagues(actor),
        "may_write": actor.may(Perm.CASE_WRITE),
        "may_assess": actor.may(Perm.CASE_ASSESS),
    }
    return render(request, "pv/inbox/list.html", context)


@posted_from("inbox", alone=True)
def assign(request: HttpRequest) -> HttpResponse:
    """Give the ticked cases to a person or a team; what is not chosen stays as it is."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.CASE_WRITE)
    ticked: list[Any] = list(dict.fromkeys(request.POST.getlist("case")))
    keep = [name for name in ("owner", "team") if not request.POST.get(name)]
    asked = request.POST.get("owner", "")
    owner, valid = chosen_owner("" if asked == NOBODY else asked)
    back = reverse("cases") if request.POST.get("back") == "cases" else reverse("inbox")
    if not ticked or not valid or len(keep) > 1:
        flash.warn(request, _("Tick at least one case and choose a person or a team."))
        return redirect(back)
    team = request.POST.get("team", "")
    team = "" if team == NOBODY else team
    outcomes = actions.assign_many(actor, ticked, owner=owner, team=team, keep=keep)
    given = sum(not outcome.problem for outcome in outcomes)
    if given:
        text = ngettext("%(n)s case was assigned.", "%(n)s cases were assigned.", given)
        flash.saved(request, text % {"n": given})
    for outcome in outcomes:
        if outcome.problem:
            flash.warn(request, f"{outcome.number} {outcome.problem}")
    return redirect(back)


urlpatterns = [
    path("inbox/", listing, name="inbox"),
    path("inbox/assign/", assign, name="inbox-assign"),
]
