"""A transfer that comes into force: what is ahead goes to the site that follows from now on."""

from datetime import date

from django.db.models import F
from django.utils.translation import gettext_noop

from followup.actions import data_keys
from followup.actions.identity.encryption import COLUMNS
from followup.actions.transfers import rows
from followup.core import clock
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from followup.core.security import secrets
from followup.core.stored_words import StoredValue, Words, columns, named, spoken
from followup.domain.appointments import AppointmentEvent
from followup.domain.patient_messages import MessageEvent
from followup.domain.transfers import TransferEvent, TransferState
from followup.models import (
    Appointment,
    CallBack,
    Carer,
    DataKey,
    Identity,
    Patient,
    PatientMessage,
    PatientSite,
    PatientTransfer,
)
from followup.models.states import APPOINTMENT, PATIENT_MESSAGE
from followup.models.transfer_states import TRANSFER
from followup.queries import identity, transfers


@action("transfer.come_into_force", needs=Perm.SYSTEM)
def come_into_force(actor: Actor, transfer: PatientTransfer) -> PatientTransfer:
    """Let the other site follow from now on; nothing but the effective day is asked any more.

    Withdrawn instead where nothing can be handed over meanwhile: after a death or a withdrawal
    of consent, say. Appointments at the former site and messages about them are cancelled, since
    they name its rooms; the site that follows gets a task that says so.
    """
    row = PatientTransfer.objects.select_for_update(of=("self",)).get(id=transfer.id)
    TRANSFER.require(row, TransferEvent.COME_INTO_FORCE)
    patient = Patient.objects.select_for_update(of=("self",)).get(id=row.patient_id)
    against = spoken(lambda: transfers.against(patient, besides=row))
    if against:
        TRANSFER.move(row, TransferEvent.WITHDRAW)
        row.decision_note, row.decision_words = columns(against)
        row.save()
        return row
    days = _cancelled(patient)
    Carer.objects.filter(patient=patient).delete()
    _list(row)
    row.moved = rows.move(patient.id, row.from_site_id, row.to_site_id)
    _seal(patient, row)
    patient.site_id = row.to_site_id
    patient.study_code = row.new_code or patient.study_code
    patient.version += 1
    patient.save(update_fields=["site", "study_code", "version"])
    _tell(row, days)
    TRANSFER.move(row, TransferEvent.COME_INTO_FORCE)
    row.in_force_at = clock.now()
    row.save()
    return row


@part
def _cancelled(patient: Patient) -> list[date]:
    """Cancel appointments ahead and messages that wait; the days of the appointments."""
    ahead = Appointment.objects.filter(patient=patient, state="BOOKED", on__gte=clock.today())
    days = sorted(ahead.values_list("on", flat=True))
    waiting = PatientMessage.objects.filter(patient=patient)
    PATIENT_MESSAGE.move_all(
        waiting, MessageEvent.CANCEL, ended_at=clock.now(), version=F("version") + 1
    )
    reason, words = columns(Words(gettext_noop("Followed at another site from now on.")))
    APPOINTMENT.move_all(
        ahead,
        AppointmentEvent.CANCEL,
        reason=reason,
        reason_words=words,
        version=F("version") + 1,
    )
    return days


@part
def _seal(patient: Patient, row: PatientTransfer) -> None:
    """Who the patient is, sealed to its new place; the key itself stays the same."""
    person = Identity.objects.select_for_update(of=("self",)).filter(patient=patient).first()
    if person is None:
        return
    plain = {name: identity.decrypted(person, name) for name in COLUMNS}
    key = data_keys.ensure(patient.id, DataKey.Kind.PERSON, row.from_site_id)
    DataKey.objects.filter(owner=patient.id).update(site_id=row.to_site_id)
    for name, text in plain.items():
        place = secrets.associated_data("followup_identity", name, patient.id, row.to_site_id)
        setattr(person, f"{name}_sealed", secrets.encrypt(text, place, key))
    person.site_id = row.to_site_id
    person.version += 1
    person.save(update_fields=[*(f"{name}_sealed" for name in COLUMNS), "site", "version"])


@part
def _list(row: PatientTransfer) -> None:
    """Who follows now, and who did: the one list that both walls read."""
    since = row.effective_on or clock.today()
    for site, follows in ((row.from_site_id, False), (row.to_site_id, True)):
        PatientSite.objects.update_or_create(
            patient_id=row.patient_id,
            site_id=site,
            defaults={"follows": follows, "since": since},
        )


@part
def _tell(row: PatientTransfer, days: list[date]) -> None:
    """A task of the site that follows now, for whoever sees it first."""
    text = gettext_noop("Transferred from %(site)s: call, and agree on what is next.")
    values: dict[str, StoredValue] = {"site": named(localized_name, row.from_site)}
    if days:
        text = gettext_noop(
            "Transferred from %(site)s: call, and agree on what is next."
            " Cancelled appointments there: %(days)s."
        )
        values["days"] = ", ".join(str(day) for day in days[:5])
    about, words = columns(Words(text, values), 200)
    CallBack.objects.create(
        patient_id=row.patient_id,
        site_id=row.to_site_id,
        about=about,
        about_words=words,
        due_on=clock.today(),
        asked_by_id=row.decided_by_id,
        asked_at=clock.now(),
    )


def daily(actor: Actor, *, today: date) -> int:
    """Bring accepted transfers whose day has come into force; how many."""
    waiting = PatientTransfer.objects.filter(
        state=TransferState.ACCEPTED, effective_on__lte=today
    ).order_by("effective_on", "id")
    done = [come_into_force(actor, row) for row in waiting]
    return sum(row.state == TransferState.IN_FORCE for row in done)
