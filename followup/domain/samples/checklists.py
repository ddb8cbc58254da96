"""Which samples a suspected malignancy needs, before and after treatment, and which are held.

Source: domain 3.4.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from followup.domain.samples.stability import StabilityLimit


class Phase(StrEnum):
    """When a sample is from, seen from the infusion."""

    PRE = "PRE"
    BETWEEN = "BETWEEN"
    POST = "POST"
    ANY = "ANY"


def fits_phase(phase: str, infused_on: date, collected_on: date) -> bool:
    """Whether a sample of a phase can come from a day, seen from the infusion it belongs to.

    The day of the infusion itself is on either side: no hour of it is kept.
    """
    if phase == Phase.PRE:
        return collected_on <= infused_on
    if phase in (Phase.POST, Phase.BETWEEN):
        return collected_on >= infused_on
    return True


class Held(StrEnum):
    """Whether the sample exists; UNKNOWN until somebody looked."""

    YES = "YES"
    NO = "NO"
    UNKNOWN = "UNKNOWN"


class PairState(StrEnum):
    """Whether a comparison of before with after can be made."""

    READY = "READY"
    PRE_MISSING = "PRE_MISSING"
    POST_MISSING = "POST_MISSING"
    BOTH_MISSING = "BOTH_MISSING"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class SampleDefinition:
    """One row of the checklist (domain 3.4); `when` names the facts under which it is asked for."""

    code: str
    phase: Phase
    label_en: str
    label_zh: str
    specimen: str
    container: str
    handling_en: str
    handling_zh: str
    uses: tuple[str, ...]
    when: str
    limits: tuple[StabilityLimit, ...]
    citation: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Pairing:
    """Which pre-treatment sample answers which question about which later one."""

    pre: str
    post: str
    question_en: str
    question_zh: str


@dataclass(frozen=True, slots=True)
class SampleRules:
    """The versioned checklist: definitions, pairings, codes of reasons."""

    version: str
    definitions: tuple[SampleDefinition, ...]
    pairings: tuple[Pairing, ...]
    reasons: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkUpContext:
    """What decides about the conditional rows; None = not known, the row is then asked for.

    `held` says for each sample code whether it exists; a code that is absent is UNKNOWN.
    """

    donor_cells: bool | None  # allogeneic transplantation in the history, or allogeneic product
    marrow_indicated: bool | None
    archived_follow_up: bool | None
    held: Mapping[str, Held]


@dataclass(frozen=True, slots=True)
class CheckItem:
    """One sample of the checklist of one patient; `because` is the condition that asked for it."""

    definition: SampleDefinition
    held: Held
    because: str
    condition_known: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """One before-after comparison and whether both sides exist."""

    pairing: Pairing
    state: PairState


def work_up_checklist(rules: SampleRules, context: WorkUpContext) -> tuple[CheckItem, ...]:
    """The samples to look for and to take when a malignancy is suspected (domain 3.4).

    A row is left out only when its condition is known to be false; an unknown condition keeps the
    row and says so (`condition_known`), because a sample not asked for in time is lost for good.
    """
    conditions: dict[str, bool | None] = {
        "always": True,
        "donor_cells": context.donor_cells,
        "marrow_indicated": context.marrow_indicated,
        "archived_follow_up": context.archived_follow_up,
    }
    return tuple(
        CheckItem(
            row,
            context.held.get(row.code, Held.UNKNOWN),
            row.when,
            conditions[row.when] is not None,
        )
        for row in rules.definitions
        if conditions[row.when] is not False
    )


def pre_treatment_held(items: Iterable[CheckItem]) -> Held:
    """Whether any pre-treatment sample exists: NO only when each was looked for and not found."""
    answers = {item.held for item in items if item.definition.phase is Phase.PRE}
    if Held.YES in answers:
        return Held.YES
    return Held.NO if answers == {Held.NO} else Held.UNKNOWN


def pair_up(rules: SampleRules, items: Sequence[CheckItem]) -> tuple[Pair, ...]:
    """Every before-after comparison whose two samples are on the checklist, with its state."""
    held = {item.definition.code: item.held for item in items}
    return tuple(
        Pair(pairing, _pair_state(held[pairing.pre], held[pairing.post]))
        for pairing in rules.pairings
        if pairing.pre in held and pairing.post in held
    )


def _pair_state(pre: Held, post: Held) -> PairState:
    if Held.NO in {pre, post}:
        if pre is post:
            return PairState.BOTH_MISSING
        return PairState.PRE_MISSING if pre is Held.NO else PairState.POST_MISSING
    return PairState.READY if pre is post is Held.YES else PairState.UNKNOWN


def read_sample_rules(data: Mapping[str, Any]) -> SampleRules:
    """The rules of a loaded `samples.json`; KeyError or ValueError for a broken file."""
    definitions = tuple(read_definition(row) for row in data["samples"])
    codes = {row.code for row in definitions}
    pairings = tuple(Pairing(**row) for row in data["pairings"])
    unknown = {code for p in pairings for code in (p.pre, p.post)} - codes
    if unknown or len(codes) != len(definitions):
        raise ValueError(f"pairings or codes do not fit the samples: {sorted(unknown)}")
    reasons = frozenset(row["code"] for row in data["reasons"])
    return SampleRules(str(data["version"]), definitions, pairings, reasons)


def read_definition(row: Mapping[str, Any]) -> SampleDefinition:
    """One sample of a loaded `samples.json`; KeyError or ValueError for a broken row."""
    limits = tuple(
        StabilityLimit(
            **{
                **limit,
                "caution_hours": _hours(limit["caution_hours"]),
                "most_hours": _hours(limit["most_hours"]),
            }
        )
        for limit in row["limits"]
    )
    fields = {**row, "phase": Phase(row["phase"]), "uses": tuple(row["uses"]), "limits": limits}
    return SampleDefinition(**fields)


def _hours(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
