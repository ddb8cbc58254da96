"""Disproportionality of the terms of a product, inside the register and against a table."""

from math import isnan
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from followup.core.http.requests import ActingRequest
from followup.core.http.standby import reads_from_standby
from followup.core.naming import reader_language
from followup.core.permissions import Perm
from pv.queries import cohorts, standardised_queries, studies
from pv.queries.signals import screening, tables
from pv.queries.signals.screening import Against
from pv.web.cohorts import choice

MOST_ROWS = 200


def ways() -> list[tuple[str, str]]:
    """What the reports can be held against."""
    return [
        (Against.PRODUCTS.value, _("Other products of the register")),
        (Against.EARLIER.value, _("The last 12 months against the time before")),
        (Against.SEX.value, _("Women against men")),
        (Against.BACKGROUND.value, _("An imported table of counts")),
    ]


def _number(value: float) -> str:
    return "–" if isnan(value) else f"{value:.2f}"


@require_GET
@reads_from_standby
def page(request: HttpRequest) -> HttpResponse:
    """Every term with its measures and the rules it meets; one term over the years."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.CASE_READ)
    chosen = choice(request, actor)
    asked = request.GET.get("against", "")
    against = Against(asked) if asked in dict(ways()) else Against.PRODUCTS
    offered = tables.imported(actor, tables.COUNTS)
    table = request.GET.get("table", "")
    item = next((row for row in offered if str(row.id) == table), offered[0] if offered else None)
    smq = request.GET.get("smq", "")
    group = standardised_queries.group(*smq.split(":", 1)) if ":" in smq else None
    term, found, years = request.GET.get("term", ""), None, []
    trials: list[Any] = []
    if chosen.filters and actor.may(Perm.REPORT_READ, product=chosen.filters.product.id):
        with cohorts.reading(chosen.filters):
            trials = studies.seen_in_trials(actor, chosen.filters.product.id)
    if chosen.filters and (item or against is not Against.BACKGROUND):
        rows = tables.counts(actor, item.id)[1] if item and against is Against.BACKGROUND else []
        with cohorts.reading(chosen.filters):
            found = screening.screen(actor, chosen.filters, against, rows, group)
            if term and against is not Against.BACKGROUND:
                years = screening.by_year(actor, chosen.filters, term, against, group)
    shown = list(found.rows if found else ())
    if request.GET.get("rows", "") != "all":
        shown = shown[:MOST_ROWS]
    context = {
        "form": chosen.form,
        "filters": chosen.filters,
        "ways": ways(),
        "against": against.value,
        "tables": offered,
        "item": item,
        "smqs": standardised_queries.choices(reader_language()),
        "smq": smq if group else "",
        "found": found,
        "rows": [_row(row, found.words) for row in shown] if found else [],
        "total": len(found.rows) if found else 0,
        "most": MOST_ROWS if found and len(found.rows) > len(shown) else 0,
        "hiding": [
            (found.words.get(name, name), f"{100 * share:.0f}") for name, share in found.masking
        ]
        if found
        else [],
        "trial_safety": trials,
        "may_detect": actor.may(Perm.CASE_WRITE),
        "term": found.words.get(term, term) if found else term,
        "years": [(year, cells.a, _measures(values)) for year, cells, values in years],
    }
    return render(
        request, "pv/signals/screening.html", context, status=200 if chosen.filters else 422
    )


def _measures(values: Any) -> list[str]:
    pairs = (("ror", "ror_low"), ("prr", "chi2_yates"), ("ic", "ic_low"), ("ebgm", "eb05"))
    return [f"{_number(values[one])} ({_number(values[other])})" for one, other in pairs]


def _row(row: screening.TermRow, words: Any) -> dict[str, Any]:
    cells = row.cells
    name = words.get(cells.term, cells.term)
    coded = cells.term.isdigit() and name != cells.term
    return {
        "key": cells.term,
        "term": f"{cells.term} {name}" if coded else name,
        "cells": (cells.a, cells.b, cells.c, cells.d),
        "measures": [
            *_measures(row.measures),
            f"{_number(row.stratified[0])} ({_number(row.stratified[1])})",
        ],
        "met": row.met,
    }


urlpatterns = [path("signals/screening/", page, name="signals-screening")]
