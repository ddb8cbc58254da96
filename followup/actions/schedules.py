"""Planning: a lifelong schedule for each infusion, written in bulk, moved never."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from itertools import islice
from string import Template
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from followup.core import clock
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.models import Watermark
from followup.core.permissions import Perm
from followup.domain import schedules as planning
from followup.domain.visits import VisitEvent, VisitState, closing_state
from followup.models import Infusion, Patient, PlannedVisit, Schedule
from followup.models.states import PLANNED_VISIT
from followup.queries import protocols

HORIZON = timedelta(days=730)  # project default: the lifelong tail is planned two years ahead
COLUMNS = {
    "schedule_id": "uuid",
    "patient_id": "uuid",
    "site_id": "uuid",
    "product_id": "uuid",
    "code": "text",
    "window_start": "date",
    "target": "date",
    "due": "date",
    "state": "text",
    "unanswered": "int2",
    "due_version": "int2",
}
PORTION = 5000
# Not COPY: it knows no row security. One array per column is the next quickest.
_NAMES = ", ".join(COLUMNS)
_ARRAYS = ", ".join(f"%s::{kind}[]" for kind in COLUMNS.values())
_INSERT = Template(
    "INSERT INTO followup_plannedvisit ($names) SELECT * FROM unnest($arrays)"
).substitute(names=_NAMES, arrays=_ARRAYS)
Row = tuple[Any, ...]


def visit_rows(
    keys: tuple[UUID, UUID, UUID, UUID], visits: Sequence[planning.PlannedVisit], known_on: date
) -> Iterable[Row]:
    """Rows to write. What had closed before the register knew of it was nobody's to keep."""
    for visit in visits:
        # On the day of planning nothing can be missed yet: it is planned, or from before.
        state = closing_state(visit.window_end, None, registered_on=known_on, today=known_on)
        days = (visit.window_start, visit.target, visit.window_end)
        yield (*keys, visit.code, *days, PLANNED_VISIT.start(state), 0, 1)


@part
def write(rows: Iterable[Row]) -> int:
    """Write rows of planned visits in portions; returns how many."""
    count, waiting = 0, iter(rows)
    with connection.cursor() as cursor:
        while portion := list(islice(waiting, PORTION)):
            cursor.execute(_INSERT, [list(column) for column in zip(*portion, strict=True)])
            count += len(portion)
    return count


def _horizon(day_zero: date, today: date) -> date:
    return max(day_zero, today) + HORIZON


@action("schedule.open", needs=Perm.PATIENT_WRITE)
def open_for(
    actor: Actor,
    infusion: Infusion,
    *,
    protocol_code: str = protocols.DEFAULT,
    registered_on: date | None = None,
) -> Schedule:
    """Open the schedule of an infusion and plan its visits to the rolling horizon.

    A window that closed before `registered_on` (today) is before the register.
    """
    item = protocols.latest(protocol_code)
    today = clock.today()
    planned_to = _horizon(infusion.infused_on, today)
    schedule = Schedule.objects.create(
        infusion=infusion,
        patient_id=infusion.patient_id,
        site_id=infusion.site_id,
        product_id=infusion.product_id,
        protocol=item,
        day_zero=infusion.infused_on,
        planned_to=planned_to,
        created_at=clock.now(),
    )
    visits = planning.plan(infusion.infused_on, protocols.of(item), planned_to)
    keys = (schedule.id, infusion.patient_id, infusion.site_id, infusion.product_id)
    write(visit_rows(keys, visits, registered_on or today))
    return schedule


def _end(schedules: Iterable[Schedule], on: date, reason: str) -> int:
    count = 0
    for schedule in schedules:
        schedule.ended_on, schedule.end_reason = on, reason
        schedule.save(update_fields=["ended_on", "end_reason"])
        to_come = Q(window_start__gt=on) | Q(due__gte=on)
        rows = PlannedVisit.objects.filter(to_come, schedule=schedule)
        count += PLANNED_VISIT.move_all(rows, VisitEvent.SCHEDULE_ENDED)
    return count


@action("schedule.end_on_death", needs=Perm.VISIT_WRITE)
def end_on_death(actor: Actor, patient: Patient, *, died_on: date) -> int:
    """Death ends every schedule of the patient; visits still to come are cancelled."""
    schedules = Schedule.objects.select_for_update().filter(patient=patient, ended_on__isnull=True)
    return _end(schedules, died_on, "death")


@action("schedule.resume", needs=Perm.VISIT_WRITE)
def resume(actor: Actor, patient: Patient) -> int:
    """A death retracted: its schedules go on where they were; how many visits came back.

    What closed meanwhile is missed at the next run, and stays recordable like any other.
    """
    ended = Schedule.objects.select_for_update().filter(patient=patient, end_reason="death")
    count = 0
    for schedule in ended:
        schedule.ended_on, schedule.end_reason = None, ""
        schedule.save(update_fields=["ended_on", "end_reason"])
        gone = Q(state_before=VisitState.CANCELLED)  # before the schedule ended
        rows = PlannedVisit.objects.filter(schedule=schedule).exclude(gone)
        count += PLANNED_VISIT.move_all(rows, VisitEvent.SCHEDULE_RESUMED)
    return count


@action("schedule.extend", needs=Perm.SYSTEM)
def extend(actor: Actor, *, today: date, limit: int = 500) -> int:
    """Roll the horizon of schedules whose last planned year comes near; how many were rolled.

    Each comes up twice a year; with nothing to do this is one look into an index.
    """
    near = today + HORIZON - timedelta(days=180)
    due = Schedule.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        ended_on__isnull=True, planned_to__lt=near
    )
    batch = list(due.select_related("protocol").order_by("planned_to")[:limit])
    if not batch:
        return 0
    known: dict[UUID, set[str]] = {schedule.id: set() for schedule in batch}
    points = PlannedVisit.objects.filter(schedule__in=batch)
    for schedule_id, code in points.values_list("schedule_id", "code"):
        known[schedule_id].add(code)
    horizon = today + HORIZON
    write(row for schedule in batch for row in _added(schedule, known[schedule.id], horizon))
    Schedule.objects.filter(id__in=list(known)).update(planned_to=horizon)
    return len(batch)


def _added(schedule: Schedule, known: Collection[str], horizon: date) -> Iterable[Row]:
    visits = planning.plan(schedule.day_zero, protocols.of(schedule.protocol), horizon)
    new = [visit for visit in visits if visit.code not in known]
    keys = (schedule.id, schedule.patient_id, schedule.site_id, schedule.product_id)
    return visit_rows(keys, new, schedule.planned_to)


# By site, so that the worklist's index on (site, due) serves; the successor by its schedule.
_PASSED = """
SELECT visit.id FROM followup_plannedvisit AS visit
WHERE visit.state = 'PLANNED' AND visit.due < %(today)s
    AND visit.site_id IN (SELECT id FROM followup_site)
    AND EXISTS (
        SELECT FROM followup_plannedvisit AS next
        WHERE next.schedule_id = visit.schedule_id AND next.window_start > visit.due
            AND next.window_start <= %(today)s)
LIMIT %(limit)s
"""
_MISSED_MARK = "visits:missed"


@action("schedule.close_missed", needs=Perm.SYSTEM)
def close_missed(actor: Actor, *, today: date, limit: int = 5000) -> int:
    """A planned visit whose successor's window has opened is missed; it stays recordable.

    Windows open with a day, so once a day is enough: it reads what is overdue, and every further
    call of that day is one look at the watermark. Less than `limit` means that all are closed.
    """
    mark = Watermark.objects.filter(name=_MISSED_MARK).first()
    if mark is not None and mark.day >= today:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_PASSED, {"today": today, "limit": limit})
        passed = [key for (key,) in cursor.fetchall()]
    rows = PlannedVisit.objects.filter(id__in=passed)
    closed = PLANNED_VISIT.move_all(rows, VisitEvent.SUCCESSOR_OPENED) if passed else 0
    if closed < limit:
        Watermark.objects.update_or_create(name=_MISSED_MARK, defaults={"day": today})
    return closed
