"""Enrolment of a confirmatory trial: counts, centres, and the forecast they allow."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from followup.core import scope
from followup.core.actor import Actor
from pv.domain import forecasts
from pv.domain.forecasts import (
    Centre,
    Counted,
    Deadline,
    Forecast,
    Lack,
    RecruitmentPlan,
    Scenario,
    Trial,
    TrialMilestone,
)
from pv.models import Commitment, EnrolmentCount, Milestone, TrialCentre
from pv.queries.commitments.rulebook import rulebook

FIRST_PATIENT = "FPI"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What is known of a trial's enrolment; `lack` is empty when it can be forecast."""

    plan: RecruitmentPlan
    counts: Sequence[EnrolmentCount]
    centres: Sequence[TrialCentre]
    lack: tuple[Lack, ...]

    @property
    def latest(self) -> EnrolmentCount | None:
        """The last count."""
        return self.counts[-1] if self.counts else None


def counts(actor: Actor, row: Commitment) -> list[EnrolmentCount]:
    """The counts in order of their days, of one day only the last recorded."""
    rows = scope.visible(actor, EnrolmentCount.objects.filter(commitment=row))
    by_day = {count.counted_on: count for count in rows.order_by("counted_on", "recorded_at")}
    return list(by_day.values())


def enrolment(actor: Actor, row: Commitment) -> Enrolment:
    """Counts, centres and plan of a commitment, and what a forecast still lacks."""
    rows = list(scope.visible(actor, TrialCentre.objects.filter(commitment=row)))
    known = counts(actor, row)
    first = Milestone.objects.filter(commitment=row, code=FIRST_PATIENT).first()
    plan = RecruitmentPlan(row.target_enrolment, row.maturity_days, first.actual if first else None)
    lack = forecasts.lacking(plan, counted(known), centres(rows, known))
    return Enrolment(plan, known, rows, lack)


def counted(rows: Sequence[EnrolmentCount]) -> list[Counted]:
    """The counts as the forecast reads them."""
    return [Counted(row.counted_on, row.enrolled, row.lost, row.matured) for row in rows]


def centres(rows: Sequence[TrialCentre], known: Sequence[EnrolmentCount]) -> list[Centre]:
    """Centres as the forecast reads them, their months up to the day of the last count."""
    if not known:
        return [Centre(row.name, planned=row.planned_on or row.opened_on) for row in rows]
    until = known[-1].counted_on
    return [_centre(row, until) for row in rows]


def _centre(row: TrialCentre, until: date) -> Centre:
    opened = row.opened_on if row.opened_on and row.opened_on <= until else None
    monthly: tuple[int | None, ...] = ()
    if opened:
        months = (until.year - opened.year) * 12 + until.month - opened.month + 1
        first = opened.year * 12 + opened.month - 1
        keys = [divmod(first + step, 12) for step in range(months)]
        monthly = tuple(row.monthly.get(f"{year}-{month + 1:02d}") for year, month in keys)
    planned = row.planned_on or row.opened_on
    return Centre(row.name, planned, opened, monthly, row.closes_on)


def seed_of(row: Commitment, counted_on: date) -> int:
    """The seed of a forecast: the same commitment and cut-off give the same forecast."""
    name = f"{row.indication.code}/{row.kind}/{row.title}/{counted_on}"
    digest = sha256(name.encode()).digest()
    return int.from_bytes(digest[:4], "big") & 0x7FFFFFFF


@dataclass(frozen=True, slots=True)
class ForecastBasis:
    """What a forecast is made of: trial, deadline, seed, and how many futures are drawn."""

    trial: Trial
    deadline: Deadline
    seed: int
    draws: int

    def forecast(self, scenario: Scenario | None = None) -> Forecast:
        """The forecast of the record or of a scenario; the same futures are drawn for both.

        Raises ForecastError when the facts contradict themselves or the scenario cannot be.
        """
        what_if = scenario.what_if(self.trial) if scenario else None
        return forecasts.forecast(
            self.trial, self.deadline, seed=self.seed, draws=self.draws, what_if=what_if
        )


def basis(
    row: Commitment, found: Enrolment, *, window_months: int | None = None
) -> ForecastBasis | None:
    """What a forecast of the submission is made of; None while something lacks.

    Raises ForecastError when the centres contradict themselves.
    """
    latest = found.latest
    if found.lack or latest is None:
        return None
    rules = rulebook().assumptions
    trial = forecasts.trial_of(
        found.plan,
        counted(found.counts),
        centres(found.centres, found.counts),
        rules,
        window_months=window_months,
    )
    deadline = Deadline(row.legal_end, TrialMilestone.SUBMITTED, rules.extension_lead_days)
    return ForecastBasis(trial, deadline, seed_of(row, latest.counted_on), rules.draws)


def forecast(
    row: Commitment, found: Enrolment, *, window_months: int | None = None
) -> Forecast | None:
    """The forecast of the submission against the statutory deadline; None while something lacks.

    Raises ForecastError when the centres contradict themselves.
    """
    made = basis(row, found, window_months=window_months)
    return made.forecast() if made else None
