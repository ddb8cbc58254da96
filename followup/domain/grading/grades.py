"""A toxicity grade with its scale, its reasoning and what was missing.

The product's own form of what the scales of domain 2 give.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Scale(StrEnum):
    """The scale a grade is on; grades of different scales are never converted or compared."""

    ASTCT_CRS = "ASTCT_CRS"
    ASTCT_ICANS = "ASTCT_ICANS"
    ICAHT_EARLY = "ICAHT_EARLY"
    ICAHT_LATE = "ICAHT_LATE"
    T_ICAHT_EARLY = "T_ICAHT_EARLY"
    T_ICAHT_LATE = "T_ICAHT_LATE"
    IEC_HS = "IEC_HS"
    CTCAE_5 = "CTCAE_5"


@dataclass(frozen=True, slots=True)
class RuleSource:
    """Where a rule comes from and how far it was checked."""

    scale: Scale
    version: str
    citation: str
    confidence: str


@dataclass(frozen=True, slots=True)
class GradingStep:
    """One step of the reasoning: the rule, the inputs it saw, the grades still possible.

    `possible` has one member when the step decided, more when an input leaves it open.
    """

    rule: str
    inputs: tuple[tuple[str, str], ...]
    possible: tuple[int, ...]
    citation: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Grade:
    """The result: `grade` is None unless every input that could change it is known.

    `at_least` is the lowest grade that the known inputs allow, for display beside a missing grade;
    it is no grade and must not be stored as one. Grade 0 means the scale's toxicity is absent.
    """

    scale: Scale
    version: str
    grade: int | None
    at_least: int
    steps: tuple[GradingStep, ...]
    missing: tuple[str, ...]
    confidence: str


def shown(value: object) -> str:
    """How an input is written in a step: codes and numbers as they are, None as `missing`."""
    if value is None:
        return "missing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def step(
    source: RuleSource,
    rule: str,
    inputs: Iterable[tuple[str, object]],
    possible: Iterable[int],
    missing: Sequence[str] = (),
) -> GradingStep:
    """A step of `source` with its inputs written out and the possible grades in order."""
    written = tuple((name, shown(value)) for name, value in inputs)
    return GradingStep(rule, written, tuple(sorted(set(possible))), source.citation, tuple(missing))


def worst(source: RuleSource, steps: Sequence[GradingStep]) -> Grade:
    """The highest grade over all steps, None while a step is open.

    An open step leaves the grade None even where another has reached the top of the scale: a
    missing input never gives a grade. `at_least` then shows what is already certain.
    """
    floor = max((min(s.possible) for s in steps), default=0)
    missing = tuple(dict.fromkeys(name for s in steps for name in s.missing))
    settled = not missing and all(len(s.possible) == 1 for s in steps)
    return Grade(
        source.scale,
        source.version,
        floor if settled else None,
        floor,
        tuple(steps),
        missing,
        source.confidence,
    )
