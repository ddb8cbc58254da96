"""One laboratory value: read with its history, corrected, retracted; and what was found."""

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from followup.actions import laboratory as actions
from followup.core import row_permissions
from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.http.standby import reads_from_standby
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from followup.core.problems import NotFound
from followup.core.templatetags.everwatch import listed
from followup.domain.laboratory import grade_of, lines
from followup.queries import laboratory, replacements
from followup.web.laboratory import words
from followup.web.laboratory.forms import AnswerForm, CorrectionForm, ReasonForm
from followup.web.laboratory.grid import cell_words, finding_words, possible_words, who
from followup.web.laboratory.reasoning import in_words


def _context(actor: Any, result: Any) -> dict[str, Any]:
    rules = laboratory.rules(actor)
    measure = rules.laboratory.measures.get(result.measure)
    versions = replacements.versions(result)
    cell = laboratory.cell(rules, result)
    grade = grade_of(rules, laboratory.point(result)) if measure else None
    return who(actor, result.patient) | {
        "result": result,
        "measure": measure,
        "name": localized_name(measure) if measure else result.measure,
        "cell": cell_words(rules.laboratory, cell),
        "time": words.time_of(result.specimen_at),
        "written": words.with_unit(result),
        "lower_limit": words.plain(result.lower_limit or 0),
        "detection_limit": words.plain(result.detection_limit or 0),
        "grade": possible_words(grade),
        "reasoning": [in_words(line, rules.laboratory) for line in lines(grade)] if grade else (),
        "missing": listed(words.MISSING.get(m, m) for m in grade.missing) if grade else "",
        "citation": grade.steps[0].citation if grade and grade.steps else "",
        "versions": [(row, words.shown_value(rules.laboratory, row)) for row in versions],
        "standing": versions[-1].id == result.id and not result.taken_back,
        "latest": versions[-1],
        "findings": [
            finding_words(row, rules.laboratory)
            for row in laboratory.findings.of_result(actor, result)
        ],
        "may_audit": actor.may(Perm.AUDIT_READ, site=result.site_id),
    }


@require_GET
def detail(request: HttpRequest, pk: str) -> HttpResponse:
    """One value: as written, as read, its grade with the reasoning, every version."""
    actor = cast(ActingRequest, request).actor
    result = laboratory.one(actor, pk)
    context = _context(actor, result) | {"reason_form": ReasonForm()}
    return render(request, "followup/laboratory/value.html", context)


def _known(row: Any) -> dict[str, Any]:
    factor = {"lower_limit": row.lower_limit, "detection_limit": row.detection_limit}
    return {
        "on": row.specimen_on,
        "time": words.time_of(row.specimen_at),
        "laboratory": row.laboratory,
        "received_on": row.received_on,
        "text": words.with_unit(row) if not row.missing_because else "",
        "range": row.range_text,
        "missing": row.missing_because,
        **factor,
    }


def _stale() -> str:
    return _("Somebody has corrected this value meanwhile: open it again.")


def _status(form: Form) -> int:
    return 409 if form.conflicted else form.status


@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, pk: str) -> HttpResponse:
    """Replace a value by its correction, with a reason."""
    actor = cast(ActingRequest, request).actor
    result = laboratory.one(actor, pk)
    row_permissions.require(actor, result, Perm.VISIT_WRITE)
    rules = laboratory.rules(actor).laboratory
    measure = rules.measures.get(result.measure)
    if measure is None:
        raise NotFound()
    form = CorrectionForm(
        request.POST or None, initial=_known(result), rules=rules, measure=measure
    )
    if request.method == "POST" and form.is_valid():
        with form.refusals(stale=_stale()):
            row = actions.correct(
                actor,
                result,
                specimen=form.specimen(),
                given=form.given(),
                reason=form.cleaned_data["reason"],
                confirmed=form.confirmed,
            )
            flash.saved(request, _("Corrected. The findings of the old value were reassessed."))
            return redirect("laboratory-value", pk=row.id)
    context = _context(actor, result) | {"form": form}
    return render(request, "followup/laboratory/correct.html", context, status=_status(form))


@posted_from("laboratory-value")
def take_back(request: HttpRequest, pk: str) -> HttpResponse:
    """Say that a value was none."""
    actor = cast(ActingRequest, request).actor
    result = laboratory.one(actor, pk)
    row_permissions.require(actor, result, Perm.VISIT_WRITE)
    form = ReasonForm(request.POST)
    if form.is_valid():
        with form.refusals(stale=_stale()):
            actions.take_back(actor, result, reason=form.cleaned_data["reason"])
            flash.saved(request, _("Undone."))
            return redirect("laboratory", pk=result.patient_id)
    context = _context(actor, result) | {"reason_form": form, "form": form}
    return render(request, "followup/laboratory/value.html", context, status=_status(form))


@require_GET
@reads_from_standby
def findings(request: HttpRequest) -> HttpResponse:
    """Open findings of all patients in reach, the oldest first."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.VISIT_READ)
    rows, next_key = laboratory.findings.open_page(actor, key=request.GET.get("after", "")[:36])
    rules = laboratory.rules(actor).laboratory
    context = {
        "rows": [
            finding_words(row, rules) | {"value": words.shown_value(rules, row.result)}
            for row in rows
        ],
        "next_key": next_key,
        "measures": {code: localized_name(measure) for code, measure in rules.measures.items()},
    }
    return render(request, "followup/laboratory/findings.html", context)


@require_http_methods(["GET", "POST"])
def finding(request: HttpRequest, pk: str) -> HttpResponse:
    """One finding with its reasoning and its source; answered by a person."""
    actor = cast(ActingRequest, request).actor
    row = laboratory.findings.one(actor, pk)
    result = laboratory.one(actor, row.result_id)
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        row_permissions.require(actor, row, Perm.VISIT_WRITE)
        if form.is_valid():
            with form.refusals(stale=_("This was answered meanwhile: open it again.")):
                actions.answer(actor, row, text=form.cleaned_data["text"])
                flash.saved(request, _("Kept."))
                return redirect("laboratory", pk=row.patient_id)
    rules = laboratory.rules(actor).laboratory
    context = _context(actor, result) | {
        "finding": finding_words(row, rules),
        "form": form,
    }
    return render(request, "followup/laboratory/finding.html", context, status=_status(form))


urlpatterns = [
    path("laboratory-results/<uuid:pk>/", detail, name="laboratory-value"),
    path("laboratory-results/<uuid:pk>/correct/", correct, name="laboratory-correct"),
    path("laboratory-results/<uuid:pk>/take-back/", take_back, name="laboratory-take-back"),
    path("laboratory/", findings, name="laboratory-findings"),
    path("laboratory/findings/<uuid:pk>/", finding, name="laboratory-finding"),
]
