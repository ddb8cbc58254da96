"""Status of investigator-initiated trials and trial applications, and what is owed from then.

Source: domain 5; statuses, limits and reasons are reference data (`studies.json`), limits in
working days, the day of the event not counted.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from followup.domain.calendars import HolidayTable, add_working_days
from followup.domain.documents import LANGUAGES, codes, number, text


@dataclass(frozen=True, slots=True)
class StatusRule:
    """A status: which studies have it, and the working days until one of `until` follows."""

    code: str
    kinds: frozenset[str]
    amount: int | None
    until: frozenset[str]
    citation: str
    confidence: str


@dataclass(frozen=True, slots=True)
class StudyRules:
    """Statuses by code, codes of the reasons, and the statuses that need one."""

    statuses: Mapping[str, StatusRule]
    reasons: tuple[str, ...]
    needs_reasons: frozenset[str]


@dataclass(frozen=True, slots=True)
class StatusLimit:
    """The last day of what a status calls for, and the statuses of which each ends it.

    `predicted`: an official holiday notice may still move the day.
    """

    due: date
    predicted: bool
    until: frozenset[str]


@dataclass(frozen=True, slots=True)
class StatusFact:
    """A status on a day with its limit; `order` tells two of one day apart, the later last."""

    code: str
    happened_on: date
    order: int = 0
    limit: StatusLimit | None = None


@dataclass(frozen=True, slots=True)
class StudyDue:
    """What is still owed after a status, with its last day."""

    status: str
    since: date
    limit: StatusLimit


def read_study_rules(data: Mapping[str, Any]) -> StudyRules:
    """The rules; WrongDocument or ValueError where one is not whole."""
    known = codes(data["statuses"], *LANGUAGES, "citation", "confidence")
    codes(data["reasons"], *LANGUAGES)
    text(data, "citation", "confidence")
    statuses = {}
    for row in data["statuses"]:
        if unknown := {*row["until"]} - {*known}:
            raise ValueError(f"{row['code']}: {', '.join(sorted(unknown))} is no status")
        limited = row["amount"] is not None
        if limited:
            number(row, "amount")
        if {limited} != {bool(row["until"]), bool(row["owed_en"]), bool(row["owed_zh"])}:
            raise ValueError(f"{row['code']}: a limit says what is owed and what ends it")
        statuses[row["code"]] = StatusRule(
            row["code"],
            frozenset(row["kinds"]),
            row["amount"],
            frozenset(row["until"]),
            row["citation"],
            row["confidence"],
        )
    if unknown := {*data["needs_reasons"]} - {*known}:
        raise ValueError(f"{', '.join(sorted(unknown))} is no status")
    reasons = tuple(row["code"] for row in data["reasons"])
    return StudyRules(statuses, reasons, frozenset(data["needs_reasons"]))


def present_status(facts: Iterable[StatusFact]) -> StatusFact | None:
    """The latest status; None before the first."""
    return max(facts, key=lambda fact: (fact.happened_on, fact.order), default=None)


def status_limit(
    rule: StatusRule | None, happened_on: date, table: HolidayTable
) -> StatusLimit | None:
    """By the rule of a status the limit of one that came on a day; None where nothing is owed."""
    if rule is None or rule.amount is None:
        return None
    counted = add_working_days(happened_on, rule.amount, table)
    return StatusLimit(counted.due, counted.predicted, rule.until)


def study_dues(facts: Sequence[StatusFact]) -> list[StudyDue]:
    """What is still owed: limits of statuses after which none of their ends came."""
    found = []
    for fact in facts:
        if fact.limit is None:
            continue
        later = (each for each in facts if each.happened_on >= fact.happened_on)
        if not any(each.code in fact.limit.until for each in later):
            found.append(StudyDue(fact.code, fact.happened_on, fact.limit))
    return sorted(found, key=lambda due: (due.limit.due, due.status, due.since))
