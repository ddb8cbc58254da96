"""A transfer asked for by the site that follows, and decided by the one that is asked."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from followup.actions.transfers import force
from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import NotFound, Refused
from followup.domain.transfers import TransferEvent, TransferState, due
from followup.models import Patient, PatientTransfer, Site
from followup.models.transfer_states import TRANSFER
from followup.queries import transfers as queries

LATEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class TransferInput:
    """Where to, from which day, and why."""

    to_site: Site
    effective_on: date
    reason: str


def _day_problem(day: date, patient: Patient) -> str:
    last = patient.last_contact_on
    if day > clock.today() + LATEST:
        return _("The effective day is more than a year ahead: please check the year.")
    if last is not None and day < last:
        text = _("A contact of %(day)s is recorded: the other site cannot follow from before it.")
        return text % {"day": last}
    return ""


@action("transfer.ask", needs=Perm.PATIENT_WRITE)
def ask(actor: Actor, patient: Patient, *, given: TransferInput) -> PatientTransfer:
    """Ask another site of the register to follow a patient; nothing moves before it accepts.

    Refused for a patient of practice, one who is dead or withdrew consent to follow-up, and while
    another decision about the registration or the identity waits.
    """
    row = Patient.objects.select_for_update(of=("self",)).get(id=patient.id)
    problems: dict[str, Any] = {}
    if not given.reason.strip():
        problems["reason"] = _("Say why the patient is transferred.")
    if given.to_site.id == row.site_id or not given.to_site.is_active:
        problems["to_site"] = _("Choose another site that takes part.")
    elif given.to_site.id not in {each.site.id for each in queries.destinations(row)}:
        problems["to_site"] = _(
            "Nobody at this site can accept a patient with this product: an administrator gives"
            " somebody there the right first."
        )
    if said := _day_problem(given.effective_on, row):
        problems["effective_on"] = said
    if against := queries.against(row):
        problems[""] = against
    found = queries.snapshot(row)
    if found is None:
        problems[""] = _("No infusion of this patient counts: there is nothing to follow.")
    if problems or found is None:
        raise Refused(problems)
    transfer = PatientTransfer(
        patient=row,
        from_site_id=row.site_id,
        to_site=given.to_site,
        product_id=found.product,
        code=row.study_code,
        infused_on=found.infused_on,
        next_due=found.next_due,
        state=TRANSFER.start(TransferState.ASKED),
        reason=given.reason.strip(),
        proposed_on=given.effective_on,
        asked_by_id=actor.id,
        asked_at=clock.now(),
    )
    return _store(replace(actor, system=True), transfer)


@action("transfer.store", needs=Perm.SYSTEM)
def _store(actor: Actor, transfer: PatientTransfer) -> PatientTransfer:
    """Write a row that is of two sites, of which the actor is at one."""
    transfer.save()
    return transfer


def _locked(actor: Actor, transfer: PatientTransfer, *, receiving: bool) -> PatientTransfer:
    """The row under a lock; NotFound for whoever has no say at that site."""
    row = PatientTransfer.objects.select_for_update(of=("self",)).get(id=transfer.id)
    site = row.to_site_id if receiving else row.from_site_id
    if not actor.may(Perm.PATIENT_WRITE, site=site, product=row.product_id):
        raise NotFound()
    return row


def _decided(actor: Actor, row: PatientTransfer, event: TransferEvent, note: str) -> None:
    TRANSFER.move(row, event)
    row.decided_by_id, row.decided_at = actor.id, clock.now()
    row.decision_note = note.strip()


@action("transfer.accept", needs=Perm.PATIENT_WRITE)
def accept(
    actor: Actor, *, transfer: PatientTransfer, effective_on: date, study_code: str = ""
) -> PatientTransfer:
    """Take the patient over from a day on; in force at once where that day has come.

    `study_code` is asked for where the site has another patient of the same number.
    """
    row = _locked(actor, transfer, receiving=True)
    TRANSFER.require(row, TransferEvent.ACCEPT)
    patient = Patient.objects.select_for_update(of=("self",)).get(id=row.patient_id)
    problems: dict[str, Any] = {}
    if said := _day_problem(effective_on, patient):
        problems["effective_on"] = said
    if against := queries.against(patient, besides=row):
        problems[""] = against
    code = study_code.strip().upper()
    if Patient.objects.filter(site_id=row.to_site_id, study_code=code or row.code).exists():
        problems["study_code"] = _("Your hospital has another patient of this number: give one.")
    if problems:
        raise Refused(problems)
    _decided(actor, row, TransferEvent.ACCEPT, "")
    row.effective_on = effective_on
    row.new_code = "" if code == row.code else code
    behalf = replace(actor, system=True)
    row = _store(behalf, row)
    return force.come_into_force(behalf, row) if due(effective_on, clock.today()) else row


@action("transfer.refuse", needs=Perm.PATIENT_WRITE)
def refuse(actor: Actor, *, transfer: PatientTransfer, reason: str) -> PatientTransfer:
    """Do not take the patient over, and say why."""
    row = _locked(actor, transfer, receiving=True)
    if not reason.strip():
        raise Refused({"reason": _("Say why it is refused.")})
    _decided(actor, row, TransferEvent.REFUSE, reason)
    return _store(replace(actor, system=True), row)


@action("transfer.withdraw", needs=Perm.PATIENT_WRITE)
def withdraw(actor: Actor, *, transfer: PatientTransfer, reason: str) -> PatientTransfer:
    """Take the request off before it is in force; the site that asked says why."""
    row = _locked(actor, transfer, receiving=False)
    if not reason.strip():
        raise Refused({"reason": _("Say why the request is withdrawn.")})
    _decided(actor, row, TransferEvent.WITHDRAW, reason)
    return _store(replace(actor, system=True), row)
