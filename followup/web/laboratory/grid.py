"""The laboratory page of a patient: grid, what is to be looked at, trend, export."""

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from followup.core import clock
from followup.core.http.files import csv_response, workbook_response
from followup.core.http.requests import ActingRequest
from followup.core.http.standby import reads_from_standby
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from followup.core.problems import NotFound
from followup.core.security import access
from followup.core.spreadsheets import workbooks
from followup.domain.laboratory import TrendValue, picture
from followup.queries import identity, laboratory, patients
from followup.web.laboratory import words
from followup.web.laboratory.reasoning import in_words


def who(actor: Any, patient: Any) -> dict[str, Any]:
    """The patient as every page of this noun shows it."""
    return {
        "patient": patient,
        "person": identity.masked(actor, [patient.id]).get(patient.id),
        "may_write": actor.may(Perm.VISIT_WRITE, site=patient.site_id),
        "may_report": actor.may(Perm.EVENT_WRITE, site=patient.site_id),
    }


def cell_words(rules: Any, cell: Any) -> dict[str, Any]:
    """A cell of the grid in words."""
    return {
        "row": cell.row,
        "text": words.shown_value(rules, cell.row),
        "written": words.as_written(cell.row),
        "side": str(words.SIDES.get(cell.side, "")),
        "sign": {"LOW": "↓", "HIGH": "↑"}.get(cell.side, ""),
        "grade": grade_words(cell.grade),
        "below": cell.below_quantification and cell.row.comparator not in ("ND", "BLQ"),
        "preliminary": cell.row.status == "PRELIMINARY",
        "corrected": cell.row.status == "CORRECTED",
    }


def grade_words(grade: Any) -> str:
    """A grade with its scale; what is certain already where an input is missing."""
    if grade is None or not grade.at_least:
        return ""
    sign = "" if grade.grade is not None else "≥"
    return f"CTCAE {sign}{grade.at_least}"


def possible_words(grade: Any) -> str:
    """The grades that are possible: one where it is certain, all where an input is missing."""
    if grade is None:
        return ""
    if grade.grade is not None:
        return f"CTCAE {grade.grade}"
    possible = sorted({number for step in grade.steps for number in step.possible})
    return f"CTCAE {'/'.join(map(str, possible))}"


@require_GET
@reads_from_standby
def page(request: HttpRequest, pk: str) -> HttpResponse:
    """The values of a patient: the latest days, or those before one."""
    actor = cast(ActingRequest, request).actor
    patient = patients.one(actor, pk)
    actor.require(Perm.VISIT_READ)
    rules = laboratory.rules(actor).laboratory
    grid = laboratory.grid(actor, patient, before=request.GET.get("before", "")[:10])
    context = who(actor, patient) | {
        "columns": [(c, words.time_of(c.at)) for c in grid.columns],
        "lines": [
            {
                "code": line.code,
                "measure": line.measure,
                "name": localized_name(line.measure) if line.measure else line.code,
                "cells": [cell_words(rules, c) if c else None for c in line.cells],
            }
            for line in grid.lines
        ],
        "earlier": grid.earlier,
        "later": "before" in request.GET,
        "findings": [
            finding_words(row, rules) for row in laboratory.findings.of_patient(actor, patient)
        ],
    }
    return render(request, "followup/laboratory/page.html", context)


def finding_words(row: Any, rules: Any) -> dict[str, Any]:
    """A finding in words."""
    kinds = {"OPEN": "due", "REPORTED": "done", "ANSWERED": "done", "CORRECTED": "na"}
    return {
        "row": row,
        "rule": words.rule(row.rule),
        "kind": kinds[row.state],
        "reportable": words.reportable(row.rule),
        "name": localized_name(rules.measures[row.measure])
        if row.measure in rules.measures
        else "",
        "grade": scale_words(row.scale, row.grade),
        "because": [in_words(line, rules) for line in row.reasoning],
    }


def scale_words(scale: str, grade: int | None) -> str:
    """A grade behind the name of its scale; empty for none."""
    if grade is None:
        return ""
    return _("%(scale)s, grade %(grade)s") % {"scale": scale.replace("_", " "), "grade": grade}


@require_GET
@reads_from_standby
def trend(request: HttpRequest, pk: str, code: str) -> HttpResponse:
    """One measure over time: the picture with its limits, and the table of every value."""
    actor = cast(ActingRequest, request).actor
    patient = patients.one(actor, pk)
    actor.require(Perm.VISIT_READ)
    rules = laboratory.rules(actor)
    measure = rules.laboratory.measures.get(code)
    if measure is None:
        raise NotFound()
    rows = laboratory.of_measure(actor, patient, code)
    cells = [laboratory.cell(rules, row) for row in rows]
    drawn = [
        TrendValue(
            row.specimen_on,
            amount.value,
            "" if amount.relation.value == "=" else amount.relation.value,
            f"{row.specimen_on} {words.shown_value(rules.laboratory, row)}",
        )
        for row in rows
        if (amount := laboratory.quantity_of(row)) is not None and amount.value is not None
    ]
    context = who(actor, patient) | {
        "measure": measure,
        "chart": picture(drawn, levels(measure, rows)),
        "cells": [cell_words(rules.laboratory, cell) for cell in cells],
        "limits_citation": rules.laboratory.limits_citation,
    }
    return render(request, "followup/laboratory/trend.html", context)


def levels(measure: Any, rows: Any) -> list[tuple[str, str, Any]]:
    """LLOQ and LOD as the last report stated them, else as loaded; the range last printed."""
    stated = {
        "lloq": next((r.lower_limit for r in reversed(rows) if r.lower_limit is not None), None),
        "lod": next(
            (r.detection_limit for r in reversed(rows) if r.detection_limit is not None), None
        ),
        "low": next((r.range_low for r in reversed(rows) if r.range_low is not None), None),
        "high": next((r.range_high for r in reversed(rows) if r.range_high is not None), None),
    }
    stated["lloq"] = stated["lloq"] if stated["lloq"] is not None else measure.lloq
    stated["lod"] = stated["lod"] if stated["lod"] is not None else measure.lod
    names = {
        "lloq": "LLOQ",
        "lod": "LOD",
        "low": _("lower limit of the range"),
        "high": _("upper limit of the range"),
    }
    return [
        (kind, f"{names[kind]} {words.plain(number)}", number)
        for kind, number in stated.items()
        if number is not None
    ]


def _header() -> list[str]:
    return [
        _("Patient code"),
        _("Day of the specimen"),
        _("Time of the specimen"),
        _("Measure"),
        _("Code"),
        _("Value"),
        _("Unit"),
        _("As written"),
        _("Unit as written"),
        _("Missing because"),
        _("Range as printed"),
        _("Limit of quantification"),
        _("Limit of detection"),
        _("Grade"),
        _("Status"),
        _("Source"),
        _("Laboratory"),
        _("Report received on"),
    ]


def _lines(actor: Any, patient: Any) -> list[list[str]]:
    rules = laboratory.rules(actor)
    made = []
    for row in laboratory.of_patient(actor, patient):
        cell = laboratory.cell(rules, row)
        measure = rules.laboratory.measures.get(row.measure)
        missing = row.missing_because
        shown = words.shown_value(rules.laboratory, row)
        limits = [
            words.plain(limit) if limit is not None else ""
            for limit in (row.lower_limit, row.detection_limit)
        ]
        made.append(
            [
                patient.study_code,
                row.specimen_on.isoformat(),
                words.time_of(row.specimen_at),
                localized_name(measure) if measure else row.measure,
                row.measure,
                "" if missing else shown,
                row.unit,
                row.written,
                row.unit_written,
                shown if missing else "",
                row.range_text,
                *limits,
                grade_words(cell.grade),
                str(row.get_status_display()),
                str(row.get_source_display()),
                row.laboratory,
                row.received_on.isoformat(),
            ]
        )
    return made


@require_GET
def export(request: HttpRequest, pk: str, ending: str) -> HttpResponse:
    """Every value of the patient as a table; numbers stay as text, so that no zero is lost."""
    actor = cast(ActingRequest, request).actor
    patient = patients.one(actor, pk)
    actor.require(Perm.VISIT_READ)
    if ending not in ("csv", "xlsx"):
        raise NotFound()
    header, lines = _header(), _lines(actor, patient)
    access.record(actor, "laboratory.export", patient.id, reason=ending)
    name = f"laboratory-{patient.study_code}.{ending}"
    if ending == "csv":
        return csv_response([header, *lines], name)
    title = f"{_('Laboratory values')} {patient.study_code}"
    return workbook_response(workbooks.single(title, header, lines, made_at=clock.now()), name)


urlpatterns = [
    path("patients/<uuid:pk>/laboratory/", page, name="laboratory"),
    path("patients/<uuid:pk>/laboratory/trend/<slug:code>/", trend, name="laboratory-trend"),
    path("patients/<uuid:pk>/laboratory/export/<slug:ending>/", export, name="laboratory-export"),
]
