"""Earlier forecasts held against what came: whether the model may be believed for this trial.

The product's own rule, on the model of Anisimov and Fedorov (Stat Med 2007;26:4958).
"""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from followup.lazy_modules import lazy
from pv.domain.forecasts.completion import Dates, dates_of
from pv.domain.forecasts.enrolment import (
    centre_rates,
    observed,
    rate_posterior,
    rates_ahead,
    waiting_time,
)
from pv.domain.forecasts.trials import ForecastError, Trial

if TYPE_CHECKING:
    import numpy as np
else:
    np = lazy("numpy")


@dataclass(frozen=True, slots=True)
class BackTest:
    """What the counts of an earlier day foresaw, and the two counts between which it came."""

    made_on: date
    """Day of the earlier count: nothing later was known to this forecast."""
    number: int
    """Patients enrolled by the last count."""
    foreseen: Dates
    after: date
    """Day of the last count with fewer patients."""
    by: date
    """Day of the first count with that number."""

    @property
    def held(self) -> bool:
        """Whether the 80 % interval (P10 to P90) meets the days in which the number was reached.

        An end that is never reached is open: a P10 of None was not met, a P90 of None has no end.
        """
        low, high = self.foreseen.p10, self.foreseen.p90
        return low is not None and low <= self.by and (high is None or high > self.after)


def reaching(trial: Trial, *, enrolled: int, number: int, seed: int, draws: int = 10_000) -> Dates:
    """When `number` patients are enrolled, those lost later included, seen from the cut-off.

    `enrolled` is what the count of that day says, so months not reported add nobody. It uses the
    rates, openings and closings of `forecast`, and no loss, maturity or report: what a later count
    can be held against. Raises ForecastError as `forecast` does.
    """
    if draws < 100:
        raise ForecastError("a forecast takes at least 100 draws")
    if number <= enrolled:
        raise ForecastError("the number to reach is above the number enrolled")
    rng = np.random.default_rng(seed)
    seen = observed(trial)
    opened, mean, shape = centre_rates(seen, rate_posterior(trial, seen), rng, draws)
    base, offsets, changes = rates_ahead(trial, opened, mean, shape, rng)
    waited = rng.standard_gamma(np.full(draws, float(number - enrolled)))
    factor = trial.rate_factor
    return dates_of(trial.as_of, waiting_time(waited, base * factor, offsets, changes * factor))
