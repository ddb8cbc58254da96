"""The sections of each kind of aggregate report, and the special topics, out of reference data.

Source: ICH E2C(R2), ICH E2F and the citations of `aggregate_reports.json`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pv.domain.events import names_one


class TableCode(StrEnum):
    """Tables and listings a section may show; each is counted in one place."""

    PRODUCT = "product"
    CERTIFICATES = "certificates"
    LABEL_VERSIONS = "label_versions"
    EXPOSURE = "exposure"
    CODING = "coding"
    CASES = "cases"
    TABULATION = "tabulation"
    FATAL = "fatal"
    TOPICS = "topics"
    FOLLOW_UP = "follow_up"
    EARLIER_REPORTS = "earlier_reports"
    SINCE_LOCK = "since_lock"
    SIGNALS = "signals"
    SERIOUS = "serious"
    NULLIFIED = "nullified"
    COMMITMENTS = "commitments"
    MILESTONES = "milestones"
    ENROLMENT = "enrolment"
    FORECAST = "forecast"
    CONDITION = "condition"
    EVIDENCE = "evidence"
    SLIPS = "slips"
    RISKS = "risks"
    RISK_MEASURES = "risk_measures"
    DUTIES_DONE = "duties_done"
    SOURCES = "sources"


@dataclass(frozen=True, slots=True)
class Section:
    """One heading of a report; `required`: a person must have written something in it."""

    code: str
    names: Mapping[str, str]
    tables: tuple[TableCode, ...]
    required: bool

    @property
    def level(self) -> int:
        """Level of the heading: 1 for a section, 2 for its part."""
        return self.code.count(".") + 1


@dataclass(frozen=True, slots=True)
class ReportKind:
    """One kind of report with its sections in order."""

    code: str
    names: Mapping[str, str]
    short: str
    of_commitment: bool
    sections: tuple[Section, ...]
    citation: str
    confidence: str

    @property
    def tables(self) -> frozenset[TableCode]:
        """Every table the report shows."""
        return frozenset(table for section in self.sections for table in section.tables)

    def section(self, code: str) -> Section | None:
        """The section of a number; None when the kind has none of it."""
        return next((each for each in self.sections if each.code == code), None)

    def lacking(self, written: Collection[str]) -> list[Section]:
        """Sections that need a text and have none."""
        return [each for each in self.sections if each.required and each.code not in written]


@dataclass(frozen=True, slots=True)
class Topic:
    """A special topic: what of a case marks it as one. Latin words count as whole words."""

    code: str
    names: Mapping[str, str]
    scales: frozenset[str]
    words: tuple[str, ...]
    malignancy: bool

    def holds(self, texts: Collection[str], scales: Collection[str], malignancy: bool) -> bool:
        """Whether a case with these words, scales and that mark belongs to the topic."""
        return self.marks(scales, malignancy) or any(map(self.names_one, texts))

    def marks(self, scales: Collection[str], malignancy: bool) -> bool:
        """Whether the register or a grading scale puts a case there, whatever its words."""
        return (self.malignancy and malignancy) or not self.scales.isdisjoint(scales)

    def names_one(self, text: str) -> bool:
        """Whether the words of a reaction put its case there."""
        return names_one(text, self.words)


def read_report_kinds(data: Mapping[str, Any]) -> dict[str, ReportKind]:
    """The kinds by their code; a kind has sections of its own, or those of another kind.

    ValueError for two sections with one number, or for the sections of a kind that has none.
    """
    own = {row["code"]: row["sections"] for row in data["kinds"] if "sections" in row}
    lost = {row["sections_of"] for row in data["kinds"] if "sections_of" in row} - own.keys()
    if lost:
        raise ValueError(f"no kind of report has sections of its own as {sorted(lost)[0]}")
    kinds = {
        row["code"]: _kind(row, own[row.get("sections_of", row["code"])]) for row in data["kinds"]
    }
    if len(kinds) != len(data["kinds"]):
        raise ValueError("two kinds of report have one code")
    return kinds


def _kind(row: Mapping[str, Any], listed: Sequence[Mapping[str, Any]]) -> ReportKind:
    sections = tuple(
        Section(
            each["code"],
            {"en": each["en"], "zh": each["zh"]},
            tuple(TableCode(table) for table in each["tables"]),
            each["required"],
        )
        for each in listed
    )
    if len({each.code for each in sections}) != len(sections):
        raise ValueError(f"{row['code']}: two sections have one number")
    return ReportKind(
        row["code"],
        {"en": row["en"], "zh": row["zh"]},
        row["short"],
        row["of_commitment"],
        sections,
        row["citation"],
        row["confidence"],
    )


def read_topics(data: Mapping[str, Any]) -> tuple[Topic, ...]:
    """The special topics in their order."""
    return tuple(
        Topic(
            row["code"],
            {"en": row["en"], "zh": row["zh"]},
            frozenset(row["scales"]),
            tuple(row["words"]),
            row["malignancy"],
        )
        for row in data["topics"]
    )
