"""Day zero of a schedule put right: open visits move with it, recorded ones stay as they are."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from followup.actions.schedules import write
from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.domain import schedules as planning
from followup.domain.schedules import Amendment, FixedVisit
from followup.domain.visits import RECORDABLE, VisitEvent, VisitState, closing_state
from followup.models import Infusion, PlannedVisit, Schedule
from followup.models.states import PLANNED_VISIT
from followup.queries import protocols

_MARGIN = timedelta(days=800)  # every recorded visit keeps its place, whichever way day zero moves


def _after(change: Amendment) -> list[planning.PlannedVisit]:
    """Every visit of the schedule as it stands after the change, in calendar order."""
    found = [moved.after for moved in change.moved]
    found += [*change.added, *change.past, *change.untouched]
    return sorted(found, key=lambda visit: (visit.window_start, visit.target))


def _states(
    visits: Sequence[planning.PlannedVisit], schedule: Schedule, registered_on: date, today: date
) -> dict[str, VisitState]:
    """The state each visit takes unless a contact was recorded for it, by code."""
    starts = [visit.window_start for visit in visits[1:]]
    found: dict[str, VisitState] = {}
    for visit, following in zip(visits, [*starts, None], strict=True):
        ended = schedule.ended_on
        if ended is not None and (visit.window_start > ended or visit.window_end >= ended):
            found[visit.code] = VisitState.CANCELLED
            continue
        state = closing_state(visit.window_end, following, registered_on=registered_on, today=today)
        found[visit.code] = state
    return found


def _move(row: PlannedVisit, visit: planning.PlannedVisit, state: VisitState) -> bool:
    """Give a row its new window and state; whether anything changed."""
    before = (row.window_start, row.target, row.due, row.state)
    if row.due != visit.window_end:
        row.due_version += 1
    if before[:3] != (visit.window_start, visit.target, visit.window_end):
        row.snoozed_to = None  # put off to a day of a window that is no more
    row.window_start, row.target, row.due = visit.window_start, visit.target, visit.window_end
    PLANNED_VISIT.move(row, VisitEvent.DAY_ZERO_MOVED, state)
    row.state_before = None
    return before != (row.window_start, row.target, row.due, row.state)


def _reanchor(schedule: Schedule, day_zero: date, registered_on: date) -> int:
    today, protocol = clock.today(), protocols.of(schedule.protocol)
    rows = {row.code: row for row in PlannedVisit.objects.filter(schedule=schedule)}
    done = [
        FixedVisit(row.code, row.window_start, row.target, row.due)
        for row in rows.values()
        if row.state.startswith("DONE")
    ]
    change = planning.reanchor(
        schedule.day_zero,
        day_zero,
        protocol,
        schedule.planned_to + _MARGIN + abs(day_zero - schedule.day_zero),
        effective_on=today,
        done=done,
    )
    visits = _after(change)
    states = _states(visits, schedule, registered_on, today)
    moved: list[PlannedVisit] = []
    fresh: list[tuple[object, ...]] = []
    keys: tuple[UUID, ...] = (
        schedule.id,
        schedule.patient_id,
        schedule.site_id,
        schedule.product_id,
    )
    for visit in visits:
        row = rows.pop(visit.code, None)
        if row is None and visit.target <= schedule.planned_to:
            days = (visit.window_start, visit.target, visit.window_end)
            fresh.append((*keys, visit.code, *days, PLANNED_VISIT.start(states[visit.code]), 0, 1))
        elif (
            row is not None
            and PLANNED_VISIT.allows(row, VisitEvent.DAY_ZERO_MOVED)
            and _move(row, visit, states[visit.code])
        ):
            moved.append(row)
    for row in rows.values():  # no day is left between visits that were made: they meet it
        if row.state in RECORDABLE:
            PLANNED_VISIT.move(row, VisitEvent.DAY_ZERO_MOVED, VisitState.CANCELLED)
            row.state_before = (
                VisitState.CANCELLED
            )  # a schedule that goes on does not bring it back
            moved.append(row)
    columns = ["window_start", "target", "due", "state", "state_before"]
    columns += ["snoozed_to", "due_version"]
    PlannedVisit.objects.bulk_update(moved, columns)
    if fresh:
        write(fresh)
    schedule.day_zero = day_zero
    schedule.save(update_fields=["day_zero"])
    return len(moved) + len(fresh)


@action("schedule.reanchor", needs=Perm.PATIENT_WRITE)
def reanchor(actor: Actor, infusion: Infusion, *, day_zero: date) -> int:
    """Move every schedule of an infusion to its right day zero; how many visits changed.

    Recorded visits keep the window they were made in. What the right day puts before the day the
    infusion was registered is "before register"; what else lies behind is missed as ever. A window
    that was wrongly called missed opens again where the right one has not closed.
    """
    registered_on = infusion.recorded_at.astimezone(clock.SHANGHAI).date()
    rows = Schedule.objects.select_for_update(of=("self",)).filter(infusion=infusion)
    return sum(
        _reanchor(schedule, day_zero, registered_on)
        for schedule in rows.select_related("protocol")
        if schedule.day_zero != day_zero
    )
