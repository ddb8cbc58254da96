"""Stages of a case and of the reports received for it, as tables.

Source: GVP Module VI.B (collection, validation, quality check, medical review, submission).
"""

from enum import StrEnum

from followup.state_machines import Machine, row


class CaseStage(StrEnum):
    """Where a case is in its processing."""

    DRAFTED = "drafted"
    ENTRY = "entry"
    QUALITY = "quality"
    MEDICAL = "medical"
    SUBMISSION = "submission"
    CLOSED = "closed"
    NULLIFIED = "nullified"


class CaseEvent(StrEnum):
    """What moves a case."""

    ADVANCE = "ADVANCE"
    SEND_BACK = "SEND_BACK"
    NEW_VERSION = "NEW_VERSION"
    ACCEPT_REPORT = "ACCEPT_REPORT"
    REOPEN = "REOPEN"
    REOPEN_DUTY = "REOPEN_DUTY"
    NULLIFY = "NULLIFY"
    RESTORE = "RESTORE"
    NOT_REPORT = "NOT_REPORT"


_C, _E = CaseStage, CaseEvent
# In the order of work: one step forward at a time, back to any earlier stage.
STAGES = (_C.DRAFTED, _C.ENTRY, _C.QUALITY, _C.MEDICAL, _C.SUBMISSION, _C.CLOSED)

CASE: Machine[CaseStage, CaseEvent] = Machine(
    CaseStage,
    CaseEvent,
    initial=(_C.DRAFTED,),
    rows=(
        *(row(_E.ADVANCE, a, b) for a, b in zip(STAGES, STAGES[1:], strict=False)),
        # What is closed comes back by new information, a new version or a duty that is open again.
        *(row(_E.SEND_BACK, STAGES[n], STAGES[:n], "reason") for n in range(1, len(STAGES) - 1)),
        row(_E.NEW_VERSION, STAGES, _C.ENTRY),
        row(_E.ACCEPT_REPORT, STAGES, _C.ENTRY),
        row(_E.REOPEN, _C.CLOSED, _C.ENTRY),
        row(_E.REOPEN_DUTY, _C.CLOSED, _C.SUBMISSION),
        # Nullified before anything was sent, it is once more when a sending turns up.
        row(_E.NULLIFY, (*STAGES, _C.NULLIFIED), _C.NULLIFIED, "reason"),
        # A decision of triage that is undone, or a valid report after a rejected one; nothing was
        # sent.
        row(_E.RESTORE, _C.NULLIFIED, _C.DRAFTED, "reason"),
        # A signed decision that the case is not to be reported.
        row(_E.NOT_REPORT, STAGES[:-1], _C.CLOSED, "signature"),
    ),
)


class ReceivedState(StrEnum):
    """What was decided about a received report."""

    TO_REVIEW = "to_review"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    HISTORY = "history"


class ReceivedEvent(StrEnum):
    """What moves a received report."""

    ACCEPT = "ACCEPT"
    REJECT = "REJECT"
    OVERTAKE = "OVERTAKE"


_R, _RE = ReceivedState, ReceivedEvent
RECEIVED: Machine[ReceivedState, ReceivedEvent] = Machine(
    ReceivedState,
    ReceivedEvent,
    initial=(_R.TO_REVIEW, _R.HISTORY),
    rows=(
        row(_RE.ACCEPT, _R.TO_REVIEW, _R.ACCEPTED),
        row(_RE.REJECT, _R.TO_REVIEW, _R.REJECTED, "reason"),
        # A newer report of the case was accepted while it waited.
        row(_RE.OVERTAKE, _R.TO_REVIEW, _R.HISTORY),
    ),
)
