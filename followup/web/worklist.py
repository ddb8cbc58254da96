"""The landing page of hospital staff: what is due, and one press to the form that closes it."""

from typing import Any, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import path
from django.views.decorators.http import require_GET

from followup.core import clock
from followup.core.permissions import Perm
from followup.core.requests import ActingRequest
from followup.queries import reference, worklist


def _filters(request: HttpRequest) -> worklist.Filters:
    """What the address asks for; nonsense is no filter."""
    product: UUID | None
    try:
        product = UUID(request.GET.get("product", ""))
    except ValueError:
        product = None
    tries = request.GET.get("tries", "")
    return worklist.Filters(
        product=product,
        only_overdue=request.GET.get("status") == "overdue",
        include_snoozed=request.GET.get("snoozed") == "1",
        attempts_from=int(tries)
        if tries.isascii() and tries.isdigit() and len(tries) < 4
        else None,
    )


@require_GET
def worklist_page(request: HttpRequest) -> HttpResponse:
    """My worklist."""
    actor, today = cast(ActingRequest, request).actor, clock.today()
    actor.require(Perm.VISIT_WRITE)
    filters = _filters(request)
    page = worklist.page(actor, today=today, key=request.GET.get("after", ""), filters=filters)
    context: dict[str, Any] = {
        "page": page,
        "counts": worklist.counts(actor, today=today),
        "filters": filters,
        "filtered": filters != worklist.Filters(),
        "products": reference.products(actor),
        "today": today,
        # The same in every row, so it is made once.
        "again": render_to_string("followup/worklist/again.html", request=request),
        "upcoming": None if page.items else worklist.upcoming(actor, today=today),
    }
    return render(request, "followup/worklist/list.html", context)


urlpatterns = [path("worklist/", worklist_page, name="worklist")]
