"""What a new protocol version or a corrected day zero changes for one patient.

Source: domain 1.2.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from followup.domain.protocols import Protocol
from followup.domain.schedules.planned import PlannedVisit
from followup.domain.schedules.planning import FixedVisit, plan


@dataclass(frozen=True, slots=True)
class Moved:
    """One open visit whose window or target changes."""

    before: PlannedVisit
    after: PlannedVisit

    @property
    def days(self) -> int:
        """Days by which the target moves; negative when earlier."""
        return (self.after.target - self.before.target).days


@dataclass(frozen=True, slots=True)
class Amendment:
    """The difference of two schedules of one infusion.

    `untouched` have the same dates and the same content, `restated` the same dates but other
    assessments or contact types. `past` are new points whose window had closed before the change
    took effect: they are not added. Every visit of either schedule is in exactly one place.
    """

    added: tuple[PlannedVisit, ...]
    moved: tuple[Moved, ...]
    restated: tuple[PlannedVisit, ...]
    dropped: tuple[PlannedVisit, ...]
    untouched: tuple[PlannedVisit, ...]
    past: tuple[PlannedVisit, ...]

    @property
    def empty(self) -> bool:
        """Whether nothing has to be written."""
        return not (self.added or self.moved or self.restated or self.dropped)


def amend(
    day0: date,
    old: Protocol,
    new: Protocol,
    horizon: date,
    *,
    effective_on: date,
    done: Iterable[PlannedVisit | FixedVisit] = (),
    ended_on: date | None = None,
) -> Amendment:
    """The change for one patient when a protocol version replaces another.

    `done` visits, and open ones whose window closed before `effective_on`, keep their dates and
    are never dropped; points of the new version whose window closed before then are not added.
    """
    kept = list(done)
    before = plan(day0, old, horizon, ended_on=ended_on, done=kept)
    fixed = [*kept, *_closed(before, effective_on)]
    after = plan(day0, new, horizon, ended_on=ended_on, done=fixed)
    return compare(before, after, effective_on=effective_on)


def reanchor(
    old_day0: date,
    new_day0: date,
    protocol: Protocol,
    horizon: date,
    *,
    effective_on: date,
    done: Iterable[PlannedVisit | FixedVisit] = (),
    ended_on: date | None = None,
) -> Amendment:
    """The change when day zero was recorded wrongly: open visits move, done ones stay.

    Visits that were closed without contact are planned again from the right day, because a wrong
    window cannot have been missed; a new window that has closed already is not added.
    """
    kept = list(done)
    before = plan(old_day0, protocol, horizon, ended_on=ended_on, done=kept)
    after = plan(new_day0, protocol, horizon, ended_on=ended_on, done=kept)
    return compare(before, after, effective_on=effective_on)


def compare(
    before: Iterable[PlannedVisit], after: Iterable[PlannedVisit], *, effective_on: date
) -> Amendment:
    """Two schedules by point code: added, moved, restated, dropped, untouched, past."""
    old = {visit.code: visit for visit in before}
    added: list[PlannedVisit] = []
    past: list[PlannedVisit] = []
    moved: list[Moved] = []
    restated: list[PlannedVisit] = []
    untouched: list[PlannedVisit] = []
    for visit in after:
        earlier = old.pop(visit.code, None)
        if earlier is None:
            (past if visit.window_end < effective_on else added).append(visit)
        elif _dates(visit) != _dates(earlier):
            moved.append(Moved(earlier, visit))
        elif not visit.fixed and _content(visit) != _content(earlier):
            restated.append(visit)
        else:
            untouched.append(visit)
    return Amendment(
        added=tuple(added),
        moved=tuple(moved),
        restated=tuple(restated),
        dropped=tuple(old.values()),
        untouched=tuple(untouched),
        past=tuple(past),
    )


def _closed(visits: Iterable[PlannedVisit], on: date) -> list[PlannedVisit]:
    return [visit for visit in visits if not visit.fixed and visit.window_end < on]


def _dates(visit: PlannedVisit) -> tuple[date, date, date]:
    return visit.window_start, visit.target, visit.window_end


def _content(visit: PlannedVisit) -> tuple[object, ...]:
    point = visit.point
    return point.assessments, point.contact_types, point.covers, point.forms
