"""Error rates of source data verification as a page, a PDF and a spreadsheet."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import get_language, gettext_lazy, pgettext, pgettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from followup.core import clock, naming
from followup.core.forms import Form
from followup.core.http.files import pdf_response, workbook_response
from followup.core.http.requests import ActingRequest
from followup.core.http.standby import reads_from_standby
from followup.core.pdf import Column, Report
from followup.core.permissions import Perm
from followup.core.security import access
from followup.core.spreadsheets import workbooks
from followup.domain.source_verifications import ErrorRate, Verdict
from followup.queries import quality, source_verifications
from followup.queries import source_error_rates as queries
from followup.web.dates import DateField

VERDICTS = {
    Verdict.NO_ACTION: gettext_lazy("No action needed"),
    Verdict.PASSED: gettext_lazy("Passed"),
    Verdict.CORRECTIVE_ACTION: gettext_lazy("Corrective action needed"),
}
MARKS = {Verdict.NO_ACTION: "done", Verdict.PASSED: "partial", Verdict.CORRECTIVE_ACTION: "overdue"}


class FilterForm(Form):
    """Which periods, of which hospital."""

    site = forms.ChoiceField(label=gettext_lazy("Hospital"), required=False)
    since = DateField(label=pgettext_lazy("period", "First day"), required=False)
    until = DateField(label=pgettext_lazy("period", "Last day"), required=False)


def percent(number: float) -> str:
    """A percentage with two decimals."""
    return f"{number:.2f} %"


def rate_words(rate: ErrorRate) -> dict[str, str]:
    """A rate in words: errors of fields, percent, interval; a dash where nothing was compared."""
    if rate.percent is None or rate.interval is None:
        return {"of": "—", "percent": "—", "interval": "—"}
    low, high = rate.interval
    return {
        "of": f"{rate.errors} / {rate.fields}",
        "percent": percent(rate.percent),
        "interval": f"{percent(low)} – {percent(high)}",
    }


def _shown(line: queries.RateLine) -> dict[str, Any]:
    place = _("All hospitals") if line.site is None else naming.localized_name(line.site)
    period = f"{line.since} – {line.until}" if line.since else _("all periods")
    return {
        "line": line,
        "place": place,
        "period": period,
        "critical": rate_words(line.critical),
        "every": rate_words(line.every),
        "verdict": VERDICTS[line.verdict] if line.verdict else "",
        "mark": MARKS[line.verdict] if line.verdict else "",
    }


def _table(lines: list[dict[str, Any]]) -> tuple[list[tuple[str, int]], list[list[str]]]:
    """Headings with their share of the width, and rows of texts, for PDF and spreadsheet."""
    head = [
        (_("Hospital"), 16),
        (pgettext("column", "Period"), 18),
        (pgettext("column", "Patients"), 7),
        (_("Critical: errors / fields"), 11),
        (_("Critical: rate"), 8),
        (_("Critical: interval"), 16),
        (_("All: errors / fields"), 11),
        (_("All: rate"), 8),
        (_("All: interval"), 16),
        (_("Source missing"), 7),
        (_("Not compared"), 9),
        (_("Assessment"), 14),
    ]
    rows = [
        [
            *(each["place"], each["period"], str(each["line"].patients)),
            *each["critical"].values(),
            *each["every"].values(),
            str(each["line"].every.source_missing),
            str(each["line"].every.unchecked),
            str(each["verdict"]),
        ]
        for each in lines
    ]
    return head, rows


@require_GET
@reads_from_standby
def report(request: HttpRequest) -> HttpResponse:
    """By hospital and period; as a file with `format=pdf` or `format=xlsx`."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.VERIFICATION_READ)
    form = FilterForm(request.GET or None)
    sites = [(row.code, naming.localized_name(row)) for row in quality.sites(actor)]
    form.offer("site", [("", pgettext("filter", "All")), *sites])
    data = form.cleaned_data if form.is_bound and form.is_valid() else {}
    known = source_verifications.rules()
    lines = [
        _shown(line)
        for line in queries.lines(
            actor,
            known,
            site=data.get("site") or "",
            since=data.get("since"),
            until=data.get("until"),
        )
    ]
    title, kind = _("Error rates of source data verification"), request.GET.get("format", "")
    if kind in ("pdf", "xlsx"):
        access.record(actor, "export", "source_error_rates", reason=kind)
        return _pdf(title, lines, known) if kind == "pdf" else _workbook(title, lines)
    context = {"form": form, "lines": lines, "note": note(known), "asked": request.GET.urlencode()}
    return render(request, "followup/source_verifications/report.html", context)


def note(known: Any) -> str:
    """How the numbers are made, in one sentence."""
    return _(
        "Errors are fields whose value differs from the source, of the fields that have a source; "
        "exact interval of Clopper and Pearson, %(confidence)s %%."
    ) % {"confidence": f"{known.confidence_percent:g}"}


def _pdf(title: str, lines: list[dict[str, Any]], known: Any) -> HttpResponse:
    made = clock.printed(clock.now())
    paper = Report(title=title, language=get_language() or "zh-Hans", running=title, foot=made)
    head, rows = _table(lines)
    paper.heading(_("By hospital and period"), note(known))
    paper.table([Column(text, share) for text, share in head], rows)
    return pdf_response(paper.pdf(), "source-error-rates.pdf")


def _workbook(title: str, lines: list[dict[str, Any]]) -> HttpResponse:
    head, rows = _table(lines)
    header = [text for text, _share in head]
    content = workbooks.single(title[:31], header, rows, made_at=clock.now())
    return workbook_response(content, "source-error-rates.xlsx")


urlpatterns = [
    path("source-verifications/error-rates/", report, name="source-error-rates"),
]
