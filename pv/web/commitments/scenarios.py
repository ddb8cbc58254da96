"""Scenarios of a trial beside its record, and earlier forecasts beside what came."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
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


class TryForm(Form):
    """What to change; an empty field stays as recorded."""

    rate_percent = WholeNumberField(
        label=gettext_lazy("Enrolment to come, in % of what the past predicts"),
        min_value=1,
        max_value=1000,
        required=False,
    )
    more_centres = WholeNumberField(
        label=gettext_lazy("Further centres"), min_value=1, max_value=100, required=False
    )
    opening_on = DateField(label=gettext_lazy("Their planned opening"), required=False)
    close_centres = forms.MultipleChoiceField(
        label=gettext_lazy("Centres that stop enrolling"), required=False, widget=TickButtons
    )
    target = WholeNumberField(
        label=gettext_lazy("Evaluable patients needed"),
        min_value=1,
        max_value=100_000,
        required=False,
    )
    loss_percent = WholeNumberField(
        label=gettext_lazy("Lost before the endpoint, in %"),
        min_value=1,
        max_value=99,
        required=False,
    )
    maturity_days = WholeNumberField(
        label=gettext_lazy("Follow-up until the primary endpoint, in days"),
        min_value=1,
        max_value=36_500,
        required=False,
    )
    reporting_days = WholeNumberField(
        label=gettext_lazy("From endpoint to submission, days"),
        min_value=0,
        max_value=3_650,
        required=False,
    )
    review_days = WholeNumberField(
        label=gettext_lazy("Review, days"), min_value=0, max_value=3_650, required=False
    )
    name = forms.CharField(
        label=gettext_lazy("Name of the scenario"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("Needed to keep it, not to try it."),
    )

    def clean(self) -> dict[str, Any]:
        """Further centres and their opening are told together."""
        values: dict[str, Any] = super().clean() or {}
        more, opening = values.get("more_centres"), values.get("opening_on")
        if more and not opening and "opening_on" not in self.errors:
            self.add_error("opening_on", _("Say when they open."))
        if opening and not more and "more_centres" not in self.errors:
            self.add_error("more_centres", _("Say how many open on that day."))
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
    days = (tried - recorded).days
    return ngettext("%(n)s day", "%(n)s days", abs(days)) % {"n": f"{days:+d}" if days else "0"}


def _form(request: HttpRequest, found: queries.Enrolment, counted_on: date | None) -> TryForm:
    """The form as posted, or as tried by the URL; unbound when nothing is tried."""
    given = request.POST if request.method == "POST" else request.GET
    form = TryForm(given if any(given.getlist(name) for name in TryForm.base_fields) else None)
    names = [(row.name, row.name) for row in found.centres]
    cast(forms.MultipleChoiceField, form.fields["close_centres"]).choices = names
    if not names:
        for name in ("more_centres", "opening_on", "close_centres"):
            del form.fields[name]
    elif counted_on:
        cast(DateField, form.fields["opening_on"]).help_text = _(
            "A day after the last count, %(day)s."
        ) % {"day": counted_on.isoformat()}
    return form


def _context(request: HttpRequest, row: Any, form_of: Any) -> dict[str, Any]:
    """The page: what the record says, what the scenario says, and both side by side."""
    actor = cast(ActingRequest, request).actor
    detail = queries.detail(actor, row, today=clock.today())
    found = queries.enrolment(actor, row)
    basis, problem = None, ""
    try:
        basis = queries.basis(row, found, window_months=row.forecast_window)
    except ForecastError as error:
        problem = str(error)
    form = form_of(request, found, found.latest.counted_on if found.latest else None)
    recorded = basis.forecast() if basis else None
    tried = None
    if basis and form.is_bound and form.is_valid():
        scenario = form.scenario()
        if scenario.more_centres and scenario.opening_on <= basis.trial.as_of:
            form.add_error("opening_on", _("The day must be after the last count."))
        elif not scenario.changes_nothing:
            tried = basis.forecast(scenario)
    form.fields["name"].required = True  # where it is asked for, beside a result to keep
    tests = queries.back_tests(row, found, window_months=row.forecast_window) if basis else []
    return {
        **page_context(request, row, detail),
        "found": found,
        "lacks": [words.LACKS[lack] for lack in found.lack],
        "problem": problem,
        "form": form,
        "recorded": recorded,
        "tried": tried,
        "tried_changes": words.changes(form.scenario()) if tried else [],
        "compared": _compared(recorded, tried) if recorded and tried else [],
        "chances": [round(item.probability * 100) for item in (recorded, tried) if item],
        "kept": [_kept(item) for item in queries.scenarios(actor, row)],
        "tests": tests,
        "held": sum(test.held for test in tests),
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
    context = _context(request, row, _form)
    form = context["form"]
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            kept = actions.keep_scenario(
                actor,
                row,
                name=form.cleaned_data["name"],
                scenario=form.scenario(),
                window_months=row.forecast_window,
            )
            flash.saved(request, _("“%(name)s” is kept.") % {"name": kept.name})
            return redirect("commitment-scenarios", pk=row.id)
    status = form.status if request.method == "POST" else 200
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
