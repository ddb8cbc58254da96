"""What a new protocol version or a corrected day zero changes for one patient.

Source: domain 1.2.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from followup.domain.protocols import Protocol
from followup.domain.schedules.planned import PlannedVisit
from followup.domain.schedules.planning import FixedVisit, plan

_MARGIN = timedelta(days=800)  # a recorded visit keeps its place, however far a version moves it


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

    `untouched` have the same dates. `past` are points whose window had closed before the change
    took effect: they are not added. Every visit of either schedule is in exactly one place.
    """

    added: tuple[PlannedVisit, ...]
    moved: tuple[Moved, ...]
    dropped: tuple[PlannedVisit, ...]
    untouched: tuple[PlannedVisit, ...]
    past: tuple[PlannedVisit, ...]


@dataclass(frozen=True, slots=True)
class Redated:
    """An open recorded visit, and what it becomes."""

    before: FixedVisit
    after: PlannedVisit


@dataclass(frozen=True, slots=True)
class Revision:
    """What changes for one recorded schedule; `past` are new points too late to be asked for."""

    moved: tuple[Redated, ...]
    added: tuple[PlannedVisit, ...]
    dropped: tuple[FixedVisit, ...]
    past: tuple[PlannedVisit, ...]
    untouched: int


def revise(
    day0: date,
    new: Protocol,
    horizon: date,
    *,
    effective_on: date,
    fixed: Iterable[FixedVisit],
    open_visits: Iterable[FixedVisit],
    shelved: Collection[str] = (),
) -> Revision:
    """The change for a schedule as it is recorded when a new version takes over.

    `fixed` are visits that keep their dates whatever comes: done, or their window has closed.
    `shelved` are codes of cancelled visits, which stay recorded: like an open one, such a visit is
    planned again even where its new target lies a little beyond the horizon. An open visit that
    the new version would put into a window already closed keeps its dates too: nobody can be late
    for a window nobody knew of.
    """
    on_file = {visit.code: visit for visit in open_visits}
    kept = list(fixed)
    while True:
        planned = plan(day0, new, horizon + _MARGIN, done=kept)
        mine = on_file.keys() | shelved
        after = [v for v in planned if not v.fixed and (v.target <= horizon or v.code in mine)]
        late = [v.code for v in after if v.window_end < effective_on and v.code in on_file]
        if not late:
            break
        kept += [on_file.pop(code) for code in late]
    by_code = {visit.code: visit for visit in after}
    moved = {
        code: visit
        for code, visit in by_code.items()
        if code in on_file and on_file[code][1:] != _window(visit)
    }
    return Revision(
        moved=tuple(Redated(on_file[code], visit) for code, visit in moved.items()),
        added=tuple(v for v in after if v.code not in on_file and v.window_end >= effective_on),
        dropped=tuple(visit for code, visit in on_file.items() if code not in by_code),
        past=tuple(v for v in after if v.code not in on_file and v.window_end < effective_on),
        untouched=len(by_code.keys() & on_file.keys()) - len(moved),
    )


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
    """Two schedules by point code: added, moved, dropped, untouched, past."""
    old = {visit.code: visit for visit in before}
    added: list[PlannedVisit] = []
    past: list[PlannedVisit] = []
    moved: list[Moved] = []
    untouched: list[PlannedVisit] = []
    for visit in after:
        earlier = old.pop(visit.code, None)
        if earlier is None:
            (past if visit.window_end < effective_on else added).append(visit)
        elif _dates(visit) != _dates(earlier):
            moved.append(Moved(earlier, visit))
        else:
            untouched.append(visit)
    return Amendment(
        added=tuple(added),
        moved=tuple(moved),
        dropped=tuple(old.values()),
        untouched=tuple(untouched),
        past=tuple(past),
    )


def _dates(visit: PlannedVisit) -> tuple[date, date, date]:
    return visit.window_start, visit.target, visit.window_end


def _window(visit: PlannedVisit) -> tuple[date, date, date]:
    return visit.window_start, visit.target, visit.window_end
