"""Poisson-gamma enrolment: what centres' counts say of their rates, and when the last one comes.

Source: the Poisson-gamma model of Anisimov and Fedorov, Stat Med 2007;26:4958.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from followup.lazy_modules import lazy
from pv.domain.forecasts.trials import Centre, ForecastError, StartUp, Trial, month_starts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy import special

    Array = NDArray[np.float64]
else:
    np, special = lazy("numpy"), lazy("scipy.special")

DAYS_PER_MONTH = 365.25 / 12
NEVER = 1e7
"""Days; what takes longer is taken not to happen."""
_SHAPES = (0.2, 50.0)  # spread of centres' rates: from a few that do all to nearly equal
_AXIS = 41


@dataclass(frozen=True)
class Observed:
    """What each open or closed centre has shown, one entry per opened centre."""

    count: Array
    """Patients in the months the rates are learnt from."""
    days: Array
    """Days of enrolment in those months."""
    silent_days: Array
    """Days of enrolment in months not reported."""
    enrolled: int
    """Patients reported in all months."""


@dataclass(frozen=True)
class RatePosterior:
    """Weighted grid over ln(mean rate per day) and ln(shape) of the gamma spread of the rates."""

    log_mean: Array
    log_shape: Array
    weight: Array
    """Shape (means, shapes), adding up to 1."""

    def draw(self, rng: np.random.Generator, draws: int) -> tuple[Array, Array]:
        """Mean rate per day and shape, drawn from the grid and spread evenly within its cells."""
        picked = rng.choice(self.weight.size, draws, p=self.weight.reshape(-1))
        row, column = np.divmod(picked, self.log_shape.size)
        mean = self.log_mean[row] + _cell(self.log_mean) * (rng.random(draws) - 0.5)
        shape = self.log_shape[column] + _cell(self.log_shape) * (rng.random(draws) - 0.5)
        return np.exp(mean), np.exp(shape)


def observed(trial: Trial) -> Observed:
    """Counts and person-free centre days of the opened centres, month by month."""
    rows = [_observed_centre(trial, centre) for centre in trial.centres if centre.opened]
    table = np.array(rows, dtype=np.float64).reshape(-1, 4)
    enrolled = int(table[:, 3].sum())
    return Observed(table[:, 0], table[:, 1], table[:, 2], enrolled)


def _observed_centre(trial: Trial, centre: Centre) -> tuple[float, float, float, float]:
    """Patients and days within the window, days not reported, all patients reported."""
    if centre.opened is None:
        raise ForecastError(f"{centre.name} has not opened")
    end = trial.as_of if centre.closes is None else min(trial.as_of, centre.closes)
    starts = month_starts(centre.opened, trial.as_of)
    first_used = 0 if trial.window_months is None else len(centre.monthly) - trial.window_months
    count = days = silent = total = 0
    for month, number in enumerate(centre.monthly):
        begin = max(starts[month], centre.opened)
        stop = min(starts[month + 1], end + timedelta(days=1))
        open_days = max(0, (stop - begin).days)
        if number is None:
            silent += open_days
            continue
        if number and not open_days:
            raise ForecastError(f"{centre.name} enrolled in a month after it closed")
        total += number
        if month >= first_used:
            count += number
            days += open_days
    return float(count), float(days), float(silent), float(total)


def rate_posterior(trial: Trial, seen: Observed) -> RatePosterior:
    """Posterior of the spread of centres' rates (Anisimov and Fedorov 2007), on a grid.

    A centre's rate is Gamma with unknown mean and shape, its count Poisson, so the count is
    negative binomial. Both unknowns keep their uncertainty: with few open centres it is most of
    the uncertainty about those still to open. Flat in ln mean unless the plan has a rate; flat in
    ln shape. The grid is laid twice, the second time where the weight is.
    """
    centres = _axis_centres(trial, seen)
    log_mean = np.linspace(min(centres) - 4, max(centres) + 4, _AXIS)
    log_shape = np.linspace(np.log(_SHAPES[0]), np.log(_SHAPES[1]), _AXIS)
    weight = _weights(trial, seen, log_mean, log_shape)
    for _ in range(2):
        log_mean = _narrowed(log_mean, weight.sum(axis=1))
        log_shape = _narrowed(log_shape, weight.sum(axis=0))
        weight = _weights(trial, seen, log_mean, log_shape)
    return RatePosterior(log_mean, log_shape, weight)


def _axis_centres(trial: Trial, seen: Observed) -> list[float]:
    centres = []
    if seen.days.sum() > 0:
        centres.append(float(np.log((seen.count.sum() + 0.5) / seen.days.sum())))
    if trial.planned_rate is not None:
        centres.append(float(np.log(trial.planned_rate / DAYS_PER_MONTH)))
    if not centres:
        raise ForecastError("no centre has enrolled yet and the plan states no rate")
    return centres


def _weights(trial: Trial, seen: Observed, log_mean: Array, log_shape: Array) -> Array:
    """Normalised posterior weight on the grid, shape (means, shapes)."""
    shape = np.exp(log_shape)
    rate = shape / np.exp(log_mean)[:, None]
    by_count = special.gammaln(shape + seen.count[:, None]).sum(axis=0)
    log = by_count - seen.count.size * (special.gammaln(shape) - shape * np.log(rate))
    for count, days in zip(seen.count, seen.days, strict=True):
        log -= (shape + count) * np.log(rate + days)
    if trial.planned_rate is not None:
        spread = np.log(trial.planned_rate_spread) / special.ndtri(0.9)
        off = log_mean - np.log(trial.planned_rate / DAYS_PER_MONTH)
        log -= (off[:, None] / spread) ** 2 / 2
    weight: Array = np.exp(log - log.max())
    weight /= weight.sum()
    return weight


def _narrowed(axis: Array, weight: Array) -> Array:
    middle = float(axis @ weight)
    spread = max(float(np.sqrt((axis - middle) ** 2 @ weight)), _cell(axis) / 2)
    low, high = max(axis[0], middle - 5 * spread), min(axis[-1], middle + 5 * spread)
    return np.linspace(low, high, axis.size)


def _cell(axis: Array) -> float:
    return float(axis[1] - axis[0])


def centre_rates(
    seen: Observed, posterior: RatePosterior, rng: np.random.Generator, draws: int
) -> tuple[Array, Array, Array]:
    """Rates per day of the opened centres, and mean and shape of all centres, draw by draw."""
    mean, shape = posterior.draw(rng, draws)
    inverse = shape / mean
    opened = rng.standard_gamma(shape[:, None] + seen.count) / (inverse[:, None] + seen.days)
    return opened, mean, shape


def rates_ahead(
    trial: Trial, opened: Array, mean: Array, shape: Array, rng: np.random.Generator
) -> tuple[Array, Array, Array]:
    """Rate per day at cut-off, and when and by how much it changes as centres open and close."""
    draws = mean.size
    starts, rates, closings = [np.zeros((draws, 0))], [np.zeros((draws, 0))], list[float]()
    still = [c for c in trial.centres if c.closes is None or c.closes > trial.as_of]
    running = [c.closes is None or c.closes > trial.as_of for c in trial.centres if c.opened]
    current = opened[:, np.array(running, dtype=bool)]
    pending = [c for c in still if c.opened is None]
    if pending:
        due = [(c.planned - trial.as_of).days for c in pending if c.planned is not None]
        due_in = np.array(due, dtype=np.float64)
        starts.append(delays_after_cutoff(rng, trial.startup, due_in, draws))
        rates.append(
            rng.standard_gamma(np.tile(shape[:, None], (1, len(due)))) * (mean / shape)[:, None]
        )
    for centre in [c for c in still if c.opened] + pending:
        closings.append(NEVER if centre.closes is None else (centre.closes - trial.as_of).days)
    opening, gained = np.concatenate(starts, axis=1), np.concatenate(rates, axis=1)
    every = np.concatenate([current, gained], axis=1)
    stop = np.array(closings, dtype=np.float64)
    ends = stop < NEVER
    # a centre that would open after its closing day never opens: both its changes fall together
    begins = np.concatenate([np.zeros(current.shape), opening], axis=1)
    stops = np.maximum(begins, stop)[:, ends]
    offsets = np.concatenate([opening, stops], axis=1)
    changes = np.concatenate([gained, -every[:, ends]], axis=1)
    return current.sum(axis=1), offsets, changes


def delays_after_cutoff(
    rng: np.random.Generator, startup: StartUp | None, due_in: Array, draws: int
) -> Array:
    """Days from cut-off to opening of centres due in ``due_in`` days (negative: overdue).

    The delay is log-normal, and for an overdue centre conditioned on being longer than what has
    already passed. Shape (draws, centres).
    """
    if startup is None:
        return np.tile(np.maximum(due_in, 0.0), (draws, 1))
    middle = np.log(startup.median)
    spread = np.log(startup.p90 / startup.median) / special.ndtri(0.9)
    passed = np.log(np.maximum(-due_in, 1e-9))
    beyond = special.ndtr((middle - passed) / spread)
    share = (1 - rng.random((draws, due_in.size))) * beyond
    result: Array = due_in + np.exp(middle - spread * special.ndtri(share))
    return np.maximum(result, 0.0)


def waiting_time(needed: Array, base: Array, offsets: Array, changes: Array) -> Array:
    """Days until the Poisson process of total enrolment has brought ``needed`` more events.

    needed: unit-rate waiting time of each draw (a Gamma variate); base: rate per day at cut-off;
    offsets and changes, shape (draws, k): days at which the rate changes, and by how much. The
    integrated rate is piecewise linear and is inverted. inf where it never gets there.
    """
    draws = np.arange(base.size)
    order = np.argsort(offsets, axis=1)
    at = np.take_along_axis(np.minimum(offsets, NEVER), order, axis=1)
    step = np.take_along_axis(changes, order, axis=1)
    rates = np.concatenate([base[:, None], base[:, None] + np.cumsum(step, axis=1)], axis=1)
    rates = np.where(rates > 1e-12, rates, 0.0)  # what is left of a sum that cancels is no rate
    at = np.concatenate([np.zeros((base.size, 1)), at], axis=1)
    reached = np.cumsum(np.diff(at, axis=1) * rates[:, :-1], axis=1)
    reached = np.concatenate([np.zeros((base.size, 1)), reached], axis=1)
    segment = (reached < needed[:, None]).sum(axis=1) - 1
    with np.errstate(divide="ignore", invalid="ignore"):
        rest = (needed - reached[draws, segment]) / rates[draws, segment]
    time = at[draws, segment] + rest
    return np.where(time < NEVER, time, np.inf)
