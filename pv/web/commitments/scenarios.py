"""Scenarios of a trial beside its record, and earlier forecasts beside what came."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from followup.core import clock
from followup.core.forms import Form, TickButtons, WholeNumberField
from followup.core.forms.refusals import button
from followup.core.http import flash
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.permissions import Perm
from followup.web.dates import DateField
from pv.actions import commitments as actions
from pv.domain.forecasts import BackTest, Forecast, ForecastError, Scenario
from pv.queries import commitments as queries
from pv.web.commitments import words
from pv.web.commitments.back_test_chart import back_test_chart
from pv.web.commitments.detail import page_context
from pv.web.commitments.enrolment import DATED
from pv.web.commitments.scenario_chart import said_of, scenario_chart, submissions_of

CENTRES = ("more_centres", "opening_on", "close_centres")


def _number(label: Promise, least: int, most: int) -> WholeNumberField:
    """A number that may be left as recorded."""
    return WholeNumberField(label=label, min_value=least, max_value=most, required=False)


class TryForm(Form):
    """What to change; an empty field stays as recorded."""

    rate_percent = _number(
        gettext_lazy("Enrolment to come, in % of what the past predicts"), 1, 1000
    )
    more_centres = _number(gettext_lazy("Further centres"), 1, 100)
    opening_on = DateField(label=gettext_lazy("Their planned opening"), required=False)
    close_centres = forms.MultipleChoiceField(
        label=gettext_lazy("Centres that stop enrolling"), required=False, widget=TickButtons
    )
    target = _number(gettext_lazy("Evaluable patients needed"), 1, 100_000)
    loss_percent = _number(gettext_lazy("Lost before the endpoint, in %"), 1, 99)
    maturity_days = _number(
        gettext_lazy("Follow-up until the primary endpoint, in days"), 1, 36_500
    )
    reporting_days = _number(gettext_lazy("From endpoint to submission, days"), 0, 3_650)
    review_days = _number(gettext_lazy("Review, days"), 0, 3_650)
    name = forms.CharField(
        label=gettext_lazy("Name of the scenario"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("Needed to keep it, not to try it."),
    )

    counted_on: date | None = None  # the last count

    def clean(self) -> dict[str, Any]:
        """Further centres and their opening are told together; they open after the last count."""
        values: dict[str, Any] = super().clean() or {}
        more, opening = values.get("more_centres"), values.get("opening_on")
        if more and not opening and "opening_on" not in self.errors:
            self.add_error("opening_on", _("Say when they open."))
        if opening and not more and "more_centres" not in self.errors:
            self.add_error("more_centres", _("Say how many open on that day."))
        if opening and self.counted_on and opening <= self.counted_on:
            self.add_error("opening_on", _("The day must be after the last count."))
        return values

    def scenario(self) -> Scenario:
        """What is changed."""
        values = {name: value for name, value in self.cleaned_data.items() if name != "name"}
        return Scenario(**{**values, "close_centres": tuple(values.get("close_centres", ()))})


@dataclass(frozen=True, slots=True)
class _Compared:
    """One milestone by the record and by the scenario."""

    name: Any
    recorded: Any
    tried: Any
    days: str


def _compared(recorded: Forecast, tried: Forecast) -> list[_Compared]:
    return [
        _Compared(
            name,
            recorded.dates[code],
            tried.dates[code],
            _moved(recorded.dates[code].p50, tried.dates[code].p50),
        )
        for code, name in DATED
    ]


def _moved(recorded: date | None, tried: date | None) -> str:
    """By how many days the middle moves; a dash where one of them is never reached."""
    if recorded is None or tried is None:
        return "—"
    return words.days_apart((tried - recorded).days)


def _form(request: HttpRequest, found: queries.Enrolment) -> TryForm:
    """The form as posted, or as tried by the URL; unbound when nothing is tried.

    A trial counted as one has no centres to open or close: who asks for it is told.
    """
    given = request.POST if request.method == "POST" else request.GET
    form = TryForm(given if any(given.getlist(name) for name in TryForm.base_fields) else None)
    form.counted_on = found.latest.counted_on if found.latest else None
    form.offer("close_centres", [(row.name, row.name) for row in found.centres])
    if not found.centres:
        for name in CENTRES:
            del form.fields[name]
        if any(any(given.getlist(name)) for name in CENTRES):
            form.add_error(None, _("Record the centres first: the trial is counted as one."))
    elif form.counted_on:
        text = _("A day after the last count, %(day)s.")
        form.fields["opening_on"].help_text = text % {"day": form.counted_on.isoformat()}
    return form


def _context(
    request: HttpRequest,
    row: Any,
    found: queries.Enrolment,
    form: TryForm,
    scenario: Scenario | None,
) -> dict[str, Any]:
    """The page: what the record says, what the scenario says, and both side by side."""
    actor = cast(ActingRequest, request).actor
    detail = queries.detail(actor, row, today=clock.today())
    recorded, tried, problem = None, None, ""
    try:
        if basis := queries.basis(row, found, window_months=row.forecast_window):
            recorded = basis.forecast()
            if scenario and not scenario.changes_nothing:
                tried = basis.forecast(scenario)
    except ForecastError as error:
        problem = str(error)
    form.fields["name"].required = True  # where it is asked for, beside a result to keep
    kept = queries.scenarios(actor, row)
    submissions = submissions_of(recorded, tried, kept) if recorded else []
    tests = queries.back_tests(row, found, window_months=row.forecast_window) if recorded else []
    return {
        **page_context(request, row, detail),
        "found": found,
        "lacks": [words.LACKS[lack] for lack in found.lack],
        "problem": problem,
        "form": form,
        "recorded": recorded,
        "tried": tried,
        "tried_changes": words.changes(scenario) if tried and scenario else [],
        "compared": _compared(recorded, tried) if recorded and tried else [],
        "chances": [round(item.probability * 100) for item in (recorded, tried) if item],
        "kept": [_kept(item) for item in kept],
        "submissions": submissions,
        "picture": scenario_chart(submissions, row.legal_end),
        "found_of_scenarios": said_of(submissions, row.legal_end),
        "tests": tests,
        "chart": back_test_chart(tests),
        "finding": _finding(tests),
    }


def _kept(item: Any) -> dict[str, Any]:
    scenario = Scenario.from_dict(item.changes)
    return {
        "row": item,
        "changes": words.changes(scenario),
        "moved": _moved(item.recorded_p50, item.p50),
        "chance": round(item.chance * 100),
        "recorded_chance": round(item.recorded_chance * 100),
        "again": [
            (name, part)
            for name, value in item.changes.items()
            for part in (value if isinstance(value, list) else [value])
        ],
    }


def _finding(tests: Sequence[BackTest]) -> str:
    """What the picture of the earlier forecasts says, in one sentence."""
    if not tests:
        return _("No earlier count can be held against what came since.")
    return _(
        "%(held)s of %(all)s earlier forecasts held: %(number)s patients were enrolled between "
        "%(after)s and %(by)s, within their P10 to P90."
    ) % {
        "held": sum(test.held for test in tests),
        "all": len(tests),
        "number": tests[0].number,
        "after": tests[0].after.isoformat(),
        "by": tests[0].by.isoformat(),
    }


@require_http_methods(["GET", "POST"])
def scenarios(request: HttpRequest, pk: str) -> HttpResponse:
    """Try a scenario by the URL; keep it when posted with a name."""
    actor = cast(ActingRequest, request).actor
    row = queries.one(actor, pk)
    if request.method == "POST":
        actor.require(Perm.COMMITMENT_WRITE, product=row.product_id)
    found = queries.enrolment(actor, row)
    form = _form(request, found)
    scenario = form.scenario() if form.is_bound and form.is_valid() else None
    if request.method == "POST" and scenario is not None:
        with form.refusals():
            kept = actions.keep_scenario(
                actor,
                row,
                name=form.cleaned_data["name"],
                scenario=scenario,
                window_months=row.forecast_window,
            )
            flash.saved(request, _("“%(name)s” is kept.") % {"name": kept.name})
            return redirect("commitment-scenarios", pk=row.id)
    status = 422 if form.errors else 200
    context = _context(request, row, found, form, scenario)
    return render(request, "pv/commitments/scenarios.html", context, status=status)


@posted_from("commitments", alone=True)
def remove(request: HttpRequest, scenario_id: str) -> HttpResponse:
    """Take a kept scenario out of the list."""
    actor = cast(ActingRequest, request).actor
    row = queries.scenario(actor, scenario_id)
    with button(request):
        actions.remove_scenario(actor, row)
        undo = reverse("commitment-scenario-restore", args=[row.pk])
        flash.saved(request, _("“%(name)s” is removed.") % {"name": row.name}, undo=undo)
    return redirect("commitment-scenarios", pk=row.commitment_id)


@posted_from("commitments", alone=True)
def restore(request: HttpRequest, scenario_id: str) -> HttpResponse:
    """Undo the removal of a scenario."""
    actor = cast(ActingRequest, request).actor
    row = queries.scenario(actor, scenario_id)
    with button(request):
        actions.restore_scenario(actor, row)
        flash.note(request, _("Undone."))
    return redirect("commitment-scenarios", pk=row.commitment_id)


urlpatterns = [
    path("commitments/<uuid:pk>/scenarios/", scenarios, name="commitment-scenarios"),
    path(
        "commitments/scenarios/<uuid:scenario_id>/remove/",
        remove,
        name="commitment-scenario-remove",
    ),
    path(
        "commitments/scenarios/<uuid:scenario_id>/restore/",
        restore,
        name="commitment-scenario-restore",
    ),
]
