"""What a run showed: the tests of a JUnit file with the requirements and figures they name."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from lxml import etree

from dev.paths import ROOT
from dev.testing.pytest_evidence import AMOUNT, FIGURE, MEASURED, REQUIREMENT

FOLDER = ROOT / "docs" / "validation"
INSTALLATION = "installation"  # tests of this class are steps of qualify_installation


class Outcome(StrEnum):
    """How a test ended; for a requirement: how all of its tests did."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    NOT_RUN = "not run"


@dataclass(frozen=True)
class Case:
    """One test of a run."""

    name: str
    outcome: Outcome
    seconds: float
    requirements: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()
    measured: dict[str, str] = field(default_factory=dict)
    amounts: dict[str, float] = field(default_factory=dict)  # by "figure unit"
    seen: str = ""  # what a step of an installation's qualification saw

    @property
    def function(self) -> str:
        """The test without its parameters."""
        return self.name.partition("[")[0]


@dataclass(frozen=True)
class Run:
    """All tests of one or several files, and when the first of them began."""

    at: str
    cases: tuple[Case, ...]


def read(paths: Iterable[Path]) -> Run:
    """The tests of JUnit files; ValueError for a file that is none."""
    cases, began = list[Case](), list[str]()
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    for path in paths:
        try:
            root = etree.parse(str(path), parser).getroot()
        except (OSError, etree.XMLSyntaxError) as error:
            raise ValueError(f"{path} is no JUnit file of a run: {error}") from error
        began += [str(suite.get("timestamp", "")) for suite in root.iter("testsuite")]
        cases += [_case(node) for node in root.iter("testcase")]
    return Run(min(filter(None, began), default=""), tuple(cases))


def _case(node: Any) -> Case:
    properties = [(p.get("name", ""), p.get("value", "")) for p in node.iter("property")]
    outcome = Outcome.PASSED
    if node.find("failure") is not None or node.find("error") is not None:
        outcome = Outcome.FAILED
    elif node.find("skipped") is not None:
        outcome = Outcome.SKIPPED
    return Case(
        f"{node.get('classname', '')}::{node.get('name', '')}",
        outcome,
        float(node.get("time") or 0),
        tuple(value for name, value in properties if name == REQUIREMENT),
        tuple(value for name, value in properties if name == FIGURE),
        {name.removeprefix(MEASURED): v for name, v in properties if name.startswith(MEASURED)},
        {name.removeprefix(AMOUNT): float(v) for name, v in properties if name.startswith(AMOUNT)},
        node.findtext("system-out", "").strip() if node.get("classname") == INSTALLATION else "",
    )


@dataclass(frozen=True)
class Requirement:
    """One row of what is asked: where it stands, what it asks, what happens if it fails."""

    id: str
    source: str
    clause: str
    en: str
    zh: str
    risk: str
    harm_en: str
    harm_zh: str


def requirements() -> list[Requirement]:
    """Every requirement, in the order of the file."""
    return [Requirement(**row) for row in _document("requirements")["requirements"]]


def not_by_test() -> list[dict[str, str]]:
    """Clauses that no test shows, and who answers for them.

    Of a source whose clauses all have a place (`application_security`), `answer` says which: not
    met (`gap`), met by whoever runs the system (`operator`), met by a `document`, or
    `not applicable`.
    """
    return list(_document("requirements")["not_by_test"])


def deviations(sources: tuple[str, ...]) -> list[str]:
    """The clauses of these sources that are not met, or not shown where a test could."""
    rows = [row for row in not_by_test() if row["source"].startswith(sources)]
    return [c for row in rows if row.get("answer") == "gap" for c in row["clause"].split(", ")]


def application_security() -> dict[str, int]:
    """Every clause of OWASP ASVS 5.0.0 with its level, 1 to 3: numbers alone, no wording."""
    levels: dict[str, str] = _document("asvs_levels")["levels"]
    return {
        f"{section}.{number}": int(level)
        for section, digits in levels.items()
        for number, level in enumerate(digits, 1)
    }


@dataclass(frozen=True)
class Figure:
    """One figure: its bar in words, how much of what a run must have, and the command for more."""

    id: str
    en: str
    bar: str
    amounts: dict[str, float] = field(default_factory=dict)
    command: str = ""


def figures() -> list[Figure]:
    """Every figure with its bar, in the order of the file."""
    return [Figure(**row) for row in _document("figures")["figures"]]


def _document(name: str) -> dict[str, Any]:
    return dict(json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8")))


@dataclass(frozen=True)
class Row:
    """A requirement with the tests that name it."""

    requirement: Requirement
    cases: tuple[Case, ...]

    @property
    def outcome(self) -> Outcome:
        """Passed when at least one test ran and all that ran passed."""
        return outcome_of(self.cases)


def outcome_of(cases: Sequence[Case]) -> Outcome:
    """Of several tests together: a skipped one shows nothing."""
    ended = {case.outcome for case in cases} - {Outcome.SKIPPED}
    if Outcome.FAILED in ended:
        return Outcome.FAILED
    return Outcome.PASSED if ended else Outcome.NOT_RUN


def trace(run: Run, asked: Sequence[Requirement]) -> list[Row]:
    """Each requirement with its tests; ValueError when a test names one nobody asks."""
    known = {row.id for row in asked}
    named = {name for case in run.cases for name in case.requirements}
    if named - known:
        raise ValueError(f"tests name requirements that do not exist: {sorted(named - known)}")
    return [
        Row(row, tuple(case for case in run.cases if row.id in case.requirements)) for row in asked
    ]
