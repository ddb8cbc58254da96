"""The picture of enrolment: plan, what was counted, and the fan of the forecast. Draws nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

WIDTH, HEIGHT = 860, 320
LEFT, RIGHT, TOP, BOTTOM = 56, 730, 18, 280

Point = tuple[date, float]


@dataclass(frozen=True, slots=True)
class Mark:
    """A text at a place."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Curve:
    """Polylines as SVG wants them, in units of the view box; empty where nothing is known."""

    plan: str
    actual: str
    dots: Sequence[tuple[float, float]]
    median: str
    fan: str
    years: Sequence[Mark]
    levels: Sequence[Mark]
    plan_end: Mark | None
    actual_end: Mark | None
    median_end: Mark | None
    deadline: Mark | None


@dataclass(frozen=True, slots=True)
class Given:
    """Points by day; the fan ends at (earliest, median, latest) day and a number of patients."""

    plan: Sequence[Point]
    actual: Sequence[Point]
    target: int | None
    fan: tuple[date | None, date | None, date | None] | None
    reaches: float
    legal_end: date


class _Scale:
    def __init__(self, days: Sequence[date], top: float) -> None:
        self.first, self.last = min(days), max(days)
        self.top = max(top, 1.0)

    def x(self, day: date) -> float:
        share = (day - self.first).days / max((self.last - self.first).days, 1)
        return round(LEFT + min(max(share, 0.0), 1.0) * (RIGHT - LEFT), 1)

    def y(self, number: float) -> float:
        return round(BOTTOM - number / self.top * (BOTTOM - TOP), 1)

    def line(self, points: Sequence[Point]) -> str:
        return " ".join(f"{self.x(day)},{self.y(number)}" for day, number in points)


def curve(given: Given) -> Curve | None:
    """Place the lines on one scale; None when there is nothing to draw."""
    if not given.actual and len(given.plan) < 2:
        return None
    ends = [day for day in given.fan or () if day]
    days = [day for day, _number in [*given.plan, *given.actual]] + ends + [given.legal_end]
    top = max([n for _d, n in [*given.plan, *given.actual]] + [given.reaches, given.target or 0])
    scale = _Scale(days, top * 1.2)
    median, fan, median_end = _fan(given, scale)
    return Curve(
        plan=scale.line(given.plan) if len(given.plan) > 1 else "",
        actual=scale.line(given.actual) if len(given.actual) > 1 else "",
        dots=[(scale.x(day), scale.y(number)) for day, number in given.actual],
        median=median,
        fan=fan,
        years=[
            Mark(scale.x(date(year, 1, 1)), BOTTOM + 16, str(year))
            for year in range(scale.first.year + 1, scale.last.year + 1)
        ],
        levels=[
            Mark(LEFT - 8, scale.y(n), str(round(n))) for n in _levels(given.target or round(top))
        ],
        plan_end=_end(given.plan, scale) if len(given.plan) > 1 else None,
        actual_end=_end(given.actual, scale) if given.actual else None,
        median_end=median_end,
        deadline=Mark(scale.x(given.legal_end), TOP - 4, given.legal_end.isoformat()),
    )


def _levels(target: int) -> list[float]:
    return [0, target / 2, target]


def _end(points: Sequence[Point], scale: _Scale) -> Mark:
    day, number = points[-1]
    return Mark(scale.x(day) + 8, scale.y(number) + 4, str(round(number)))


def _fan(given: Given, scale: _Scale) -> tuple[str, str, Mark | None]:
    """From the last count to the last patient in: the median line and the 10 to 90 % band."""
    if not given.fan or not given.actual:
        return "", "", None
    start, (early, middle, late) = given.actual[-1], given.fan
    fan = ""
    if early and late:
        corner = scale.line([start, (early, given.reaches), (late, given.reaches)])
        fan = corner
    if middle is None:
        return "", fan, None
    median = scale.line([start, (middle, given.reaches)])
    x, y = scale.x(middle), scale.y(given.reaches)
    return median, fan, Mark(x + 8, y - 6, middle.isoformat())


def planned(days: Sequence[tuple[date | None, float]], target: int | None) -> list[Point]:
    """The plan's points: shares of the target on the planned days that are known."""
    if not target:
        return []
    known = [(day, share * target) for day, share in days if day]
    return sorted(known)


def until(points: Sequence[Point], first: date | None) -> list[Point]:
    """The counted points with the first patient before them."""
    if first is None or not points or first >= points[0][0]:
        return list(points)
    return [(first - timedelta(days=1), 0.0), *points]
