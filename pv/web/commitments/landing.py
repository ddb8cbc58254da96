"""The holder's landing page: every commitment, at risk first, and the gaps."""

from typing import Any, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, path, reverse
from django.views.decorators.http import require_GET

from followup.core import clock
from followup.core.http.requests import ActingRequest
from followup.core.http.standby import reads_from_standby
from followup.core.permissions import Perm
from followup.queries import reference
from pv.queries import commitments as queries
from pv.web.commitments import words
from pv.web.commitments.sparkline import sparkline


@require_GET
@reads_from_standby
def listing(request: HttpRequest) -> HttpResponse:
    """All commitments of the actor's products with statutory deadline, forecast and status."""
    actor, today = cast(ActingRequest, request).actor, clock.today()
    found = queries.overview(actor, today=today)
    book, show = queries.rulebook(), request.GET.get("show", "")
    product = _product(request)
    lines = [
        line
        for line in found.lines
        if (not show or line.status.group == show)
        and (product is None or line.commitment.product_id == product)
    ]
    context = {
        "today": today,
        "rows": [_row(line, book, actor) for line in lines],
        "gaps": [(gap, _may_write(actor, gap.indication.product_id)) for gap in found.gaps],
        "unknown": [(gap, _may_write(actor, gap.indication.product_id)) for gap in found.unknown],
        "groups": [
            (group, tone, name, found.counts.get(group, 0)) for group, tone, name in words.GROUPS
        ],
        "show": show,
        "product": product,
        "products": reference.products_for(actor, Perm.COMMITMENT_READ),
        "total": len(found.lines),
        "limit": book.limit(today),
        "calendar": calendar_address(),
    }
    return render(request, "pv/commitments/list.html", context)


def _product(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.GET.get("product", ""))
    except ValueError:
        return None


def _may_write(actor: Any, product: UUID) -> bool:
    return bool(actor.may(Perm.COMMITMENT_WRITE, product=product))


def _row(line: queries.Line, book: queries.Rulebook, actor: Any) -> dict[str, Any]:
    """One line of the table, with its words."""
    row, found = line.commitment, line.status
    kind, text = words.outlook(found)
    return {
        "commitment": row,
        "approval": line.approval,
        "timing": found,
        "kind": queries.text(book.kinds[row.kind].name, words.language()),
        "state": words.state(row.state, book),
        "sale": line.sale,
        "closed": found.group is queries.CommitmentGroup.CLOSED,
        "status": (kind, text),
        "late": len(found.late),
        "slipping": len(found.slipping),
        "following": line.following,
        "following_reached": line.following_reached,
        "following_name": words.named_milestone(line.following, book) if line.following else "",
        "enrolled": line.enrolled,
        "sparkline": sparkline(line.counts, line.planned, row.target_enrolment),
        "may_write": _may_write(actor, row.product_id),
    }


def calendar_address() -> str:
    """The page of the reader's calendar feed; empty where the feed is not installed."""
    try:
        return reverse("calendar")
    except NoReverseMatch:
        return ""


urlpatterns = [path("commitments/", listing, name="commitments")]
