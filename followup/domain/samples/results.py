"""When a molecular result can be true: its number against the limits of its assay.

Source: domain 3.5.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


class ResultProblem(StrEnum):
    """Why a result is refused."""

    NOT_A_NUMBER = "not_a_number"
    ZERO = "zero"
    UNIT_MISSING = "unit_missing"
    LIMIT_MISSING = "limit_missing"
    VALUE_AND_FLAG = "value_and_flag"
    UNDER_LIMIT = "under_limit"
    LIMITS_CROSSED = "limits_crossed"
    NEGATIVE_WITH_VALUE = "negative_with_value"
    PERCENT = "percent"
    FUTURE = "future"
    BEFORE_COLLECTION = "before_collection"
    RECEIVED_FIRST = "received_first"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A number with the limits of its assay, in the same unit; None = not reported.

    `lower_limit` is the lower limit of quantification, `detection_limit` the limit of detection.
    """

    finding: str
    value: Decimal | None
    unit: str
    below_quantification: bool
    lower_limit: Decimal | None
    detection_limit: Decimal | None


def measured_problems(seen: Measured) -> dict[str, ResultProblem]:
    """What contradicts itself, by field; empty when the number can stand.

    Below quantification is a flag with its limit and never a number, least of all zero: a zero
    would enter every mean and every curve as if it had been measured.
    """
    problems: dict[str, ResultProblem] = {}
    numbers = {
        "value": seen.value,
        "lower_limit": seen.lower_limit,
        "detection_limit": seen.detection_limit,
    }
    for name, number in numbers.items():
        if number is not None and not number.is_finite():
            problems[name] = ResultProblem.NOT_A_NUMBER
        elif number is not None and number <= 0:
            problems[name] = ResultProblem.ZERO
        elif number is not None and seen.unit == "%" and number > 100:
            problems[name] = ResultProblem.PERCENT
    if any(number is not None for number in numbers.values()) and not seen.unit:
        problems["measure"] = ResultProblem.UNIT_MISSING
    if problems:
        return problems
    return _against_limits(seen)


def _against_limits(seen: Measured) -> dict[str, ResultProblem]:
    limit, detected = seen.lower_limit, seen.detection_limit
    if limit is not None and detected is not None and detected > limit:
        return {"detection_limit": ResultProblem.LIMITS_CROSSED}
    if seen.below_quantification:
        if seen.value is not None:
            return {"value": ResultProblem.VALUE_AND_FLAG}
        return {} if limit is not None else {"lower_limit": ResultProblem.LIMIT_MISSING}
    if seen.value is not None:
        if limit is not None and seen.value < limit:
            return {"value": ResultProblem.UNDER_LIMIT}
        if seen.finding == "NEGATIVE":
            return {"finding": ResultProblem.NEGATIVE_WITH_VALUE}
    return {}


def day_problems(
    *, resulted_on: date, received_on: date, collected_on: date | None, today: date
) -> dict[str, ResultProblem]:
    """Collected, then resulted, then received, and none of it tomorrow; by field."""
    problems: dict[str, ResultProblem] = {}
    if resulted_on > today:
        problems["resulted_on"] = ResultProblem.FUTURE
    elif collected_on is not None and resulted_on < collected_on:
        problems["resulted_on"] = ResultProblem.BEFORE_COLLECTION
    if received_on > today:
        problems["received_on"] = ResultProblem.FUTURE
    elif received_on < resulted_on:
        problems["received_on"] = ResultProblem.RECEIVED_FIRST
    return problems
