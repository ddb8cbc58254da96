"""The treatments the hospital recorded beside what the case has; ticked ones are taken."""

from typing import Any, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
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


def _shown(line: Line, ticked: set[str]) -> dict[str, Any]:
    kind, words = STANDING[line.standing]
    return {
        "line": line,
        "key": str(line.treatment.key),
        "ticked": str(line.treatment.key) in ticked,
        "when": WHEN[line.when],
        "kind": kind,
        "words": words,
        "differing": [(ELEMENTS[code], *pair) for code, pair in line.differing.items()],
    }


def _chosen(ticked: set[str]) -> set[UUID]:
    """The ticked keys; what is no key of ours names no treatment."""
    found = set()
    for text in ticked:
        try:
            found.add(UUID(text))
        except ValueError:
            continue
    return found


@require_http_methods(["GET", "POST"])
def page(request: HttpRequest, pk: str) -> HttpResponse:
    """Each treatment with its dates as they are known, and how it lies to the reaction."""
    actor = cast(ActingRequest, request).actor
    case = cases.one(actor, pk)
    reasons, ticked = Reasons(), set(request.POST.getlist("treatment"))
    if request.method == "POST":
        with reasons.refusals(stale=_("Somebody else changed this case meanwhile. Look again.")):
            actions.take_treatments(
                actor, case, treatments=_chosen(ticked), lock_version=seen_version(request)
            )
            flash.saved(request, _("Taken into the case as concomitant drugs."))
            return redirect("case-treatments", pk=case.id)
    version = cases.version(actor, case)
    rows = [_shown(line, ticked) for line in concomitant_drugs.of_case(actor, case, version)]
    context = {
        **page_context(request, case, version),
        "rows": rows,
        "may_take": any(row["line"].may_be_taken for row in rows),
        "problem": reasons.text,
        "section": "treatments",
    }
    status = 422 if reasons.text else 200
    return render(request, "pv/cases/concomitant_drugs.html", context, status=status)


urlpatterns = [path("cases/<uuid:pk>/treatments/", page, name="case-treatments")]
