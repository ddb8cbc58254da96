"""Forecast of a trial: from enrolment by centre to the odds of meeting its statutory deadline.

The product's own rule, on the model of Anisimov and Fedorov (Stat Med 2007;26:4958).
"""

from pv.domain.forecasts.backtests import BackTest, reaching
from pv.domain.forecasts.completion import Dates, Days, Forecast, forecast
from pv.domain.forecasts.counts import (
    Assumptions,
    Counted,
    Lack,
    RecruitmentPlan,
    lacking,
    trial_of,
)
from pv.domain.forecasts.scenarios import Scenario
from pv.domain.forecasts.trials import (
    Centre,
    Deadline,
    Dropout,
    ForecastError,
    Span,
    StartUp,
    Trial,
    TrialMilestone,
    WhatIf,
    applied,
)

__all__ = [
    "Assumptions",
    "BackTest",
    "Centre",
    "Counted",
    "Dates",
    "Days",
    "Deadline",
    "Dropout",
    "Forecast",
    "ForecastError",
    "Lack",
    "TrialMilestone",
    "RecruitmentPlan",
    "Scenario",
    "Span",
    "StartUp",
    "Trial",
    "WhatIf",
    "applied",
    "forecast",
    "lacking",
    "reaching",
    "trial_of",
]
