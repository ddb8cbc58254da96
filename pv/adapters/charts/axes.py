"""Scales and axes of the figures."""

from collections.abc import Sequence
from dataclasses import dataclass

from followup.core.pdf.pictures import GRID, MUTED, Line, Shape, Text

WIDTH = 860.0
LEFT, RIGHT = 64.0, 836.0


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear scale from values to places; a span of nothing is read as one."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """The place of a value; values outside stay at the edge."""
        share = (value - self.low) / ((self.high - self.low) or 1.0)
        return self.start + min(max(share, 0.0), 1.0) * (self.end - self.start)


def steps(high: float, most: int = 8) -> list[int]:
    """Round values from 0 up to `high`, no more than `most` of them after the zero."""
    sizes = (1, 2, 3, 6, 12, 24, 36, 60, 120, 240, 600, 1200)
    size = next((s for s in sizes if high / s <= most), 2400)
    return [size * n for n in range(int(high / size) + 1)]


def months_axis(scale: Scale, top: float, bottom: float, label: str) -> list[Shape]:
    """Vertical grid lines with months under them, and what they are."""
    shapes: list[Shape] = []
    for month in steps(scale.high):
        x = scale.at(month)
        shapes.append(Line([(x, top), (x, bottom)], GRID))
        shapes.append(Text(x, bottom + 17, str(month), "middle"))
    shapes.append(Text((scale.start + scale.end) / 2, bottom + 36, label, "middle"))
    return shapes


def percent_axis(scale: Scale, values: Sequence[float]) -> list[Shape]:
    """Horizontal grid lines with per cent beside them."""
    shapes: list[Shape] = []
    for value in values:
        y = scale.at(value)
        shapes.append(Line([(LEFT, y), (RIGHT, y)], GRID))
        shapes.append(Text(LEFT - 8, y + 4, f"{value:g}%", "end", MUTED))
    return shapes
