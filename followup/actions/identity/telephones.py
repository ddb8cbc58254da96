"""Telephone numbers over decades: added, changed, marked wrong; the former ones are kept."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from django.utils.translation import gettext as _

from followup.actions.identity.corrections import must_stand, typed_again
from followup.actions.identity.encryption import encrypted
from followup.actions.identity.persons import Contact, IdentityInput, readable, validate
from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Conflict, Refused
from followup.domain.patient_messages import TO_PATIENTS
from followup.models import Identity, Patient
from followup.queries import identity as queries

WRONG, CHANGED = "WRONG", "CHANGED"
WHOSE = ("PATIENT", "FAMILY", "OTHER")


@action("identity.add_telephone", needs=Perm.IDENTITY_WRITE)
def add(
    actor: Actor, patient: Patient, *, contact: Contact, version: int, reason: str = ""
) -> Identity:
    """Add a number of the patient or of somebody near; hospital staff of the patient's site."""
    known, person = _locked(patient, version)
    return _store(patient, known, person, [*person.contacts, _judged(contact, person.contacts)])


@action("identity.end_telephone", needs=Perm.IDENTITY_WRITE)
def end(
    actor: Actor,
    patient: Patient,
    *,
    phone: str,
    why: str,
    version: int,
    by: Contact | None = None,
    reason: str = "",
) -> Identity:
    """Say that a number is WRONG or CHANGED, and which takes its place, in one step.

    The former number stays in the history with the day. Whose number it is, the relation and the
    note go over to the new one unless it brings its own.
    """
    known, person = _locked(patient, version)
    if why not in (WRONG, CHANGED):
        raise Refused({"why": _("Say whether the number was wrong or has changed.")})
    old = next((c for c in person.contacts if c.phone == phone and not c.ended_on), None)
    if old is None:
        raise Refused({"phone": _("This number is no longer recorded. Look again.")})
    gone = replace(old, ended_on=clock.today(), ended_why=why, messages="", messages_since=None)
    contacts = [gone if each is old else each for each in person.contacts]
    if by is not None:
        heir = replace(
            by,
            whose=by.whose or old.whose,
            relation=by.relation or old.relation,
            person=by.person or old.person,
            note=by.note or old.note,
        )
        contacts.append(_judged(heir, contacts))
    return _store(patient, known, person, contacts)


@action("identity.describe_telephone", needs=Perm.IDENTITY_WRITE)
def describe(
    actor: Actor, patient: Patient, *, phone: str, contact: Contact, version: int, reason: str = ""
) -> Identity:
    """Change whose number it is, the relation or the note; the number itself stays."""
    known, person = _locked(patient, version)
    old = next((c for c in person.contacts if c.phone == phone and not c.ended_on), None)
    if old is None:
        raise Refused({"phone": _("This number is no longer recorded. Look again.")})
    rest = [each for each in person.contacts if each is not old]
    kept = replace(
        contact,
        phone=phone,
        answered_on=old.answered_on,
        messages=old.messages,
        messages_since=old.messages_since,
    )
    new = _judged(kept, rest)
    return _store(patient, known, person, [new if c is old else c for c in person.contacts])


@action("identity.agree_to_messages", needs=Perm.IDENTITY_WRITE)
def agree_to_messages(
    actor: Actor, patient: Patient, *, phone: str, kind: str, version: int, reason: str = ""
) -> Identity:
    """Note that the owner of a number agreed to be written to by a kind of channel.

    An empty kind notes that the owner no longer does.
    """
    known, person = _locked(patient, version)
    if kind and kind not in {each.value for each in TO_PATIENTS}:
        raise Refused({"kind": _("Choose SMS or WeChat.")})
    old = next((c for c in person.contacts if c.phone == phone and not c.ended_on), None)
    if old is None:
        raise Refused({"phone": _("This number is no longer recorded. Look again.")})
    new = replace(old, messages=kind, messages_since=clock.today() if kind else None)
    return _store(patient, known, person, [new if c is old else c for c in person.contacts])


@action("identity.number_answered", needs=Perm.IDENTITY_WRITE)
def answered(actor: Actor, patient: Patient, *, phone: str, on: date) -> None:
    """Note that somebody answered a number on a day; one that is no longer used stays as it is."""
    known = Identity.objects.select_for_update().get(patient=patient)
    must_stand(known)
    person = typed_again(queries.shown(known))
    contacts = [
        replace(c, answered_on=max(on, c.answered_on or on))
        if c.phone == phone and not c.ended_on
        else c
        for c in person.contacts
    ]
    if contacts != list(person.contacts):
        _store(patient, known, person, contacts)


def _locked(patient: Patient, version: int) -> tuple[Identity, IdentityInput]:
    known = Identity.objects.select_for_update().get(patient=patient)
    must_stand(known)
    if known.version != version:
        raise Conflict({"version": (version, known.version)})
    return known, typed_again(queries.shown(known))


def _judged(contact: Contact, others: Sequence[Contact]) -> Contact:
    """The number in stored form; Refused when it is none, or is recorded for the same person."""
    probe = IdentityInput(name="", contacts=(replace(contact, whose="PATIENT"),))
    judged = validate(probe, today=clock.today())
    if "phone" in judged.problems:
        raise Refused({"new_phone": judged.problems["phone"]})
    if contact.whose not in WHOSE:
        raise Refused({"whose": _("Say whose number it is.")})
    phone = judged.person.contacts[0]
    if any(c.phone == phone.phone and not c.ended_on for c in others):
        raise Refused({"new_phone": _("This number is already recorded.")})
    return replace(phone, whose=contact.whose)


def _store(
    patient: Patient, known: Identity, person: IdentityInput, contacts: Sequence[Contact]
) -> Identity:
    if not any(c.ended_on is None for c in contacts):
        text = _("This is the last number: give the new one, or keep it until one is known.")
        raise Refused({"new_phone": text})
    identity = encrypted(readable(replace(person, contacts=tuple(contacts))), patient)
    identity.version, identity.repeats = known.version + 1, known.repeats
    identity.save(force_update=True)
    return identity
