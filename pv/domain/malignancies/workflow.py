"""Work-up of a malignancy: states, the table of what may follow, adjudication by two readers.

Source: domain 3.3.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from followup.state_machines import Machine, row
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
    NONE_OBTAINABLE = "NONE_OBTAINABLE"
    SAMPLES_CORRECTED = "SAMPLES_CORRECTED"
    EXCLUDE = "EXCLUDE"
    REFUSE_CONSENT = "REFUSE_CONSENT"


_S, _E = WorkUpState, WorkUpEvent
_SAMPLING = (_S.SAMPLES_REQUESTED, _S.SAMPLES_PARTIAL)
_OPEN = (_S.REPORTED, _S.TRIAGED, *_SAMPLING, _S.SAMPLES_COMPLETE, _S.TESTING, _S.RESULTS_IN)
_ENDED = (_S.CLOSED, _S.EXCLUDED, _S.CONSENT_REFUSED, _S.SAMPLES_UNOBTAINABLE)


REASON = "reason"
# Where the samples alone have brought a work-up: what is put right about them moves it back.
_BY_SAMPLES = (
    _S.SAMPLES_PARTIAL,
    _S.SAMPLES_COMPLETE,
    _S.TESTING,
    _S.SAMPLES_UNOBTAINABLE,
)

WORK_UP: Machine[WorkUpState, WorkUpEvent] = Machine(
    WorkUpState,
    WorkUpEvent,
    initial=(_S.REPORTED,),
    rows=(
        row(_E.TRIAGE, _S.REPORTED, _S.TRIAGED),
        row(_E.REQUEST_SAMPLES, _S.TRIAGED, _S.SAMPLES_REQUESTED),
        row(_E.SAMPLE_ARRIVED, _SAMPLING, _S.SAMPLES_PARTIAL),
        row(_E.SAMPLES_ALL_IN, _SAMPLING, _S.SAMPLES_COMPLETE),
        # Testing may begin with what has come: a clock does not wait for the last tube.
        row(_E.START_TESTING, (_S.SAMPLES_PARTIAL, _S.SAMPLES_COMPLETE), _S.TESTING),
        row(_E.SAMPLE_ARRIVED, _S.TESTING, _S.TESTING),
        row(_E.RESULTS_COMPLETE, _S.TESTING, _S.RESULTS_IN),
        row(
            _E.SAMPLES_LOST,
            (_S.TRIAGED, *_SAMPLING, _S.TESTING),
            _S.SAMPLES_UNOBTAINABLE,
            REASON,
        ),
        row(_E.NONE_OBTAINABLE, (_S.TRIAGED, *_SAMPLING, _S.TESTING), _S.SAMPLES_UNOBTAINABLE),
        row(_E.SAMPLES_CORRECTED, _BY_SAMPLES, (_S.TRIAGED, _S.SAMPLES_REQUESTED, *_BY_SAMPLES)),
        row(_E.REFUSE_CONSENT, (_S.TRIAGED, *_SAMPLING), _S.CONSENT_REFUSED, REASON),
        row(_E.EXCLUDE, (*_OPEN, _S.SAMPLES_UNOBTAINABLE), _S.EXCLUDED, REASON),
        # Without samples the readers still decide, on pathology alone (class F).
        row(
            _E.ADJUDICATE,
            (_S.RESULTS_IN, _S.SAMPLES_UNOBTAINABLE, _S.CONSENT_REFUSED),
            _S.ADJUDICATED,
        ),
        row(_E.CLOSE, (_S.ADJUDICATED, _S.EXCLUDED), _S.CLOSED),
        row(_E.REOPEN, (*_ENDED, _S.ADJUDICATED), _S.TRIAGED, REASON),
    ),
)
# What the samples bring about by themselves; everything else is a person's decision.
BY_SAMPLES = frozenset(
    {
        _E.SAMPLE_ARRIVED,
        _E.SAMPLES_ALL_IN,
        _E.START_TESTING,
        _E.NONE_OBTAINABLE,
        _E.SAMPLES_CORRECTED,
    }
)
# Neither has a button: the readings decide the second.
WITHOUT_BUTTON = BY_SAMPLES | {_E.ADJUDICATE}


def steps_by_samples(
    decided: WorkUpState, happened: Iterable[WorkUpEvent]
) -> list[tuple[WorkUpEvent, WorkUpState]]:
    """The steps the samples bring about after a decision, each with the state it leads to.

    A fold: the same decision and the same samples give the same state, whatever was undone.
    """
    state = decided
    steps: list[tuple[WorkUpEvent, WorkUpState]] = []
    for event in happened:
        if WORK_UP.allows(state, event) and WORK_UP.step(state, event) is not state:
            state = WORK_UP.step(state, event)
            steps.append((event, state))
    return steps


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
