"""Who owes the answer in an exchange with the authority, by which day, and how long a review stood.

Source: the kinds are reference data (`authority_interactions.json`), each with its citation; limits
are working days by the holiday table, the day of receipt is not counted.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from followup.domain.calendars import HolidayTable, add_working_days, working_days_between
from followup.domain.documents import LANGUAGES, codes, text


class Debtor(StrEnum):
    """Who owes the answer."""

    HOLDER = "HOLDER"
    AUTHORITY = "AUTHORITY"
    NOBODY = "NOBODY"


class LimitUnit(StrEnum):
    """What a limit is counted in."""

    WORKING_DAYS = "WORKING_DAYS"
    CALENDAR_DAYS = "CALENDAR_DAYS"


@dataclass(frozen=True, slots=True)
class InteractionRule:
    """A kind of exchange; without `amount` the letter names the day, or nobody owes anything."""

    code: str
    owed_by: Debtor
    amount: int | None
    unit: LimitUnit | None
    stops_review: bool
    citation: str
    confidence: str


@dataclass(frozen=True, slots=True)
class AnswerDue:
    """The last day of an answer; `predicted`: an official holiday notice may still move it."""

    day: date
    predicted: bool


@dataclass(frozen=True, slots=True)
class ReviewStop:
    """A review that stands from `start` until the answer; without `end` it still stands."""

    start: date
    end: date | None


def read_interaction_rules(data: Mapping[str, Any]) -> Mapping[str, InteractionRule]:
    """The kinds by code; WrongDocument or ValueError where one is not whole."""
    codes(data["kinds"], *LANGUAGES, "citation", "confidence")
    text(data, "citation", "confidence")
    rules = {}
    for row in data["kinds"]:
        amount, unit = row["amount"], row["unit"]
        debtor = Debtor(row["owed_by"])
        if (amount is None) != (unit is None):
            raise ValueError(f"{row['code']}: amount and unit come together")
        if amount is not None and (debtor is Debtor.NOBODY or amount < 1):
            raise ValueError(f"{row['code']}: a limit is at least a day and owed by somebody")
        if row["stops_review"] and debtor is not Debtor.HOLDER:
            raise ValueError(f"{row['code']}: a review stands only for an answer of the holder")
        rules[row["code"]] = InteractionRule(
            row["code"],
            debtor,
            amount,
            LimitUnit(unit) if unit else None,
            bool(row["stops_review"]),
            row["citation"],
            row["confidence"],
        )
    return rules


def answer_due(rule: InteractionRule, received_on: date, table: HolidayTable) -> AnswerDue | None:
    """The last day by the rule; None where the rule counts no days."""
    if rule.amount is None:
        return None
    if rule.unit is LimitUnit.CALENDAR_DAYS:
        return AnswerDue(received_on + timedelta(days=rule.amount), predicted=False)
    limit = add_working_days(received_on, rule.amount, table)
    return AnswerDue(limit.due, limit.predicted)


def stopped_days(stops: Iterable[ReviewStop], today: date, table: HolidayTable) -> int:
    """Working days a review stood, up to `today`; days of two open requests count once."""
    total, counted = 0, date.min
    spans = sorted((stop.start, min(stop.end or today, today)) for stop in stops)
    for start, end in spans:
        first = max(start, counted)
        if end > first:
            total += working_days_between(first, end, table)
            counted = end
    return total
