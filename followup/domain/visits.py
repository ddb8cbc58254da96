"""States of a planned visit and of a patient's follow-up, as tables with guards that explain.

Source: domain 1.2.4.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from followup.domain.contacts import LossEvidence
from followup.state_machines import Machine, row

INVESTIGATOR = "investigator"  # the meaning of a signature that locks what it signs


class VisitState(StrEnum):
    """What is stored of a planned visit (domain 1.2.4).

    Whether a planned one is open or overdue follows from its window and today, and is not stored.
    """

    PLANNED = "PLANNED"
    DONE_IN_WINDOW = "DONE_IN_WINDOW"
    DONE_OUT_OF_WINDOW = "DONE_OUT_OF_WINDOW"
    MISSED = "MISSED"
    BEFORE_REGISTER = "BEFORE_REGISTER"  # its window had ended before anybody could plan it
    CANCELLED = "CANCELLED"


class VisitEvent(StrEnum):
    """What moves a visit: contacts on record, the calendar, the schedule it belongs to."""

    RECORDED = "RECORDED"
    CORRECTED = "CORRECTED"
    RETRACTED = "RETRACTED"
    SUCCESSOR_OPENED = "SUCCESSOR_OPENED"
    SCHEDULE_ENDED = "SCHEDULE_ENDED"
    SCHEDULE_RESUMED = "SCHEDULE_RESUMED"
    DAY_ZERO_MOVED = "DAY_ZERO_MOVED"
    POINT_DROPPED = "POINT_DROPPED"  # a new version of the protocol has no such visit
    POINT_ADDED = "POINT_ADDED"


class FollowUpState(StrEnum):
    """A patient's follow-up (domain 1.2.5). LOST is never final.

    Whether an active patient is overdue follows from windows and contacts, and is not stored.
    """

    ACTIVE = "ACTIVE"
    LOST_PROVISIONAL = "LOST_PROVISIONAL"
    LOST = "LOST"
    WITHDRAWN_NEW_DATA = "WITHDRAWN_NEW_DATA"
    TRANSFERRED = "TRANSFERRED"
    DEAD = "DEAD"


class FollowUpEvent(StrEnum):
    """What moves a patient's follow-up."""

    ATTEMPT_FAILED = "ATTEMPT_FAILED"
    CONTACT_MADE = "CONTACT_MADE"
    LOSS_DECLARED = "LOSS_DECLARED"
    LOSS_RETRACTED = "LOSS_RETRACTED"
    CONSENT_WITHDRAWN = "CONSENT_WITHDRAWN"
    CONSENT_RENEWED = "CONSENT_RENEWED"
    TRANSFERRED_OUT = "TRANSFERRED_OUT"
    DEATH_LEARNED = "DEATH_LEARNED"
    DEATH_RETRACTED = "DEATH_RETRACTED"


class Guard(StrEnum):
    """Conditions a transition may ask for."""

    REASON = "REASON"
    LOSS_PROVEN = "LOSS_PROVEN"
    WINDOW_CLOSED = "WINDOW_CLOSED"  # one ended since the last contact; the fold knows


class Refusal(StrEnum):
    """Why a transition is not allowed."""

    NO_SUCH_TRANSITION = "NO_SUCH_TRANSITION"
    REASON_MISSING = "REASON_MISSING"
    LOSS_NOT_PROVEN = "LOSS_NOT_PROVEN"


@dataclass(frozen=True, slots=True)
class StateAnswer:
    """The answer to an event: the new state, or the refusals; `missing` names what is wanting."""

    state: FollowUpState
    refusals: tuple[Refusal, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether the event may happen."""
        return not self.refusals


_V, _VE = VisitState, VisitEvent
_DONE = (_V.DONE_IN_WINDOW, _V.DONE_OUT_OF_WINDOW)
_NOT_DONE = (_V.PLANNED, _V.MISSED, _V.BEFORE_REGISTER)

# Several targets: the days of the contacts, of the window and of the successor decide.
VISITS: Machine[VisitState, VisitEvent] = Machine(
    VisitState,
    VisitEvent,
    # What had closed before the register knew of the infusion is not missed; what lies after the
    # end of a schedule is not asked for.
    initial=(_V.PLANNED, _V.BEFORE_REGISTER, _V.MISSED, _V.CANCELLED),
    rows=(
        # A contact may be entered days later: the day of contact decides, not the state at entry.
        row(_VE.RECORDED, _NOT_DONE, _DONE),
        row(_VE.CORRECTED, _DONE, _DONE),
        row(_VE.RETRACTED, _DONE, _NOT_DONE),
        row(_VE.SUCCESSOR_OPENED, _V.PLANNED, _V.MISSED),
        row(_VE.SCHEDULE_ENDED, _V.PLANNED, _V.CANCELLED),
        row(_VE.SCHEDULE_RESUMED, _V.CANCELLED, _V.PLANNED),
        row(_VE.POINT_DROPPED, _V.PLANNED, _V.CANCELLED),
        row(_VE.POINT_ADDED, _V.CANCELLED, _V.PLANNED),
        row(_VE.DAY_ZERO_MOVED, (*_NOT_DONE, _V.CANCELLED), (*_NOT_DONE, _V.CANCELLED)),
    ),
)
# A visit nobody has recorded yet: a contact may still be entered for it.
RECORDABLE = VISITS.sources(VisitEvent.RECORDED)

_F, _FE = FollowUpState, FollowUpEvent
_ALIVE = tuple(s for s in FollowUpState if s is not FollowUpState.DEAD)
_REACHABLE = (_F.ACTIVE, _F.LOST_PROVISIONAL, _F.LOST)

FOLLOW_UP: Machine[FollowUpState, FollowUpEvent] = Machine(
    FollowUpState,
    FollowUpEvent,
    initial=(_F.ACTIVE,),
    rows=(
        row(_FE.ATTEMPT_FAILED, _F.ACTIVE, _F.LOST_PROVISIONAL, Guard.WINDOW_CLOSED),
        row(_FE.LOSS_DECLARED, _F.LOST_PROVISIONAL, _F.LOST, Guard.LOSS_PROVEN),
        row(_FE.LOSS_RETRACTED, _F.LOST, _F.LOST_PROVISIONAL, Guard.REASON),
        row(_FE.CONTACT_MADE, (*_REACHABLE, _F.TRANSFERRED), _F.ACTIVE),
        row(_FE.TRANSFERRED_OUT, _REACHABLE, _F.TRANSFERRED, Guard.REASON),
        row(_FE.CONSENT_WITHDRAWN, (*_REACHABLE, _F.TRANSFERRED), _F.WITHDRAWN_NEW_DATA),
        row(_FE.CONSENT_RENEWED, _F.WITHDRAWN_NEW_DATA, _F.ACTIVE),
        row(_FE.DEATH_LEARNED, _ALIVE, _F.DEAD),
        row(_FE.DEATH_RETRACTED, _F.DEAD, _F.ACTIVE, Guard.REASON),
    ),
)
# States in which somebody is to look for a patient.
SEARCHED = frozenset(_REACHABLE)


@dataclass(frozen=True, slots=True)
class Duties:
    """What goes on in a follow-up state.

    Statutory reports already due stay due in every state: withdrawal ends new collection only.
    """

    plans_visits: bool
    collects_new_data: bool
    reminds_patient: bool
    statutory_reports: bool


DUTIES: Mapping[FollowUpState, Duties] = {
    FollowUpState.ACTIVE: Duties(True, True, True, True),
    FollowUpState.LOST_PROVISIONAL: Duties(True, True, True, True),
    FollowUpState.LOST: Duties(True, True, False, True),
    FollowUpState.WITHDRAWN_NEW_DATA: Duties(True, False, False, True),
    FollowUpState.TRANSFERRED: Duties(True, True, False, True),
    FollowUpState.DEAD: Duties(False, False, False, True),
}


def step(
    state: FollowUpState,
    event: FollowUpEvent,
    *,
    reason: str = "",
    evidence: LossEvidence | None = None,
) -> StateAnswer:
    """The state of follow-up after an event, or every reason why it is refused.

    `reason` is the stated reason for a correction; `evidence` the documented attempts behind a
    loss (`contacts.evidence_of_loss`). The state is unchanged when the event is refused.
    """
    transition = FOLLOW_UP.find(state, event)
    if transition is None:
        return StateAnswer(state, (Refusal.NO_SUCH_TRANSITION,))
    refusals: list[Refusal] = []
    missing: tuple[str, ...] = ()
    if Guard.REASON in transition.needs and not reason.strip():
        refusals.append(Refusal.REASON_MISSING)
    if Guard.LOSS_PROVEN in transition.needs and (evidence is None or not evidence.proven):
        refusals.append(Refusal.LOSS_NOT_PROVEN)
        missing = tuple(evidence.missing) if evidence else ("evidence",)
    return (
        StateAnswer(state, tuple(refusals), missing) if refusals else StateAnswer(transition.target)
    )


def closing_state(
    window_end: date, next_start: date | None, *, registered_on: date, today: date
) -> VisitState:
    """What is stored of a visit nobody recorded: before the register, missed, or still planned.

    It is missed once the window of its successor has opened (`next_start`); until then a late
    contact still counts for it.
    """
    if window_end < registered_on:
        return VisitState.BEFORE_REGISTER
    passed = next_start is not None and window_end < today and next_start <= today
    return VisitState.MISSED if passed else VisitState.PLANNED
