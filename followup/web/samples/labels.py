"""Labels as PDF in the exact size of the label, and the page that proves the printer's scale."""

from dataclasses import dataclass
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import get_language, pgettext
from django.views.decorators.http import require_GET, require_http_methods

from followup.actions import samples as actions
from followup.core import barcodes, pdf
from followup.core.http.files import pdf_response
from followup.core.http.requests import ActingRequest
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from followup.core.problems import NotFound
from followup.queries import kits, samples
from followup.web.samples.custody import chosen

EVENT = "EVT"  # the protocol's code of a visit that an event starts
UNDATED = "____-__-__"


@dataclass(frozen=True, slots=True)
class Size:
    """One label stock, in millimetres."""

    code: str
    width: int
    height: int


SIZES = {size.code: size for size in (Size("40x20", 40, 20), Size("24x13", 24, 13))}


def _size(code: str) -> Size:
    if code not in SIZES:
        raise NotFound()
    return SIZES[code]


def _label(sample: Any, definition: Any) -> dict[str, Any]:
    """What is on a label; the code carries the number alone, and nothing names the person."""
    return {
        "symbol": barcodes.datamatrix(sample.number),
        "number": sample.number,
        "study_code": sample.patient.study_code,
        "visit": sample.visit_code or (EVENT if sample.event_id else "—"),
        "code": sample.code,
        "specimen": localized_name(definition) if definition else "",
        "day": sample.planned_for.isoformat() if sample.planned_for else UNDATED,
    }


@require_http_methods(["GET", "POST"])
def labels(request: HttpRequest) -> HttpResponse:
    """Which labels, on which stock; printing answers the PDF and is noted for each sample."""
    actor = cast(ActingRequest, request).actor
    rows = chosen(request, Perm.SAMPLE_WRITE)
    if request.method == "GET":
        context = {"rows": samples.described(actor, rows), "sizes": SIZES.values()}
        return render(request, "followup/samples/labels.html", context)
    size = _size(request.POST.get("size", ""))
    printed = actions.print_labels(actor, [row.id for row in rows])
    known = samples.rules(actor).definitions
    content = pdf.render(
        "label",
        {"labels": [_label(row, known.get(row.code)) for row in printed], "size": size},
        language=get_language() or "en",
    )
    return pdf_response(content, f"labels-{size.code}-{printed[0].number}.pdf")


def _kit_label(kit: Any) -> dict[str, Any]:
    """What is on the label of a kit: its number as the code, who fills it, its last day."""
    return {
        "symbol": barcodes.datamatrix(kit.number),
        "number": kit.number,
        "study_code": kit.site.code,
        "visit": pgettext("label", "Kit"),
        "code": kit.code[:20] or "—",
        "specimen": "",
        "day": kit.expires_on.isoformat() if kit.expires_on else UNDATED,
    }


@require_http_methods(["GET", "POST"])
def kit_label(request: HttpRequest, pk: str) -> HttpResponse:
    """Which stock the label of a kit is printed on; printing answers the PDF and is noted."""
    actor = cast(ActingRequest, request).actor
    kit = kits.one(actor, pk, Perm.SAMPLE_WRITE)
    if request.method == "GET":
        context = {"kit": kit, "sizes": SIZES.values()}
        return render(request, "followup/samples/kit_label.html", context)
    size = _size(request.POST.get("size", ""))
    printed = actions.print_kit_label(actor, kit)
    content = pdf.render(
        "label", {"labels": [_kit_label(printed)], "size": size}, language=get_language() or "en"
    )
    return pdf_response(content, f"label-{size.code}-{printed.number}.pdf")


@require_GET
def ruler(request: HttpRequest, size: str) -> HttpResponse:
    """The test page: a line of 20 mm, so that a scaled print is seen before the freezer."""
    cast(ActingRequest, request).actor.require(Perm.SAMPLE_WRITE)
    chosen_size = _size(size)
    content = pdf.render(
        "label-ruler",
        {"ticks": range(21), "size": chosen_size},
        language=get_language() or "en",
    )
    return pdf_response(content, f"label-test-{chosen_size.code}.pdf")


urlpatterns = [
    path("samples/labels/", labels, name="sample-labels"),
    path("samples/labels/test/<slug:size>/", ruler, name="label-ruler"),
]
