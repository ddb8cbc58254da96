"""Conditional approval: commitments, statutory deadlines, milestones, certificates, reviews.

Source: domain 5.1.
"""

from pv.domain.approvals.commitments import (
    CommitmentEvent,
    CommitmentMachine,
    CommitmentOutcome,
    CommitmentState,
    Effect,
)
from pv.domain.approvals.deadlines import (
    Colour,
    LegalEnd,
    LimitRule,
    Outlook,
    Why,
    legal_end,
    outlook,
)
from pv.domain.approvals.guards import GUARDS, Code, Facts, Refusal
from pv.domain.approvals.kinds import CommitmentKind, EventRule
from pv.domain.approvals.milestones import (
    Definition,
    Disorder,
    Due,
    Milestone,
    MilestoneStatus,
    OrderFault,
    check_order,
    late,
    milestone_status,
    plan_milestones,
    yearly_milestones,
)

__all__ = [
    "GUARDS",
    "Code",
    "Colour",
    "CommitmentEvent",
    "CommitmentMachine",
    "CommitmentState",
    "Definition",
    "Disorder",
    "Due",
    "Effect",
    "EventRule",
    "Facts",
    "CommitmentKind",
    "LegalEnd",
    "LimitRule",
    "Milestone",
    "OrderFault",
    "CommitmentOutcome",
    "Outlook",
    "Refusal",
    "MilestoneStatus",
    "Why",
    "check_order",
    "late",
    "legal_end",
    "outlook",
    "plan_milestones",
    "milestone_status",
    "yearly_milestones",
]
