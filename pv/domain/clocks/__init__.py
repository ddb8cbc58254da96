"""Reporting clocks: which rules a case falls under, its day zero, what is due when and why.

Source: domain 4.1 to domain 4.3.
"""

from pv.domain.clocks.changes import ChangeKind, kind_of
from pv.domain.clocks.conditions import Answer, Check
from pv.domain.clocks.day_zero import Awareness, DayZero, Element, Flag, Party, day_zero
from pv.domain.clocks.deadlines import Clock, Deadline, Reason, is_late
from pv.domain.clocks.due_dates import due
from pv.domain.clocks.obligations import (
    Circumstance,
    Information,
    Obligation,
    Sending,
    Stop,
    assessed_in,
    circumstances,
    complete,
    known_days,
    nullification,
    obligations,
)
from pv.domain.clocks.plans import Authorised, PlanRow, Verdict, authorities, owed, plan, under
from pv.domain.clocks.reconciliations import Ended, Reconciliation, Standing, reconciliation
from pv.domain.clocks.rules import (
    AwarenessRule,
    CaseFacts,
    Limit,
    Reporter,
    ReportSource,
    Rule,
    RuleNotInForceError,
    RuleSet,
    Setting,
    Unit,
)
from pv.domain.clocks.selection import Considered, Selection, running, select

__all__ = [
    "Answer",
    "Authorised",
    "Awareness",
    "AwarenessRule",
    "CaseFacts",
    "ChangeKind",
    "Check",
    "Circumstance",
    "Clock",
    "Considered",
    "DayZero",
    "Deadline",
    "Element",
    "Ended",
    "Flag",
    "Information",
    "Limit",
    "Obligation",
    "Party",
    "PlanRow",
    "Reason",
    "Reconciliation",
    "ReportSource",
    "Reporter",
    "Rule",
    "RuleNotInForceError",
    "RuleSet",
    "Selection",
    "Sending",
    "Setting",
    "Standing",
    "Stop",
    "Unit",
    "Verdict",
    "assessed_in",
    "authorities",
    "circumstances",
    "complete",
    "day_zero",
    "due",
    "is_late",
    "kind_of",
    "known_days",
    "nullification",
    "obligations",
    "owed",
    "plan",
    "reconciliation",
    "running",
    "select",
    "under",
]
