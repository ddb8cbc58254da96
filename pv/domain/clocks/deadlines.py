"""A running clock: its duties, their last days, and the reasoning a page can show.

Source: domain 4.1 to domain 4.3.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from pv.domain.clocks.rules import Unit


@dataclass(frozen=True, slots=True)
class Reason:
    """One step of the reasoning: a code with its values, and the step as an English line."""

    code: str
    values: Mapping[str, Any]
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Deadline:
    """One duty with its last day (to 23:59:59 in the authority's zone), or None if none is set.

    `due_at` is set for limits in hours when the moment of awareness is known. `latest` is the last
    day this system still calls an immediate report on time.
    """

    code: str
    due: date | None
    due_at: datetime | None
    latest: date | None
    amount: int | None
    unit: Unit
    label: Mapping[str, str]
    citation: str
    confidence: str

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "code": self.code,
            "due": self.due.isoformat() if self.due else None,
            "due_at": self.due_at.isoformat() if self.due_at else None,
            "latest": self.latest.isoformat() if self.latest else None,
            "amount": self.amount,
            "unit": self.unit.value,
            "label": dict(self.label),
            "citation": self.citation,
            "confidence": self.confidence,
        }


@dataclass(frozen=True, slots=True)
class Clock:
    """A running clock: the first duty in front, the others behind, and why.

    `provisional` says that a fact the limit hangs on is not known and the shortest limit was
    taken; `alternatives` then holds the others. `predicted` says that working days were counted
    through a year whose holidays are not official.
    """

    rule: str
    version: str
    regime: str
    day_zero: date
    deadlines: tuple[Deadline, ...]
    alternatives: tuple[Deadline, ...]
    citation: str
    confidence: str
    provisional: bool
    predicted: bool
    missing: tuple[str, ...]
    trail: tuple[Reason, ...]
    authority: str = ""

    @property
    def first(self) -> Deadline:
        """The duty that is due first as written in the rule."""
        return self.deadlines[0]

    @property
    def due(self) -> date | None:
        """Last day of the first duty; None where the rule asks for no expedited report."""
        return self.first.due

    @property
    def days(self) -> int | None:
        """Calendar days from day zero to the due day; None while there is no due day."""
        return (self.first.due - self.day_zero).days if self.first.due else None

    @property
    def kind(self) -> Unit:
        """How the first duty is counted."""
        return self.first.unit

    def deadline(self, code: str) -> Deadline:
        """One duty by code; KeyError when the rule has none of that name."""
        for deadline in self.deadlines:
            if deadline.code == code:
                return deadline
        raise KeyError(code)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON: `rule`, `day_zero`, `due`, `citation`, the duties, the trail."""
        return {
            "rule": self.rule,
            "version": self.version,
            "regime": self.regime,
            "day_zero": self.day_zero.isoformat(),
            "due": self.due.isoformat() if self.due else None,
            "days": self.days,
            "kind": self.kind.value,
            "citation": self.citation,
            "confidence": self.confidence,
            "provisional": self.provisional,
            "predicted": self.predicted,
            "missing": list(self.missing),
            "deadlines": [d.as_dict() for d in self.deadlines],
            "alternatives": [d.as_dict() for d in self.alternatives],
            "trail": [
                {"code": r.code, "values": dict(r.values), "text": r.text} for r in self.trail
            ],
        }


def is_late(submitted_at: datetime, deadline: Deadline, zone: str) -> bool:
    """Whether a submission came too late for a duty.

    Limits in hours with a known moment are compared to the second, all others to 23:59:59 of the
    latest day in the authority's zone. A duty without a day is never late. Raises ValueError for
    a moment without a time zone.
    """
    if submitted_at.tzinfo is None:
        raise ValueError("the moment of submission needs a time zone")
    if deadline.due_at is not None:
        return submitted_at > deadline.due_at
    if deadline.latest is None:
        return False
    return submitted_at.astimezone(ZoneInfo(zone)).date() > deadline.latest
