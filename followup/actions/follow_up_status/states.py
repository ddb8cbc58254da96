"""The patient's row follows from what is recorded: contacts, attempts, papers, decisions."""

from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q

from followup.core import clock
from followup.core.action import part
from followup.core.actor import Actor
from followup.domain.contacts import Attempt, AttemptMethod, AttemptOutcome
from followup.domain.dates import PartialDate
from followup.domain.follow_up_status import (
    Contact,
    Decision,
    FollowUpStatus,
    History,
    Paper,
    status_of,
)
from followup.domain.visits import FollowUpEvent
from followup.models import (
    Consent,
    ContactAttempt,
    FollowUpDecision,
    Infusion,
    Patient,
    PlannedVisit,
    Schedule,
    Visit,
)
from followup.models.states import PATIENT_FOLLOW_UP
from followup.queries import protocols
from followup.queries.follow_up_status import FOLLOW_UP, inquiries


def locked(patient: Patient) -> Patient:
    """The patient's row, kept from others until the end of the transaction."""
    return Patient.objects.select_for_update().get(id=patient.id)


@part
def decide(actor: Actor, patient: Patient, event: FollowUpEvent, on: date, **more: Any) -> None:
    """Record a decision; the patient's row follows with `settle`."""
    FollowUpDecision.objects.create(
        patient=patient,
        site_id=patient.site_id,
        event=event.value,
        on=on,
        recorded_by_id=actor.id,
        recorded_at=clock.now(),
        **more,
    )


@part
def settle(patient: Patient) -> Patient:
    """Fold the history of a locked patient again and store where the follow-up stands."""
    after = status_of(history(patient.id, clock.today()))
    moved = PATIENT_FOLLOW_UP.settle(patient, after.state)
    values = _columns(after)
    if moved or any(getattr(patient, name) != value for name, value in values.items()):
        for name, value in values.items():
            setattr(patient, name, value)
        patient.version += 1
        patient.save(update_fields=[PATIENT_FOLLOW_UP.column, *values, "version"])
    return patient


def _columns(after: FollowUpStatus) -> dict[str, Any]:
    return {
        "vital_status": after.vital_status,
        "state_since": after.since,
        "last_contact_on": after.last_contact_on,
        "died_on_text": after.died_on.isoformat() if after.died_on else "",
        "death_cause": after.cause,
        "death_cause_code": after.cause_code,
        "autopsy": after.autopsy,
        "death_related": after.related,
    }


def history(patient_id: UUID, today: date) -> History:
    """Everything recorded of a patient's follow-up, whoever may see which part of it."""
    visits = list(
        Visit.objects.filter(
            patient_id=patient_id, undone_at__isnull=True, replaced_by__isnull=True
        )
    )
    consents = Consent.objects.filter(patient_id=patient_id, purposes__contains=[FOLLOW_UP])
    decisions = FollowUpDecision.objects.filter(patient_id=patient_id)
    infusions = Infusion.objects.filter(patient_id=patient_id)
    return History(
        infusions=tuple(infusions.values_list("infused_on", flat=True)),
        contacts=tuple(_contact(row) for row in visits if row.vital_status != "UNKNOWN"),
        attempts=(*_tries(patient_id), *inquiries(visits)),
        papers=tuple(Paper(row.given_on, row.withdrawn_on) for row in consents),
        decisions=tuple(
            Decision(FollowUpEvent(row.event), row.on, row.recorded_at, row.vital_status)
            for row in decisions
        ),
        closed=_closed(patient_id, today),
        loss_rule=_rule(patient_id),
    )


def _contact(row: Visit) -> Contact:
    died_on = PartialDate.from_iso(row.died_on_text) if row.died_on_text else None
    return Contact(
        row.contact_on,
        row.recorded_at,
        row.vital_status,
        died_on,
        row.death_cause,
        row.death_cause_code,
        row.autopsy,
        row.death_related,
    )


def _tries(patient_id: UUID) -> list[Attempt]:
    rows = ContactAttempt.objects.filter(patient_id=patient_id, undone_at__isnull=True)
    return [
        Attempt(row.attempted_on, AttemptMethod(row.method), AttemptOutcome(row.result))
        for row in rows
    ]


def _closed(patient_id: UUID, today: date) -> tuple[date, ...]:
    gone = Q(state="PLANNED", due__lt=today) | Q(state="MISSED")
    rows = PlannedVisit.objects.filter(gone, patient_id=patient_id)
    return tuple(rows.values_list("due", flat=True))


def _rule(patient_id: UUID) -> Any:
    rows = Schedule.objects.filter(patient_id=patient_id).select_related("protocol")
    schedule = rows.order_by("-day_zero").first()
    return protocols.of(schedule.protocol).loss_rule if schedule else None
