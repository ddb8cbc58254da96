"""The picture of the milestones: where every bar, diamond and line of it stands. Draws nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from pv.domain.approvals import Definition
from pv.queries.commitments import MilestoneLine

WIDTH, LEFT, RIGHT = 1000, 216, 952
TOP, ROW = 62, 30
FAR = timedelta(days=3 * 366)  # forecasts later than this after the deadline are cut


@dataclass(frozen=True, slots=True)
class Tick:
    """A line down the picture with its text."""

    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One milestone: the hollow bar as planned, the full one as it stands, the diamond."""

    y: int
    label: str
    planned: tuple[float, float] | None
    """Left edge and width."""
    current: tuple[float, float]
    diamond: str
    done: bool
    late: bool
    text: str
    text_x: float
    anchor: str

    @property
    def text_y(self) -> int:
        """The baseline of the texts."""
        return self.y + 19

    @property
    def plan_y(self) -> int:
        """Upper edge of the hollow bar."""
        return self.y + 2

    @property
    def bar_y(self) -> int:
        """Upper edge of the full bar."""
        return self.y + 11


@dataclass(frozen=True, slots=True)
class Gantt:
    """The whole picture in units of its view box."""

    height: int
    years: Sequence[Tick]
    bars: Sequence[Bar]
    today: float
    end: Tick
    end_latest: float | None
    """Right edge of the span a partial approval date leaves; None when the end is one day."""
    forecast: Bar | None
    p80: str
    """The diamond of the 80 % point; empty without one."""

    @property
    def span_width(self) -> float:
        """Width of the span of statutory deadlines; 0 for one day."""
        return 0.0 if self.end_latest is None else round(self.end_latest - self.end.x, 1)

    @property
    def plot_height(self) -> int:
        """Height below the years."""
        return self.height - 48


@dataclass(frozen=True, slots=True)
class GanttData:
    """What the picture is made of."""

    lines: Sequence[MilestoneLine]
    names: Mapping[object, str]
    """Names of the milestones by the id of their row."""
    definitions: Mapping[str, Definition]
    approved_on: date
    legal_end: date
    legal_end_latest: date
    today: date
    p50: date | None
    p80: date | None
    forecast_label: str


class _Scale:
    def __init__(self, first: date, last: date) -> None:
        self.first, self.days = first, max((last - first).days, 1)

    def x(self, day: date) -> float:
        share = min(max((day - self.first).days / self.days, 0.0), 1.0)
        return round(LEFT + share * (RIGHT - LEFT), 1)

    def years(self, last: date) -> list[Tick]:
        return [
            Tick(self.x(date(year, 1, 1)), str(year))
            for year in range(self.first.year + 1, last.year + 1)
        ]


def gantt(source: GanttData) -> Gantt:
    """Place every milestone that has a day on a common scale of days."""
    dated = [line for line in source.lines if line.current]
    limit = source.legal_end_latest + FAR
    days = [source.approved_on, source.today, source.legal_end_latest]
    days += [day for line in dated for day in (line.current, line.row.baseline) if day]
    days += [min(day, limit) for day in (source.p50, source.p80) if day]
    first, last = min(days) - timedelta(days=20), max(days) + timedelta(days=20)
    scale = _Scale(first, last)
    bars = [_bar(line, TOP + ROW * index, source, scale) for index, line in enumerate(dated)]
    forecast, p80 = _forecast(source, TOP + ROW * len(dated), scale)
    span = source.legal_end_latest != source.legal_end
    return Gantt(
        height=TOP + ROW * (len(dated) + bool(forecast)) + 10,
        years=scale.years(last),
        bars=bars,
        today=scale.x(source.today),
        end=Tick(scale.x(source.legal_end), source.legal_end.isoformat()),
        end_latest=scale.x(source.legal_end_latest) if span else None,
        forecast=forecast,
        p80=p80,
    )


def _bar(line: MilestoneLine, y: int, source: GanttData, scale: _Scale) -> Bar:
    day = line.current or source.approved_on
    begin = _before(line, source, baseline=False)
    planned = None
    if line.row.baseline:
        planned = _span(_before(line, source, baseline=True), line.row.baseline, scale)
    x = scale.x(day)
    late = bool(line.slip_days and line.slip_days > 0)
    text, text_x, anchor = _text(day.isoformat(), x)
    return Bar(
        y=y,
        label=source.names[line.row.pk],
        planned=planned,
        current=_span(begin, day, scale),
        diamond=_diamond(x, y + 15),
        done=line.row.actual is not None,
        late=late,
        text=text,
        text_x=text_x,
        anchor=anchor,
    )


def _before(line: MilestoneLine, source: GanttData, *, baseline: bool) -> date:
    """The day the work on a milestone can begin: the last of those it follows, else approval."""
    definition = source.definitions.get(line.row.code)
    after = definition.after if definition else ()
    days = [
        other.row.baseline if baseline else other.current
        for other in source.lines
        if other.row.code in after
    ]
    return max((day for day in days if day), default=source.approved_on)


def _span(begin: date, end: date, scale: _Scale) -> tuple[float, float]:
    left, right = scale.x(min(begin, end)), scale.x(end)
    return left, round(max(right - left, 1.0), 1)


def _text(text: str, x: float) -> tuple[str, float, str]:
    """Beside the diamond, on its left when the right edge is near."""
    return (text, x - 10, "end") if x > RIGHT - 90 else (text, x + 10, "start")


def _diamond(x: float, y: int) -> str:
    return f"{x},{y - 7} {x + 7},{y} {x},{y + 7} {x - 7},{y}"


def _forecast(source: GanttData, y: int, scale: _Scale) -> tuple[Bar | None, str]:
    """The last row: from the median to the 80 % point of the forecast."""
    if source.p50 is None:
        return None, ""
    last = source.p80 or source.p50
    x = scale.x(last)
    texts = [f"P50 {_day(source.p50)}"] + ([f"P80 {_day(source.p80)}"] if source.p80 else [])
    text, text_x, anchor = _text(" · ".join(texts), x)
    if anchor == "end":
        text_x = scale.x(source.p50) - 10
    bar = Bar(
        y=y,
        label=source.forecast_label,
        planned=None,
        current=_span(source.p50, last, scale),
        diamond=_diamond(scale.x(source.p50), y + 15),
        done=False,
        late=source.p50 > source.legal_end,
        text=text,
        text_x=text_x,
        anchor=anchor,
    )
    return bar, _diamond(x, y + 15) if source.p80 else ""


def _day(day: date) -> str:
    return "∞" if day == date.max else day.isoformat()
