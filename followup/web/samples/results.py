"""Recording what a laboratory reported on a sample, and correcting it."""

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from followup.actions import samples as actions
from followup.core import clock, row_permissions
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.permissions import Perm
from followup.core.problems import Conflict
from followup.queries import samples
from followup.web import drafts as typed
from followup.web.samples.custody import opened
from followup.web.samples.result_form import ResultCorrectionForm, ResultForm, form_for, known

FORM = "sample-result"


def _laboratory(actor: Any, sample: Any) -> str:
    """Where the sample was last received or tested; the likely laboratory."""
    at = [line.row for line in samples.custody(actor, sample) if not line.superseded]
    places = [row.place for row in at if row.step in ("RECEIVE", "START_TEST")]
    return places[-1] if places else ""


@require_http_methods(["GET", "POST"])
def record(request: HttpRequest, pk: str) -> HttpResponse:
    """Record a result; safety is told in the same transaction."""
    actor = cast(ActingRequest, request).actor
    sample = samples.one(actor, pk)
    row_permissions.require(actor, sample, Perm.SAMPLE_WRITE)
    start = {"received_on": clock.today(), "laboratory": _laboratory(actor, sample)}
    draft = typed.of(request, FORM, str(pk))
    start |= draft.values
    rules = samples.rules(actor)
    form = form_for(rules, ResultForm)(
        request.POST or None, initial=start, rules=rules, code=sample.code
    )
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            actions.record_result(actor, sample, given=form.given())
            typed.saved(request, draft)
            flash.saved(request, _("Result recorded. Safety has been informed."))
            return redirect("sample", pk=sample.id)
    return _page(request, form, sample, status=form.status, draft=draft)


def _page(
    request: HttpRequest, form: ResultForm, sample: Any, *, status: int, **more: Any
) -> HttpResponse:
    rules = samples.rules(cast(ActingRequest, request).actor)
    context = {
        "form": form,
        "sample": sample,
        "definition": rules.definitions.get(sample.code),
        **more,
    }
    return render(request, "followup/samples/result.html", context, status=status)


@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, pk: str) -> HttpResponse:
    """Replace a result by its correction, with a reason."""
    actor = cast(ActingRequest, request).actor
    result = samples.result(actor, pk)
    row_permissions.require(actor, result, Perm.SAMPLE_WRITE)
    rules, rows = samples.rules(actor), samples.corrections(result)
    form = form_for(rules, ResultCorrectionForm)(
        request.POST or None,
        initial=known(rows[-1]) | {"version": len(rows)},
        rules=rules,
        code=result.sample.code,
        correction=True,
    )
    before = opened(form, rows)

    def merge(_conflict: Conflict) -> None:
        now = samples.corrections(result)
        form.merge(known(before), known(now[-1]), version=len(now))
        form.saved_by, form.saved_at = now[-1].recorded_by.display_name, now[-1].recorded_at

    if request.method == "POST" and form.is_valid():
        with form.refusals(on_conflict=merge):
            reason = form.cleaned_data["reason"]
            actions.correct_result(actor, before, given=form.given(), reason=reason)
            flash.saved(request, _("Corrected. Safety has been informed of the change."))
            return redirect("sample", pk=result.sample_id)
    return _page(request, form, result.sample, status=form.status, correcting=result)


urlpatterns = [
    path("samples/<uuid:pk>/results/new/", record, name="sample-result"),
    path("sample-results/<uuid:pk>/correct/", correct, name="result-correct"),
]
