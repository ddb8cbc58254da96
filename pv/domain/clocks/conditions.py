"""Conditions of a rule answered with yes, no or not known, each with its reason.

Source: domain 4.1 to domain 4.3.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pv.domain.clocks.rules import CaseFacts


class Answer(StrEnum):
    """Whether a condition holds."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Check:
    """One condition that was looked at: the fact, what the rule wants, what the case has."""

    fact: str
    wanted: tuple[str, ...]
    found: str | None
    answer: Answer


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer to a set of conditions, and every check behind it."""

    answer: Answer
    checks: tuple[Check, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """Facts that are not known and would decide."""
        return tuple(dict.fromkeys(c.fact for c in self.checks if c.answer is Answer.UNKNOWN))


def holds(when: Mapping[str, Any], facts: CaseFacts, domestic: frozenset[str]) -> Outcome:
    """Whether every condition holds for a case (three-valued: one no is a no).

    A condition names a fact and the value, or list of values, it must have; `any` takes a list of
    condition sets of which one must hold. A fact that is not known answers UNKNOWN, never no.
    """
    answers: list[Answer] = []
    checks: list[Check] = []
    for name, wanted in when.items():
        if name == "any":
            found = [holds(one, facts, domestic) for one in wanted]
            either = _either([f.answer for f in found])
            answers.append(either)
            # Once one set holds, or none can, what is not known of the others decides nothing.
            checks.extend(
                check
                for f in found
                for check in f.checks
                if either is Answer.UNKNOWN or check.answer is not Answer.UNKNOWN
            )
            continue
        check = _check(name, wanted, facts.value(name, domestic))
        answers.append(check.answer)
        checks.append(check)
    if Answer.NO in answers:
        answer = Answer.NO
    else:
        answer = Answer.UNKNOWN if Answer.UNKNOWN in answers else Answer.YES
    return Outcome(answer, tuple(checks))


def _either(answers: list[Answer]) -> Answer:
    if Answer.YES in answers:
        return Answer.YES
    return Answer.UNKNOWN if Answer.UNKNOWN in answers else Answer.NO


def _check(name: str, wanted: Any, value: object) -> Check:
    values = wanted if isinstance(wanted, list) else [wanted]
    shown = tuple(_text(v) for v in values)
    if value is None:
        return Check(name, shown, None, Answer.UNKNOWN)
    return Check(name, shown, _text(value), Answer.YES if value in values else Answer.NO)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
