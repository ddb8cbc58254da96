"""On-time reporting: what counts, what was late, the share (GVP 2021 no. 65 art. 25, 49).

The product's own rule for the share: a report counts once it was sent or its day has passed.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Tally:
    """Reports that were due and those of them that were on time."""

    due: int = 0
    on_time: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.due + other.due, self.on_time + other.on_time)

    @property
    def late(self) -> int:
        """Number of those sent late or not at all."""
        return self.due - self.on_time

    @property
    def percent(self) -> Decimal | None:
        """The share that was on time, one decimal place; None when nothing was due."""
        if not self.due:
            return None
        # Cut, not rounded: 99.96 of 100 is not "all of them".
        return Decimal(1000 * self.on_time // self.due) / 10


def on_time(due: date, met_on: date | None) -> bool:
    """Sent on its last day at the latest."""
    return met_on is not None and met_on <= due


def summed(rows: Iterable[tuple[K, Tally]]) -> Mapping[K, Tally]:
    """The tallies by key, in the order in which keys first came."""
    found: dict[K, Tally] = {}
    for key, tally in rows:
        found[key] = found.get(key, Tally()) + tally
    return found
