"""The planner: day zero and a protocol in, planned visits out.

Source: domain 1.2.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from followup.domain.protocols import OffsetKind, Point, Protocol
from followup.domain.schedules.planned import PlannedVisit

_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

# Ordinals of first day, target, last day, and the point they belong to.
_Row = tuple[int, int, int, Point]


class FixedVisit(NamedTuple):
    """A recorded visit that keeps its dates whatever is planned again: done, or window closed."""

    code: str
    window_start: date
    target: date
    window_end: date


def plan(
    day0: date,
    protocol: Protocol,
    horizon: date,
    *,
    ended_on: date | None = None,
    done: Iterable[PlannedVisit | FixedVisit] = (),
) -> list[PlannedVisit]:
    """Every visit of one infusion whose target is on or before `horizon`, in calendar order.

    Day points are day zero plus n days; month points are calendar months from day zero, clamped to
    the end of a shorter month (domain 1.2.2). Windows never overlap: the earlier ends the day
    before the later begins (1.2.3), so a later horizon adds visits and changes none. `ended_on`
    (death) drops what begins after it and cuts the window open on that day. `done` visits keep
    their dates exactly and open neighbours give way. Raises ValueError when `horizon` lies more
    than the tail's reach (130 years) after day zero.
    """
    kept = {visit.code: visit for visit in done}
    rows = _rows(day0, protocol, horizon, kept)
    if kept:
        rows = _give_way(rows, _fixed_rows(day0, protocol, kept.values()))
    limit = horizon.toordinal()
    last = ended_on.toordinal() if ended_on else None
    made: list[PlannedVisit] = []
    ordinal = date.fromordinal
    make = tuple.__new__
    for start, target, end, point in rows:
        held = point.code in kept
        if not held:
            if target > limit:
                continue
            if last is not None:
                if start > last:
                    continue
                end, target = min(end, last), min(target, last)
        days = (ordinal(start), ordinal(target), ordinal(end))
        made.append(make(PlannedVisit, (point.code, *days, point, day0, protocol, held)))
    return made


def _rows(day0: date, protocol: Protocol, horizon: date, skip: Mapping[str, object]) -> list[_Row]:
    """Windows as ordinals, cut against each other, to the first point past the horizon.

    One point more than asked is worked out, because its window may cut the last one asked for.
    """
    base, limit = day0.toordinal(), horizon.toordinal()
    months0, day = day0.year * 12 + day0.month - 1, day0.day
    rows: list[_Row] = []
    previous = None
    for point in protocol.all_points:
        if skip and any(code in skip for code in point.covers):
            continue
        offset = point.offset
        if point.kind is OffsetKind.MONTHS:
            target = _month_ordinal(months0 + offset, day)
        else:
            target = base + offset
        if point.day_window is None:
            start, end = target - point.before, target + point.after
        else:
            start, end = base + point.day_window[0], base + point.day_window[1]
            target = min(max(target, start), end)
        if previous is not None and start <= previous:
            rows[-1] = _cut(rows[-1], start - 1)
        rows.append((start, target, end, point))
        previous = end
        if target > limit:
            return rows
    if protocol.tail is not None:
        raise ValueError(f"horizon {horizon} is beyond the reach of the tail from {day0}")
    return rows


def _month_ordinal(months: int, day: int) -> int:
    """Ordinal of a day in a month counted from year zero, clamped to the month's end."""
    year, month = divmod(months, 12)
    if day > 28:
        length = _MONTH_DAYS[month]
        if month == 1 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0):
            length = 29
        day = min(day, length)
    return date(year, month + 1, day).toordinal()


def _cut(row: _Row, end: int) -> _Row:
    """The row with its window ending earlier; the target stays inside."""
    start, target, _, point = row
    return start, min(target, end), end, point


def _fixed_rows(
    day0: date, protocol: Protocol, kept: Iterable[PlannedVisit | FixedVisit]
) -> list[_Row]:
    """Recorded visits as rows, with the point they were planned for or one from their dates."""
    rows = []
    for visit in kept:
        target = visit.target
        point = protocol.by_code.get(visit.code)
        if point is None or point.code != visit.code:
            point = Point(
                code=visit.code,
                kind=OffsetKind.DAYS,
                offset=(target - day0).days,
                before=(target - visit.window_start).days,
                after=(visit.window_end - target).days,
                assessments=(),
                contact_types=(),
                covers=(visit.code,),
            )
        days = (visit.window_start, target, visit.window_end)
        start, middle, end = (day.toordinal() for day in days)
        rows.append((start, middle, end, point))
    return sorted(rows, key=lambda row: row[:3])


def _give_way(rows: list[_Row], fixed: list[_Row]) -> list[_Row]:
    """Open windows shrink around fixed ones; one with no day left is met by its fixed neighbour."""
    targets = [row[1] for row in fixed]
    made = list(fixed)
    for start, target, end, point in rows:
        place = bisect_right(targets, target)
        if place:
            start = max(start, fixed[place - 1][2] + 1)
        if place < len(fixed):
            end = min(end, fixed[place][0] - 1)
        if start <= end:
            made.append((start, min(max(target, start), end), end, point))
    return sorted(made, key=lambda row: row[:3])
