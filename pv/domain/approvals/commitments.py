"""The state machine of a commitment, as loaded data, with guards that say why they refuse."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from pv.domain.approvals.guards import GUARDS, Code, Facts, Refusal


class CommitmentState(StrEnum):
    """Where a commitment stands (domain 5.3)."""

    DRAFT = "DRAFT"
    AGREED = "AGREED"
    ACTIVE = "ACTIVE"
    AT_RISK = "AT_RISK"
    EXT_PENDING = "EXT_PENDING"
    STUDY_COMPLETE = "STUDY_COMPLETE"
    UNDER_REVIEW = "UNDER_REVIEW"
    NOT_DEMONSTRATED = "NOT_DEMONSTRATED"
    OVERDUE = "OVERDUE"
    RESTRICTED = "RESTRICTED"
    SUSPENDED = "SUSPENDED"
    FULFILLED = "FULFILLED"
    CANCELLED = "CANCELLED"
    WITHDRAWN = "WITHDRAWN"
    RELEASED = "RELEASED"


class CommitmentEvent(StrEnum):
    """What moves a commitment."""

    AGREED_WITH_CDE = "AGREED_WITH_CDE"
    CERTIFICATE_ISSUED = "CERTIFICATE_ISSUED"
    TRIAL_STARTED = "TRIAL_STARTED"
    RISK_SEEN = "RISK_SEEN"
    RECOVERED = "RECOVERED"
    EXTENSION_REQUESTED = "EXTENSION_REQUESTED"
    EXTENSION_GRANTED = "EXTENSION_GRANTED"
    EXTENSION_REFUSED = "EXTENSION_REFUSED"
    REPORT_FINAL = "REPORT_FINAL"
    SUPPLEMENT_ACCEPTED = "SUPPLEMENT_ACCEPTED"
    SUPPLEMENT_APPROVED = "SUPPLEMENT_APPROVED"
    BENEFIT_NOT_SHOWN = "BENEFIT_NOT_SHOWN"
    DEADLINE_PASSED = "DEADLINE_PASSED"
    RESTRICT = "RESTRICT"
    SUSPEND = "SUSPEND"
    CANCEL = "CANCEL"
    WITHDRAW = "WITHDRAW"
    RELEASE = "RELEASE"


class Effect(StrEnum):
    """What the action has to do besides changing the state."""

    SET_DEADLINE = "SET_DEADLINE"
    KEEP_OLD_DEADLINE = "KEEP_OLD_DEADLINE"
    MILESTONE = "MILESTONE"
    NOTIFY = "NOTIFY"
    INDICATION_FULL = "INDICATION_FULL"


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table."""

    source: CommitmentState
    event: CommitmentEvent
    target: CommitmentState
    guards: tuple[str, ...]
    effects: tuple[Effect, ...]
    citation: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The state after an event, or the unchanged state and every refusal."""

    state: CommitmentState
    refusals: tuple[Refusal, ...]
    effects: tuple[Effect, ...]
    citation: str

    @property
    def allowed(self) -> bool:
        """Whether the event may happen."""
        return not self.refusals


@dataclass(frozen=True, slots=True)
class Machine:
    """The transition table and the terminal states."""

    transitions: Mapping[tuple[CommitmentState, CommitmentEvent], Transition]
    terminal: frozenset[CommitmentState]

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Build from `commitments.json`.

        ValueError for an unknown state, event, effect or guard, two answers to one event, or a
        transition out of a terminal state.
        """
        terminal = frozenset(CommitmentState(s["code"]) for s in data["states"] if s["terminal"])
        table: dict[tuple[CommitmentState, CommitmentEvent], Transition] = {}
        for row in data["transitions"]:
            for source in map(CommitmentState, row["from"]):
                made = _transition(source, row)
                key = (source, made.event)
                if key in table or source in terminal:
                    raise ValueError(f"transition {source} on {made.event} cannot stand")
                table[key] = made
        return cls(table, terminal)

    def advance(self, state: CommitmentState, event: CommitmentEvent, facts: Facts) -> Outcome:
        """Try an event: the new state with its effects, or every reason against it."""
        row = self.transitions.get((state, event))
        if row is None:
            values = {"state": state.value, "event": event.value}
            return Outcome(state, (Refusal(Code.NO_SUCH_TRANSITION, values),), (), "")
        refusals = tuple(r for name in row.guards for r in GUARDS[name](facts))
        if refusals:
            return Outcome(state, refusals, (), row.citation)
        return Outcome(row.target, (), row.effects, row.citation)

    def offers(self, state: CommitmentState, facts: Facts) -> Mapping[CommitmentEvent, Outcome]:
        """Every event the table knows for a state, each with its outcome."""
        return {
            event: self.advance(state, event, facts)
            for source, event in self.transitions
            if source is state
        }


def _transition(source: CommitmentState, row: Mapping[str, Any]) -> Transition:
    unknown = [name for name in row["guards"] if name not in GUARDS]
    if unknown:
        raise ValueError(f"unknown guard {unknown[0]}")
    return Transition(
        source=source,
        event=CommitmentEvent(row["event"]),
        target=CommitmentState(row["to"]),
        guards=tuple(row["guards"]),
        effects=tuple(Effect(e) for e in row["effects"]),
        citation=row["citation"],
        confidence=row["confidence"],
    )
