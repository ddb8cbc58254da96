"""One planned visit, the rule it follows, and the explanation a page shows.

Source: domain 1.2.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from followup.domain.contacts import ContactType
from followup.domain.dates import add_months
from followup.domain.protocols import OffsetKind, Point, Protocol


@dataclass(frozen=True, slots=True)
class VisitRule:
    """Why a visit is due, in parts a page can put into words of its own language."""

    code: str
    covers: tuple[str, ...]
    day0: date
    kind: OffsetKind
    offset: int
    before: int
    after: int
    day_window: tuple[int, int] | None
    protocol: str
    version: str
    citation: str
    cut_start: bool
    cut_end: bool
    fixed: bool
    text: str

    def __str__(self) -> str:
        return self.text


class PlannedVisit(NamedTuple):
    """A visit to make: first day, target and last day of its window, all inclusive.

    A tuple, because a register plans millions of them. `fixed` marks a visit that keeps the dates
    it was planned with (done, or its window closed).
    """

    code: str
    window_start: date
    target: date
    window_end: date
    point: Point
    day0: date
    protocol: Protocol
    fixed: bool = False

    def __repr__(self) -> str:
        return f"<{self.code} {self.window_start} {self.target} {self.window_end}>"

    @property
    def covers(self) -> tuple[str, ...]:
        """Protocol points met by this visit."""
        return self.point.covers

    @property
    def assessments(self) -> tuple[str, ...]:
        """Codes of what to assess."""
        return self.point.assessment_codes

    @property
    def contact_types(self) -> tuple[ContactType, ...]:
        """Ways of contact the protocol allows."""
        return self.point.contact_types

    @property
    def days_from_day0(self) -> int:
        """Days from the infusion to the target (D+n)."""
        return (self.target - self.day0).days

    @property
    def rule(self) -> VisitRule:
        """The rule in parts and as one line: `M24 · day 0 2024-11-20 + 24 months ± 30 days · …`."""
        point = self.point
        start, end = uncut_window(point, self.day0)
        cut_start, cut_end = self.window_start > start, self.window_end < end
        window = point.window_text()
        notes = "".join(
            f" · {note}"
            for shown, note in (
                (cut_start and not self.fixed, f"window opens {self.window_start}"),
                (cut_end and not self.fixed, f"window cut to {self.window_end}"),
                (self.fixed, "dates kept as planned"),
            )
            if shown
        )
        joint = ", " if point.day_window else " "
        return VisitRule(
            code=self.code,
            covers=point.covers,
            day0=self.day0,
            kind=point.kind,
            offset=point.offset,
            before=point.before,
            after=point.after,
            day_window=point.day_window,
            protocol=self.protocol.code,
            version=self.protocol.version,
            citation=point.citation or self.protocol.citation,
            cut_start=cut_start,
            cut_end=cut_end,
            fixed=self.fixed,
            text=f"{'/'.join(point.covers)} · day 0 {self.day0} {point.offset_text()}{joint}"
            f"{window} · {self.protocol.label}{notes}",
        )

    def as_dict(self) -> Mapping[str, Any]:
        """Plain values for JSON: dates as ISO text, codes as text."""
        return {
            "code": self.code,
            "window_start": self.window_start.isoformat(),
            "target": self.target.isoformat(),
            "window_end": self.window_end.isoformat(),
            "covers": list(self.covers),
            "assessments": [
                {"code": a.code, "condition": a.condition.value} for a in self.point.assessments
            ],
            "contact_types": [c.value for c in self.contact_types],
            "forms": list(self.point.forms),
            "day_from_infusion": self.days_from_day0,
            "rule": str(self.rule),
            "citation": self.rule.citation,
        }


def uncut_window(point: Point, day0: date) -> tuple[date, date]:
    """First and last day of a point before any neighbour or end cuts its window."""
    if point.day_window is not None:
        first, last = point.day_window
        return day0 + timedelta(days=first), day0 + timedelta(days=last)
    if point.kind is OffsetKind.MONTHS:
        target = add_months(day0, point.offset)
    else:
        target = day0 + timedelta(days=point.offset)
    return target - timedelta(days=point.before), target + timedelta(days=point.after)
