"""Reporting clocks: which rules a case falls under, its day zero, what is due when and why."""

from pv.domain.clocks.counting import due
from pv.domain.clocks.deadlines import Clock, Deadline, Reason, days_left, is_late
from pv.domain.clocks.rules import (
    CaseFacts,
    Limit,
    Reporter,
    Rule,
    RuleNotInForceError,
    RuleSet,
    Setting,
    Source,
    Unit,
)

__all__ = [
    "CaseFacts",
    "Clock",
    "Deadline",
    "Limit",
    "Reason",
    "Reporter",
    "Rule",
    "RuleNotInForceError",
    "RuleSet",
    "Setting",
    "Source",
    "Unit",
    "days_left",
    "due",
    "is_late",
]
