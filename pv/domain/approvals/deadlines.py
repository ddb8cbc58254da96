"""The statutory deadline of a commitment, its history, days left, a colour from the forecast.

Source: domain 5.1.14 and domain 5.1.15; the colour is the product's own rule.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Self

from followup.domain.dates import PartialDate, add_months


@dataclass(frozen=True, slots=True)
class LimitRule:
    """How long after approval the study may take (domain 5.1.14, 5.1.15), as dated data."""

    id: str
    version: str
    max_months: int
    start_within_months: int
    warn_months: tuple[int, ...]
    citation: str
    confidence: str
    valid_from: date | None
    valid_to: date | None

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Build from one entry of `limits` in `commitments.json`."""
        return cls(
            id=data["id"],
            version=str(data["version"]),
            max_months=data["max_months"],
            start_within_months=data["start_within_months"],
            warn_months=tuple(sorted(data["warn_months"], reverse=True)),
            citation=data["citation"],
            confidence=data["confidence"],
            valid_from=date.fromisoformat(data["valid_from"]) if data["valid_from"] else None,
            valid_to=date.fromisoformat(data["valid_to"]) if data["valid_to"] else None,
        )


@dataclass(frozen=True, slots=True)
class LegalEnd:
    """The last day the law allows: one day, or a span when the approval day is not known."""

    earliest: date
    latest: date

    @property
    def exact(self) -> date | None:
        """The day itself; None when the approval day is not known exactly."""
        return self.earliest if self.earliest == self.latest else None


def legal_end(approval: PartialDate | date, rule: LimitRule) -> LegalEnd:
    """Approval plus the rule's months, clamped to the month's end.

    A partial approval date gives the span of days it may be; a deadline is held to the earliest.
    """
    whole = PartialDate.of(approval) if isinstance(approval, date) else approval
    return LegalEnd(
        add_months(whole.earliest, rule.max_months), add_months(whole.latest, rule.max_months)
    )


class Colour(StrEnum):
    """How a commitment looks, from its forecast and never from its state."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    UNKNOWN = "unknown"


class Why(StrEnum):
    """The reason for a colour."""

    SUBMITTED_IN_TIME = "submitted_in_time"
    SUBMITTED_LATE = "submitted_late"
    DEADLINE_PASSED = "deadline_passed"
    NO_DEADLINE = "no_deadline"
    NO_FORECAST = "no_forecast"
    P50_LATE = "p50_late"
    P80_LATE = "p80_late"
    ON_TIME = "on_time"


@dataclass(frozen=True, slots=True)
class Outlook:
    """Colour, reason, and slack: days from the P80 forecast to the deadline."""

    colour: Colour
    why: Why
    slack_days: int | None


def outlook(
    due: date | None,
    today: date,
    *,
    p50: date | None,
    p80: date | None,
    submitted_on: date | None,
) -> Outlook:
    """Red when the deadline is past or the median forecast misses it, amber when P80 does.

    Without a forecast the colour is unknown, never green.
    """
    if due is None:
        return Outlook(Colour.UNKNOWN, Why.NO_DEADLINE, None)
    if submitted_on is not None:
        late = submitted_on > due
        why = Why.SUBMITTED_LATE if late else Why.SUBMITTED_IN_TIME
        return Outlook(Colour.RED if late else Colour.GREEN, why, (due - submitted_on).days)
    slack = (due - p80).days if p80 else None
    if today > due:
        return Outlook(Colour.RED, Why.DEADLINE_PASSED, slack)
    if p50 is not None and p50 > due:
        return Outlook(Colour.RED, Why.P50_LATE, slack)
    if p50 is None or p80 is None:
        return Outlook(Colour.UNKNOWN, Why.NO_FORECAST, slack)
    if p80 > due:
        return Outlook(Colour.AMBER, Why.P80_LATE, slack)
    return Outlook(Colour.GREEN, Why.ON_TIME, slack)
