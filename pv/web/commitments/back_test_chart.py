"""The picture of earlier forecasts: an interval for each, and the days in which it came true."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from pv.domain.forecasts import BackTest
from pv.web.commitments.time_axis import Tick, ticks

WIDTH, LEFT, RIGHT, TOP, ROW = 860, 120, 830, 34, 28


@dataclass(frozen=True, slots=True)
class Bar:
    """One forecast; `x2` is the edge of the picture where its P90 has no date."""

    made_on: str
    y: float
    x1: float | None
    x2: float
    middle: float | None
    held: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """Places in units of the view box; the days in which it came are `width` wide."""

    height: int
    bars: Sequence[Bar]
    ticks: Sequence[Tick]
    after: float
    width: float


def back_test_chart(tests: Sequence[BackTest]) -> Chart | None:
    """Place the intervals on one scale of days; None without any."""
    if not tests:
        return None
    ends = [day for test in tests for day in (test.foreseen.p10, test.foreseen.p90) if day]
    first, last = min([*ends, tests[0].after]), max([*ends, tests[0].by])

    def x(day: date) -> float:
        return round(LEFT + (day - first).days / max((last - first).days, 1) * (RIGHT - LEFT), 1)

    bars = [_bar(test, TOP + place * ROW + ROW / 2, x) for place, test in enumerate(tests)]
    return Chart(
        height=TOP + len(tests) * ROW + 24,
        bars=bars,
        ticks=ticks(first, last, x),
        after=x(tests[0].after),
        width=max(x(tests[0].by) - x(tests[0].after), 2.0),
    )


def _bar(test: BackTest, y: float, place: Callable[[date], float]) -> Bar:
    low, middle, high = test.foreseen.p10, test.foreseen.p50, test.foreseen.p90
    return Bar(
        made_on=test.made_on.isoformat(),
        y=y,
        x1=place(low) if low else None,
        x2=place(high) if high else RIGHT,
        middle=place(middle) if middle else None,
        held=test.held,
    )
