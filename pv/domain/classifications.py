"""Class of an advanced therapy product by a versioned decision table with exclusions.

Source: domain 7.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Answers = Mapping[str, bool | str | None]


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One row of the table: the conditions that must all hold, and the class they give."""

    code: str
    level_1: str | None
    excluded: bool
    conditions: tuple[tuple[str, bool | str], ...]
    reason_en: str
    reason_zh: str
    confidence: str
    elsewhere: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ClassScheme:
    """A classification scheme in one version; `final` is False for a draft, None if not known."""

    scheme: str
    version: str
    final: bool | None
    citation: str
    questions: tuple[str, ...]
    rows: tuple[ClassRow, ...]


@dataclass(frozen=True, slots=True)
class ClassStep:
    """A row that was asked: met, not met, or open for the fields named."""

    code: str
    met: bool | None
    open_fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Classification:
    """The row that decided, with the scheme and version to store beside it; None = undetermined."""

    scheme: str
    version: str
    row: ClassRow | None
    steps: tuple[ClassStep, ...]
    missing: tuple[str, ...]
    citation: str


def read_class_scheme(data: Mapping[str, Any]) -> ClassScheme:
    """The scheme of a loaded `atmp.json`; ValueError for a condition on an unknown question."""
    questions = tuple(row["code"] for row in data["questions"])
    rows = tuple(
        ClassRow(
            row["code"],
            row["level_1"],
            row["excluded"],
            tuple(row["when"].items()),
            row["reason_en"],
            row["reason_zh"],
            row["confidence"],
            row["elsewhere"],
        )
        for row in data["rows"]
    )
    unknown = {name for row in rows for name, _ in row.conditions} - set(questions)
    if unknown:
        raise ValueError(f"conditions on unknown questions: {sorted(unknown)}")
    return ClassScheme(
        data["scheme"], str(data["version"]), data["final"], data["citation"], questions, rows
    )


def classify(scheme: ClassScheme, answers: Answers) -> Classification:
    """The first row whose conditions all hold; exclusions stand first in the table.

    Active ingredient first, then process and mode of action (CDE 2026 no. 39 and no. 40). A row
    left open by a missing answer ends the search: an unknown exclusion is never passed over.
    ValueError for an answer to an unknown question.
    """
    unknown = set(answers) - set(scheme.questions)
    if unknown:
        raise ValueError(f"unknown questions: {sorted(unknown)}")
    steps: list[ClassStep] = []
    for row in scheme.rows:
        met, open_fields = _met(row, answers)
        steps.append(ClassStep(row.code, met, open_fields))
        if met is not False:
            found = row if met else None
            return Classification(
                scheme.scheme, scheme.version, found, tuple(steps), open_fields, scheme.citation
            )
    return Classification(scheme.scheme, scheme.version, None, tuple(steps), (), scheme.citation)


def _met(row: ClassRow, answers: Answers) -> tuple[bool | None, tuple[str, ...]]:
    open_fields: list[str] = []
    for name, wanted in row.conditions:
        answer = answers.get(name)
        if answer is None:
            open_fields.append(name)
        elif answer != wanted:
            return False, ()
    return (None, tuple(open_fields)) if open_fields else (True, ())


def next_question(scheme: ClassScheme, answers: Answers) -> str | None:
    """The question that decides how the table goes on; None when a row is reached or none is left.

    Of several that a row asks, the first in the order of the questions. A stored row does not keep
    the order of its conditions. ValueError for an answer to an unknown question.
    """
    return min(classify(scheme, answers).missing, key=scheme.questions.index, default=None)


def asked(scheme: ClassScheme, answers: Answers) -> dict[str, bool | str]:
    """The answers the table asks for, in the order it asks; others have no part in the class."""
    known: dict[str, bool | str] = {}
    while (name := next_question(scheme, known)) is not None:
        answer = answers.get(name)
        if answer is None:
            break
        known[name] = answer
    return known
