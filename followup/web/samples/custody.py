"""Recording what happens to samples: one or several at once, corrected, retracted."""

from typing import Any, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from followup.actions import samples as actions
from followup.core import clock, row_permissions
from followup.core.forms import VersionedForm
from followup.core.http import flash
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.permissions import Perm
from followup.core.problems import NotFound, Refused
from followup.queries import kits, samples
from followup.web.samples.forms import CorrectionForm, HeldForm, StepForm
from followup.web.samples.pages import show
from followup.web.samples.words import next_steps


def chosen(request: HttpRequest, needs: Perm) -> list[Any]:
    """The samples named in the URL or the form; NotFound when one of them is not there."""
    actor = cast(ActingRequest, request).actor
    source = request.POST if request.method == "POST" else request.GET
    try:
        ids = list(dict.fromkeys(UUID(text) for text in source.getlist("sample")[:200]))
    except ValueError as error:
        raise NotFound() from error
    rows = samples.many(actor, ids, needs)
    if not rows or len(rows) != len(ids):
        raise NotFound()
    return rows


def _back(rows: list[Any]) -> HttpResponse:
    if len(rows) == 1:
        return redirect("sample", pk=rows[0].id)
    patients = {row.patient_id for row in rows}
    return (
        redirect("patient-samples", pk=patients.pop())
        if len(patients) == 1
        else redirect("samples")
    )


def _kit(request: HttpRequest, rows: list[Any], form: StepForm) -> Any:
    """The kit that was scanned; None where none was, Refused for one that is not there."""
    text = form.cleaned_data.get("kit", "").strip()
    if not text:
        return None
    found = kits.by_number(cast(ActingRequest, request).actor, text, site=rows[0].site_id)
    if found is None:
        raise Refused({"kit": _("No kit of yours has this number.")})
    return found


@require_http_methods(["GET", "POST"])
def steps(request: HttpRequest) -> HttpResponse:
    """One step for the chosen samples, `?sample=…&sample=…&step=COLLECT`."""
    actor = cast(ActingRequest, request).actor
    rows = chosen(request, Perm.SAMPLE_WRITE)
    possible = next_steps(row.state for row in rows)
    source = request.POST if request.method == "POST" else request.GET
    kind = source.get("step", "")
    form = None
    if kind in dict(possible) or (request.method == "POST" and kind in dict(samples.STEPS)):
        start = {"happened_on": clock.today()}
        rules = samples.rules(actor)
        form = StepForm(request.POST or None, initial=start, kind=kind, rules=rules)
    if form is not None and request.method == "POST" and form.is_valid():
        with form.refusals():
            given = form.given() | {"kit": _kit(request, rows, form)}
            made = actions.record_steps(actor, rows, step=kind, confirmed=form.confirmed, **given)
            return _saved(request, rows, made)
    context = {
        "form": form,
        "rows": samples.described(actor, rows),
        "kind": kind,
        "title": dict(samples.STEPS).get(kind, ""),
        "possible": possible,
        "rules": samples.rules(actor),
        "cancel": reverse("sample", args=[rows[0].id]) if len(rows) == 1 else reverse("samples"),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "followup/samples/step.html", context, status=status)


def _saved(request: HttpRequest, rows: list[Any], made: list[Any]) -> HttpResponse:
    text = ngettext("Recorded for %(n)s sample.", "Recorded for %(n)s samples.", len(made))
    undo = reverse("sample-step-undo", args=[made[0].id]) if len(made) == 1 else ""
    flash.saved(request, text % {"n": len(made)}, undo=undo)
    return _back(rows)


@posted_from("samples", alone=True)
def take_back(request: HttpRequest, pk: str) -> HttpResponse:
    """Say that the last step did not happen."""
    actor = cast(ActingRequest, request).actor
    step = samples.step(actor, pk)
    actions.take_back(actor, step, reason=request.POST.get("reason", ""))
    flash.note(request, _("Undone. The record of it stays readable."))
    return redirect("sample", pk=step.sample_id)


def _known(step: Any, deviation: str = "") -> dict[str, Any]:
    local = step.happened_at.astimezone(clock.SHANGHAI).time() if step.happened_at else None
    return {
        "happened_on": step.happened_on,
        "happened_time": local,
        "place": step.place,
        "carrier": step.carrier,
        "condition": step.condition,
        "abroad": {True: "YES", False: "NO", None: ""}[step.abroad],
        "permit": step.permit,
        "permit_on": step.permit_on,
        "note": step.note,
        "kit_deviation": deviation,
    }


def opened(form: VersionedForm, rows: list[Any]) -> Any:
    """The row a form was opened with; without a version the one of the URL."""
    return rows[form.seen - 1] if 0 < form.seen <= len(rows) else rows[0]


def _collide(form: CorrectionForm, step: Any) -> None:
    rows = samples.corrections(step)
    if rows[-1].taken_back:
        form.add_error(None, _("This step was undone meanwhile. Look at the sample again."))
        return
    form.merge(_known(opened(form, rows)), _known(rows[-1]), version=len(rows))
    form.saved_by, form.saved_at = rows[-1].recorded_by.display_name, rows[-1].recorded_at


@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, pk: str) -> HttpResponse:
    """Correct a recorded step, with a reason; the wrong one stays readable."""
    actor = cast(ActingRequest, request).actor
    step = samples.step(actor, pk)
    row_permissions.require(actor, step, Perm.SAMPLE_WRITE)
    rules, rows = samples.rules(actor), samples.corrections(step)
    use = kits.use_of(actor, step.sample) if step.step == "COLLECT" else None
    start = _known(rows[-1], use.deviation if use else "") | {"version": len(rows)}
    form = CorrectionForm(
        request.POST or None, initial=start, kind=step.step, rules=rules, from_kit=bool(use)
    )
    if request.method == "POST" and form.is_valid():
        with form.refusals(on_conflict=lambda _conflict: _collide(form, step)):
            row = opened(form, rows)
            actions.correct_step(actor, row, confirmed=form.confirmed, **form.given())
            flash.saved(request, _("Corrected. The former record stays readable."))
            return redirect("sample", pk=step.sample_id)
    context = {"form": form, "step": step, "sample": step.sample}
    status = 409 if form.conflicted else form.status
    return render(request, "followup/samples/correct_step.html", context, status=status)


@posted_from("sample")
def held(request: HttpRequest, pk: str) -> HttpResponse:
    """Answer whether material kept before treatment exists."""
    actor = cast(ActingRequest, request).actor
    sample = samples.one(actor, pk)
    form = HeldForm(request.POST, rules=samples.rules(actor))
    if form.is_valid():
        with form.refusals():
            actions.answer_held(actor, sample, **form.given())
            flash.saved(request, _("Answer recorded."))
            return redirect("sample", pk=sample.id)
    return show(request, samples.one(actor, pk), form, status=422)


urlpatterns = [
    path("samples/steps/", steps, name="sample-steps"),
    path("samples/<uuid:pk>/held/", held, name="sample-held"),
    path("sample-steps/<uuid:pk>/take-back/", take_back, name="sample-step-undo"),
    path("sample-steps/<uuid:pk>/correct/", correct, name="sample-step-correct"),
]
