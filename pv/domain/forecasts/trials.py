"""What a forecast starts from: centres and their enrolment, durations, the deadline, what-ifs.

The product's own rule, on the model of Anisimov and Fedorov (Stat Med 2007;26:4958).
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum


class ForecastError(ValueError):
    """The facts given do not allow a forecast; the message names the centre or the number."""


class TrialMilestone(StrEnum):
    """Milestones of a confirmatory trial that the forecast dates."""

    LPI = "LPI"
    """Last patient needed is enrolled."""
    LPLV = "LPLV"
    """That patient's follow-up for the primary endpoint is mature."""
    SUBMITTED = "SUPPL_SUBMITTED"
    """Report finished and supplementary application submitted."""
    APPROVED = "SUPPL_APPROVED"
    """Review finished."""


@dataclass(frozen=True)
class Span:
    """A duration in calendar days: least, most likely, most (triangular)."""

    least: float
    likely: float
    most: float

    def __post_init__(self) -> None:
        if not 0 <= self.least <= self.likely <= self.most:
            raise ForecastError("a span is 0 <= least <= likely <= most days")


@dataclass(frozen=True)
class StartUp:
    """Delay of a centre's opening after its planned date, in days: median and 90th percentile."""

    median: float
    p90: float

    def __post_init__(self) -> None:
        if not 0 < self.median < self.p90:
            raise ForecastError("a start-up delay has 0 < median < 90th percentile")


@dataclass(frozen=True)
class Dropout:
    """Patients lost before the primary endpoint, and those whose endpoint is mature.

    The share lost has a Beta distribution: ``expected_share`` counted as ``weight`` patients, plus
    what was observed. Losses are seen sooner than maturity is, so the share is learnt only from
    patients whose date of maturity has passed (``lost_due`` of them lost).
    """

    lost: int
    """All patients lost by the cut-off."""
    matured: int
    expected_share: float
    weight: float
    lost_due: int | None = None
    """Those of ``lost`` whose maturity date has passed; None: all of them, which errs late."""

    @property
    def lost_learnt(self) -> int:
        """Losses that count towards the share."""
        return self.lost if self.lost_due is None else self.lost_due

    def __post_init__(self) -> None:
        if self.lost < 0 or self.matured < 0 or self.weight <= 0:
            raise ForecastError("drop-out counts are not negative and its weight is above 0")
        if not 0 <= self.lost_learnt <= self.lost:
            raise ForecastError("losses of due patients are among the losses")
        if not 0 < self.expected_share < 1:
            raise ForecastError("the expected share of drop-outs lies between 0 and 1")


@dataclass(frozen=True)
class Centre:
    """One centre. ``monthly`` holds the patients enrolled in each calendar month, from the month
    of opening to that of the cut-off; None for a month not reported (it is not read as zero)."""

    name: str
    planned: date | None = None
    opened: date | None = None
    monthly: tuple[int | None, ...] = ()
    closes: date | None = None
    """Last day of enrolment, past or planned; None for open to the end."""


@dataclass(frozen=True)
class Trial:
    """A trial at its cut-off date, the last day whose enrolment is counted."""

    as_of: date
    centres: tuple[Centre, ...]
    target: int
    """Evaluable patients needed."""
    maturity_days: int
    """Follow-up of the last patient until the primary endpoint is mature."""
    dropout: Dropout
    reporting: Span
    """From maturity to submission."""
    review: Span
    """From submission to decision; calendar days (the caller converts working days)."""
    startup: StartUp | None = None
    planned_rate: float | None = None
    """Patients per centre and month in the plan; needed only while no centre has enrolled."""
    planned_rate_spread: float = 2.0
    """90th percentile of the plan's rate over its median."""
    window_months: int | None = None
    """Learn the rates from the last so many months only; None: from all."""
    rate_factor: float = 1.0
    """Future enrolment over what the past predicts (a what-if)."""

    def __post_init__(self) -> None:
        if self.target < 1 or self.maturity_days < 0 or self.rate_factor <= 0:
            raise ForecastError("target >= 1, maturity >= 0 days and rate factor > 0")
        if self.window_months is not None and self.window_months < 1:
            raise ForecastError("a window is one month or more")
        if self.planned_rate is not None and (
            self.planned_rate <= 0 or self.planned_rate_spread <= 1
        ):
            raise ForecastError("a planned rate is above 0 and its spread above 1")
        for centre in self.centres:
            _check_centre(self, centre)


@dataclass(frozen=True)
class Deadline:
    """The statutory deadline and the milestone to be reached by it (both from the commitment)."""

    legal_end: date
    milestone: TrialMilestone
    extension_lead_days: int
    """An extension is asked for at least so many calendar days before the legal end."""

    def __post_init__(self) -> None:
        if self.extension_lead_days < 0:
            raise ForecastError("the lead of an extension request is not negative")

    @property
    def last_day_to_ask(self) -> date:
        """Last day on which an extension can be asked for."""
        return self.legal_end - timedelta(days=self.extension_lead_days)


@dataclass(frozen=True)
class WhatIf:
    """Changes to try; what is None stays as it is."""

    more_centres: tuple[Centre, ...] = ()
    close_centres: frozenset[str] = frozenset()
    """Names of centres that stop enrolling at the cut-off."""
    rate_factor: float | None = None
    target: int | None = None
    maturity_days: int | None = None
    dropout: Dropout | None = None
    reporting: Span | None = None
    review: Span | None = None
    startup: StartUp | None = None


def applied(trial: Trial, change: WhatIf) -> Trial:
    """The trial with the changes made; an unknown centre to close raises ForecastError."""
    unknown = change.close_centres - {centre.name for centre in trial.centres}
    if unknown:
        raise ForecastError(f"no such centre: {', '.join(sorted(unknown))}")
    centres = tuple(
        _closed(centre, trial.as_of) if centre.name in change.close_centres else centre
        for centre in trial.centres
    )
    kept = (
        "rate_factor",
        "target",
        "maturity_days",
        "dropout",
        "reporting",
        "review",
        "startup",
    )
    changed = {name: getattr(change, name) for name in kept if getattr(change, name) is not None}
    return replace(trial, centres=centres + change.more_centres, **changed)


def month_starts(first: date, last: date) -> list[date]:
    """First days of the calendar months from the month of ``first`` to that of ``last``, and of
    the month after."""
    count = (last.year - first.year) * 12 + last.month - first.month + 2
    months = [first.year * 12 + first.month - 1 + step for step in range(count)]
    return [date(month // 12, month % 12 + 1, 1) for month in months]


def _closed(centre: Centre, as_of: date) -> Centre:
    closes = as_of if centre.closes is None else min(centre.closes, as_of)
    return replace(centre, closes=closes)


def _check_centre(trial: Trial, centre: Centre) -> None:
    if centre.opened is None:
        if centre.monthly:
            raise ForecastError(f"{centre.name} has enrolment but no opening date")
        if centre.planned is None:
            raise ForecastError(f"{centre.name} has neither an opening nor a planned date")
        shut = centre.closes is not None and centre.closes <= trial.as_of
        if centre.planned <= trial.as_of and trial.startup is None and not shut:
            raise ForecastError(
                f"{centre.name} was due on {centre.planned} and has not opened: "
                "give the start-up delay"
            )
        return
    if centre.opened > trial.as_of:
        raise ForecastError(f"{centre.name} opens after the cut-off: that is a planned date")
    if centre.closes is not None and centre.closes < centre.opened:
        raise ForecastError(f"{centre.name} closes before it opens")
    months = len(month_starts(centre.opened, trial.as_of)) - 1
    if len(centre.monthly) != months:
        raise ForecastError(
            f"{centre.name} has {len(centre.monthly)} monthly counts for {months} calendar months"
        )
    if any(count is not None and count < 0 for count in centre.monthly):
        raise ForecastError(f"{centre.name} has a negative count")
