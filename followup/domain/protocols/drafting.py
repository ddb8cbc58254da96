"""Writing the next version of a protocol: its points as data, its number, what differs.

Source: domain 1.2.7; the numbering is the product's own rule.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from followup.domain.protocols.points import OffsetKind, Point
from followup.domain.protocols.protocol import Protocol

_LOCAL = re.compile(r"(.+)\+(\d+)")
_CODE = re.compile(r"[A-Z][A-Z0-9-]{0,11}|[A-Z]{0,3}\{(?:month|year)\}")


def next_version(version: str) -> str:
    """The number of a version written here: `1.1` is followed by `1.1+1`, that by `1.1+2`.

    The part before the sign is what was shipped, so that an update never meets a number used here.
    """
    if match := _LOCAL.fullmatch(version):
        return f"{match[1]}+{int(match[2]) + 1}"
    return f"{version}+1"


def valid_code(code: str, *, repeats: bool) -> bool:
    """Whether a point may be called so; one that repeats has `{month}` or `{year}` in its code."""
    return bool(_CODE.fullmatch(code)) and ("{" in code) is repeats


def rank(entry: Mapping[str, Any]) -> float:
    """Rough days from day zero, to list the entries of a document in the order of a life."""
    if "series" in entry:
        return float(entry["series"]["first"]) * 30.436875
    scale = 30.436875 if entry["unit"] == OffsetKind.MONTHS else 1.0
    return float(entry["offset"]) * scale


@dataclass(frozen=True, slots=True)
class PointChange:
    """One point that is not in both versions alike; `before` or `after` is None."""

    code: str
    before: Point | None
    after: Point | None

    @property
    def moves(self) -> bool:
        """Whether the target or the window is another one."""
        return self.before is None or self.after is None or _when(self.before) != _when(self.after)


def point_changes(old: Protocol, new: Protocol) -> tuple[PointChange, ...]:
    """What a version changes, point by point in calendar order; the tail by its first point."""
    before, after = _points(old), _points(new)
    changes = []
    for code in dict.fromkeys((*before, *after)):
        one, two = before.get(code), after.get(code)
        if one is None or two is None or _when(one) != _when(two) or _what(one) != _what(two):
            changes.append(PointChange(code, one, two))
    return tuple(changes)


def _points(protocol: Protocol) -> dict[str, Point]:
    found = {point.code: point for point in protocol.points}
    if protocol.tail is not None:
        first = protocol.tail.point(protocol.tail.first)
        found[first.code] = first
    return found


def _when(point: Point) -> tuple[object, ...]:
    return point.kind, point.offset, point.before, point.after, point.day_window


def _what(point: Point) -> tuple[object, ...]:
    return point.assessments, point.contact_types, point.preferred_contact, point.forms
