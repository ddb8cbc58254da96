"""Plan and actual enrolment of one commitment in a line of the list. Draws nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

WIDTH, HEIGHT, EDGE = 96, 28, 3


@dataclass(frozen=True, slots=True)
class Sparkline:
    """Polylines in units of the view box; `end` is the point of the last count."""

    plan: str
    actual: str
    end: tuple[float, float]


def sparkline(
    counts: Sequence[tuple[date, int]], planned: tuple[date, date] | None, target: int | None
) -> Sparkline | None:
    """Both on one scale of days and patients; None without a count, or without a plan."""
    if not counts or planned is None or not target:
        return None
    days = [*planned, *(day for day, _number in counts)]
    first, span = min(days), max((max(days) - min(days)).days, 1)
    top = max([target, *(number for _day, number in counts)])

    def point(day: date, number: float) -> tuple[float, float]:
        across = EDGE + (day - first).days / span * (WIDTH - 2 * EDGE)
        return round(across, 1), round(HEIGHT - EDGE - number / top * (HEIGHT - 2 * EDGE), 1)

    points = [point(day, number) for day, number in counts]
    plan = [point(planned[0], 0), point(planned[1], target)]
    return Sparkline(_line(plan), _line(points), points[-1])


def _line(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)
