"""Messages to patients: the ledger, who may be written to, what stands against one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID

from django.db.models import QuerySet

from followup.core import clock, scope
from followup.core.actor import Actor
from followup.core.http import keyset
from followup.core.models import MessageChannel
from followup.domain.appointments import AppointmentState
from followup.domain.patient_messages import (
    TO_PATIENTS,
    MessageAbout,
    MessageState,
    Obstacle,
    PatientMessageRules,
    read_patient_message_rules,
)
from followup.domain.questionnaires import LinkState
from followup.domain.visits import SEARCHED, FollowUpState
from followup.models import Identity, Patient, PatientMessage
from followup.queries import call_backs, follow_up_status, identity, questionnaires, reference
from followup.queries.identity import ContactShown
from followup.queries.message_channels import DOCUMENT

PAGE = 20
OPEN = (MessageState.WAITING, MessageState.SENDING)


@dataclass(frozen=True, slots=True)
class Ledger:
    """A page of the messages of a patient, the newest first."""

    rows: Sequence[PatientMessage]
    next_key: str


def rules() -> PatientMessageRules:
    """Hours, waits and texts as loaded."""
    return read_patient_message_rules(reference.document(Actor.process("messages"), DOCUMENT))


def _rows(actor: Actor) -> QuerySet[PatientMessage]:
    rows = PatientMessage.objects.select_related(
        "patient", "site", "channel", "appointment", "questionnaire", "planned_by"
    )
    return scope.visible(actor, rows)


def ledger(actor: Actor, patient: Patient, *, key: str = "") -> Ledger:
    """The messages of a patient, a page at a time."""
    rows = _rows(actor).filter(patient=patient).order_by("-id")
    key = keyset.parse_cursor(key, keyset.UUID_PATTERN)
    rows = rows.filter(id__lt=UUID(key)) if key else rows
    return Ledger(*keyset.page(rows[: PAGE + 1], PAGE, lambda row: str(row.id)))


def one(actor: Actor, message_id: UUID | str) -> PatientMessage:
    """One message; NotFound otherwise."""
    return scope.one(actor, _rows(actor), id=message_id)


def channels(actor: Actor) -> list[MessageChannel]:
    """Open channels that reach patients, by name."""
    kinds = [kind.value for kind in TO_PATIENTS]
    rows = MessageChannel.objects.filter(active=True, kind__in=kinds)
    return list(scope.visible(actor, rows).order_by("name"))


def place_of(contact: ContactShown) -> str:
    """How a number is named without telling it: whose it is, and its last four digits."""
    return f"{contact.whose}:{contact.phone[-4:]}"


def reachable(actor: Actor, patient: Patient) -> list[ContactShown]:
    """The masked numbers in use that agreed to be written to, and by which way."""
    person = identity.masked(actor, [patient.id]).get(patient.id)
    return [contact for contact in person.contacts if contact.messages] if person else []


def number_of(row: PatientMessage) -> str:
    """The number in the clear, for the moment of sending; empty when none in use agreed to it."""
    known = Identity.objects.filter(patient_id=row.patient_id, erased_on__isnull=True).first()
    if known is None or not row.tail:
        return ""
    fitting = [
        contact.phone
        for contact in identity.shown(known).contacts
        if contact.messages == row.channel.kind and place_of(contact) == f"{row.whose}:{row.tail}"
    ]
    return fitting[0] if len(fitting) == 1 else ""


def obstacle_to_any(patient: Patient) -> Obstacle | None:
    """What stands against writing to this patient at all; None when nothing does."""
    if patient.practice:
        return Obstacle.PRACTICE
    standing = scope.standing(Patient.objects.filter(id=patient.id)).exists()
    if FollowUpState(patient.follow_up_state) not in SEARCHED or not standing:
        return Obstacle.NOT_FOLLOWED
    if not follow_up_status.agreed(Actor.process("patient messages"), patient):
        return Obstacle.NO_CONSENT
    return None


def obstacle(row: PatientMessage, *, at: datetime) -> Obstacle | None:
    """What stands against telling it at a moment; None when nothing does."""
    if found := obstacle_to_any(row.patient):
        return found
    if not number_of(row):
        return Obstacle.NUMBER
    if row.questionnaire is not None:
        if questionnaires.state_of(row.questionnaire) is not LinkState.OPEN:
            return Obstacle.SUBJECT
        return Obstacle.TOO_LATE if at >= row.questionnaire.expires_at else None
    appointment = row.appointment
    if appointment is None or appointment.state != AppointmentState.BOOKED:
        return Obstacle.SUBJECT
    latest = datetime.combine(appointment.on, appointment.at or time.max, clock.SHANGHAI)
    return Obstacle.TOO_LATE if at >= latest else None


@dataclass(frozen=True, slots=True)
class Subject:
    """Something a patient can be told of: `code` is APPOINTMENT or QUESTIONNAIRE and its key."""

    code: str
    about: MessageAbout
    moment: datetime


def subjects(actor: Actor, patient: Patient) -> list[Subject]:
    """Booked appointments that are still to come, the next first, and the open questionnaire."""
    now = clock.now()
    found = [
        Subject(f"{MessageAbout.APPOINTMENT}:{row.id}", MessageAbout.APPOINTMENT, moment)
        for row in call_backs.appointments_of(actor, patient)
        for moment in (datetime.combine(row.on, row.at or time.max, clock.SHANGHAI),)
        if row.state == AppointmentState.BOOKED and moment > now
    ]
    found.sort(key=lambda subject: subject.moment)
    links = questionnaires.links_of(actor, patient)
    found += [
        Subject(
            f"{MessageAbout.QUESTIONNAIRE}:{row.id}", MessageAbout.QUESTIONNAIRE, row.expires_at
        )
        for row in links
        if questionnaires.state_of(row) is LinkState.OPEN
    ]
    return found
