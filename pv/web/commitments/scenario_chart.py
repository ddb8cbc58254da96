"""The picture of scenarios: the submission by the record and by each of them, and the deadline."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from pv.domain.forecasts.trials import TrialMilestone
from pv.web.commitments.time_axis import Tick, ticks

LEFT, RIGHT, TOP, ROW = 260, 820, 46, 28
MOST = 12
LONGEST = 30  # units of a name; a Chinese sign takes two


@dataclass(frozen=True, slots=True)
class Submission:
    """When a report would be submitted; a day that is never reached is None."""

    name: str
    p50: date | None
    p80: date | None


@dataclass(frozen=True, slots=True)
class Row:
    """One submission in the picture; `late`: its P80 is after the deadline, or never."""

    name: str
    y: float
    middle: float | None
    end: float | None
    late: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """Places in units of the view box."""

    height: int
    rows: Sequence[Row]
    ticks: Sequence[Tick]
    deadline: Tick


def scenario_chart(rows: Sequence[Submission], deadline: date) -> Chart | None:
    """Place the first `MOST` of them on one scale of days; None where none reaches a day."""
    shown = rows[:MOST]
    days = [day for row in shown for day in (row.p50, row.p80) if day]
    if not days:
        return None
    first, last = min([*days, deadline]), max([*days, deadline])

    def x(day: date) -> float:
        return round(LEFT + (day - first).days / max((last - first).days, 1) * (RIGHT - LEFT), 1)

    placed = [
        Row(
            name=short(row.name),
            y=TOP + place * ROW + ROW / 2,
            middle=x(row.p50) if row.p50 else None,
            end=x(row.p80) if row.p80 else None,
            late=late(row, deadline),
        )
        for place, row in enumerate(shown)
    ]
    end = Tick(x(deadline), deadline.isoformat())
    return Chart(TOP + len(shown) * ROW + 12, placed, ticks(first, last, x), end)


def submissions_of(recorded: Any, tried: Any, kept: Sequence[Any]) -> list[Submission]:
    """The submission by the record of today, by what is being tried, and by each kept scenario."""
    forecasts = [(_("By the record"), recorded), (_("Being tried"), tried)]
    found = [
        Submission(
            name, of.dates[TrialMilestone.SUBMITTED].p50, of.dates[TrialMilestone.SUBMITTED].p80
        )
        for name, of in forecasts
        if of
    ]
    found += [Submission(item.name, item.p50, item.p80) for item in kept]
    return found if len(found) > 1 else []


def said_of(submissions: Sequence[Submission], deadline: date) -> str:
    """What the picture of the scenarios says, in one sentence."""
    if not submissions:
        return ""
    record, *others = submissions
    text = _(
        "By the record the P50 of the submission is %(p50)s; %(kept)s of %(all)s scenarios keep "
        "the statutory deadline %(end)s in four futures of five (P80)."
    )
    return text % {
        "p50": record.p50 or _("never reached"),
        "kept": sum(not late(row, deadline) for row in others),
        "all": len(others),
        "end": deadline.isoformat(),
    }


def late(row: Submission, deadline: date) -> bool:
    """Whether four futures in five do not keep the deadline."""
    return row.p80 is None or row.p80 > deadline


def short(name: str) -> str:
    """As much of a name as fits beside the picture."""
    width = 0
    for place, sign in enumerate(name):
        width += 1 if sign.isascii() else 2
        if width > LONGEST:
            return name[: place - 1] + "…"
    return name
