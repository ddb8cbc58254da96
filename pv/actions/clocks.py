"""Legal clocks of a case: reckoned from its facts, moved only with a reason, never deleted."""

from datetime import date, datetime
from uuid import UUID

from django.db.models import Min
from django.utils.translation import gettext as _

from followup.core import clock as time
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import NotFound, Refused
from pv.domain import clocks
from pv.domain.cases.stages import CaseEvent
from pv.models import Case, ReportClock
from pv.models.states import CASE_STAGE
from pv.queries import clock_changes, obligations


def _row(
    case: Case, duty: clocks.Obligation, met_on: date | None, met_at: datetime | None
) -> ReportClock:
    return ReportClock(
        case=case,
        product_id=case.product_id,
        site_id=case.site_id,
        case_version=duty.version,
        rule=duty.rule,
        rule_set=clock_changes.rules_in_use(),
        citation=duty.deadline.citation,
        confidence=duty.deadline.confidence,
        reasoning=[
            {"code": r.code, "values": dict(r.values), "text": r.text} for r in duty.clock.trail
        ],
        day_zero=duty.clock.day_zero,
        due=duty.due,
        due_at=duty.deadline.due_at,
        started_at=time.now(),
        met_on=met_on,
        met_at=met_at,
    )


def _refresh_due(case: Case) -> None:
    """The earliest open clock, kept on the case for its list."""
    open_clocks = case.clocks.filter(met_on__isnull=True, stopped_at__isnull=True)
    case.next_due = open_clocks.aggregate(first=Min("due"))["first"]
    case.save(update_fields=["next_due"])


def _stop(row: ReportClock, ended: clocks.Ended, note: str) -> None:
    row.stopped_at, row.stop_code, row.stop_reason = time.now(), ended.why.value, note[:200]
    hours = [f"{at.astimezone(time.SHANGHAI):%Y-%m-%d %H:%M}" for at in ended.moments]
    row.stop_days = hours or [day.isoformat() for day in ended.days]
    row.save(update_fields=["stopped_at", "stop_code", "stop_reason", "stop_days"])


@action("clock.reconcile", needs=Perm.CASE_WRITE)
def reconcile(actor: Actor, case: Case, *, reason: str = "") -> int:
    """Bring the clocks into line with the facts: start, move, meet, reopen; how many changed.

    A clock that moved is stopped with both days and the reason and its successor started, so
    that the old stays readable beside the new. A nullified case owes nothing more but a
    nullification that its receiver refused.
    """
    open_rows = case.clocks.select_for_update().filter(stopped_at__isnull=True)
    rows = {(row.rule, row.day_zero, row.case_version): row for row in open_rows}
    change = clock_changes.of_case(case, rows.values())
    for ended in change.ended:
        _stop(rows[ended.clock.key], ended, reason)
    for clock, met_on in change.met:
        row = rows[clock.key]
        row.met_on = met_on
        row.save(update_fields=["met_on"])
    done_at = {
        one.successor.key: rows[one.clock.key].met_at for one in change.ended if one.successor
    }
    ReportClock.objects.bulk_create(
        _row(case, duty, met_on, done_at.get(duty.key) if met_on else None)
        for duty, met_on in change.started
    )
    _refresh_due(case)
    return change.changed


def _beside(case: Case, clock_id: UUID | str) -> ReportClock:
    row = ReportClock.objects.select_for_update().filter(case=case, id=clock_id).first()
    if row is None:
        raise NotFound()
    if row.stopped_at or ":" not in row.rule:
        raise Refused(_("This clock is met by a report, or has ended already."))
    return row


def moment_problem(on: date, at: datetime | None, *, in_hours: bool) -> str | None:
    """What is wrong with the moment of a day, which a limit in hours has to have."""
    if at is None:
        return _("This limit is in hours: enter the time too.") if in_hours else None
    if at > time.now():
        return _("This time is still to come.")
    if at.astimezone(time.SHANGHAI).date() != on:
        return _("This time is on another day.")
    return None


@action("clock.complete", needs=Perm.CASE_WRITE)
def complete(
    actor: Actor, case: Case, *, clock_id: UUID | str, on: date, at: datetime | None = None
) -> ReportClock:
    """Note the day a duty beside the report (an investigation, say) was done.

    Where the limit is in hours the moment `at` is needed.
    """
    row = _beside(case, clock_id)
    if row.met_on:
        raise Refused(_("This clock is met by a report, or has ended already."))
    if not row.day_zero <= on <= time.today():
        raise Refused({"on": _("Between day zero and today.")})
    if problem := moment_problem(on, at, in_hours=row.due_at is not None):
        raise Refused({"at": problem})
    learned_at = obligations.learned_at(case, row.day_zero) if row.due_at else None
    if at is not None and learned_at is not None and at < learned_at:
        raise Refused({"at": _("This duty did not run yet at this time.")})
    row.met_on, row.met_at = on, at if row.due_at else None
    row.save(update_fields=["met_on", "met_at"])
    _refresh_due(case)
    return row


@action("clock.reopen", needs=Perm.CASE_WRITE)
def reopen(actor: Actor, case: Case, *, clock_id: UUID | str, reason: str) -> ReportClock:
    """Retract that a duty beside the report was done; the reason stays in the trail."""
    row = _beside(case, clock_id)
    if row.met_on is None:
        raise Refused(_("This duty is open."))
    if not reason.strip():
        raise Refused({"reason": _("State why it is undone.")})
    row.met_on = row.met_at = None
    row.save(update_fields=["met_on", "met_at"])
    locked = Case.objects.select_for_update().get(id=case.id)
    if CASE_STAGE.allows(locked, CaseEvent.REOPEN_DUTY):
        CASE_STAGE.move(locked, CaseEvent.REOPEN_DUTY)
        locked.lock_version += 1
        locked.save(update_fields=["stage", "lock_version"])
    _refresh_due(locked)
    return row
