"""The treatments the hospital recorded beside the case; ticked ones are taken or left out."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from followup.core.forms.refusals import Reasons
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from pv.actions import cases as actions
from pv.domain.cases.concomitant_drugs import Line, Standing, When
from pv.domain.e2b.elements import ELEMENTS
from pv.queries import cases, concomitant_drugs
from pv.web.cases import page_context, seen_version

WHEN = {
    When.AT_ONSET: pgettext_lazy("concomitant", "Given when the reaction began"),
    When.ENDED_BEFORE: pgettext_lazy("concomitant", "Ended before the reaction began"),
    When.BEGAN_AFTER: pgettext_lazy("concomitant", "Begun after the reaction: not concomitant"),
    When.NOT_KNOWN: pgettext_lazy("concomitant", "Not known whether at the time of the reaction"),
}
STANDING = {
    Standing.NEW: ("open", pgettext_lazy("concomitant", "not in the case")),
    Standing.DIFFERS: ("due", pgettext_lazy("concomitant", "in the case, corrected since")),
    Standing.TAKEN: ("done", pgettext_lazy("concomitant", "in the case")),
    Standing.RETRACTED: (
        "overdue",
        pgettext_lazy("concomitant", "in the case, retracted by the hospital"),
    ),
}

LEFT_OUT = pgettext_lazy("concomitant", "left out of the case")
DECISIONS: dict[str, tuple[Callable[..., None], Any]] = {
    "leave_out": (
        actions.leave_out_treatments,
        gettext_lazy("Left out of the case. A correction by the hospital is offered again."),
    ),
    "offer": (actions.offer_treatments, gettext_lazy("Offered to the case again.")),
}


def _shown(line: Line, ticked: set[str], decided: Mapping[UUID, Any]) -> dict[str, Any]:
    kind, words = ("na", LEFT_OUT) if line.left_out else STANDING[line.standing]
    return {
        "line": line,
        "key": str(line.treatment.key),
        "ticked": str(line.treatment.key) in ticked,
        "when": WHEN[line.when],
        "kind": kind,
        "words": words,
        "decision": decided.get(line.treatment.key),
        "differing": [(ELEMENTS[code], *pair) for code, pair in line.differing.items()],
    }


def _chosen(ticked: Iterable[str]) -> set[UUID]:
    """The keys that were sent; what is no key of ours names no treatment."""
    found = set()
    for text in ticked:
        try:
            found.add(UUID(text))
        except ValueError:
            continue
    return found


def _revisions(request: HttpRequest, ticked: set[str]) -> set[UUID]:
    """What the hospital said of each ticked treatment when the page was drawn."""
    return _chosen(request.POST.get(f"revision-{key}", "") for key in ticked)


@require_http_methods(["GET", "POST"])
def page(request: HttpRequest, pk: str) -> HttpResponse:
    """Each treatment with its dates as they are known, and how it lies to the reaction."""
    actor = cast(ActingRequest, request).actor
    case = cases.one(actor, pk)
    reasons, ticked = Reasons(), set(request.POST.getlist("treatment"))
    then, reason = request.POST.get("then", ""), request.POST.get("reason", "")
    if request.method == "POST":
        with reasons.refusals(stale=_("Somebody else changed this case meanwhile. Look again.")):
            if then in DECISIONS:
                decide, done = DECISIONS[then]
                decide(actor, case, revisions=_revisions(request, ticked), reason=reason)
                flash.saved(request, done)
            else:
                actions.take_treatments(
                    actor, case, treatments=_chosen(ticked), lock_version=seen_version(request)
                )
                flash.saved(request, _("Taken into the case as concomitant drugs."))
            return redirect("case-treatments", pk=case.id)
    version = cases.version(actor, case)
    decided = concomitant_drugs.left_out(case)
    found = concomitant_drugs.of_case(actor, case, version)
    rows = [_shown(line, ticked, decided) for line in found]
    context = {
        **page_context(request, case, version),
        "rows": rows,
        "may_take": any(line.may_be_taken for line in found),
        "may_leave_out": any(line.may_be_left_out for line in found),
        "may_offer": any(line.left_out for line in found),
        "reason": reason,
        "problem": reasons.text,
        "section": "treatments",
    }
    status = 422 if reasons.text else 200
    return render(request, "pv/cases/concomitant_drugs.html", context, status=status)


urlpatterns = [path("cases/<uuid:pk>/treatments/", page, name="case-treatments")]
