"""Evidence that two reports are one case, in bits per field, with weights from data.

The product's own rule; its weights are reference data.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from pv.domain.duplicates.comparison import Agreement, FieldKind, Value, compare

# Values by field code; an absent field is a missing one.
Report = Mapping[str, Value]


class Verdict(StrEnum):
    """What the score suggests; a person decides, nothing is merged automatically."""

    PROBABLE = "PROBABLE"
    SUSPECT = "SUSPECT"
    UNLIKELY = "UNLIKELY"
    TOO_LITTLE = "TOO_LITTLE"


class Part(StrEnum):
    """What a field speaks about. One person may have several events, so each part is capped."""

    REPORT = "report"
    PERSON = "person"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One field: its part, kind, tolerance and the bits for each agreement; missing weighs 0."""

    code: str
    part: Part
    kind: FieldKind
    tolerance: Decimal | None
    bits: Mapping[Agreement, Decimal]


@dataclass(frozen=True, slots=True)
class DuplicateRules:
    """Fields with their weights and the two limits, as loaded data."""

    version: str
    citation: str
    fields: tuple[FieldRule, ...]
    most_bits: Mapping[Part, Decimal]
    suspect_from: Decimal
    probable_from: Decimal
    least_fields: int


@dataclass(frozen=True, slots=True)
class FieldScore:
    """One field with its agreement and what it added, for the table on the page."""

    code: str
    agreement: Agreement
    bits: Decimal


@dataclass(frozen=True, slots=True)
class Score:
    """The sum, each part after its cap, the fields, how many could be compared, the verdict."""

    bits: Decimal
    parts: tuple[tuple[Part, Decimal], ...]
    fields: tuple[FieldScore, ...]
    compared: int
    verdict: Verdict


def read_duplicate_rules(data: Mapping[str, Any]) -> DuplicateRules:
    """The rules of a loaded `duplicates.json`; KeyError or ValueError for a broken file."""
    return DuplicateRules(
        str(data["version"]),
        data["citation"],
        tuple(_field_rule(row) for row in data["fields"]),
        {Part(part): Decimal(bits) for part, bits in data["most_bits"].items()},
        Decimal(data["suspect_from"]),
        Decimal(data["probable_from"]),
        int(data["least_fields"]),
    )


def _field_rule(row: Mapping[str, Any]) -> FieldRule:
    bits = {
        Agreement.IDENTICAL: Decimal(row["identical"]),
        Agreement.COMPATIBLE: Decimal(row["compatible"]),
        Agreement.DIFFERENT: Decimal(row["different"]),
        Agreement.MISSING: Decimal(0),
    }
    tolerance = row.get("tolerance")
    kind = FieldKind(row["kind"])
    part = Part(row["part"])
    return FieldRule(
        row["code"], part, kind, None if tolerance is None else Decimal(tolerance), bits
    )


def score(rules: DuplicateRules, one: Report, other: Report) -> Score:
    """How strongly two reports look like one case; `score(a, b) == score(b, a)`.

    Sum of bits over the fields, in the manner of Fellegi and Sunter (1969), each part counted up
    to its cap: however sure the person is, two different events stay two cases. A missing value
    adds nothing in either direction; with fewer than `least_fields` comparable fields the verdict
    is TOO_LITTLE whatever the sum. ValueError for a field the rules do not know.
    """
    unknown = (set(one) | set(other)) - {rule.code for rule in rules.fields}
    if unknown:
        raise ValueError(f"unknown fields: {sorted(unknown)}")
    scored: list[FieldScore] = []
    sums = dict.fromkeys(rules.most_bits, Decimal(0))
    for rule in rules.fields:
        left, right = one.get(rule.code), other.get(rule.code)
        answer = Agreement.MISSING
        if left is not None and right is not None:
            answer = compare(rule.kind, left, right, rule.tolerance)
        scored.append(FieldScore(rule.code, answer, rule.bits[answer]))
        sums[rule.part] += rule.bits[answer]
    parts = tuple((part, min(bits, rules.most_bits[part])) for part, bits in sums.items())
    total = sum((bits for _, bits in parts), Decimal(0))
    compared = sum(item.agreement is not Agreement.MISSING for item in scored)
    return Score(total, parts, tuple(scored), compared, _verdict(rules, total, compared))


def _verdict(rules: DuplicateRules, total: Decimal, compared: int) -> Verdict:
    if compared < rules.least_fields:
        return Verdict.TOO_LITTLE
    if total >= rules.probable_from:
        return Verdict.PROBABLE
    return Verdict.SUSPECT if total >= rules.suspect_from else Verdict.UNLIKELY
