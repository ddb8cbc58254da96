"""Second malignancies seen against those expected, with sequential monitoring."""

from math import isnan
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_GET

from followup.core.http.requests import ActingRequest
from followup.core.http.standby import reads_from_standby
from followup.core.permissions import Perm
from followup.domain.exposure import person_years
from pv.queries import cohorts
from pv.queries.exposure_labels import tier_words
from pv.queries.signals import observed, tables
from pv.web.cohorts import choice


def shown(value: float, digits: int = 2) -> str:
    """A number for a page; a dash for what is not defined."""
    return "–" if isnan(value) else f"{value:.{digits}f}"


@require_GET
@reads_from_standby
def page(request: HttpRequest) -> HttpResponse:
    """The comparison for a product, a table and a group of tumours."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.CASE_READ)
    chosen, found = choice(request, actor), None
    offered = tables.imported(actor, tables.RATES)
    asked = request.GET.get("table", "")
    item = next((row for row in offered if str(row.id) == asked), offered[0] if offered else None)
    table = tables.rates(actor, item.id) if item else None
    group = request.GET.get("group", "")
    if table and group not in table.groups:
        group = table.groups[0]
    all_kinds = request.GET.get("kinds") == "all"
    if chosen.filters:
        with cohorts.reading(chosen.filters):
            found = observed.observed(actor, chosen.filters, table, group, all_kinds=all_kinds)
    context = {
        "form": chosen.form,
        "filters": chosen.filters,
        "tables": offered,
        "table": table,
        "group": group,
        "all_kinds": all_kinds,
        "found": found,
        "rows": _rows(found) if found else {},
    }
    return render(request, "pv/signals/observed.html", context, status=200 if found else 422)


def _rows(found: observed.Observed) -> dict[str, Any]:
    """The figures as texts: what a page shows is what a person can copy."""
    comparison = found.comparison
    exposure = comparison.exposure
    ratio, per = comparison.ratio, comparison.per_100
    words = tier_words()
    return {
        "observed": exposure.observed,
        "expected": f"{exposure.expected:.4f}",
        "years": f"{exposure.years_at_risk:.1f}",
        "without": f"{person_years(exposure.without_rate):.1f}" if exposure.without_rate else "",
        "ratio": f"{shown(ratio[0])} ({shown(ratio[1])} – {shown(ratio[2])})",
        "per_100": f"{shown(per[0])} ({shown(per[1])} – {shown(per[2])})",
        "tiers": [
            (words[tier], f"{person_years(days):.1f}") for tier, days in exposure.tiers.items()
        ],
        "looks": [
            (year, seen, f"{awaited:.4f}", f"{llr:.3f}")
            for year, seen, awaited, llr in comparison.looks
        ],
        "critical": f"{comparison.sequential.critical_value:.3f}",
        "onset": [f"{days:.0f}" for days in found.onset] if found.onset else [],
    }


urlpatterns = [path("signals/observed/", page, name="signals-observed")]
