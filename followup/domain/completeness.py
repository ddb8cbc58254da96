"""How complete follow-up is: what was due, what was done, and how old the gaps are.

The product's own rule; the line of 90 % is the project's default target.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

TARGET_PERCENT = 90
AGES = (30, 90, 180)  # last day of each band of an overdue visit; the last band is open


@dataclass(frozen=True, slots=True)
class Share:
    """Done of due, under a name; `percent` is None where nothing was due."""

    name: str
    done: int
    due: int

    @property
    def percent(self) -> float | None:
        """Per cent of what was due; None where nothing was due, which is no 0 % and no 100 %."""
        return 100 * self.done / self.due if self.due else None

    @property
    def short(self) -> bool:
        """Whether it lies under the line."""
        return self.percent is not None and self.percent < TARGET_PERCENT


def by_month(found: Mapping[date, tuple[int, int]], last: date, count: int) -> list[Share]:
    """The months up to the one of a day, also those in which nothing was due."""
    start = last.year * 12 + last.month - count
    days = [date(*_month_of(start + n), 1) for n in range(count)]
    return [Share(day.strftime("%Y-%m"), *found.get(day, (0, 0))) for day in days]


def ages(overdue: Iterable[int]) -> list[tuple[int, int | None, int]]:
    """Bands (first day, last day or None, count) of days overdue."""
    counts = [0] * (len(AGES) + 1)
    for days in overdue:
        counts[sum(days > limit for limit in AGES)] += 1
    lows = (1, *(limit + 1 for limit in AGES))
    return list(zip(lows, (*AGES, None), counts, strict=True))


WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 240, 44, 12, 14, 30


@dataclass(frozen=True, slots=True)
class Bar:
    """One month in the picture; nothing due draws no bar."""

    x: float
    y: float
    width: float
    height: float
    share: Share


@dataclass(frozen=True, slots=True)
class Picture:
    """The months as bars with the line of the target."""

    bars: tuple[Bar, ...]
    line: float
    ticks: tuple[tuple[float, int], ...]
    width: int = WIDTH
    height: int = HEIGHT


def picture(shares: Sequence[Share]) -> Picture:
    """Bars of per cent from 0 to 100, in plain coordinates."""
    room, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    step = room / max(1, len(shares))

    def y(percent: float) -> float:
        return round(TOP + high * (1 - percent / 100), 1)

    bars = []
    for number, share in enumerate(shares):
        top = y(share.percent) if share.percent is not None else y(0)
        x = round(LEFT + number * step + step * 0.15, 1)
        bars.append(Bar(x, top, round(step * 0.7, 1), round(y(0) - top, 1), share))
    return Picture(tuple(bars), y(TARGET_PERCENT), tuple((y(n), n) for n in (0, 25, 50, 75, 100)))


def _month_of(number: int) -> tuple[int, int]:
    year, month = divmod(number, 12)
    return year, month + 1
