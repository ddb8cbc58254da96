"""Waterfall, strip of dots and columns by month."""

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext as _

from followup.core.pdf.pictures import (
    BLUE,
    GREEN,
    GRID,
    INK,
    ORANGE,
    RED,
    Box,
    Line,
    Picture,
    Shape,
    Sign,
    Text,
)
from pv.adapters.charts.axes import LEFT, RIGHT, WIDTH, Scale, months_axis, percent_axis, steps
from pv.domain.cohorts.times import months


def waterfall_picture(changes: Sequence[tuple[str, float]], *, name: str, finding: str) -> Picture:
    """Per cent change of each patient, the largest rise first; rises point up, falls point down.

    A change beyond 100 per cent is drawn to 100 and carries an arrow.
    """
    y = Scale(-100, 100, 300, 20)
    shapes: list[Shape] = percent_axis(y, (-100, -50, 0, 50, 100))
    width = (RIGHT - LEFT) / max(len(changes), 1)
    for place, (code, change) in enumerate(changes):
        left, top = LEFT + place * width, y.at(max(change, 0))
        colour = ORANGE if change > 0 else GREEN
        bar = max(width - 2, 0.8)
        shapes.append(Box(left, top, bar, abs(y.at(change) - y.at(0)), colour))
        if change > 100:
            shapes.append(Sign("arrow", left + bar / 2, 20, INK, f"{code}: {change:.0f}%"))
    shapes.append(Line([(LEFT, y.at(0)), (RIGHT, y.at(0))], INK))
    return Picture(WIDTH, 316, name, finding, shapes)


def strip_picture(dots: Sequence[tuple[str, int, str]], *, name: str, finding: str) -> Picture:
    """One dot for each (name, days since infusion, address), stacked where they meet."""
    longest = max([months(days) for _n, days, _h in dots] + [12.0])
    x = Scale(0, longest, LEFT, RIGHT)
    heights: dict[int, int] = {}
    shapes: list[Shape] = []
    for label, days, href in dots:
        place = x.at(months(days))
        level = heights.get(int(place / 12), 0)
        heights[int(place / 12)] = level + 1
        shapes.append(Sign("diamond", place, 110 - 14 * min(level, 7), RED, label, href))
    frame = months_axis(x, 8, 122, _("Months since infusion"))
    return Picture(WIDTH, 164, name, finding, [*frame, *shapes])


ROOM = 70.0  # for the label of a month
HIDDEN = 8.0  # height of the outline of a count that is not shown: it says nothing of the count


def accrual_picture(
    counts: Sequence[tuple[date, int | None]], *, name: str, finding: str
) -> Picture:
    """Patients infused month by month as columns; months without any stay empty.

    A count that is not shown (None) is a dashed outline, the same for each.
    """
    first, last = counts[0][0], counts[-1][0]
    span = (last.year - first.year) * 12 + last.month - first.month + 1
    top = max(count or 1 for _month, count in counts)
    y = Scale(0, top, 200, 16)
    shapes: list[Shape] = []
    for value in steps(top, 5):
        shapes.append(Line([(LEFT, y.at(value)), (RIGHT, y.at(value))], GRID))
        shapes.append(Text(LEFT - 8, y.at(value) + 4, str(value), "end"))
    width = (RIGHT - LEFT) / span
    for month, count in counts:
        place = (month.year - first.year) * 12 + month.month - first.month
        left = LEFT + place * width
        right = left + max(width - 1.5, 0.8)
        if count is None:
            corners = [(left, 200.0), (left, 200 - HIDDEN), (right, 200 - HIDDEN), (right, 200.0)]
            shapes.append(Line(corners, INK, dash=True))
        else:
            shapes.append(Box(left, y.at(count), right - left, 200 - y.at(count), BLUE))
    shapes += [Text(LEFT + place * width, 218, text) for place, text in _labels(first, span, width)]
    return Picture(WIDTH, 226, name, finding, shapes)


def _labels(first: date, span: int, width: float) -> list[tuple[int, str]]:
    """Each January of the months from `first`, and the first month where its label has room."""
    years = [
        (place, str(first.year + (first.month - 1 + place) // 12))
        for place in range(span)
        if (first.month - 1 + place) % 12 == 0
    ]
    if not years or years[0][0] * width > ROOM:
        years.insert(0, (0, f"{first:%Y-%m}"))
    return years
