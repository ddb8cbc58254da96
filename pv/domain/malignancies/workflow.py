"""Work-up of a malignancy: states, the table of what may follow, adjudication by two readers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from pv.domain.malignancies.attribution import AttributionClass


class WorkUpState(StrEnum):
    """States of the work-up."""

    REPORTED = "REPORTED"
    TRIAGED = "TRIAGED"
    SAMPLES_REQUESTED = "SAMPLES_REQUESTED"
    SAMPLES_PARTIAL = "SAMPLES_PARTIAL"
    SAMPLES_COMPLETE = "SAMPLES_COMPLETE"
    TESTING = "TESTING"
    RESULTS_IN = "RESULTS_IN"
    ADJUDICATED = "ADJUDICATED"
    CLOSED = "CLOSED"
    SAMPLES_UNOBTAINABLE = "SAMPLES_UNOBTAINABLE"
    EXCLUDED = "EXCLUDED"
    CONSENT_REFUSED = "CONSENT_REFUSED"


class WorkUpEvent(StrEnum):
    """What moves the work-up on."""

    TRIAGE = "TRIAGE"
    REQUEST_SAMPLES = "REQUEST_SAMPLES"
    SAMPLE_ARRIVED = "SAMPLE_ARRIVED"
    SAMPLES_ALL_IN = "SAMPLES_ALL_IN"
    START_TESTING = "START_TESTING"
    RESULTS_COMPLETE = "RESULTS_COMPLETE"
    ADJUDICATE = "ADJUDICATE"
    CLOSE = "CLOSE"
    REOPEN = "REOPEN"
    SAMPLES_LOST = "SAMPLES_LOST"
    EXCLUDE = "EXCLUDE"
    REFUSE_CONSENT = "REFUSE_CONSENT"


class WorkUpProblem(StrEnum):
    """Why a step was refused."""

    NOT_ALLOWED_NOW = "not_allowed_now"
    REASON_MISSING = "reason_missing"


class WorkUpError(ValueError):
    """A step that does not fit the state; `allowed` names what does."""

    def __init__(
        self, code: WorkUpProblem, state: WorkUpState, event: WorkUpEvent, allowed: Sequence[str]
    ) -> None:
        super().__init__(f"{event.value} in state {state.value}: {code.value}")
        self.code = code
        self.state = state
        self.event = event
        self.allowed = tuple(allowed)


@dataclass(frozen=True, slots=True)
class WorkUpTransition:
    """One row of the table; `needs_reason` rows must say why."""

    event: WorkUpEvent
    sources: frozenset[WorkUpState]
    target: WorkUpState
    needs_reason: bool = False


_S, _E = WorkUpState, WorkUpEvent
_SAMPLING = (_S.SAMPLES_REQUESTED, _S.SAMPLES_PARTIAL)
_OPEN = (_S.REPORTED, _S.TRIAGED, *_SAMPLING, _S.SAMPLES_COMPLETE, _S.TESTING, _S.RESULTS_IN)
_ENDED = (_S.CLOSED, _S.EXCLUDED, _S.CONSENT_REFUSED, _S.SAMPLES_UNOBTAINABLE)


def _row(
    event: WorkUpEvent, sources: Sequence[WorkUpState], target: WorkUpState, reason: bool = False
) -> WorkUpTransition:
    return WorkUpTransition(event, frozenset(sources), target, reason)


TRANSITIONS: tuple[WorkUpTransition, ...] = (
    _row(_E.TRIAGE, (_S.REPORTED,), _S.TRIAGED),
    _row(_E.REQUEST_SAMPLES, (_S.TRIAGED,), _S.SAMPLES_REQUESTED),
    _row(_E.SAMPLE_ARRIVED, _SAMPLING, _S.SAMPLES_PARTIAL),
    _row(_E.SAMPLES_ALL_IN, _SAMPLING, _S.SAMPLES_COMPLETE),
    # Testing may begin with what has come: a clock does not wait for the last tube.
    _row(_E.START_TESTING, (_S.SAMPLES_PARTIAL, _S.SAMPLES_COMPLETE), _S.TESTING),
    _row(_E.SAMPLE_ARRIVED, (_S.TESTING,), _S.TESTING),
    _row(_E.RESULTS_COMPLETE, (_S.TESTING,), _S.RESULTS_IN),
    _row(_E.SAMPLES_LOST, (_S.TRIAGED, *_SAMPLING, _S.TESTING), _S.SAMPLES_UNOBTAINABLE, True),
    _row(_E.REFUSE_CONSENT, (_S.TRIAGED, *_SAMPLING), _S.CONSENT_REFUSED, True),
    _row(_E.EXCLUDE, (*_OPEN, _S.SAMPLES_UNOBTAINABLE), _S.EXCLUDED, True),
    # Without samples the readers still decide, on pathology alone (class F).
    _row(
        _E.ADJUDICATE,
        (_S.RESULTS_IN, _S.SAMPLES_UNOBTAINABLE, _S.CONSENT_REFUSED),
        _S.ADJUDICATED,
    ),
    _row(_E.CLOSE, (_S.ADJUDICATED, _S.EXCLUDED), _S.CLOSED),
    _row(_E.REOPEN, (*_ENDED, _S.ADJUDICATED), _S.TRIAGED, True),
)


def allowed_work_up_events(state: WorkUpState) -> frozenset[WorkUpEvent]:
    """The events that may happen in a state."""
    return frozenset(row.event for row in TRANSITIONS if state in row.sources)


def advance(state: WorkUpState, event: WorkUpEvent, *, reason: str | None = None) -> WorkUpState:
    """The state after an event; WorkUpError when it does not fit or its reason is missing."""
    for row in TRANSITIONS:
        if row.event is event and state in row.sources:
            if row.needs_reason and not (reason and reason.strip()):
                raise WorkUpError(WorkUpProblem.REASON_MISSING, state, event, ("reason",))
            return row.target
    allowed = sorted(item.value for item in allowed_work_up_events(state))
    raise WorkUpError(WorkUpProblem.NOT_ALLOWED_NOW, state, event, allowed)


@dataclass(frozen=True, slots=True)
class AdjudicationRules:
    """How many readers, which roles between them, whether the first read is blinded."""

    least_readers: int
    roles: frozenset[str]
    blinded_first_read: bool


@dataclass(frozen=True, slots=True)
class Read:
    """One reader's class; a consensus read is made together after the blinded ones."""

    reader_id: UUID
    role: str
    attribution: AttributionClass
    blinded: bool
    consensus: bool = False


@dataclass(frozen=True, slots=True)
class Adjudication:
    """The agreed class, or what is still missing."""

    attribution: AttributionClass | None
    missing: tuple[str, ...]


def read_adjudication_rules(data: Mapping[str, Any]) -> AdjudicationRules:
    """The rules from the `adjudication` part of the loaded attribution data."""
    return AdjudicationRules(
        data["least_readers"], frozenset(data["roles"]), data["blinded_first_read"]
    )


def adjudicate(rules: AdjudicationRules, reads: Sequence[Read]) -> Adjudication:
    """The class when enough readers of all roles read blinded and agree, alone or in consensus.

    The last consensus read counts; consensus before the blinded reads are complete does not.
    """
    blinded = {read.reader_id: read for read in reads if not read.consensus}
    if rules.blinded_first_read:
        blinded = {key: read for key, read in blinded.items() if read.blinded}
    missing: list[str] = []
    if len(blinded) < rules.least_readers:
        missing.append(f"{rules.least_readers - len(blinded)} first reads")
    absent = rules.roles - {read.role for read in blinded.values()}
    missing += [f"first read by {role}" for role in sorted(absent)]
    if missing:
        return Adjudication(None, tuple(missing))
    classes = {read.attribution for read in blinded.values()}
    if len(classes) == 1:
        return Adjudication(classes.pop(), ())
    agreed = [read.attribution for read in reads if read.consensus]
    return Adjudication(agreed[-1], ()) if agreed else Adjudication(None, ("consensus",))
