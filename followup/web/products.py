"""Products and their approved indications, with status, precision and provenance."""

from collections.abc import Iterable
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET

from followup.core import extensions
from followup.core.actor import Actor
from followup.core.http.requests import ActingRequest
from followup.core.permissions import Perm
from followup.domain.dates import PartialDate, Precision
from followup.queries import reference
from followup.web import code_choices

# A status nobody established is a question, never an approval without conditions.
STATUSES: tuple[tuple[str, str, str | Promise], ...] = (
    ("conditional", "due", pgettext_lazy("approval", "Conditional")),
    ("full", "done", pgettext_lazy("approval", "Full")),
    ("unknown", "query", pgettext_lazy("approval", "Not established")),
)
CONFIDENCES: dict[str, str | Promise] = {
    "source": gettext_lazy("read in the source"),
    "mission": gettext_lazy("given to this system"),
    "secondary": gettext_lazy("secondary source"),
    "derived": gettext_lazy("derived"),
    "project": gettext_lazy("default of this system"),
    "memory_high": gettext_lazy("recalled, likely; to be verified"),
    "memory_medium": gettext_lazy("recalled, uncertain; to be verified"),
    "memory_low": gettext_lazy("recalled, doubtful; to be verified"),
    "unknown": gettext_lazy("not known"),
}
_SURE = frozenset({"source", "mission"})


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """The products of the reader with their indications; the filter looks at status only."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.REFERENCE_READ)
    wanted = request.GET.get("status", "")
    products = list(reference.products_for(actor, Perm.REFERENCE_READ))
    rows = [
        row
        for row in reference.indications(actor).order_by("approved_from", "code")
        if row.product in products
    ]
    counts = [
        (code, kind, name, sum(row.status == code for row in rows)) for code, kind, name in STATUSES
    ]
    groups = _groups(products, rows, wanted)
    for group in groups:
        group["notes"] = _notes(actor, group["product"])
    context = {
        "groups": groups,
        "counts": counts,
        "status": wanted,
        "as_of": max((group["product"].as_of for group in groups), default=None),
    }
    return render(request, "followup/products/list.html", context)


def _notes(actor: Actor, product: Any) -> list[Any]:
    """What other applications say of a product."""
    added = (notes for each in extensions.registered() for notes in each.product_notes())
    return [note for notes in added for note in notes(actor, product)]


def _groups(products: Iterable[Any], rows: list[Any], wanted: str) -> list[dict[str, Any]]:
    """Products in order of name with the indications that fit; all products without a filter."""
    groups = []
    for product in products:
        lines = [
            _line(row)
            for row in rows
            if row.product_id == product.id and wanted in ("", row.status)
        ]
        if lines or not wanted:
            groups.append(
                {
                    "product": product,
                    "vector": code_choices.label("vector_type", product.vector_type),
                    "atmp_class": code_choices.label("atmp_class", product.atmp_class),
                    "confidence": CONFIDENCES.get(product.confidence, product.confidence),
                    "sure": product.confidence in _SURE,
                    "lines": lines,
                }
            )
    return groups


def _line(row: Any) -> dict[str, Any]:
    """One indication with the words of its status and confidence."""
    kind, name = next(((k, n) for code, k, n in STATUSES if code == row.status), ("query", ""))
    return {
        "row": row,
        "status": (kind, str(name)),
        "approved": approved(row.approved_from, row.approved_precision),
        "confidence": CONFIDENCES.get(row.confidence, row.confidence),
        "sure": row.confidence in _SURE,
    }


def approved(earliest: Any, precision: str) -> PartialDate | None:
    """The approval date as far as it is known; None when it is not recorded."""
    if earliest is None:
        return None
    if precision == Precision.YEAR:
        return PartialDate(earliest.year)
    if precision == Precision.MONTH:
        return PartialDate(earliest.year, earliest.month)
    return PartialDate.of(earliest)


urlpatterns = [path("products/", listing, name="products")]
