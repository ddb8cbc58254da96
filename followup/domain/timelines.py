"""A patient's story as a picture: lanes of marks along the days since the first infusion.

The product's own rule. Numbers and dates in, plain coordinates out; page and PDF draw the same.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

WIDTH, LEFT, RIGHT, TOP, LANE, FOOT = 760, 112, 14, 10, 30, 26
NEAR = 100  # the first panel ends here, in days
STEPS = (1, 7, 14, 28, 30, 61, 91, 183, 365, 730, 1826, 3652)


class Lane(StrEnum):
    """One row of the picture."""

    INFUSION = "infusion"
    DISEASE = "disease"
    VISIT = "visit"
    EVENT = "event"
    THERAPY = "therapy"
    CARE = "care"
    STAY = "stay"
    LIFE = "life"


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened or is planned. A date known in part spans all days it can mean.

    `until` is the last day of something that lasted; None for a moment.
    """

    lane: Lane
    kind: str
    first: date
    last: date
    label: str
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """One moment in a panel; `x2` is the right end of a span, equal to `x` for an exact day."""

    x: float
    x2: float
    y: float
    kind: str
    label: str
    row: int


@dataclass(frozen=True, slots=True)
class Band:
    """The row of a lane."""

    lane: Lane
    y: float


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of the days along the foot."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture; `now` is where today stands, None where it lies outside."""

    name: str
    bands: tuple[Band, ...]
    marks: tuple[Mark, ...]
    ticks: tuple[Tick, ...]
    now: float | None
    height: float
    width: int = WIDTH
    left: int = LEFT
    right: float = WIDTH - RIGHT


def panels(moments: Sequence[Moment], day_zero: date, today: date) -> tuple[Panel, ...]:
    """The first hundred days, and the whole life so far; alike while a hundred days lie ahead.

    Rows of the marks are places in `moments`, so that each leads to its line of the table.
    """
    near = _panel("near", moments, day_zero, day_zero + timedelta(days=NEAR), today)
    last = max([today, *(m.until or m.first for m in moments if m.first <= today)])
    if (last - day_zero).days <= NEAR:
        return (near,)
    return near, _panel("life", moments, day_zero, last, today)


def _panel(name: str, moments: Sequence[Moment], first: date, last: date, today: date) -> Panel:
    start = first - timedelta(days=max(3, (last - first).days // 40))
    span = (last - start).days
    room = WIDTH - LEFT - RIGHT

    def x(day: date) -> float:
        return round(LEFT + room * (day - start).days / span, 1)

    used = {m.lane for m in moments}
    bands = tuple(
        Band(lane, TOP + LANE * (place + 0.5))
        for place, lane in enumerate(lane for lane in Lane if lane in used)
    )
    at = {band.lane: band.y for band in bands}
    marks = [
        Mark(
            x(max(moment.first, start)),
            x(min(moment.until or moment.last, last)),
            at[moment.lane],
            moment.kind,
            moment.label,
            row,
        )
        for row, moment in enumerate(moments)
        if moment.first <= last and (moment.until or moment.last) >= start
    ]
    height = TOP + LANE * len(bands) + FOOT
    now = x(today) if start <= today <= last else None
    return Panel(name, bands, tuple(marks), _ticks(first, last, x), now, height)


def _ticks(first: date, last: date, x: Callable[[date], float]) -> tuple[Tick, ...]:
    """At most eight round distances from the infusion: days at first, then years."""
    days = (last - first).days
    step = next((s for s in STEPS if days / s <= 8), STEPS[-1])
    marks = range(0, days + 1, step)
    return tuple(Tick(x(first + timedelta(days=n)), _distance(n, step)) for n in marks)


def _distance(days: int, step: int) -> str:
    if step < 365 or not days:
        return f"D{days}"
    return f"Y{round(days / 365.25)}"
