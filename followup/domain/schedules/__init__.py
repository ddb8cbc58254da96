"""The follow-up schedule of one infusion: planned visits, their windows and why they are due.

Source: domain 1.2.
"""

from followup.domain.schedules.amendments import (
    Amendment,
    Moved,
    Redated,
    Revision,
    compare,
    reanchor,
    revise,
)
from followup.domain.schedules.courses import (
    Course,
    Infusion,
    JointVisit,
    joint_visits,
)
from followup.domain.schedules.planned import PlannedVisit, VisitRule
from followup.domain.schedules.planning import FixedVisit, plan

__all__ = [
    "Amendment",
    "Course",
    "FixedVisit",
    "Infusion",
    "JointVisit",
    "Moved",
    "PlannedVisit",
    "Redated",
    "Revision",
    "VisitRule",
    "compare",
    "joint_visits",
    "plan",
    "reanchor",
    "revise",
]
