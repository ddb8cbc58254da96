"""Risk management plans: versions written and confirmed, measures done, effectiveness checked."""

from pv.actions.risk_plans.lines import add_measure, add_risk, remove_measure, remove_risk
from pv.actions.risk_plans.measures import check_effectiveness, complete
from pv.actions.risk_plans.versions import PlanInput, confirm, enter, refuse

__all__ = [
    "PlanInput",
    "add_measure",
    "add_risk",
    "check_effectiveness",
    "complete",
    "confirm",
    "enter",
    "refuse",
    "remove_measure",
    "remove_risk",
]
