"""The custody certificate of one sample: every step as it was recorded, deviations and results."""

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from followup.actions import samples as actions
from followup.core import clock
from followup.core.http.files import pdf_response
from followup.core.http.requests import ActingRequest
from followup.core.naming import localized_name
from followup.core.pdf import Column, Report
from followup.queries import kits, samples, seals, storage


def _moment(row: Any) -> str:
    if row.happened_at:
        return clock.printed(row.happened_at)
    return row.happened_on.isoformat() if row.happened_on else pgettext("sample", "day not known")


def _border(row: Any) -> str:
    if row.abroad:
        return f"{pgettext('sample', 'permit')} {row.permit} ({row.permit_on.isoformat()})"
    return pgettext("sample", "stays in mainland China") if row.abroad is False else ""


def _validity(line: samples.StepLine) -> str:
    """Whether a row counts: a replaced one is printed, since nothing recorded is taken away."""
    if line.row.taken_back:
        return pgettext("sample", "undone")
    if line.superseded:
        return pgettext("sample", "replaced")
    return pgettext("sample", "correction") if line.row.replaces_id else ""


def _step(line: samples.StepLine) -> list[str]:
    row = line.row
    how = [
        row.place,
        localized_name(line.condition) if line.condition else "",
        _border(row),
        row.carrier,
    ]
    how += [localized_name(line.reason) if line.reason else "", row.note]
    by = str(row.recorded_by or "—")
    at = f"{row.recorded_at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}"
    return [
        str(row.number),
        str(row.get_step_display()),
        _moment(row),
        " · ".join(part for part in how if part) or "—",
        f"{by} {at}",
        _validity(line),
    ]


def _result(line: samples.ResultLine) -> list[str]:
    row = line.result
    return [
        localized_name(line.assay) if line.assay else row.assay,
        localized_name(line.finding) if line.finding else row.finding,
        row.reported or "—",
        row.laboratory,
        row.resulted_on.isoformat(),
        "" if row.final else pgettext("report", "Preliminary"),
    ]


def _facts(
    sample: Any, definition: Any, lines: list[samples.StepLine], place: Any, item: Any
) -> list[tuple[str, str]]:
    """Whose sample it is by study code: no name is printed."""
    wrong = [
        line for line in lines if line.deviation and not line.superseded and not line.row.taken_back
    ]
    said = [f"{line.row.get_step_display()} {_moment(line.row)}" for line in wrong]
    if item and item.deviation:
        said.append(f"{item.kit.number}{pgettext('punctuation', ': ')}{item.deviation}")
    deviations = pgettext("punctuation", "; ").join(said)
    specimen = f"{sample.code} {localized_name(definition)}" if definition else sample.code
    return [
        (pgettext("column", "Patient"), sample.patient.study_code),
        (pgettext("column", "Specimen"), specimen),
        (_("From when"), f"{sample.get_phase_display()} {sample.visit_code}".strip()),
        (pgettext("column", "Site"), localized_name(sample.site)),
        (pgettext("column", "State"), str(sample.get_state_display())),
        (pgettext("sample", "Sampling kit"), f"{item.kit.number} · {item.lot}" if item else "—"),
        (_("Position"), f"{place.box} · {place.position}" if place else "—"),
        (pgettext("sample", "Deviations"), deviations or pgettext("sample", "None")),
    ]


@require_GET
def certificate(request: HttpRequest, pk: str) -> HttpResponse:
    """The chain of custody as a PDF, with the seal of the trail it was printed at."""
    actor = cast(ActingRequest, request).actor
    sample = actions.print_certificate(actor, samples.one(actor, pk))
    lines, [row] = samples.custody(actor, sample), samples.described(actor, [sample])
    head = seals.head()
    report = Report(
        title=_("Custody certificate %(number)s") % {"number": sample.number},
        language=get_language() or "zh-Hans",
        running=f"{sample.number} · {sample.patient.study_code}",
        foot=_("Printed %(at)s · seal %(seal)s")
        % {"at": clock.printed(clock.now()), "seal": f"{head.seq} {head.chain[:16]}"},
    )
    place, item = storage.place_of(actor, sample), kits.use_of(actor, sample)
    report.facts(_facts(sample, row.definition, lines, place, item))
    report.heading(
        _("Chain of custody"),
        _("Every row as it was recorded; a row that was replaced or undone stays and says so."),
    )
    headings = (
        (pgettext("column", "No."), 4),
        (pgettext("column", "Step"), 12),
        (pgettext("column", "When"), 18),
        (pgettext("column", "Where and how"), 40),
        (_("Recorded by"), 22),
        (pgettext("sample", "Validity"), 9),
    )
    report.table([Column(*heading) for heading in headings], [_step(line) for line in lines])
    found = samples.results(actor, sample)
    if found:
        report.heading(_("Molecular results"))
        titles = (
            (pgettext("sample", "Assay"), 24),
            (pgettext("sample", "Finding"), 18),
            (_("As the laboratory wrote it"), 20),
            (_("Laboratory"), 20),
            (_("Date of the report"), 14),
            ("", 9),
        )
        report.table([Column(*title) for title in titles], [_result(line) for line in found])
    return pdf_response(report.pdf(), f"{sample.number}-custody.pdf")


urlpatterns = [path("samples/<uuid:pk>/certificate.pdf", certificate, name="sample-certificate")]
