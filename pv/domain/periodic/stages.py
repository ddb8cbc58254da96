"""The way of an aggregate report: written, reviewed by another person, approved by signature.

Source: ICH E2C(R2); GVP (China) art. 79: quality of the report is the holder's. Two persons and the
signature are the product's own rule.
"""

from enum import StrEnum

from followup.state_machines import Machine, row


class ReportState(StrEnum):
    """How far a report is."""

    DRAFT = "draft"
    REVIEWED = "reviewed"
    APPROVED = "approved"


class ReportEvent(StrEnum):
    """What moves it on."""

    REVIEW = "REVIEW"
    RETURN = "RETURN"
    EDIT = "EDIT"
    APPROVE = "APPROVE"


_S, _E = ReportState, ReportEvent
REPORT: Machine[ReportState, ReportEvent] = Machine(
    ReportState,
    ReportEvent,
    initial=(_S.DRAFT,),
    rows=(
        row(_E.REVIEW, _S.DRAFT, _S.REVIEWED, "lock", "sections"),
        row(_E.RETURN, _S.REVIEWED, _S.DRAFT, "reason"),
        row(_E.EDIT, (_S.REVIEWED, _S.APPROVED), _S.DRAFT, effects=("edition",)),
        row(_E.APPROVE, _S.REVIEWED, _S.APPROVED, "signature"),
    ),
)
