"""One version of a follow-up protocol, and which version is in force.

Source: domain 1.2; what authorities ask at least: domain 1.1.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Self

from followup.domain.contacts import LossRule
from followup.domain.protocols.point_expansion import (
    check_order,
    combine_same_day,
    expand,
    read_series,
)
from followup.domain.protocols.points import EventPoint, Minimum, Point, Series

# Beyond this no patient is alive; it bounds the lifelong tail that is worked out in advance.
TAIL_YEARS = 130


@dataclass(frozen=True, eq=False, repr=False)
class Protocol:
    """One version of a follow-up protocol, as loaded from reference data.

    `points` are in calendar order with same-day points already combined; `tail` continues the
    yearly contact for life and is None where the protocol ends. Not slotted: the schedule table
    is worked out once and kept on the object. Compared by identity: load each version once.
    """

    code: str
    version: str
    name: Mapping[str, str]
    points: tuple[Point, ...]
    tail: Series | None
    events: tuple[EventPoint, ...]
    minima: tuple[Minimum, ...]
    parameters: Mapping[str, Any]
    loss_rule: LossRule
    citation: str
    confidence: str
    valid_from: date | None = None
    valid_to: date | None = None

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Build from one entry of `protocols` in reference data.

        Raises KeyError or ValueError for an entry that lacks a field, names an unknown code, or
        repeats a point code.
        """
        tail = data.get("tail")
        points = combine_same_day(p for entry in data["points"] for p in expand(entry))
        check_order(points)
        return cls(
            code=data["code"],
            version=str(data["version"]),
            name=dict(data["name"]),
            points=points,
            tail=read_series(tail) if tail else None,
            events=tuple(
                EventPoint(e["code"], tuple(e["triggers"]), dict(e["note"]))
                for e in data.get("events", ())
            ),
            minima=tuple(Minimum(**m) for m in data.get("minima", ())),
            parameters=dict(data.get("parameters", {})),
            loss_rule=LossRule(**data["loss_rule"]),
            citation=data["citation"],
            confidence=data["confidence"],
            valid_from=_day(data.get("valid_from")),
            valid_to=_day(data.get("valid_to")),
        )

    @cached_property
    def all_points(self) -> tuple[Point, ...]:
        """The points with the tail written out as far as a life can reach."""
        tail = self.tail.points(TAIL_YEARS * 12) if self.tail else ()
        return self.points + tail

    @cached_property
    def by_code(self) -> Mapping[str, Point]:
        """Point by its code, combined codes included."""
        return {code: point for point in self.all_points for code in point.covers}

    def __repr__(self) -> str:
        return f"<{self.label}>"

    @cached_property
    def label(self) -> str:
        """Code and version as printed on a schedule: `CN-LIFELONG v1`."""
        return f"{self.code} v{self.version}"


def load(data: Mapping[str, Any]) -> dict[tuple[str, str], Protocol]:
    """Every protocol of a reference document, by code and version."""
    built = [Protocol.from_dict(entry) for entry in data["protocols"]]
    return {(p.code, p.version): p for p in built}


def in_force(protocols: Iterable[Protocol], code: str, on: date) -> Protocol:
    """The newest version of a protocol valid on a day; LookupError when there is none."""
    valid = [
        p
        for p in protocols
        if p.code == code
        and (p.valid_from is None or p.valid_from <= on)
        and (p.valid_to is None or on <= p.valid_to)
    ]
    if not valid:
        raise LookupError(f"no version of protocol {code} in force on {on}")
    return max(valid, key=lambda p: (p.valid_from or date.min, p.version))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
