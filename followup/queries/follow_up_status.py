"""A patient's follow-up status: contact attempts, whether they prove a loss, consents."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q

from followup.core import scope
from followup.core.actor import Actor
from followup.domain.consents import Purpose
from followup.domain.contacts import (
    Attempt,
    AttemptMethod,
    AttemptOutcome,
    LossEvidence,
    LossRule,
    evidence_of_loss,
    inquiry_method,
)
from followup.models import Consent, ContactAttempt, Patient, PlannedVisit, Schedule, Visit
from followup.queries import protocols

FOLLOW_UP = Purpose.FOLLOW_UP.value  # the purpose of a consent without which nobody is followed


@dataclass(frozen=True, slots=True)
class Tracing:
    """The search for one patient: what the protocol asks for and what is recorded."""

    attempts: tuple[ContactAttempt, ...]
    inquiries: tuple[Visit, ...]
    rule: LossRule
    protocol: str
    evidence: LossEvidence


def is_overdue(actor: Actor, patient: Patient, today: date) -> bool:
    """Whether a window has closed since the last contact."""
    closed = Q(state="PLANNED", due__lt=today) | Q(state="MISSED")
    rows = scope.visible(actor, PlannedVisit.objects.filter(patient=patient)).filter(closed)
    if patient.last_contact_on:
        rows = rows.filter(due__gt=patient.last_contact_on)
    return rows.exists()


def tracing(actor: Actor, patient: Patient) -> Tracing | None:
    """The search for a patient, by the protocol of the latest infusion; None without a schedule."""
    schedules = Schedule.objects.filter(patient=patient).select_related("protocol")
    schedule = scope.visible(actor, schedules).order_by("-day_zero").first()
    if schedule is None:
        return None
    rule = protocols.of(schedule.protocol).loss_rule
    rows = ContactAttempt.objects.filter(patient=patient, undone_at__isnull=True)
    rows = scope.visible(actor, rows).select_related("recorded_by", "planned")
    found = tuple(rows.order_by("-attempted_on", "-recorded_at"))
    asked = Visit.objects.filter(patient=patient, undone_at__isnull=True, vital_status="UNKNOWN")
    asked = scope.visible(actor, asked).filter(replaced_by__isnull=True)
    unknown = tuple(asked.select_related("recorded_by").order_by("-contact_on", "-recorded_at"))
    tries = [*_tries(found), *inquiries(unknown)]
    evidence = evidence_of_loss(tries, rule, last_contact_on=patient.last_contact_on)
    return Tracing(found, unknown, rule, schedule.protocol.code, evidence)


def inquiries(visits: Iterable[Visit]) -> list[Attempt]:
    """Contacts that reached somebody who did not know of the patient: attempts, no contacts."""
    found = []
    for row in visits:
        if row.vital_status == "UNKNOWN":
            method = inquiry_method(row.contact_type, row.informant)
            register = method is AttemptMethod.REGISTRY_LINKAGE
            result = AttemptOutcome.NO_ENTRY if register else AttemptOutcome.NO_ANSWER
            found.append(Attempt(row.contact_on, method, result))
    return found


def _tries(rows: Collection[ContactAttempt]) -> list[Attempt]:
    return [
        Attempt(row.attempted_on, AttemptMethod(row.method), AttemptOutcome(row.result))
        for row in rows
    ]


def consents(actor: Actor, patient: Patient) -> list[Consent]:
    """Consents that were not withdrawn, the latest first."""
    rows = Consent.objects.filter(patient=patient, withdrawn_on__isnull=True)
    return list(scope.visible(actor, rows).order_by("-given_on", "-recorded_at"))


def agreed(
    actor: Actor,
    patient: Patient,
    purpose: Purpose = Purpose.FOLLOW_UP,
    *,
    on: date | None = None,
) -> bool:
    """Whether a consent to the purpose is in force now, or was on a day.

    A paper counts from the day it was signed; the day of its withdrawal is the first without it.
    """
    rows = Consent.objects.filter(patient=patient, purposes__contains=[purpose.value])
    if on is None:
        rows = rows.filter(withdrawn_on__isnull=True)
    else:
        rows = rows.filter(given_on__lte=on)
        rows = rows.filter(Q(withdrawn_on__isnull=True) | Q(withdrawn_on__gt=on))
    return scope.visible(actor, rows).exists()


def consent(actor: Actor, patient: Patient, consent_id: UUID | str) -> Consent:
    """One consent of a patient; NotFound otherwise."""
    return scope.one(actor, Consent.objects.filter(patient=patient), id=consent_id)
