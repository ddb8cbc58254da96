"""What contacts and contact attempts make of a planned visit; nothing of it is kept by hand."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.action import part
from followup.core.problems import Conflict, Refused
from followup.domain import contents
from followup.domain.protocols import Point
from followup.domain.visits import RECORDABLE, VisitEvent, VisitState, closing_state
from followup.models import ContactAttempt, Infusion, PlannedVisit, Visit
from followup.models.states import PLANNED_VISIT
from followup.queries import protocols


def locked(planned_id: int) -> PlannedVisit:
    """A planned visit with its protocol, kept from others until the end of the transaction."""
    rows = PlannedVisit.objects.select_related(
        "schedule__protocol", "schedule__infusion", "patient"
    )
    return rows.select_for_update(of=("self",)).get(id=planned_id)


def counts(planned: PlannedVisit, on: date, *, counts_outside: bool) -> bool:
    """Whether a contact of a day is one for this visit, rather than an unscheduled one."""
    return counts_outside or planned.window_start <= on <= planned.due


@part
def settle_by_id(planned_id: int | None) -> None:
    """Lock and settle the visit a record counts for; nothing for an unscheduled one."""
    if planned_id is not None:
        settle(locked(planned_id))


@part
def settle(planned: PlannedVisit) -> PlannedVisit:
    """Let a locked planned visit follow from the contacts and contact attempts recorded for it.

    What was cancelled stays so. Retracted, it is again what it was before it was closed, or
    missed if the window of its successor has opened since.
    """
    if planned.state == VisitState.CANCELLED:
        return planned
    records = list(
        Visit.objects.filter(planned=planned, undone_at__isnull=True, replaced_by__isnull=True)
    )
    found = contents.outcome(
        _point(planned), planned.window_start, planned.due, [_record(row) for row in records]
    )
    if found.state is None:
        if PLANNED_VISIT.allows(planned, VisitEvent.RETRACTED):
            before = _open_again(planned, clock.today())
            PLANNED_VISIT.move(planned, VisitEvent.RETRACTED, before)
        planned.state_before = None
    elif PLANNED_VISIT.allows(planned, VisitEvent.RECORDED):
        planned.state_before = planned.state
        PLANNED_VISIT.move(planned, VisitEvent.RECORDED, found.state)
    else:
        PLANNED_VISIT.move(planned, VisitEvent.CORRECTED, found.state)
    planned.site_id = _site(planned, records)
    planned.done_on = found.done_on
    planned.missing = None if found.missing is None else list(found.missing)
    _settle_tries(planned, records)
    planned.save(
        update_fields=[
            "state",
            "state_before",
            "site",
            "done_on",
            "missing",
            "snoozed_to",
            "snoozed_at",
            "unanswered",
        ]
    )
    return planned


def _site(planned: PlannedVisit, records: Sequence[Visit]) -> UUID:
    """Of a transferred patient: who did the visit; open, it is for whoever follows now."""
    if planned.state == VisitState.PLANNED:
        return planned.patient.site_id
    last = max(records, key=lambda row: row.recorded_at, default=None)
    return last.site_id if last is not None else planned.site_id


def _point(planned: PlannedVisit) -> Point | None:
    protocol = protocols.of(planned.schedule.protocol)
    return protocol.by_code.get(planned.code)


def _open_again(planned: PlannedVisit, today: date) -> VisitState:
    """What it was before a contact closed it; planned, or what became of it without one."""
    if planned.state_before not in (None, VisitState.PLANNED):
        return VisitState(planned.state_before)
    later = PlannedVisit.objects.filter(
        schedule_id=planned.schedule_id, window_start__gt=planned.due
    )
    entered = planned.schedule.infusion.recorded_at
    return closing_state(
        planned.due,
        later.order_by("window_start").values_list("window_start", flat=True).first(),
        registered_on=entered.astimezone(clock.SHANGHAI).date(),
        today=today,
    )


def _record(row: Visit) -> contents.Record:
    return contents.Record(
        on=row.contact_on,
        contact_type=row.contact_type,
        vital_status=row.vital_status,
        answers={
            "vital_status": row.vital_status,
            "disease_status": row.disease_status,
            "new_malignancy": row.new_malignancy,
            "other_event": row.other_event,
            "new_therapy": row.new_therapy,
        },
        assessments=row.assessments,
        reason=row.unanswered_reason,
        counts_outside=row.counts_outside,
    )


def _settle_tries(planned: PlannedVisit, records: Sequence[Visit]) -> None:
    """Attempts without answer, and until when the last one put the visit off.

    Whoever answered since has been reached: the visit is awake again.
    """
    rows = ContactAttempt.objects.filter(planned=planned, undone_at__isnull=True)
    tries = list(rows.order_by("recorded_at"))
    unknown = sum(row.vital_status == "UNKNOWN" for row in records)
    planned.unanswered = len(tries) + unknown
    reached = max((r.recorded_at for r in records if r.vital_status != "UNKNOWN"), default=None)
    last = tries[-1] if tries else None
    asleep = last is not None and (reached is None or last.recorded_at > reached)
    planned.snoozed_to = last.next_try_on if last is not None and asleep else None
    planned.snoozed_at = last.next_try_at if last is not None and asleep else None


def opened(planned: PlannedVisit, infusion: Infusion) -> PlannedVisit:
    """The planned visit under a lock; Refused or Conflict where no contact can be recorded."""
    row = locked(planned.id)
    if row.patient_id != infusion.patient_id:
        raise Refused(_("This visit belongs to another patient."))
    if row.state not in RECORDABLE:
        raise Conflict({"state": ("DONE", row.state)})
    return row
