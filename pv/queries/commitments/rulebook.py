"""The commitment rules as loaded: limits, kinds, steps, milestones, assumptions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from django.utils.translation import get_language, pgettext_lazy

from followup.core.states import StateColumn
from followup.languages import is_chinese
from pv.domain.approvals import (
    CommitmentEvent,
    CommitmentKind,
    CommitmentMachine,
    CommitmentState,
    Definition,
    EventRule,
    LimitRule,
)
from pv.domain.forecasts import Assumptions
from pv.queries import rules

Names = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SaleRule:
    """Whether the product is not sold while an extension is asked for or runs; a draft binds
    nobody yet and is shown as one."""

    requested: bool
    granted: bool
    binding: bool
    name: Names
    citation: str
    confidence: str

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> Self:
        """Build from the entry of the document."""
        return cls(
            bool(row["requested"]),
            bool(row["granted"]),
            bool(row["binding"]),
            _names(row),
            str(row["citation"]),
            str(row["confidence"]),
        )


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Everything `commitments.json` says, read once for each content."""

    version: str
    machine: CommitmentMachine
    limits: tuple[LimitRule, ...]
    kinds: Mapping[str, CommitmentKind]
    events: Mapping[CommitmentEvent, EventRule]
    milestones: Mapping[str, Definition]
    states: Mapping[CommitmentState, Names]
    confidences: Mapping[str, Names]
    assumptions: Assumptions
    sale: SaleRule | None

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Build from the document; ValueError or KeyError when it does not hold together."""
        kinds = {row["code"]: CommitmentKind.from_dict(row) for row in data["types"]}
        events = [EventRule.from_dict(row) for row in data["events"]]
        milestones = {row["code"]: Definition.from_dict(row) for row in data["milestones"]}
        named = [code for kind in kinds.values() for code in kind.milestones]
        named += [event.milestone for event in events if event.milestone]
        if unknown := set(named) - set(milestones):
            raise ValueError(f"unknown milestones {', '.join(sorted(unknown))}")
        return cls(
            version=str(data["version"]),
            machine=CommitmentMachine.from_dict(data),
            limits=tuple(LimitRule.from_dict(row) for row in data["limits"]),
            kinds=kinds,
            events={rule.event: rule for rule in events},
            milestones=milestones,
            states={CommitmentState(r["code"]): _names(r) for r in data["states"]},
            confidences={row["code"]: _names(row) for row in data["confidences"]},
            assumptions=Assumptions.from_dict(data["forecast"]),
            # Documents before 2026-11.5 say nothing of sale.
            sale=SaleRule.from_dict(data["sale"]) if "sale" in data else None,
        )

    @property
    def column(self) -> StateColumn[CommitmentState, CommitmentEvent]:
        """The column of a commitment's state, with its words in the reader's language."""
        language = get_language() or "en"
        return StateColumn(
            self.machine,
            "state",
            pgettext_lazy("state machine", "Commitment"),
            {state: text(names, language) for state, names in self.states.items()},
            {event: text(rule.name, language) for event, rule in self.events.items()},
            frozenset(event for event, rule in self.events.items() if rule.automatic),
        )

    def limit(self, approved_on: date) -> LimitRule:
        """The rule in force on the day of approval; LookupError when none was."""
        for rule in self.limits:
            begun = rule.valid_from is None or rule.valid_from <= approved_on
            if begun and (rule.valid_to is None or approved_on <= rule.valid_to):
                return rule
        raise LookupError(f"no limit rule for an approval of {approved_on}")

    def milestone_name(self, code: str, language: str, period: int = 0) -> str:
        """The name of a milestone in a language, with its year when it comes every year.

        The code itself when it is not known.
        """
        name = text(self.milestones[code].name, language) if code in self.milestones else code
        return f"{name} {period}" if period else name


def _names(row: Mapping[str, Any]) -> Names:
    return {"en": row["en"], "zh": row["zh"]}


def text(names: Names, language: str) -> str:
    """The name in a language; English unless it is Chinese."""
    return names["zh"] if is_chinese(language) else names["en"]


def rulebook() -> Rulebook:
    """The rules in their newest loaded version; DoesNotExist before loading."""
    return rules.parsed("commitments", Rulebook.from_dict)
