"""Distribution of a trial's completion by simulation, held against its statutory deadline.

The product's own rule, on the model of Anisimov and Fedorov (Stat Med 2007;26:4958).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from followup.lazy_modules import lazy
from pv.domain.forecasts.enrolment import (
    DAYS_PER_MONTH,
    Observed,
    RatePosterior,
    centre_rates,
    observed,
    rate_posterior,
    rates_ahead,
    waiting_time,
)
from pv.domain.forecasts.trials import (
    Deadline,
    ForecastError,
    Span,
    Trial,
    TrialMilestone,
    WhatIf,
    applied,
    month_starts,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pv.domain.forecasts.enrolment import Array
else:
    np = lazy("numpy")

LEVELS = (0.1, 0.5, 0.8, 0.9)
_HORIZON = 36525.0  # days; a quantile a century away is shown as never


@dataclass(frozen=True)
class Dates:
    """10, 50, 80 and 90 % points of a date; None: not reached in that share of the futures."""

    p10: date | None
    p50: date | None
    p80: date | None
    p90: date | None


@dataclass(frozen=True)
class Days:
    """Days of slack at the 10, 50, 80 and 90 % points of the date; None where there is no date."""

    p10: int | None
    p50: int | None
    p80: int | None
    p90: int | None


@dataclass(frozen=True)
class Forecast:
    """When the milestones will come, and how that stands to the statutory deadline."""

    as_of: date
    deadline: Deadline
    dates: dict[TrialMilestone, Dates]
    probability: float
    """That the milestone judged comes on or before the legal end."""
    probability_error: float
    """Standard error of ``probability`` from the number of draws."""
    slack: Days
    """Legal end minus the date of the milestone judged; negative: late."""
    last_day_to_ask: date
    can_still_ask: bool
    """Whether ``last_day_to_ask`` is not before the cut-off."""
    enrolled: int
    needed: float
    """Mean number of evaluable patients still to enrol."""
    rate: float
    """Posterior mean of a centre's rate, patients per month."""
    rate_low: float
    rate_high: float
    """80 % interval of the mean rate over centres."""
    open_centres: int
    pending_centres: int
    never: float
    """Share of the futures in which the target is never reached."""
    draws: int
    seed: int


@dataclass(frozen=True)
class _Futures:
    """Draws of one trial, days after cut-off."""

    days: dict[TrialMilestone, Array]
    needed: Array
    mean_rate: Array


def forecast(
    trial: Trial,
    deadline: Deadline,
    *,
    seed: int,
    draws: int = 10_000,
    what_if: WhatIf | None = None,
) -> Forecast:
    """Forecast the completion of a trial from its enrolment by centre.

    Each draw takes centres' rates from their posterior, opens the centres still to come, waits for
    the evaluable patients still needed, and adds maturity, reporting and review. The same seed,
    draws and facts give the same forecast. Raises ForecastError when there is nothing to learn a
    rate from.
    """
    if draws < 100:
        raise ForecastError("a forecast takes at least 100 draws")
    tried = trial if what_if is None else applied(trial, what_if)
    seen = observed(tried)
    posterior = rate_posterior(tried, seen)
    futures = _simulated(tried, seen, posterior, np.random.default_rng(seed), draws)
    return _summarised(tried, deadline, seen, futures, seed)


def _summarised(
    trial: Trial, deadline: Deadline, seen: Observed, futures: _Futures, seed: int
) -> Forecast:
    judged = np.ceil(futures.days[deadline.milestone])
    draws = judged.size
    probability = float(np.mean(judged <= (deadline.legal_end - trial.as_of).days))
    dates = {name: dates_of(trial.as_of, days) for name, days in futures.days.items()}
    monthly = futures.mean_rate * DAYS_PER_MONTH
    low, high = np.quantile(monthly, (0.1, 0.9))
    future = [c for c in trial.centres if c.closes is None or c.closes > trial.as_of]
    return Forecast(
        as_of=trial.as_of,
        deadline=deadline,
        dates=dates,
        probability=probability,
        probability_error=float(np.sqrt(probability * (1 - probability) / draws)),
        slack=_slack(deadline.legal_end, dates[deadline.milestone]),
        last_day_to_ask=deadline.last_day_to_ask,
        can_still_ask=deadline.last_day_to_ask >= trial.as_of,
        enrolled=seen.enrolled,
        needed=float(futures.needed.mean()),
        rate=float(monthly.mean()),
        rate_low=float(low),
        rate_high=float(high),
        open_centres=sum(c.opened is not None for c in future),
        pending_centres=sum(c.opened is None for c in future),
        never=float(np.mean(np.isinf(futures.days[TrialMilestone.LPI]))),
        draws=draws,
        seed=seed,
    )


def _simulated(
    trial: Trial,
    seen: Observed,
    posterior: RatePosterior,
    rng: np.random.Generator,
    draws: int,
) -> _Futures:
    opened, mean, shape = centre_rates(seen, posterior, rng, draws)
    silent = rng.poisson((opened * seen.silent_days).sum(axis=1)).astype(np.int64)
    lost = _lost_share(trial, rng, draws)
    needed = _needed(trial, seen.enrolled + silent, lost, rng)
    base, offsets, changes = rates_ahead(trial, opened, mean, shape, rng)
    keeps = (1 - lost) * trial.rate_factor
    waited = rng.standard_gamma(np.maximum(needed, 1))
    last_in = waiting_time(waited, base * keeps, offsets, changes * keeps[:, None])
    last_in = np.where(needed > 0, last_in, float(_last_enrolment(trial)))
    mature = last_in + trial.maturity_days
    # A report that is not submitted by the day of the count is submitted after it, however long
    # ago the last endpoint was.
    submitted = np.maximum(mature + _drawn(trial.reporting, rng, draws), 1.0)
    approved = submitted + _drawn(trial.review, rng, draws)
    days = {
        TrialMilestone.LPI: last_in,
        TrialMilestone.LPLV: mature,
        TrialMilestone.SUBMITTED: submitted,
        TrialMilestone.APPROVED: approved,
    }
    return _Futures(days, np.maximum(needed, 0), mean)


def _lost_share(trial: Trial, rng: np.random.Generator, draws: int) -> Array:
    loss = trial.dropout
    before = loss.expected_share * loss.weight
    return rng.beta(before + loss.lost_learnt, loss.weight - before + loss.matured, draws)


def _needed(
    trial: Trial, enrolled: NDArray[np.int64], lost: Array, rng: np.random.Generator
) -> Array:
    """Evaluable patients still to enrol.

    Those under follow-up may still be lost, at a hazard spread evenly over it, so in proportion to
    the follow-up they have ahead.
    """
    following = enrolled - trial.dropout.lost - trial.dropout.matured
    if np.any(following < 0):
        raise ForecastError("more patients lost or mature than enrolled")
    kept = rng.binomial(following, 1 - lost * _follow_up_ahead(trial))
    return np.asarray(trial.target - trial.dropout.matured - kept, dtype=np.float64)


def _follow_up_ahead(trial: Trial) -> float:
    """Mean share of the follow-up still ahead of patients not yet mature, enrolled mid-month."""
    ahead = patients = 0.0
    for centre in trial.centres:
        if centre.opened is None:
            continue
        starts = month_starts(centre.opened, trial.as_of)
        for start, number in zip(starts, centre.monthly, strict=False):
            elapsed = max(0.0, (trial.as_of - start).days - DAYS_PER_MONTH / 2)
            if number and elapsed < trial.maturity_days:
                patients += number
                ahead += number * (1 - elapsed / trial.maturity_days)
    return ahead / patients if patients else 1.0


def _last_enrolment(trial: Trial) -> int:
    """Days from cut-off (<= 0) to the end of the last month in which anyone may have enrolled."""
    latest = None
    for centre in trial.centres:
        if centre.opened is None:
            continue
        starts = month_starts(centre.opened, trial.as_of)
        for month, number in enumerate(centre.monthly):
            if number != 0:
                end = min(starts[month + 1] - timedelta(days=1), trial.as_of)
                latest = end if latest is None else max(latest, end)
    return 0 if latest is None else (latest - trial.as_of).days


def _drawn(span: Span, rng: np.random.Generator, draws: int) -> Array:
    if span.least == span.most:
        return np.full(draws, float(span.likely))
    return rng.triangular(span.least, span.likely, span.most, draws)


def dates_of(as_of: date, days: Array) -> Dates:
    """The points of a date drawn as days after the cut-off."""
    points = np.quantile(np.ceil(days), LEVELS, method="inverted_cdf")
    return Dates(
        *(as_of + timedelta(days=int(point)) if point < _HORIZON else None for point in points)
    )


def _slack(legal_end: date, dates: Dates) -> Days:
    return Days(
        *(
            None if point is None else (legal_end - point).days
            for point in (dates.p10, dates.p50, dates.p80, dates.p90)
        )
    )
