"""Counting the enrolment of a trial, and the forecast that is kept from it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.domain.dates import add_months
from pv.actions.commitments import records
from pv.domain.forecasts import Forecast, ForecastError, TrialMilestone
from pv.models import Commitment, EnrolmentCount, TrialCentre
from pv.queries import commitments as queries

FORECAST = "FORECAST"
_FORECAST_COLUMNS = (
    "forecast_p50",
    "forecast_p80",
    "forecast_on",
    "forecast_seed",
    "forecast_window",
    "forecast_chance",
)


@dataclass(frozen=True, slots=True)
class CountInput:
    """All patients of a trial on a day, and what the trial needs. None: not known."""

    counted_on: date
    enrolled: int
    lost: int | None = None
    matured: int | None = None
    target: int | None = None
    maturity_days: int | None = None


@dataclass(frozen=True, slots=True)
class CentreInput:
    """One centre with its counts by month ("2026-05"); a month not given was not reported."""

    name: str
    planned_on: date | None = None
    opened_on: date | None = None
    closes_on: date | None = None
    monthly: dict[str, int] = field(default_factory=dict)


@action("commitment.count", needs=Perm.COMMITMENT_WRITE)
def count(actor: Actor, row: Commitment, *, given: CountInput, lock_version: int) -> Commitment:
    """Record how many patients the trial has and forecast its end if that is enough for it.

    Refused for a day in the future, a total below its parts or below an earlier count's day.
    """
    wanted = {"target_enrolment": given.target, "maturity_days": given.maturity_days}
    held = records.locked(row, lock_version, wanted)
    if problems := _count_problems(held, given, clock.today()):
        raise Refused(problems)
    at = clock.now()
    EnrolmentCount.objects.create(
        commitment=held,
        product_id=held.product_id,
        counted_on=given.counted_on,
        enrolled=given.enrolled,
        lost=given.lost,
        matured=given.matured,
        recorded_by_id=actor.id,
        recorded_at=at,
    )
    held.target_enrolment, held.maturity_days = given.target, given.maturity_days
    held.save(update_fields=["target_enrolment", "maturity_days"])
    return _refresh(actor, held, window=held.forecast_window, at=at)


def _count_problems(row: Commitment, given: CountInput, today: date) -> dict[str, Any]:
    problems: dict[str, Any] = {}
    if given.counted_on > today:
        problems["counted_on"] = _("The day cannot be later than today.")
    elif given.counted_on < add_months(row.approved_on, -120):
        problems["counted_on"] = _("This is long before the approval: please check the year.")
    if (given.lost or 0) + (given.matured or 0) > given.enrolled:
        problems["enrolled"] = _("There are fewer enrolled than lost and completed together.")
    if given.target == 0:
        problems["target"] = _("The trial needs at least one patient.")
    return problems


@action("commitment.keep_centres", needs=Perm.COMMITMENT_WRITE)
def save_centres(
    actor: Actor, row: Commitment, *, centres: Sequence[CentreInput], lock_version: int
) -> Commitment:
    """Replace the centres of the trial by those given, and forecast again.

    Refused for a name given twice, an opening in the future, and a centre without any day.
    """
    held = records.locked(row, lock_version)
    today, problems, seen = clock.today(), list[str](), set[str]()
    for centre in centres:
        if centre.name in seen:
            problems.append(_("%(name)s is there twice.") % {"name": centre.name})
        seen.add(centre.name)
        if centre.opened_on is None and centre.planned_on is None:
            problems.append(_("%(name)s has no day of opening.") % {"name": centre.name})
        if centre.opened_on and centre.opened_on > today:
            text = _("%(name)s opens in the future: give the day as planned.")
            problems.append(text % {"name": centre.name})
        if centre.monthly and centre.opened_on is None:
            text = _("%(name)s has patients but no day of opening.")
            problems.append(text % {"name": centre.name})
    if problems:
        raise Refused({"table": problems})
    held.centres.exclude(name__in=seen).delete()
    for centre in centres:
        values = asdict(centre)
        TrialCentre.objects.update_or_create(
            commitment=held,
            name=values.pop("name"),
            defaults={"product_id": held.product_id, **values},
        )
    return _refresh(actor, held, window=held.forecast_window, at=clock.now())


@action("commitment.forecast", needs=Perm.COMMITMENT_WRITE)
def forecast(
    actor: Actor, row: Commitment, *, window_months: int | None, lock_version: int
) -> Commitment:
    """Keep the forecast that learns from the last so many months (None: from all).

    Refused while something is lacking.
    """
    held = records.locked(row, lock_version)
    if queries.enrolment(actor, held).lack:
        raise Refused(_("There is not enough data for a forecast yet."))
    return _refresh(actor, held, window=window_months, at=clock.now())


def _refresh(actor: Actor, row: Commitment, *, window: int | None, at: datetime) -> Commitment:
    """Keep a new forecast where the data suffice; the last one stays with its day otherwise."""
    try:
        found = queries.forecast(row, queries.enrolment(actor, row), window_months=window)
    except ForecastError as error:
        text = _("No forecast is possible from these numbers: %(error)s")
        raise Refused({"table": text % {"error": error}}) from error
    book = queries.rulebook()
    if found is not None:
        _keep(actor, row, found, window=window, at=at)
    rows = records.milestones(row)
    records.settle(actor, row, rows, book, today=clock.today(), at=at)
    return records.save(row, "state", *_FORECAST_COLUMNS)


def _keep(
    actor: Actor, row: Commitment, found: Forecast, *, window: int | None, at: datetime
) -> None:
    dates = found.dates[TrialMilestone.SUBMITTED]
    records.note(
        actor,
        row,
        FORECAST,
        at=at,
        old_date=row.forecast_p80,
        new_date=dates.p80,
        happened_on=found.as_of,
    )
    row.forecast_p50, row.forecast_p80 = dates.p50, dates.p80
    row.forecast_on, row.forecast_seed = found.as_of, found.seed
    row.forecast_window, row.forecast_chance = window, found.probability
