"""Assays, what they report and may find, and which tubes the assessments of a visit need.

Source: domain 3.5.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from followup.domain.samples.checklists import SampleDefinition, read_definition


@dataclass(frozen=True, slots=True)
class Coded:
    """One code with its labels; a `former` one is read from older records and not offered."""

    code: str
    label_en: str
    label_zh: str
    former: bool = False


@dataclass(frozen=True, slots=True)
class Measure:
    """One number an assay reports; `unit` as laboratories write it, `ucum` as messages need it."""

    name: str
    label_en: str
    label_zh: str
    unit: str
    ucum: str


@dataclass(frozen=True, slots=True)
class Assay:
    """One assay of domain 3.5 with its methods, numbers and findings."""

    code: str
    label_en: str
    label_zh: str
    methods: tuple[str, ...]
    measures: tuple[Measure, ...]
    findings: tuple[Coded, ...]
    samples: frozenset[str]

    def measure(self, name: str) -> Measure | None:
        """The number of a name; None when this assay does not report it."""
        return next((m for m in self.measures if m.name == name), None)

    def finding(self, code: str) -> Coded | None:
        """The finding of a code; None when this assay cannot find it."""
        return next((f for f in self.findings if f.code == code), None)


@dataclass(frozen=True, slots=True)
class VisitSet:
    """The samples one assessment needs when the protocol decides so (DO, ARCHIVE)."""

    assessment: str
    decision: str
    samples: tuple[str, ...]


EXCURSION = "excursion"  # the condition of the loaded list that is a deviation


@dataclass(frozen=True, slots=True)
class AssayRules:
    """The part of the loaded document that is about testing, custody and visits."""

    version: str
    assays: tuple[Assay, ...]
    methods: tuple[Coded, ...]
    conditions: tuple[Coded, ...]
    purposes: tuple[Coded, ...]
    reasons: tuple[Coded, ...]
    visit_samples: tuple[SampleDefinition, ...]
    visit_sets: tuple[VisitSet, ...]

    def assay(self, code: str) -> Assay | None:
        """The assay of a code; None when the loaded document does not know it."""
        return next((a for a in self.assays if a.code == code), None)

    def offered_conditions(self, *, besides: str = "") -> tuple[Coded, ...]:
        """The conditions to choose from, and `besides`: that of a record to correct."""
        return tuple(row for row in self.conditions if not row.former or row.code == besides)

    def for_visit(self, decisions: Iterable[tuple[str, str]]) -> tuple[str, ...]:
        """Sample codes for pairs of assessment and decision, each once, in order of the pairs."""
        wanted = list(decisions)
        found = [
            code
            for pair in wanted
            for row in self.visit_sets
            if (row.assessment, row.decision) == pair
            for code in row.samples
        ]
        return tuple(dict.fromkeys(found))


def read_assay_rules(data: Mapping[str, Any]) -> AssayRules:
    """The rules of a loaded `samples.json`; KeyError or ValueError for a broken file."""
    visit_samples = tuple(read_definition(row) for row in data["visit_samples"])
    rules = AssayRules(
        str(data["version"]),
        tuple(_assay(row) for row in data["assays"]),
        _coded(data["methods"]),
        _coded(data["conditions"]),
        _coded(data["purposes"]),
        _coded(data["reasons"]),
        visit_samples,
        tuple(
            VisitSet(row["assessment"], row["decision"], tuple(row["samples"]))
            for row in data["visit_sets"]
        ),
    )
    known = {row["code"] for row in data["samples"]} | {row.code for row in visit_samples}
    unknown = {code for row in rules.visit_sets for code in row.samples} - known
    if unknown:
        raise ValueError(f"visit sets name unknown samples: {sorted(unknown)}")
    return rules


def _coded(rows: Iterable[Mapping[str, Any]]) -> tuple[Coded, ...]:
    return tuple(Coded(row["code"], row["en"], row["zh"], bool(row.get("former"))) for row in rows)


def _assay(row: Mapping[str, Any]) -> Assay:
    measures = tuple(
        Measure(item["name"], item["label_en"], item["label_zh"], item["unit"], item["ucum"])
        for item in row["reported"]
        if "ucum" in item  # the others are lists or words, not numbers
    )
    return Assay(
        row["code"],
        row["label_en"],
        row["label_zh"],
        tuple(row["methods"]),
        measures,
        _coded(row["findings"]),
        frozenset(row["samples"]),
    )
