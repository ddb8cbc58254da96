"""Where the points of a trend are in a picture; numbers in, plain coordinates out.

The product's own rule.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import floor, log10

WIDTH, HEIGHT = 640, 260
LEFT, RIGHT, TOP, BOTTOM = 62, 14, 14, 34


@dataclass(frozen=True, slots=True)
class TrendValue:
    """One value to draw. A bound is drawn at its number, hollow, and no line leads to it."""

    on: date
    value: Decimal
    bound: str  # "", "<", ">" …
    label: str


@dataclass(frozen=True, slots=True)
class Dot:
    """One point in the picture."""

    x: float
    y: float
    bound: str
    label: str


@dataclass(frozen=True, slots=True)
class ReferenceLine:
    """A level across the picture with its name (LLOQ, LOD, a limit of the range)."""

    y: float
    label: str
    kind: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of an axis."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Picture:
    """All of a trend picture; `paths` are runs of exact values, bounds interrupt them."""

    width: int
    height: int
    dots: tuple[Dot, ...]
    paths: tuple[str, ...]
    levels: tuple[ReferenceLine, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    logarithmic: bool


def picture(
    values: Sequence[TrendValue], levels: Sequence[tuple[str, str, Decimal]]
) -> Picture | None:
    """The picture of values in order of time with (kind, name, number) levels; None for none.

    Logarithmic where the numbers span more than two powers of ten; a zero is then drawn at the
    foot, below every other number, and its label says 0.
    """
    if not values:
        return None
    ordered = sorted(values, key=lambda v: v.on)
    numbers = [float(v.value) for v in ordered] + [float(number) for _k, _n, number in levels]
    positive = [n for n in numbers if n > 0]
    log = bool(positive) and max(positive) / min(positive) > 100
    scale = _Scale(numbers, positive, log)
    days = _Days(ordered[0].on, ordered[-1].on)
    dots = tuple(Dot(days.x(v.on), scale.y(float(v.value)), v.bound, v.label) for v in ordered)
    return Picture(
        WIDTH,
        HEIGHT,
        dots,
        _paths(dots),
        tuple(ReferenceLine(scale.y(float(n)), name, kind) for kind, name, n in levels),
        days.ticks(),
        scale.ticks(),
        log,
    )


def _paths(dots: Sequence[Dot]) -> tuple[str, ...]:
    runs: list[list[Dot]] = [[]]
    for dot in dots:
        if dot.bound:
            runs.append([])
        else:
            runs[-1].append(dot)
    return tuple(
        "M" + " L".join(f"{d.x:.1f} {d.y:.1f}" for d in run) for run in runs if len(run) > 1
    )


class _Days:
    """Days along the foot."""

    def __init__(self, first: date, last: date) -> None:
        self._first, self._span = first, (last - first).days
        self._last = last

    def x(self, on: date) -> float:
        room = WIDTH - LEFT - RIGHT
        if not self._span:
            return LEFT + room / 2
        return round(LEFT + room * (on - self._first).days / self._span, 1)

    def ticks(self) -> tuple[Tick, ...]:
        days = (self._first, self._last) if self._span else (self._first,)
        return tuple(Tick(self.x(day), day.isoformat()) for day in days)


class _Scale:
    """Numbers up the side, linear from zero or logarithmic."""

    def __init__(self, numbers: Sequence[float], positive: Sequence[float], log: bool) -> None:
        self._log = log
        self._low, self._high = 0.0, 1.0
        if log:
            self._low = floor(log10(min(positive))) - (1 if min(numbers) <= 0 else 0)
            self._high = max(self._low + 1, -floor(-log10(max(positive))))
        else:
            self._low, self._high = 0, (max(numbers) * 1.1) or 1.0

    def y(self, number: float) -> float:
        room = HEIGHT - TOP - BOTTOM
        at = self._low if number <= 0 else log10(number) if self._log else number
        share = (at - self._low) / (self._high - self._low)
        return round(TOP + room * (1 - share), 1)

    def ticks(self) -> tuple[Tick, ...]:
        if self._log:
            powers = range(int(self._low), int(self._high) + 1)
            return tuple(Tick(self.y(10.0**p), f"{10.0**p:g}") for p in powers)
        steps = [self._high / 1.1 * part / 4 for part in range(5)]
        return tuple(Tick(self.y(step), f"{step:.3g}") for step in steps)
