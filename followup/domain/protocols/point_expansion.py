"""From reference data to points: series written out, same-day points joined, order checked.

Source: domain 1.2; what authorities ask at least: domain 1.1.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

from followup.domain.contacts import ContactType
from followup.domain.protocols.points import Assessment, Condition, OffsetKind, Point, Series


class ProtocolFault(ValueError):
    """A document no schedule can be planned from; `points` are the codes it is about."""

    def __init__(self, kind: str, text: str, *points: str) -> None:
        super().__init__(text)
        self.kind = kind
        self.points = points


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
        text = f"points {one.code} and {two.code} cannot be one visit"
        raise ProtocolFault("same_day", text, one.code, two.code)
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


def check_order(points: tuple[Point, ...]) -> None:
    """Refuse repeated codes and a window that, cut for the next one, could vanish.

    ProtocolFault names the points.
    """
    names = [name for p in points for name in p.covers]
    if len(names) != len(set(names)):
        doubled = next(name for name in names if names.count(name) > 1)
        raise ProtocolFault("repeated", "a point code is repeated", doubled)
    for one, two in pairwise(points):
        # Calendar months wander at most three days around their mean.
        slack = 3 if OffsetKind.MONTHS in (one.kind, two.kind) else 0
        if _first_day(two) - slack <= _first_day(one) or _rank(two) - slack <= _rank(one):
            text = f"the window of {one.code} can vanish behind that of {two.code}"
            raise ProtocolFault("vanishes", text, one.code, two.code)


def _first_day(point: Point) -> float:
    return point.day_window[0] if point.day_window else _rank(point) - point.before


def expand(entry: Mapping[str, Any]) -> tuple[Point, ...]:
    """The points of one entry; ValueError for a series without an end, which only the tail is."""
    if "series" in entry:
        series = read_series(entry)
        if series.last is None:
            raise ValueError(f"series {series.pattern} has no end; only the tail may")
        return series.points(series.last)
    return (_point(entry, entry["code"], entry["offset"]),)


def read_series(entry: Mapping[str, Any]) -> Series:
    """The series of an entry; first, last and step are in months, and last None has no end."""
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
