"""Board of special-interest events: counts, time since infusion, tests awaited."""

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from followup.core.http.requests import ActingRequest
from followup.core.http.standby import reads_from_standby
from followup.core.permissions import Perm
from pv.adapters.charts.bars import strip_picture
from pv.queries import cohorts
from pv.queries.signals import board as events
from pv.web.code_labels import event_words
from pv.web.cohorts import choice


@require_GET
@reads_from_standby
def page(request: HttpRequest) -> HttpResponse:
    """Special-interest events of one product."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.CASE_READ)
    chosen, found = choice(request, actor), None
    if chosen.filters:
        with cohorts.reading(chosen.filters):
            found = events.board(actor, chosen.filters, key=request.GET.get("after", ""))
    words = event_words()
    context = {
        "form": chosen.form,
        "filters": chosen.filters,
        "board": found,
        "picture": _strip(found) if found else None,
        "next_key": found.next_key if found else "",
        "counts": [(words.get(kind, kind), n, serious) for kind, n, serious in found.counts]
        if found
        else [],
    }
    return render(request, "pv/signals/board.html", context, status=200 if found else 422)


def _strip(found: events.SpecialInterestBoard) -> Any:
    """The malignancies along the months since infusion, each leading to its case."""
    dots = [
        (dot.name, dot.days, reverse("case", args=[dot.case_id]) if dot.case_id else "")
        for dot in found.dots
    ]
    if not dots:
        return None
    name = _("Time from infusion to second malignancy")
    said = _("%(n)s malignancies by the months since infusion.") % {"n": len(dots)}
    return strip_picture(dots, name=name, finding=said)


urlpatterns = [path("signals/", page, name="signals")]
