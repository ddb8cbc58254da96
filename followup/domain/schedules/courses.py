"""A patient's life across schedules: re-infusion, joint visits, transfer, loss and return.

Source: domain 1.2.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations

from followup.domain.protocols import Protocol
from followup.domain.schedules.planned import PlannedVisit
from followup.domain.schedules.planning import FixedVisit, plan


@dataclass(frozen=True, slots=True)
class Infusion:
    """One infusion and the protocol its follow-up runs on; `done` are its fixed visits."""

    id: str
    day0: date
    protocol: Protocol
    done: tuple[PlannedVisit | FixedVisit, ...] = ()


@dataclass(frozen=True, slots=True)
class Course:
    """The schedule of one infusion of a patient."""

    infusion: Infusion
    visits: tuple[PlannedVisit, ...]


@dataclass(frozen=True, slots=True)
class JointVisit:
    """Visits of different infusions that one contact can meet, and the days on which it can."""

    window_start: date
    window_end: date
    members: tuple[tuple[str, PlannedVisit], ...]

    @property
    def target(self) -> date:
        """The day inside the common window nearest to the latest infusion's target."""
        latest = max(self.members, key=lambda member: member[1].day0)[1]
        return min(max(latest.target, self.window_start), self.window_end)

    @property
    def assessments(self) -> tuple[str, ...]:
        """Everything any member asks for, each once."""
        return tuple(dict.fromkeys(code for _, visit in self.members for code in visit.assessments))


def plan_courses(
    infusions: Iterable[Infusion], horizon: date, *, ended_on: date | None = None
) -> tuple[Course, ...]:
    """One schedule per infusion, in order of day zero (domain 1.2.1).

    A later infusion opens its own schedule and leaves the earlier ones as they are; only death
    ends any of them.
    """
    ordered = sorted(infusions, key=lambda infusion: (infusion.day0, infusion.id))
    return tuple(
        Course(i, tuple(plan(i.day0, i.protocol, horizon, ended_on=ended_on, done=i.done)))
        for i in ordered
    )


def joint_visits(lives: Sequence[Course], from_day: date) -> tuple[JointVisit, ...]:
    """Pairs of open visits of two infusions whose windows share days from `from_day` on.

    A suggestion for booking: both visits stay recorded and each is met by the one contact. Contact
    types must have a way in common. Each visit is used once, nearest targets first.
    """
    found: list[tuple[int, JointVisit]] = []
    for one, two in combinations(lives, 2):
        for a in one.visits:
            for b in two.visits:
                joint = _joint((one.infusion.id, a), (two.infusion.id, b), from_day)
                if joint:
                    found.append((abs((a.target - b.target).days), joint))
    found.sort(key=lambda pair: (pair[0], pair[1].window_start))
    used: set[tuple[str, str]] = set()
    chosen: list[JointVisit] = []
    for _, joint in found:
        keys = {(infusion, visit.code) for infusion, visit in joint.members}
        if not keys & used:
            used |= keys
            chosen.append(joint)
    return tuple(sorted(chosen, key=lambda joint: joint.window_start))


def _joint(
    one: tuple[str, PlannedVisit], two: tuple[str, PlannedVisit], from_day: date
) -> JointVisit | None:
    a, b = one[1], two[1]
    start = max(a.window_start, b.window_start, from_day)
    end = min(a.window_end, b.window_end)
    if a.fixed or b.fixed or start > end or not set(a.contact_types) & set(b.contact_types):
        return None
    return JointVisit(start, end, (one, two))


@dataclass(frozen=True, slots=True)
class Handover:
    """How a transfer divides a schedule; no date moves, because day zero does not."""

    stays: tuple[PlannedVisit, ...]
    goes: tuple[PlannedVisit, ...]


def transfer(visits: Iterable[PlannedVisit], on: date, done: Collection[str]) -> Handover:
    """Done visits and windows closed before the transfer stay with the old site, the rest go."""
    stays: list[PlannedVisit] = []
    goes: list[PlannedVisit] = []
    for visit in visits:
        (stays if visit.code in done or visit.window_end < on else goes).append(visit)
    return Handover(tuple(stays), tuple(goes))


@dataclass(frozen=True, slots=True)
class Return:
    """Where a patient stands who comes back after a loss.

    `missed` closed without contact and stay missed; `current` has its window open on the day;
    `following` is the next one to come. The contact of the return itself is recorded either way.
    """

    missed: tuple[PlannedVisit, ...]
    current: PlannedVisit | None
    following: PlannedVisit | None


def resume(visits: Iterable[PlannedVisit], returned_on: date, done: Collection[str]) -> Return:
    """The schedule of a returning patient: it never stopped, so only the place in it is found."""
    ordered = sorted(visits, key=lambda visit: visit.window_start)
    left = [v for v in ordered if v.code not in done]
    missed = tuple(v for v in left if v.window_end < returned_on)
    current = next((v for v in left if v.window_start <= returned_on <= v.window_end), None)
    following = next((v for v in left if v.window_start > returned_on), None)
    return Return(missed, current, following)


def visit_for(
    visits: Iterable[PlannedVisit], contact_on: date, done: Collection[str], reach_days: int
) -> PlannedVisit | None:
    """The visit a contact counts for: the one with its window open, else the nearest undone one.

    Outside every window only a visit whose window is within `reach_days` is taken (the earlier of
    two equally near); None means an unscheduled contact.
    """
    gaps = [(_gap(v, contact_on), v.window_start, v) for v in visits if v.code not in done]
    near = [entry for entry in gaps if entry[0] <= reach_days]
    return min(near, key=lambda entry: entry[:2])[2] if near else None


def _gap(visit: PlannedVisit, day: date) -> int:
    """Days between a day and the window of a visit; 0 inside it."""
    return max((visit.window_start - day).days, (day - visit.window_end).days, 0)


def next_horizon(today: date, planned_to: date, *, ahead: timedelta, step: timedelta) -> date:
    """The horizon to extend a lifelong schedule to; `planned_to` itself while it is far enough.

    A new horizon lies `step` beyond what is needed, so that the tail is written in batches.
    """
    needed = today + ahead
    return planned_to if planned_to >= needed else needed + step
