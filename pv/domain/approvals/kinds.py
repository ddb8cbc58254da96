"""Kinds of commitments and what belongs to each event: milestones, the last one, who steps.

The product's own rule, after domain 5.1 (domain 5.3).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from pv.domain.approvals.commitments import CommitmentEvent


@dataclass(frozen=True, slots=True)
class CommitmentKind:
    """One kind of commitment (domain 5.3).

    `final` is the milestone held against the statutory deadline; only a `confirmatory` one can turn
    a conditional approval into a full one.
    """

    code: str
    name: Mapping[str, str]
    milestones: tuple[str, ...]
    final: str
    confirmatory: bool

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Build from one entry of `types`; ValueError when the last milestone is not among them."""
        if data["final"] not in data["milestones"]:
            raise ValueError(f"kind {data['code']} does not have its last milestone")
        return cls(
            code=data["code"],
            name={"en": data["en"], "zh": data["zh"]},
            milestones=tuple(data["milestones"]),
            final=data["final"],
            confirmatory=data["confirmatory"],
        )


@dataclass(frozen=True, slots=True)
class EventRule:
    """What an event brings with it: the milestone it dates, and whether the system steps alone."""

    event: CommitmentEvent
    name: Mapping[str, str]
    milestone: str | None
    automatic: bool

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Build from one entry of `events` in `commitments.json`."""
        return cls(
            event=CommitmentEvent(data["code"]),
            name={"en": data["en"], "zh": data["zh"]},
            milestone=data["milestone"],
            automatic=data["automatic"],
        )
