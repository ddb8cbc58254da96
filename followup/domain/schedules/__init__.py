"""The follow-up schedule of one infusion: planned visits, their windows and why they are due.

Source: domain 1.2.
"""

from followup.domain.schedules.amendments import (
    Amendment,
    Moved,
    Redated,
    Revision,
    amend,
    compare,
    reanchor,
    revise,
)
from followup.domain.schedules.courses import (
    Course,
    Handover,
    Infusion,
    JointVisit,
    Return,
    joint_visits,
    next_horizon,
    plan_courses,
    resume,
    transfer,
    visit_for,
)
from followup.domain.schedules.planned import PlannedVisit, VisitRule
from followup.domain.schedules.planning import FixedVisit, anchor, plan

__all__ = [
    "Amendment",
    "Course",
    "FixedVisit",
    "Handover",
    "Infusion",
    "JointVisit",
    "Moved",
    "PlannedVisit",
    "Redated",
    "Return",
    "Revision",
    "VisitRule",
    "amend",
    "anchor",
    "compare",
    "joint_visits",
    "next_horizon",
    "plan",
    "plan_courses",
    "reanchor",
    "resume",
    "revise",
    "transfer",
    "visit_for",
]
