"""From the counts people report to a trial that can be forecast, or to what is missing for it.

The product's own rule, on the model of Anisimov and Fedorov (Stat Med 2007;26:4958).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Self

from pv.domain.forecasts.trials import (
    Centre,
    Dropout,
    ForecastError,
    Span,
    StartUp,
    Trial,
    month_starts,
)


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What nobody counted yet, as dated data with its citation; days are calendar days."""

    id: str
    version: str
    expected_loss_share: float
    loss_weight: float
    reporting: Span
    review: Span
    startup: StartUp
    extension_lead_days: int
    windows_months: tuple[int, ...]
    draws: int
    stale_days: int
    citation: str
    confidence: str

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Build from `forecast` in `commitments.json`; ForecastError for an impossible value."""
        return cls(
            id=data["id"],
            version=str(data["version"]),
            expected_loss_share=data["expected_loss_share"],
            loss_weight=data["loss_weight"],
            reporting=Span(**data["reporting_days"]),
            review=Span(**data["review_days"]),
            startup=StartUp(**data["startup_days"]),
            extension_lead_days=data["extension_lead_days"],
            windows_months=tuple(data["windows_months"]),
            draws=data["draws"],
            stale_days=data["stale_days"],
            citation=data["citation"],
            confidence=data["confidence"],
        )


@dataclass(frozen=True, slots=True)
class RecruitmentPlan:
    """What the trial needs: evaluable patients, days to the endpoint, first patient in."""

    target: int | None
    maturity_days: int | None
    started_on: date | None


@dataclass(frozen=True, slots=True)
class Counted:
    """All patients of a trial on a day; None for what was not counted."""

    on: date
    enrolled: int
    lost: int | None = None
    matured: int | None = None


class Lack(StrEnum):
    """Why there can be no forecast yet."""

    TARGET = "target"
    MATURITY = "maturity"
    COUNT = "count"
    LOST = "lost"
    MATURED = "matured"
    START = "start"
    CENTRES_DIFFER = "centres_differ"
    """Every month of every centre is reported, and they do not add up to the count."""


def lacking(
    plan: RecruitmentPlan, counts: Sequence[Counted], centres: Sequence[Centre]
) -> tuple[Lack, ...]:
    """Everything a forecast still needs; nothing is assumed to be zero."""
    last = counts[-1] if counts else None
    found = {
        Lack.TARGET: plan.target is None,
        Lack.MATURITY: plan.maturity_days is None,
        Lack.COUNT: last is None,
        Lack.LOST: last is not None and last.lost is None,
        Lack.MATURED: last is not None and last.matured is None,
        Lack.START: not centres and plan.started_on is None,
        Lack.CENTRES_DIFFER: last is not None and bool(centres) and _differ(last, centres),
    }
    return tuple(lack for lack, missing in found.items() if missing)


def _differ(last: Counted, centres: Sequence[Centre]) -> bool:
    reported = [number for centre in centres for number in centre.monthly]
    known = sum(number for number in reported if number is not None)
    return known > last.enrolled or (None not in reported and known < last.enrolled)


def trial_of(
    plan: RecruitmentPlan,
    counts: Sequence[Counted],
    centres: Sequence[Centre],
    assumptions: Assumptions,
    *,
    window_months: int | None = None,
) -> Trial:
    """The trial at the day of the last count; `counts` in order of their days.

    Without centres the whole trial is taken as one stream of patients, spread evenly between the
    days it was counted. Raises ForecastError when something is lacking or cannot be.
    """
    lack = lacking(plan, counts, centres)
    last = counts[-1] if counts else None
    if lack or last is None or plan.target is None or plan.maturity_days is None:
        raise ForecastError(f"no forecast without {', '.join(lack)}")
    if last.lost is None or last.matured is None:
        raise ForecastError("patients lost and mature were not counted")
    taken = tuple(centres) or (_whole(plan.started_on, counts),)
    return Trial(
        as_of=last.on,
        centres=taken,
        target=plan.target,
        maturity_days=plan.maturity_days,
        dropout=Dropout(
            lost=last.lost,
            matured=last.matured,
            expected_share=assumptions.expected_loss_share,
            weight=assumptions.loss_weight,
        ),
        reporting=assumptions.reporting,
        review=assumptions.review,
        startup=assumptions.startup,
        window_months=window_months,
    )


def _whole(started_on: date | None, counts: Sequence[Counted]) -> Centre:
    """The trial as one centre from its first patient on."""
    last = counts[-1]
    if started_on is None or started_on > last.on:
        raise ForecastError("the first patient in is not before the day of the count")
    known = _rising(started_on, counts)
    starts = month_starts(started_on, last.on)
    ends = [min(start - timedelta(days=1), last.on) for start in starts[1:]]
    totals = [round(_at(known, end)) for end in ends]
    monthly = [after - before for before, after in zip([0, *totals], totals, strict=False)]
    return Centre(name="all", opened=started_on, monthly=tuple(monthly))


def _rising(started_on: date, counts: Sequence[Counted]) -> list[tuple[date, int]]:
    """Days and totals that never fall: an earlier count above a later one was corrected by it."""
    points: list[tuple[date, int]] = []
    for count in counts:
        while points and points[-1][1] > count.enrolled:
            points.pop()
        if points and points[-1][0] == count.on:
            points.pop()
        if count.on >= started_on:
            points.append((count.on, count.enrolled))
    return [(started_on - timedelta(days=1), 0), *points]


def _at(points: Sequence[tuple[date, int]], day: date) -> float:
    """The total on a day, straight between the days counted."""
    for (start, low), (end, high) in zip(points, points[1:], strict=False):
        if start <= day <= end:
            return low + (high - low) * ((day - start).days / (end - start).days)
    return float(points[-1][1])
