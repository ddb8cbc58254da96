"""What holders owe for their conditional approvals in the demo: early, at risk, overdue; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Promise:
    """An invented confirmatory trial of one indication.

    `slips` are days by which a milestone comes after its due day, for it and those behind it until
    the next entry; `pace` is enrolment against the plan; None of it was counted when None.
    """

    indication: str
    title: str
    target: int
    maturity_days: int
    pace: float | None
    slips: Mapping[str, int] = field(default_factory=dict)
    last: str = "SUPPL_APPROVED"


LOST = 0.03
SPARE = 1.08  # more patients than the target, since some are lost before the endpoint
PROMISES = (
    Promise(
        "CILTA_CEL_MM",
        *("CAR-T对比标准治疗的随机对照确证性试验（演示）", 120, 270, 1.15),
        {"PROTOCOL_AGREED": -12},
    ),
    Promise(
        "RELMA_CEL_MCL",
        *("复发或难治性套细胞淋巴瘤确证性单臂扩展试验（演示）", 60, 180, 1.2),
        {"PROTOCOL_AGREED": -20},
    ),
    Promise(
        "ZEVOR_CEL_MM",
        *("既往三线治疗多发性骨髓瘤确证性试验（演示）", 105, 180, 1.2),
        {"PROTOCOL_AGREED": -5},
    ),
    Promise(
        "AXI_CEL_LBCL_2L",
        *("二线大B细胞淋巴瘤确证性试验（演示）", 90, 180, 1.0),
        {"PROTOCOL_AGREED": -10, "LPI": -25},
    ),
    Promise(
        "EQUE_CEL_MM",
        *("多发性骨髓瘤随机对照确证性试验（演示）", 150, 270, 0.5),
        {"PROTOCOL_AGREED": 4, "HGR_CLEARED": 35, "FPI": 70, "P25": 160},
        "P25",
    ),
    Promise(
        "RELMA_CEL_FL",
        *("滤泡性淋巴瘤确证性试验（演示）", 80, 365, 0.92),
        {"PROTOCOL_AGREED": 0, "FPI": 40, "P50": 95, "LPI": 130, "LPLV": 150},
        "LPLV",
    ),
    Promise(
        "INATI_CEL_B_ALL",
        *("成人B细胞急性淋巴细胞白血病确证性试验（演示）", 70, 180, None),
        {"PROTOCOL_AGREED": 10},
    ),
)


@dataclass(frozen=True, slots=True)
class Reached:
    """A milestone with the day it came; late ones say why."""

    code: str
    on: date
    reason: str


def reached(promise: Promise, due: Mapping[str, date | None], today: date) -> tuple[Reached, ...]:
    """The milestones reached up to today, in order; `due` in the order of the milestones."""
    found: list[Reached] = []
    slip, before = 0, date.min
    for code, day in due.items():
        slip = promise.slips.get(code, slip)
        if day is None:
            break
        on = max(day + timedelta(days=slip), before)
        if on > today:
            break
        reason = "伦理及遗传资源审批、入组较计划延迟" if on > day else ""
        found.append(Reached(code, on, reason))
        before = on
        if code == promise.last:
            break
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Counted:
    """Patients of the trial on a day; lost and matured are known of the latest count only."""

    on: date
    enrolled: int
    lost: int | None = None
    matured: int | None = None


def counted(promise: Promise, started: date, last_in: date, today: date) -> tuple[Counted, ...]:
    """Counts every half year and three weeks ago, in proportion to the plan up to the target."""
    latest = today - timedelta(days=21)
    if promise.pace is None or latest <= started:
        return ()
    days = max(1, (last_in - started).days) / promise.pace

    def enrolled(on: date) -> int:
        return round(promise.target * SPARE * min(1.0, max(0, (on - started).days) / days))

    complete = started + timedelta(days=round(days))
    marks = {started + timedelta(days=n) for n in range(182, (latest - started).days, 182)}
    marks |= {complete} if complete < latest else set()
    known = enrolled(latest)
    lost = round(known * LOST)
    mature = enrolled(latest - timedelta(days=promise.maturity_days))
    return (
        *(Counted(on, enrolled(on)) for on in sorted(marks)),
        Counted(latest, known, lost, min(mature, known - lost)),
    )
