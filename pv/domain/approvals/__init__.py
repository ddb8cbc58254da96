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
    Certificate,
    CertificateRule,
    Colour,
    LegalEnd,
    LimitRule,
    Outlook,
    SetDeadline,
    Why,
    certificate,
    extend,
    in_force,
    legal_end,
    outlook,
    warning_days,
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
    ReviewClock,
    check_order,
    late,
    milestone_status,
    plan_milestones,
    review_end,
    yearly_milestones,
)
from pv.domain.clocks.deadlines import days_left

__all__ = [
    "GUARDS",
    "Certificate",
    "CertificateRule",
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
    "ReviewClock",
    "SetDeadline",
    "MilestoneStatus",
    "Why",
    "certificate",
    "check_order",
    "days_left",
    "extend",
    "in_force",
    "late",
    "legal_end",
    "outlook",
    "plan_milestones",
    "review_end",
    "milestone_status",
    "warning_days",
    "yearly_milestones",
]
