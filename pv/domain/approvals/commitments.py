"""The state machine of a commitment, as loaded data, with guards that say why they refuse.

The product's own rule, after domain 5.1 (domain 5.3).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from followup.state_machines import Machine, Transition
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
class CommitmentOutcome:
    """The state after an event, or the unchanged state and every refusal."""

    state: CommitmentState
    refusals: tuple[Refusal, ...]
    effects: tuple[Effect, ...]
    citation: str

    @property
    def allowed(self) -> bool:
        """Whether the event may happen."""
        return not self.refusals


@dataclass(frozen=True)
class CommitmentMachine(Machine[CommitmentState, CommitmentEvent]):
    """The table of commitments as loaded: its rows need guards by name and have effects."""

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Build from `commitments.json`.

        ValueError for an unknown state, event, effect or guard, two answers to one event, or a
        transition out of a terminal state.
        """
        terminal = {CommitmentState(s["code"]) for s in data["states"] if s["terminal"]}
        rows = tuple(_transition(item) for item in data["transitions"])
        made = cls(CommitmentState, CommitmentEvent, (CommitmentState.DRAFT,), rows)
        if made.terminal != terminal:
            wrong = ", ".join(sorted(made.terminal ^ terminal))
            raise ValueError(f"terminal by the list or by the table alone cannot stand: {wrong}")
        return made

    def advance(
        self, state: CommitmentState, event: CommitmentEvent, facts: Facts
    ) -> CommitmentOutcome:
        """Try an event: the new state with its effects, or every reason against it."""
        transition = self.find(state, event)
        if transition is None:
            values = {"state": state.value, "event": event.value}
            return CommitmentOutcome(state, (Refusal(Code.NO_SUCH_TRANSITION, values),), (), "")
        citation = transition.citation
        refusals = tuple(r for name in transition.needs for r in GUARDS[name](facts))
        if refusals:
            return CommitmentOutcome(state, refusals, (), citation)
        effects = tuple(Effect(name) for name in transition.effects)
        return CommitmentOutcome(transition.target, (), effects, citation)

    def offers(
        self, state: CommitmentState, facts: Facts
    ) -> Mapping[CommitmentEvent, CommitmentOutcome]:
        """Every event the table knows for a state, each with its outcome."""
        return {event: self.advance(state, event, facts) for event in self.allowed(state)}


def _transition(item: Mapping[str, Any]) -> Transition[CommitmentState, CommitmentEvent]:
    unknown = [name for name in item["guards"] if name not in GUARDS]
    if unknown:
        raise ValueError(f"unknown guard {unknown[0]}")
    return Transition(
        event=CommitmentEvent(item["event"]),
        sources=frozenset(map(CommitmentState, item["from"])),
        targets=(CommitmentState(item["to"]),),
        needs=tuple(item["guards"]),
        effects=tuple(Effect(name) for name in item["effects"]),
        citation=item["citation"],
        confidence=item["confidence"],
    )
