"""Chain of custody of one sample: its events, its states, and the table of what may follow.

The product's own rule, after domain 3.4.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from followup.state_machines import Machine, row


class CustodyState(StrEnum):
    """Where a sample stands; the history is the list of events, never an overwritten column."""

    PLANNED = "PLANNED"
    COLLECTED = "COLLECTED"
    PROCESSED = "PROCESSED"
    STORED = "STORED"
    SHIPPED = "SHIPPED"
    RECEIVED = "RECEIVED"
    IN_TESTING = "IN_TESTING"
    RESULTED = "RESULTED"
    FAILED = "FAILED"
    UNOBTAINABLE = "UNOBTAINABLE"
    DESTROYED = "DESTROYED"


class CustodyEventKind(StrEnum):
    """What happened to the sample."""

    PLAN = "PLAN"
    LOCATE = "LOCATE"  # a retained pre-treatment sample was found in its store
    COLLECT = "COLLECT"
    PROCESS = "PROCESS"
    STORE = "STORE"
    SHIP = "SHIP"
    RECEIVE = "RECEIVE"
    START_TEST = "START_TEST"
    RESULT = "RESULT"
    FAIL = "FAIL"
    MARK_UNOBTAINABLE = "MARK_UNOBTAINABLE"
    DESTROY = "DESTROY"


class Requirement(StrEnum):
    """What an event must carry."""

    PLACE = "place"
    REASON = "reason"
    CARRIER = "carrier"
    RESULT = "result"


class CustodyProblem(StrEnum):
    """Why an event was refused."""

    NOT_ALLOWED_NOW = "not_allowed_now"
    MISSING = "missing"
    NAIVE_TIME = "naive_time"
    OUT_OF_ORDER = "out_of_order"


class CustodyError(ValueError):
    """An event that does not fit; carries the state, the event and what was allowed or missing."""

    def __init__(
        self,
        code: CustodyProblem,
        state: CustodyState | None,
        event: CustodyEventKind,
        details: tuple[str, ...] = (),
    ) -> None:
        super().__init__(f"{event.value} in state {state.value if state else '-'}: {code.value}")
        self.code = code
        self.state = state
        self.event = event
        self.details = details


@dataclass(frozen=True, slots=True)
class CustodyEvent:
    """One event: when (an aware time), where, by which carrier, why, which result."""

    kind: CustodyEventKind
    at: datetime
    place: str | None = None
    carrier: str | None = None
    reason: str | None = None
    result: str | None = None


_S, _E, _R = CustodyState, CustodyEventKind, Requirement
_HELD = (_S.COLLECTED, _S.PROCESSED, _S.STORED, _S.RECEIVED)
_MATERIAL = (*_HELD, _S.SHIPPED, _S.IN_TESTING, _S.RESULTED)

# A tested sample may be tested again or put back: one tube serves several assays (domain 3.5).
CUSTODY: Machine[CustodyState, CustodyEventKind] = Machine(
    CustodyState,
    CustodyEventKind,
    initial=(_S.PLANNED,),
    rows=(
        row(_E.LOCATE, (_S.PLANNED,), _S.STORED, _R.PLACE),
        row(_E.COLLECT, (_S.PLANNED,), _S.COLLECTED, _R.PLACE),
        row(_E.PROCESS, (_S.COLLECTED, _S.RECEIVED), _S.PROCESSED, _R.PLACE),
        row(_E.STORE, (*_HELD[:2], _S.RECEIVED, _S.RESULTED, _S.FAILED), _S.STORED, _R.PLACE),
        row(_E.SHIP, (*_HELD, _S.RESULTED), _S.SHIPPED, _R.PLACE, _R.CARRIER),
        row(_E.RECEIVE, (_S.SHIPPED,), _S.RECEIVED, _R.PLACE),
        row(_E.START_TEST, (*_HELD, _S.RESULTED, _S.FAILED), _S.IN_TESTING, _R.PLACE),
        row(_E.RESULT, (_S.IN_TESTING, _S.RESULTED), _S.RESULTED, _R.RESULT),
        row(_E.FAIL, (*_HELD, _S.SHIPPED, _S.IN_TESTING), _S.FAILED, _R.REASON),
        row(_E.MARK_UNOBTAINABLE, (_S.PLANNED,), _S.UNOBTAINABLE, _R.REASON),
        # A sample thought unobtainable may turn up: it is planned again, with the reason kept.
        row(_E.PLAN, (_S.UNOBTAINABLE,), _S.PLANNED, _R.REASON),
        row(_E.DESTROY, (*_MATERIAL, _S.FAILED), _S.DESTROYED, _R.REASON, _R.PLACE),
    ),
)


def allowed_events(state: CustodyState) -> frozenset[CustodyEventKind]:
    """The events that may happen next; empty for a destroyed sample."""
    return frozenset(CUSTODY.allowed(state))


def apply(state: CustodyState | None, event: CustodyEvent) -> CustodyState:
    """The state after one event; None is "not planned yet", where only PLAN may happen.

    Raises CustodyError with NAIVE_TIME, NOT_ALLOWED_NOW (details: the allowed events) or MISSING
    (details: the fields the event must carry).
    """
    if event.at.tzinfo is None:
        raise CustodyError(CustodyProblem.NAIVE_TIME, state, event.kind)
    if state is None:
        if event.kind is CustodyEventKind.PLAN:
            return CustodyState.PLANNED
        details = (CustodyEventKind.PLAN.value,)
        raise CustodyError(CustodyProblem.NOT_ALLOWED_NOW, state, event.kind, details)
    transition = CUSTODY.find(state, event.kind)
    if transition is not None:
        missing = tuple(sorted(name for name in transition.needs if not getattr(event, name)))
        if missing:
            raise CustodyError(CustodyProblem.MISSING, state, event.kind, missing)
        return transition.target
    allowed = tuple(sorted(kind.value for kind in allowed_events(state)))
    raise CustodyError(CustodyProblem.NOT_ALLOWED_NOW, state, event.kind, allowed)
