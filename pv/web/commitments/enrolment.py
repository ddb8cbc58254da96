"""Enrolment and forecast of a trial: the picture, the counts, the assumptions, the centres."""

from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from followup.core import clock
from followup.core.forms import VersionedForm, WholeNumberField
from followup.core.forms.refusals import button
from followup.core.http import flash
from followup.core.http.numbers import whole_number
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.permissions import Perm
from followup.core.problems import Conflict, Refused
from followup.web import drafts
from followup.web.dates import DateField
from pv.actions import commitments as actions
from pv.domain.forecasts import Forecast, ForecastError, TrialMilestone
from pv.queries import commitments as queries
from pv.web.commitments import centre_table_import, words
from pv.web.commitments.curve import Given, curve, planned, until
from pv.web.commitments.detail import page_context
from pv.web.commitments.versions import posted, posted_lock

_SHARES = {"FPI": 0.0, "P25": 0.25, "P50": 0.5, "P75": 0.75, "LPI": 1.0}
DATED: tuple[tuple[TrialMilestone, str | Promise], ...] = (
    (TrialMilestone.LPI, gettext_lazy("Last patient in")),
    (TrialMilestone.LPLV, gettext_lazy("Last patient reaches the endpoint")),
    (TrialMilestone.SUBMITTED, gettext_lazy("Report finished and submitted")),
    (TrialMilestone.APPROVED, gettext_lazy("Decision of the authority")),
)


class CountForm(VersionedForm):
    """All patients of the trial on a day, and what the trial needs."""

    version_name = "lock_version"

    counted_on = DateField(label=gettext_lazy("Counted on"), future=False)
    enrolled = WholeNumberField(label=gettext_lazy("Enrolled in all"), min_value=0)
    lost = WholeNumberField(
        label=gettext_lazy("Lost before the primary endpoint"), min_value=0, required=False
    )
    matured = WholeNumberField(
        label=gettext_lazy("Reached the primary endpoint"), min_value=0, required=False
    )
    target = WholeNumberField(
        label=gettext_lazy("Evaluable patients needed"), min_value=1, required=False
    )
    maturity_days = WholeNumberField(
        label=gettext_lazy("Follow-up until the primary endpoint, in days"),
        min_value=1,
        max_value=36_500,
        required=False,
    )


class CentresForm(VersionedForm):
    """The centres, as a table."""

    version_name = "lock_version"

    table = forms.CharField(
        label=gettext_lazy("Centres and patients by month"),
        required=False,
        max_length=200_000,
        help_text=gettext_lazy(
            "Paste from a spreadsheet: centre, planned opening, opened, closes, then a column for "
            "each month. An empty cell means not reported; write 0 when nobody was enrolled."
        ),
        widget=forms.Textarea(attrs={"rows": 8, "wrap": "off", "class": "mono"}),
    )


@dataclass(frozen=True, slots=True)
class _Tried:
    """The forecast of the page: learnt from so many months; `problem` says why there is none."""

    window: int | None
    forecast: Forecast | None
    problem: str


def _tried(request: HttpRequest, row: Any, found: queries.Enrolment) -> _Tried:
    """The forecast with the window asked for in the URL, else with the one that is kept."""
    allowed = queries.rulebook().assumptions.windows_months
    asked = request.GET.get("window", "")
    window = row.forecast_window
    if asked == "all":
        window = None
    elif (months := whole_number(asked)) in allowed:
        window = months
    try:
        return _Tried(window, queries.forecast(row, found, window_months=window), "")
    except ForecastError as error:
        return _Tried(window, None, str(error))


def _context(request: HttpRequest, row: Any) -> dict[str, Any]:
    actor, today = cast(ActingRequest, request).actor, clock.today()
    detail = queries.detail(actor, row, today=today)
    found = queries.enrolment(actor, row)
    tried = _tried(request, row, found)
    windows = detail.book.assumptions.windows_months
    return {
        **page_context(request, row, detail),
        "found": found,
        "lacks": [words.LACKS[lack] for lack in found.lack],
        "tried": tried,
        "forecast": tried.forecast,
        "dates": _dates(tried.forecast),
        "windows": [("all", None), *((str(months), months) for months in windows)],
        "chart": _chart(row, detail, found, tried.forecast),
        "centres": [_centre(centre) for centre in found.centres],
        "chance": round(tried.forecast.probability * 100) if tried.forecast else None,
        "lock": row.lock_version,
    }


def _dates(forecast: Forecast | None) -> list[tuple[Any, Any]]:
    return [(name, forecast.dates[code]) for code, name in DATED] if forecast else []


def _centre(row: Any) -> dict[str, Any]:
    """A centre with its total and the last month in which somebody was enrolled."""
    last = max((month for month, number in row.monthly.items() if number), default="")
    return {"row": row, "total": sum(row.monthly.values()), "last": last}


def _chart(
    row: Any, detail: queries.Detail, found: queries.Enrolment, forecast: Forecast | None
) -> Any:
    days = {line.row.code: line.row.baseline for line in detail.lines}
    plan: list[tuple[date | None, float]] = [(days.get(c), share) for c, share in _SHARES.items()]
    actual = [(count.counted_on, float(count.enrolled)) for count in found.counts]
    fan, reaches = None, 0.0
    if forecast is not None and forecast.needed > 0:
        last = forecast.dates[TrialMilestone.LPI]
        fan, reaches = (last.p10, last.p50, last.p90), forecast.enrolled + forecast.needed
    return curve(
        Given(
            plan=planned(plan, row.target_enrolment),
            actual=until(actual, found.plan.started_on),
            target=row.target_enrolment,
            fan=fan,
            reaches=reaches,
            legal_end=row.legal_end,
        )
    )


def _start(row: Any) -> dict[str, Any]:
    """The plan is filled in beforehand; a count never is."""
    return {"target": row.target_enrolment, "maturity_days": row.maturity_days}


@require_http_methods(["GET", "POST"])
def enrolment(request: HttpRequest, pk: str) -> HttpResponse:
    """Enrolment and forecast; a posted count is recorded and the forecast made again."""
    actor = cast(ActingRequest, request).actor
    row = queries.one(actor, pk)
    if request.method == "POST":
        actor.require(Perm.COMMITMENT_WRITE, product=row.product_id)
    context = _context(request, row)
    draft = drafts.of(request, "commitment-count", str(row.pk))
    start = _start(row) | {"lock_version": row.lock_version}
    form = CountForm(posted(request), initial=start | draft.values)
    if request.method == "POST" and form.is_valid():
        with form.refusals(known=_start):
            values = dict(form.cleaned_data)
            del values[form.version_name]
            given = actions.CountInput(**values)
            actions.count(actor, row, given=given, lock_version=form.seen)
            drafts.saved(request, draft)
            flash.saved(request, _("The count is recorded."))
            return redirect("commitment-enrolment", pk=row.id)
    page = {**context, "form": form, "draft": draft}
    return render(request, "pv/commitments/enrolment.html", page, status=form.status)


def _conflict() -> str:
    return _("Somebody else changed this commitment meanwhile. Look again.")


def _read(form: CentresForm, today: date) -> Any:
    """The centres in the pasted table; Refused with every line that cannot be read."""
    try:
        return centre_table_import.read(form.cleaned_data["table"], today)
    except centre_table_import.Unreadable as unreadable:
        raise Refused({"table": unreadable.messages}) from unreadable


@require_http_methods(["GET", "POST"])
def centres(request: HttpRequest, pk: str) -> HttpResponse:
    """The centres of the trial as a table to paste into."""
    actor = cast(ActingRequest, request).actor
    row, today = queries.one(actor, pk), clock.today()
    actor.require(Perm.COMMITMENT_WRITE, product=row.product_id)
    found = queries.enrolment(actor, row)
    draft = drafts.of(request, "commitment-centres", str(row.pk))
    written = {"table": centre_table_import.written(found.centres, today)}
    start = {**written, "lock_version": row.lock_version, **draft.values}
    form = CentresForm(posted(request), initial=start)

    def merge(conflict: Conflict) -> None:
        # The centres have no version of their own: a table that differs is asked about.
        form.merge(None, written, version=conflict.version)
        form.saved_by, form.saved_at = conflict.saved_by, conflict.saved_at

    if request.method == "POST" and form.is_valid():
        with form.refusals(on_conflict=merge):
            actions.save_centres(actor, row, centres=_read(form, today), lock_version=form.seen)
            drafts.saved(request, draft)
            flash.saved(request, _("The centres are saved."))
            return redirect("commitment-enrolment", pk=row.id)
    context = {"form": form, "draft": draft, "commitment": row}
    return render(request, "pv/commitments/centres.html", context, status=form.status)


@posted_from("commitment-enrolment")
def save(request: HttpRequest, pk: str) -> HttpResponse:
    """Keep the forecast with the window chosen on the page."""
    actor = cast(ActingRequest, request).actor
    row = queries.one(actor, pk)
    asked = request.POST.get("window", "")
    allowed = {str(n): n for n in queries.rulebook().assumptions.windows_months}
    with button(request, changed=_conflict()):
        actions.forecast(
            actor, row, window_months=allowed.get(asked), lock_version=posted_lock(request)
        )
        flash.saved(request, _("This forecast is kept."))
    return redirect("commitment-enrolment", pk=row.id)


urlpatterns = [
    path("commitments/<uuid:pk>/enrolment/", enrolment, name="commitment-enrolment"),
    path("commitments/<uuid:pk>/centres/", centres, name="commitment-centres"),
    path("commitments/<uuid:pk>/forecast/", save, name="commitment-forecast"),
]
