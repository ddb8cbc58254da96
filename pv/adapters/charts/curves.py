"""Survival and incidence curves: steps, band, censoring ticks, numbers at risk under the axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from followup.core.pdf.pictures import (
    BLUE,
    INK,
    MUTED,
    PALE_BLUE,
    Line,
    Picture,
    Shape,
    Sign,
    Text,
)
from followup.lazy_modules import lazy
from pv.adapters.charts.axes import LEFT, RIGHT, WIDTH, Scale, months_axis, percent_axis, steps
from pv.domain.cohorts.cells import masked
from pv.domain.cohorts.summaries import Summary
from pv.domain.cohorts.times import DAYS_A_MONTH
from pv.domain.statistics.estimates import Array, Flags
from pv.domain.statistics.survival import numbers_at_risk

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
else:
    np = lazy("numpy")

TOP, BOTTOM = 16.0, 300.0
STEPS_A_UNIT = 2  # a line that moves less than half a unit, a fifth of its width, goes on level
MOST_TICKS = 400  # beyond that ticks are one grey bar and tell nothing


def curve_picture(
    summary: Summary, days: NDArray[np.int64], *, name: str, finding: str, least: int, few: int
) -> Picture:
    """The curve with its 95 % band; dashed where fewer than `few` patients are at risk.

    `least` hides small numbers at risk and ends the curve where fewer are observed.
    """
    curve = summary.curve
    keep = curve.at_risk >= least if least else np.ones(curve.time.size, dtype=bool)
    time = curve.time[keep] / DAYS_A_MONTH
    longest = max(float(np.max(days)) / DAYS_A_MONTH, 1.0)
    x = Scale(0, longest, LEFT, RIGHT)
    values = 100 * curve.estimate[keep]
    ceiling = 100.0 if summary.falls else _ceiling(100 * curve.high[keep], values)
    y = Scale(0, ceiling, BOTTOM, TOP)
    shapes: list[Shape] = percent_axis(y, [ceiling * part / 4 for part in range(5)])
    shapes += months_axis(x, TOP, BOTTOM, _("Months since infusion"))
    start = 100.0 if summary.falls else 0.0
    low, high = (100 * limit[keep] for limit in (curve.low, curve.high))
    full = curve.at_risk[keep] >= few
    steps_of_height = STEPS_A_UNIT * (BOTTOM - TOP) / ceiling
    places = [np.round(line * steps_of_height) for line in (values, low, high)]
    turns = _turns(*places, full.astype(float))
    shapes += _band(x, y, time[turns], low[turns], high[turns])
    shapes += _steps(x, y, time[turns], values[turns], start, full[turns])
    shapes += _ticks(x, y, time, values, curve.censored[keep])
    at = steps(longest)
    counts = numbers_at_risk(days, [month * DAYS_A_MONTH for month in at])
    shapes.append(Text(4, BOTTOM + 62, pgettext("figure", "At risk"), "start", INK, 12))
    shapes += [
        Text(x.at(month), BOTTOM + 80, masked(int(count), least), "middle", MUTED, 12)
        for month, count in zip(at, counts, strict=True)
    ]
    return Picture(WIDTH, BOTTOM + 92, name, finding, shapes)


def _turns(*lines: Array) -> Flags:
    """Where a line changes, and both ends: between them all are level, and nothing is drawn."""
    turns = np.zeros(lines[0].size, dtype=bool)
    turns[:1] = turns[-1:] = True
    for line in lines:
        before, after = line[:-1], line[1:]
        turns[1:] |= ~((before == after) | (np.isnan(before) & np.isnan(after)))
    return turns


def _ceiling(high: Array, values: Array) -> float:
    """A round top: all of the curve, and its upper limit as far as three times the curve."""
    top = 1.2 * float(values.max(initial=0.0))
    known = high[~np.isnan(high)]
    top = max(top, min(float(known.max(initial=0.0)), 3 * top))
    return float(next((c for c in (1, 2, 4, 8, 20, 40, 60, 80) if c >= top > 0), 100))


def _stepped(
    x: Scale, y: Scale, time: Array, values: Array, start: float
) -> list[tuple[float, float]]:
    points = [(x.at(0), y.at(start))]
    for month, value in zip(time, values, strict=True):
        points += [(x.at(float(month)), points[-1][1]), (x.at(float(month)), y.at(float(value)))]
    return points


def _band(x: Scale, y: Scale, time: Array, low: Array, high: Array) -> list[Shape]:
    known = ~np.isnan(low) & ~np.isnan(high)
    if known.sum() < 1:
        return []
    first = float(time[known][0])
    upper = _stepped(x, y, time[known], high[known], float(high[known][0]))
    lower = _stepped(x, y, time[known], low[known], float(low[known][0]))
    edge = x.at(first)
    inside = [p for p in upper if p[0] >= edge] + [p for p in reversed(lower) if p[0] >= edge]
    return [Line(inside, fill=PALE_BLUE)]


def _steps(
    x: Scale, y: Scale, time: Array, values: Array, start: float, full: Flags
) -> list[Shape]:
    points = _stepped(x, y, time, values, start)
    turn = 1 + 2 * int(full.sum())
    shapes: list[Shape] = [Line(points[:turn], BLUE, 2.5)] if turn > 1 else []
    if turn < len(points):
        shapes.append(Line(points[max(turn - 1, 0) :], BLUE, 2.0, dash=True))
    return shapes


def _ticks(x: Scale, y: Scale, time: Array, values: Array, censored: Array) -> list[Shape]:
    where = np.flatnonzero(censored > 0)
    if where.size > MOST_TICKS:
        return []
    return [Sign("tick", x.at(float(time[i])), y.at(float(values[i])), BLUE) for i in where]
