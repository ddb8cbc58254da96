"""When something happened to a sample, as exactly as a person knows it: a day, or a time of it.

The product's own rule, after domain 3.4.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from followup.domain.samples.stability import (
    Stability,
    StabilityLimit,
    StabilityVerdict,
    stability,
)


@dataclass(frozen=True, slots=True)
class Moment:
    """A day (None: not even that is known) and, where somebody noted it, the moment itself."""

    on: date | None
    at: datetime | None = None

    def earliest(self, zone: tzinfo) -> datetime | None:
        """The first instant it can mean; None when the day is not known."""
        if self.at is not None or self.on is None:
            return self.at
        return datetime.combine(self.on, time.min, zone)

    def latest(self, zone: tzinfo) -> datetime | None:
        """The last instant it can mean; None when the day is not known."""
        if self.at is not None or self.on is None:
            return self.at
        return datetime.combine(self.on + timedelta(days=1), time.min, zone) - timedelta(seconds=1)

    def precedes(self, other: "Moment", zone: tzinfo) -> bool:
        """Whether this surely lies before the other; what is not known precedes nothing."""
        mine, theirs = self.latest(zone), other.earliest(zone)
        return mine is not None and theirs is not None and mine < theirs


def assess(
    limits: Sequence[StabilityLimit], collected: Moment, at: Moment, zone: tzinfo
) -> tuple[StabilityVerdict, ...]:
    """Every limit assessed for moments that may be no more exact than a day.

    The longest and the shortest time the two moments allow are both assessed; where they disagree
    the answer is UNKNOWN, because an hour nobody noted must not decide. `until` counts from the
    earliest moment of collection.
    """
    first, last = collected.earliest(zone), collected.latest(zone)
    start, end = at.earliest(zone), at.latest(zone)
    if first is None or last is None or start is None or end is None:
        anchor = end or datetime.combine(date.min, time.min, zone)
        return stability(limits, None, anchor)
    longest = stability(limits, first, max(end, first))
    shortest = stability(limits, last, max(start, last))
    return tuple(
        long if long.answer is short.answer else _open(long)
        for long, short in zip(longest, shortest, strict=True)
    )


def _open(verdict: StabilityVerdict) -> StabilityVerdict:
    return StabilityVerdict(verdict.limit, Stability.UNKNOWN, verdict.until)
