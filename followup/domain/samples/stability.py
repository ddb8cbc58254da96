"""How long a sample keeps: hours since collection against the limits of the laboratory manual.

Source: domain 3.4.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum


class Stability(StrEnum):
    """Whether a sample may still be used for a purpose."""

    WITHIN = "WITHIN"
    CAUTION = "CAUTION"  # past the shorter figure of a range such as 24-48 h, not the longer
    EXCEEDED = "EXCEEDED"
    UNLIMITED = "UNLIMITED"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class StabilityLimit:
    """One limit: `caution_hours` and `most_hours` from collection to `step` under `condition`.

    A limit without `most_hours` does not expire under its condition (frozen, fixed in paraffin).
    """

    purpose: str
    step: str
    condition: str
    caution_hours: Decimal | None
    most_hours: Decimal | None
    citation: str
    confidence: str


@dataclass(frozen=True, slots=True)
class StabilityVerdict:
    """One limit with its answer; `until` is the last good moment, None when unlimited."""

    limit: StabilityLimit
    answer: Stability
    until: datetime | None


def stability(
    limits: Sequence[StabilityLimit], collected_at: datetime | None, at: datetime
) -> tuple[StabilityVerdict, ...]:
    """Every limit assessed at the moment `at` (aware times); exactly on the limit is still within.

    A sample whose collection time is unknown is UNKNOWN, never within. Raises ValueError when
    `at` lies before the collection.
    """
    if collected_at is not None and at < collected_at:
        raise ValueError("a sample cannot be judged before its collection")
    return tuple(_judge(limit, collected_at, at) for limit in limits)


def _judge(limit: StabilityLimit, collected_at: datetime | None, at: datetime) -> StabilityVerdict:
    if limit.most_hours is None:
        return StabilityVerdict(limit, Stability.UNLIMITED, None)
    if collected_at is None:
        return StabilityVerdict(limit, Stability.UNKNOWN, None)
    until = collected_at + timedelta(hours=float(limit.most_hours))
    answer = Stability.WITHIN
    if at > until:
        answer = Stability.EXCEEDED
    elif limit.caution_hours is not None:
        cautious = collected_at + timedelta(hours=float(limit.caution_hours))
        answer = Stability.CAUTION if at > cautious else Stability.WITHIN
    return StabilityVerdict(limit, answer, until)
