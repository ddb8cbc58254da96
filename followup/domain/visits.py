"""States of a planned visit and of a patient's follow-up, as tables with guards that explain."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Generic, TypeVar

from followup.domain.contacts import LossEvidence


class VisitState(StrEnum):
    """Where a planned visit stands (domain 1.2.4)."""

    PLANNED = "PLANNED"
    OPEN = "OPEN"
    DONE_IN_WINDOW = "DONE_IN_WINDOW"
    DONE_OUT_OF_WINDOW = "DONE_OUT_OF_WINDOW"
    MISSED = "MISSED"
    BEFORE_REGISTER = "BEFORE_REGISTER"  # its window had ended before anybody could plan it


class VisitEvent(StrEnum):
    """What moves a visit: the calendar, a contact on a day, or the retraction of a wrong entry."""

    WINDOW_OPENED = "WINDOW_OPENED"
    WINDOW_CLOSED = "WINDOW_CLOSED"
    DONE_INSIDE = "DONE_INSIDE"
    DONE_OUTSIDE = "DONE_OUTSIDE"
    RETRACTED_BEFORE = "RETRACTED_BEFORE"
    RETRACTED_DURING = "RETRACTED_DURING"
    RETRACTED_AFTER = "RETRACTED_AFTER"
    RETRACTED_EARLIER = "RETRACTED_EARLIER"
    REGISTERED_LATER = "REGISTERED_LATER"


class FollowUpState(StrEnum):
    """Where a patient's follow-up stands (domain 1.2.5). LOST is never final."""

    ACTIVE = "ACTIVE"
    OVERDUE = "OVERDUE"
    LOST_PROVISIONAL = "LOST_PROVISIONAL"
    LOST = "LOST"
    WITHDRAWN_NEW_DATA = "WITHDRAWN_NEW_DATA"
    TRANSFERRED = "TRANSFERRED"
    DEAD = "DEAD"


class FollowUpEvent(StrEnum):
    """What moves a patient's follow-up."""

    VISIT_MISSED = "VISIT_MISSED"
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


class Refusal(StrEnum):
    """Why a transition is not allowed."""

    NO_SUCH_TRANSITION = "NO_SUCH_TRANSITION"
    REASON_MISSING = "REASON_MISSING"
    LOSS_NOT_PROVEN = "LOSS_NOT_PROVEN"


State = TypeVar("State", VisitState, FollowUpState)
Event = TypeVar("Event", VisitEvent, FollowUpEvent)


@dataclass(frozen=True, slots=True)
class Transition(Generic[State, Event]):
    """One row of a table: from a state, by an event, to a state, if the guards hold."""

    source: State
    event: Event
    target: State
    guards: tuple[Guard, ...] = ()


@dataclass(frozen=True, slots=True)
class Step(Generic[State]):
    """The answer to an event: the new state, or the refusals; `missing` names what is wanting."""

    state: State
    refusals: tuple[Refusal, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether the event may happen."""
        return not self.refusals


_V, _VE = VisitState, VisitEvent
_DONE = (VisitState.DONE_IN_WINDOW, VisitState.DONE_OUT_OF_WINDOW)
_UNDONE = (
    VisitState.PLANNED,
    VisitState.OPEN,
    VisitState.MISSED,
    VisitState.BEFORE_REGISTER,
)
# Stored states of a visit nobody has recorded yet: a contact may still be entered for it.
RECORDABLE = ("PLANNED", "MISSED", "BEFORE_REGISTER")

VISIT_TRANSITIONS: tuple[Transition[VisitState, VisitEvent], ...] = (
    Transition(_V.PLANNED, _VE.WINDOW_OPENED, _V.OPEN),
    Transition(_V.PLANNED, _VE.WINDOW_CLOSED, _V.MISSED),
    Transition(_V.OPEN, _VE.WINDOW_CLOSED, _V.MISSED),
    # A visit is not missed that closed before the register knew of the infusion.
    Transition(_V.PLANNED, _VE.REGISTERED_LATER, _V.BEFORE_REGISTER),
    # A contact may be entered days later: the day of contact decides, not the state at entry.
    *(Transition(s, _VE.DONE_INSIDE, _V.DONE_IN_WINDOW) for s in _UNDONE),
    *(Transition(s, _VE.DONE_OUTSIDE, _V.DONE_OUT_OF_WINDOW) for s in _UNDONE),
    *(Transition(s, _VE.RETRACTED_BEFORE, _V.PLANNED, (Guard.REASON,)) for s in _DONE),
    *(Transition(s, _VE.RETRACTED_DURING, _V.OPEN, (Guard.REASON,)) for s in _DONE),
    *(Transition(s, _VE.RETRACTED_AFTER, _V.MISSED, (Guard.REASON,)) for s in _DONE),
    *(Transition(s, _VE.RETRACTED_EARLIER, _V.BEFORE_REGISTER, (Guard.REASON,)) for s in _DONE),
)

_F, _FE = FollowUpState, FollowUpEvent
_ALIVE = tuple(s for s in FollowUpState if s is not FollowUpState.DEAD)
_REACHABLE = (_F.ACTIVE, _F.OVERDUE, _F.LOST_PROVISIONAL, _F.LOST)

FOLLOW_UP_TRANSITIONS: tuple[Transition[FollowUpState, FollowUpEvent], ...] = (
    Transition(_F.ACTIVE, _FE.VISIT_MISSED, _F.OVERDUE),
    Transition(_F.OVERDUE, _FE.VISIT_MISSED, _F.OVERDUE),
    Transition(_F.LOST_PROVISIONAL, _FE.VISIT_MISSED, _F.LOST_PROVISIONAL),
    Transition(_F.LOST, _FE.VISIT_MISSED, _F.LOST),
    Transition(_F.ACTIVE, _FE.ATTEMPT_FAILED, _F.ACTIVE),
    Transition(_F.OVERDUE, _FE.ATTEMPT_FAILED, _F.LOST_PROVISIONAL),
    Transition(_F.LOST_PROVISIONAL, _FE.ATTEMPT_FAILED, _F.LOST_PROVISIONAL),
    Transition(_F.LOST, _FE.ATTEMPT_FAILED, _F.LOST),
    Transition(_F.LOST_PROVISIONAL, _FE.LOSS_DECLARED, _F.LOST, (Guard.LOSS_PROVEN,)),
    Transition(_F.LOST, _FE.LOSS_RETRACTED, _F.LOST_PROVISIONAL, (Guard.REASON,)),
    *(Transition(s, _FE.CONTACT_MADE, _F.ACTIVE) for s in _REACHABLE),
    *(Transition(s, _FE.CONSENT_WITHDRAWN, _F.WITHDRAWN_NEW_DATA) for s in _REACHABLE),
    Transition(_F.WITHDRAWN_NEW_DATA, _FE.CONSENT_RENEWED, _F.ACTIVE),
    *(Transition(s, _FE.TRANSFERRED_OUT, _F.TRANSFERRED, (Guard.REASON,)) for s in _REACHABLE),
    Transition(_F.TRANSFERRED, _FE.CONTACT_MADE, _F.ACTIVE),
    Transition(_F.TRANSFERRED, _FE.CONSENT_WITHDRAWN, _F.WITHDRAWN_NEW_DATA),
    *(Transition(s, _FE.DEATH_LEARNED, _F.DEAD) for s in _ALIVE),
    Transition(_F.DEAD, _FE.DEATH_RETRACTED, _F.ACTIVE, (Guard.REASON,)),
)


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
    FollowUpState.OVERDUE: Duties(True, True, True, True),
    FollowUpState.LOST_PROVISIONAL: Duties(True, True, True, True),
    FollowUpState.LOST: Duties(True, True, False, True),
    FollowUpState.WITHDRAWN_NEW_DATA: Duties(True, False, False, True),
    FollowUpState.TRANSFERRED: Duties(True, True, False, True),
    FollowUpState.DEAD: Duties(False, False, False, True),
}


def step(
    table: Sequence[Transition[State, Event]],
    state: State,
    event: Event,
    *,
    reason: str = "",
    evidence: LossEvidence | None = None,
) -> Step[State]:
    """The state after an event, or every reason why it is refused.

    `reason` is the stated reason for a correction; `evidence` the documented attempts behind a
    loss (`contacts.evidence_of_loss`). The state is unchanged when the event is refused.
    """
    row = next((t for t in table if t.source is state and t.event is event), None)
    if row is None:
        return Step(state, (Refusal.NO_SUCH_TRANSITION,))
    refusals: list[Refusal] = []
    missing: tuple[str, ...] = ()
    if Guard.REASON in row.guards and not reason.strip():
        refusals.append(Refusal.REASON_MISSING)
    if Guard.LOSS_PROVEN in row.guards and (evidence is None or not evidence.proven):
        refusals.append(Refusal.LOSS_NOT_PROVEN)
        missing = tuple(evidence.missing) if evidence else ("evidence",)
    return Step(state, tuple(refusals), missing) if refusals else Step(row.target)


def visit_state(
    window_start: date,
    window_end: date,
    today: date,
    contact_on: date | None,
    registered_on: date | None = None,
) -> VisitState:
    """The state of a visit from its window, the day of contact if any, and today.

    `registered_on` is the day the infusion entered the register: what had closed before it was
    nobody's to keep, and counts neither as missed nor in completeness.
    """
    if contact_on is not None:
        inside = window_start <= contact_on <= window_end
        return VisitState.DONE_IN_WINDOW if inside else VisitState.DONE_OUT_OF_WINDOW
    if registered_on is not None and window_end < registered_on:
        return VisitState.BEFORE_REGISTER
    if today < window_start:
        return VisitState.PLANNED
    return VisitState.OPEN if today <= window_end else VisitState.MISSED


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


def visit_event(
    window_start: date,
    window_end: date,
    *,
    contact_on: date | None,
    today: date,
    registered_on: date | None = None,
) -> VisitEvent:
    """The event a recorded contact is, or the retraction of one on a day (`contact_on` None)."""
    if contact_on is not None:
        inside = window_start <= contact_on <= window_end
        return VisitEvent.DONE_INSIDE if inside else VisitEvent.DONE_OUTSIDE
    if registered_on is not None and window_end < registered_on:
        return VisitEvent.RETRACTED_EARLIER
    if today < window_start:
        return VisitEvent.RETRACTED_BEFORE
    return VisitEvent.RETRACTED_DURING if today <= window_end else VisitEvent.RETRACTED_AFTER
