"""Follow-up protocols as versioned data: points, windows, assessments, contacts, the tail.

Source: domain 1.2; what authorities ask at least: domain 1.1.
"""

from followup.domain.protocols.conditions import (
    AssessmentDue,
    Decision,
    Ground,
    LabResult,
    Results,
    due_assessments,
)
from followup.domain.protocols.drafting import (
    PointChange,
    next_version,
    point_changes,
    rank,
    valid_code,
)
from followup.domain.protocols.point_expansion import ProtocolFault, combine_same_day
from followup.domain.protocols.points import (
    Assessment,
    Condition,
    EventPoint,
    Minimum,
    OffsetKind,
    Point,
    Series,
)
from followup.domain.protocols.protocol import TAIL_YEARS, Protocol, in_force, load

__all__ = [
    "TAIL_YEARS",
    "Assessment",
    "AssessmentDue",
    "Condition",
    "Decision",
    "EventPoint",
    "Ground",
    "LabResult",
    "Minimum",
    "OffsetKind",
    "Point",
    "PointChange",
    "Protocol",
    "ProtocolFault",
    "Results",
    "Series",
    "combine_same_day",
    "due_assessments",
    "in_force",
    "load",
    "next_version",
    "point_changes",
    "rank",
    "valid_code",
]
