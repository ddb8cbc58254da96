"""Moving a product's patients to another version of their protocol: dry run first, then one job.

Schedules that stand alike are planned once by the planner; the rows are then moved in bulk.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.domain.visits import VisitEvent, VisitState
from followup.models import PlannedVisit, Product, ProtocolAmendment, ReferenceItem, Schedule, Site
from followup.models.states import PLANNED_VISIT
from followup.queries import amendments
from followup.queries.revisions import Situation, counted, situations


@action("amendment.propose", needs=Perm.PROTOCOL_WRITE)
def propose(
    actor: Actor,
    product: Product,
    *,
    site: Site | None,
    source: ReferenceItem,
    target: ReferenceItem,
    purpose: str,
) -> ProtocolAmendment:
    """State a move of a product's patients from one version to another; nothing moves yet."""
    problems = {}
    if source.id == target.id:
        problems["target"] = _("Choose another version than the present one.")
    if target.valid_from and target.valid_from > clock.today():
        problems["target"] = _("This version is not in force yet.")
    if not purpose.strip():
        problems["purpose"] = _("Say why the patients are moved.")
    if site is None and not any(g.all_sites for g in actor.granting(Perm.PROTOCOL_WRITE)):
        problems["site"] = _("Choose your hospital.")
    if problems:
        raise Refused(problems)
    if site is not None:
        actor.require(Perm.PROTOCOL_WRITE, site=site.id)
    return ProtocolAmendment.objects.create(
        product=product,
        site=site,
        source=source,
        target=target,
        purpose=purpose.strip(),
        made_by_id=actor.id,
        made_at=clock.now(),
    )


@action("amendment.propose_undo", needs=Perm.PROTOCOL_WRITE)
def propose_undo(actor: Actor, row: ProtocolAmendment, *, purpose: str) -> ProtocolAmendment:
    """State the way back: the patients a move moved, to the version they came from.

    It is an amendment of its own, with a dry run: what was done meanwhile keeps its dates.
    """
    done = ProtocolAmendment.objects.select_for_update(of=("self",)).get(id=row.id)
    if not amendments.undoable(done):
        raise Refused(_("This move was not made, or was undone already."))
    if not purpose.strip():
        raise Refused({"purpose": _("Say why the patients are moved.")})
    return ProtocolAmendment.objects.create(
        product_id=done.product_id,
        site_id=done.site_id,
        source_id=done.target_id,
        target_id=done.source_id,
        undoes=done,
        purpose=purpose.strip(),
        made_by_id=actor.id,
        made_at=clock.now(),
    )


@action("amendment.note_trial", needs=Perm.PROTOCOL_WRITE)
def note_trial(actor: Actor, row: ProtocolAmendment, *, counts: dict[str, int]) -> None:
    """Keep what the dry run counted; without it nothing is moved."""
    given = ProtocolAmendment.objects.select_for_update(of=("self",)).get(id=row.id)
    if given.applied_at:
        raise Refused(gettext_lazy("These patients were moved already."))
    given.tried, given.tried_at = counts, clock.now()
    given.save(update_fields=["tried", "tried_at"])


_WITH = """
WITH moved AS (
    SELECT * FROM unnest(%(schedules)s::uuid[], %(situations)s::integer[])
        AS t (schedule_id, situation)),
new AS (
    SELECT * FROM unnest(%(numbers)s::integer[], %(codes)s::varchar[], %(starts)s::date[],
        %(targets)s::date[], %(ends)s::date[]) AS t (situation, code, window_start, target, due))
"""
_REDATE = """
UPDATE followup_plannedvisit AS visit SET window_start = new.window_start, target = new.target,
    due = new.due, snoozed_to = NULL, state_before = NULL,
    due_version = visit.due_version + (visit.due <> new.due)::integer
FROM moved JOIN new USING (situation)
WHERE visit.schedule_id = moved.schedule_id AND visit.code = new.code
    AND new.target IS NOT NULL AND visit.state IN ('PLANNED', 'CANCELLED')
"""
_PICK = """
SELECT visit.id FROM moved JOIN new USING (situation)
JOIN followup_plannedvisit AS visit ON visit.schedule_id = moved.schedule_id
    AND visit.code = new.code AND visit.state = %(state)s
WHERE (new.target IS NULL) = %(dropped)s
"""
_INSERT = """
INSERT INTO followup_plannedvisit (schedule_id, patient_id, site_id, product_id, code,
    window_start, target, due, state, unanswered, due_version)
SELECT schedule.id, schedule.patient_id, schedule.site_id, schedule.product_id, new.code,
    new.window_start, new.target, new.due, %(state)s, 0, 1
FROM moved JOIN new USING (situation)
JOIN followup_schedule AS schedule ON schedule.id = moved.schedule_id
WHERE new.target IS NOT NULL AND NOT EXISTS (
    SELECT FROM followup_plannedvisit AS visit
    WHERE visit.schedule_id = moved.schedule_id AND visit.code = new.code)
"""


def _staged(found: Sequence[Situation]) -> dict[str, list[Any]]:
    """What changes, as columns for one statement; a visit without a target is dropped."""
    columns: dict[str, list[Any]] = {"schedules": [], "situations": [], "numbers": []}
    columns |= {"codes": [], "starts": [], "targets": [], "ends": []}
    for number, one in enumerate(found):
        columns["schedules"] += one.schedules
        columns["situations"] += [number] * len(one.schedules)
        coming = [*(moved.after for moved in one.change.moved), *one.change.added]
        rows: list[tuple[Any, ...]] = [
            (visit.code, visit.window_start, visit.target, visit.window_end) for visit in coming
        ]
        rows += [(gone.code, None, None, None) for gone in one.change.dropped]
        for code, start, target, end in rows:
            columns["numbers"].append(number)
            columns["codes"].append(code)
            columns["starts"].append(start)
            columns["targets"].append(target)
            columns["ends"].append(end)
    return columns


def _picked(
    cursor: Any, staged: dict[str, list[Any]], state: VisitState, *, dropped: bool
) -> list[int]:
    cursor.execute(_WITH + _PICK, {**staged, "state": state.value, "dropped": dropped})
    return [key for (key,) in cursor.fetchall()]


@action("amendment.move", needs=Perm.PROTOCOL_WRITE)
def move(actor: Actor, row: ProtocolAmendment, *, ids: Sequence[UUID], on: date) -> None:
    """Move some of the schedules that wait, and add what happened to them to the counts.

    Recorded visits and closed windows keep their dates. A block that is lost is done again: a
    schedule that was moved waits no more.
    """
    found = _move(row, amendments.waiting(actor, row).filter(id__in=list(ids)), on)
    given = ProtocolAmendment.objects.select_for_update(of=("self",)).get(id=row.id)
    total = Counter(given.counts)
    total.update(counted(found))
    given.counts = dict(total)
    given.save(update_fields=["counts"])


@action("amendment.move_practice", needs=Perm.PROTOCOL_WRITE)
def move_practice(actor: Actor, row: ProtocolAmendment, *, on: date) -> None:
    """Move the practice patients along with the others; no count and no list says so."""
    _move(row, amendments.practising(row), on)


def _move(row: ProtocolAmendment, waiting: QuerySet[Schedule], on: date) -> Sequence[Situation]:
    """Replan schedules under the target version; the situations they were in."""
    locked = waiting.select_for_update(of=("self",))
    mine = list(locked.values_list("id", flat=True))
    found = situations(mine, row.target, on)
    again: list[int] = []
    gone: list[int] = []
    with connection.cursor() as cursor:
        staged = _staged(found)
        cursor.execute(_WITH + _REDATE, staged)
        if any(one.change.added for one in found):  # a moved visit is there, and planned
            again = _picked(cursor, staged, VisitState.CANCELLED, dropped=False)
        if any(one.change.dropped for one in found):
            gone = _picked(cursor, staged, VisitState.PLANNED, dropped=True)
        if any(one.change.added for one in found):
            start = PLANNED_VISIT.start(VisitState.PLANNED)
            cursor.execute(_WITH + _INSERT, {**staged, "state": start})
    if again:
        PLANNED_VISIT.move_all(PlannedVisit.objects.filter(id__in=again), VisitEvent.POINT_ADDED)
    if gone:
        dropped = PlannedVisit.objects.filter(id__in=gone)
        PLANNED_VISIT.move_all(dropped, VisitEvent.POINT_DROPPED)
        # A schedule that goes on after a death that was retracted must not bring it back.
        dropped.update(state_before=VisitState.CANCELLED)
    Schedule.objects.filter(id__in=mine).update(protocol=row.target, amendment=row)
    return found


@action("amendment.finish", needs=Perm.PROTOCOL_WRITE)
def finish(actor: Actor, row: ProtocolAmendment) -> ProtocolAmendment:
    """Write down that everybody who waited was moved."""
    given = ProtocolAmendment.objects.select_for_update(of=("self",)).get(id=row.id)
    given.applied_at = clock.now()
    given.save(update_fields=["applied_at"])
    return given
