"""Follow-up protocols as versioned data: points, windows, assessments, contacts, the tail."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from typing import Any, Self

from followup.domain.contacts import ContactType, LossRule

# Beyond this no patient is alive; it bounds the lifelong tail that is worked out in advance.
TAIL_YEARS = 130


class OffsetKind(StrEnum):
    """Unit in which a point stands from day zero; months are calendar months."""

    DAYS = "days"
    MONTHS = "months"


class Condition(StrEnum):
    """When an assessment of a point is really done."""

    ALWAYS = "always"
    OPTIONAL = "optional"
    IF_DETECTABLE = "if_detectable"  # only while the last vector result is not negative
    RCR_AFTER_Y1 = "rcr_after_y1"  # test, archive or stop once every year-1 result is negative
    RCR_IF_POSITIVE = "rcr_if_positive"  # only while an RCL/RCR result is positive, else as above
    IF_VECTOR_HIGH = "if_vector_high"  # integration sites: from the vector threshold upwards


@dataclass(frozen=True, slots=True)
class Assessment:
    """One thing to assess at a point, and the condition it hangs on."""

    code: str
    condition: Condition = Condition.ALWAYS


@dataclass(frozen=True, slots=True)
class Point:
    """One protocol point. Windows are days before and after the target.

    `day_window` (first day, last day counted from day zero) replaces before and after where an
    authority states absolute days. `covers` names the points met by this one visit: itself alone,
    or several when the protocol asks two things of the same day.
    """

    code: str
    kind: OffsetKind
    offset: int
    before: int
    after: int
    assessments: tuple[Assessment, ...]
    contact_types: tuple[ContactType, ...]
    preferred_contact: ContactType | None = None
    day_window: tuple[int, int] | None = None
    forms: tuple[str, ...] = ()
    citation: str = ""
    covers: tuple[str, ...] = ()

    @property
    def assessment_codes(self) -> tuple[str, ...]:
        """Codes of the assessments, in protocol order."""
        return tuple(a.code for a in self.assessments)

    def offset_text(self) -> str:
        """The distance from day zero in words: `+ 24 months`, `− 1 day`."""
        sign = "−" if self.offset < 0 else "+"
        unit = self.kind.value if abs(self.offset) != 1 else self.kind.value[:-1]
        return f"{sign} {abs(self.offset)} {unit}"

    def window_text(self) -> str:
        """The window in words: `± 30 days`, `−7/+25 days`, `day 366 to 425`."""
        if self.day_window:
            return f"day {self.day_window[0]} to {self.day_window[1]}"
        if self.before == self.after:
            return f"± {self.before} days" if self.before else "that day"
        return f"−{self.before}/+{self.after} days"


@dataclass(frozen=True, slots=True)
class Series:
    """Points that repeat every `step` months from `first` to `last` (None: without end)."""

    pattern: str
    first: int
    last: int | None
    step: int
    model: Point

    def point(self, months: int) -> Point:
        """The point of this series at so many months after day zero."""
        code = self.pattern.format(month=months, year=months // 12)
        return replace(self.model, code=code, offset=months, covers=(code,))

    def points(self, end: int) -> tuple[Point, ...]:
        """Every point up to and including `end` months."""
        stop = end if self.last is None else min(end, self.last)
        return tuple(self.point(m) for m in range(self.first, stop + 1, self.step))


@dataclass(frozen=True, slots=True)
class EventPoint:
    """A contact that an event starts, outside the calendar (malignancy, RCL positive, death)."""

    code: str
    triggers: tuple[str, ...]
    note: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Minimum:
    """What the authority asks at least, kept apart from the protocol (domain 1.2.7)."""

    code: str
    from_month: int
    to_month: int | None
    every_months: int
    in_person: bool
    citation: str
    confidence: str


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
        points = combine_same_day(p for entry in data["points"] for p in _expand(entry))
        _check_order(points)
        return cls(
            code=data["code"],
            version=str(data["version"]),
            name=dict(data["name"]),
            points=points,
            tail=_series(tail) if tail else None,
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


def combine_same_day(points: Iterable[Point]) -> tuple[Point, ...]:
    """Points asked for on the same day become one visit that covers them all.

    The first keeps its code; assessments are joined, the window is the common part, contact types
    are those every member allows.
    """
    merged: dict[tuple[OffsetKind, int], Point] = {}
    for point in points:
        key = (point.kind, point.offset)
        merged[key] = _join(merged[key], point) if key in merged else point
    return tuple(sorted(merged.values(), key=_rank))


def _join(one: Point, two: Point) -> Point:
    contacts = tuple(c for c in one.contact_types if c in two.contact_types)
    if not contacts or one.day_window or two.day_window:
        raise ValueError(f"points {one.code} and {two.code} cannot be one visit")
    extra = tuple(a for a in two.assessments if a.code not in one.assessment_codes)
    return replace(
        one,
        before=min(one.before, two.before),
        after=min(one.after, two.after),
        assessments=one.assessments + extra,
        contact_types=contacts,
        citation="; ".join(dict.fromkeys(c for c in (one.citation, two.citation) if c)),
        covers=one.covers + two.covers,
    )


def _rank(point: Point) -> float:
    """Rough place in time, only to order points that are at least days apart."""
    return point.offset * (30.436875 if point.kind is OffsetKind.MONTHS else 1.0)


def _check_order(points: tuple[Point, ...]) -> None:
    """Refuse repeated codes and a window that, cut for the next one, could vanish."""
    names = [name for p in points for name in p.covers]
    if len(names) != len(set(names)):
        raise ValueError("a point code is repeated")
    for one, two in pairwise(points):
        # Calendar months wander at most three days around their mean.
        slack = 3 if OffsetKind.MONTHS in (one.kind, two.kind) else 0
        if _first_day(two) - slack <= _first_day(one) or _rank(two) - slack <= _rank(one):
            raise ValueError(f"the window of {one.code} can vanish behind that of {two.code}")


def _first_day(point: Point) -> float:
    return point.day_window[0] if point.day_window else _rank(point) - point.before


def _expand(entry: Mapping[str, Any]) -> tuple[Point, ...]:
    if "series" in entry:
        series = _series(entry)
        if series.last is None:
            raise ValueError(f"series {series.pattern} has no end; only the tail may")
        return series.points(series.last)
    return (_point(entry, entry["code"], entry["offset"]),)


def _series(entry: Mapping[str, Any]) -> Series:
    span = entry["series"]
    model = _point({**entry, "unit": "months"}, entry["code"], span["first"])
    return Series(entry["code"], span["first"], span.get("last"), span["step"], model)


def _point(entry: Mapping[str, Any], code: str, offset: int) -> Point:
    window = entry.get("day_window")
    before, after = (0, 0) if window else (entry["before"], entry["after"])
    if before < 0 or after < 0:
        raise ValueError(f"point {code} has a window that does not hold its target")
    preferred = entry.get("preferred_contact")
    return Point(
        code=code,
        kind=OffsetKind(entry["unit"]),
        offset=offset,
        before=before,
        after=after,
        assessments=tuple(_assessment(a) for a in entry["assessments"]),
        contact_types=tuple(ContactType(c) for c in entry["contact_types"]),
        preferred_contact=ContactType(preferred) if preferred else None,
        day_window=(window[0], window[1]) if window else None,
        forms=tuple(entry.get("forms", ())),
        citation=entry.get("citation", ""),
        covers=(code,),
    )


def _assessment(entry: str | Mapping[str, str]) -> Assessment:
    if isinstance(entry, str):
        return Assessment(entry)
    return Assessment(entry["code"], Condition(entry["condition"]))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
