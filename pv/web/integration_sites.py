"""The integration sites of a sample: table, clonality with its class, and the course over time."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET

from followup.core.http.files import csv_response
from followup.core.http.requests import ActingRequest
from followup.core.permissions import Perm
from followup.queries import samples
from pv.queries import integration_sites
from pv.queries.integration_sites import Analysis

CLASSES: Mapping[str, str | Promise] = {
    "POLYCLONAL": pgettext_lazy("clonality", "Polyclonal"),
    "OLIGOCLONAL": pgettext_lazy("clonality", "Oligoclonal"),
    "CLONAL": pgettext_lazy("clonality", "Clonal"),
}
KINDS = {"POLYCLONAL": "done", "OLIGOCLONAL": "due", "CLONAL": "risk"}
REASONS: Mapping[str, str | Promise] = {
    "LARGE": gettext_lazy("Large share"),
    "RISING": gettext_lazy("Share is rising"),
    "CANCER_GENE": gettext_lazy("In or near a cancer gene"),
}
HEADER = (
    "sample",
    "visit",
    "collected_on",
    "resulted_on",
    "class",
    "class_by_laboratory",
    "site",
    "strand",
    "cancer_gene",
    "distance_bp",
    "percent",
    "percent_before",
    "monitored_because",
    "repeat_by",
)


def _row(analysis: Analysis, findings: Mapping[str, Any]) -> dict[str, Any]:
    """One analysis as a line of the course."""
    code = analysis.answer.clonality
    return {
        "analysis": analysis,
        "class": CLASSES[code] if code else "",
        "kind": KINDS[code] if code else "query",
        "finding": findings.get(analysis.result.finding),
        "differs": bool(
            code and analysis.result.finding in CLASSES and analysis.result.finding != code
        ),
    }


def _exported(analyses: Sequence[Analysis]) -> Iterator[Sequence[Any]]:
    yield HEADER
    for each in analyses:
        result, answer = each.result, each.answer
        head = [
            result.sample.number,
            result.sample.visit_code,
            each.collected_on,
            result.resulted_on,
            answer.clonality.value if answer.clonality else "",
            result.finding,
        ]
        for line in each.lines:
            site = line.site
            yield [
                *head,
                f"{site['chromosome']}:{site['position']}",
                {"+": "plus", "-": "minus"}[site["strand"]],
                site["gene"],
                site["distance_bp"],
                line.percent,
                line.before,
                " ".join(line.reasons),
                each.repeat_by if line.reasons else None,
            ]


@require_GET
def of_sample(request: HttpRequest, pk: str) -> HttpResponse:
    """The analyses of the infusion, and the sites of this sample; `?format=csv` gives all sites."""
    actor = cast(ActingRequest, request).actor
    sample = samples.one(actor, pk, Perm.SAMPLE_READ)
    analyses = integration_sites.of_sample(actor, sample)
    if request.GET.get("format") == "csv":
        return csv_response(_exported(analyses), f"integration-sites-{sample.number}.csv")
    assay = samples.rules(actor).assays.assay(integration_sites.ASSAY)
    findings = {row.code: row for row in assay.findings} if assay else {}
    rows = [_row(each, findings) for each in analyses]
    mine = [row for row in rows if row["analysis"].result.sample_id == sample.id]
    context = {
        "sample": sample,
        "rows": rows,
        "shown": mine[-1] if mine else None,
        "lines": [
            (line, [REASONS[code] for code in line.reasons])
            for line in (mine[-1]["analysis"].lines if mine else ())
        ],
        "rules": integration_sites.clonality_rules(),
        "title": _("Integration sites"),
    }
    return render(request, "pv/workups/integration_sites.html", context)


urlpatterns = [
    path("samples/<uuid:pk>/integration-sites/", of_sample, name="sample-integration-sites")
]
