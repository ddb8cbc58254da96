"""Who a patient is: sealed values, blind indexes and search tokens."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from pypinyin import Style, pinyin

from followup.core import secrets
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.domain.identity import (
    NationalIdError,
    PhoneError,
    name_tokens,
    name_units,
    normalise_name,
    normalise_phone,
    read_national_id,
    search_token,
)
from followup.models import Identity, Patient

COLUMNS = (
    "name",
    "readings",
    "national_id",
    "birth_date",
    "contacts",
    "address",
    "hospital_number",
)


@dataclass(frozen=True, slots=True)
class Contact:
    """One way to reach the patient or somebody near: whose number, and what to mind."""

    phone: str
    whose: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class IdentityInput:
    """What was typed about a person. `readings` empty means: all readings pypinyin knows."""

    name: str
    birth_date: date | None = None
    national_id: str = ""
    contacts: Sequence[Contact] = ()
    address: str = ""
    hospital_number: str = ""
    readings: Sequence[Sequence[str]] = field(default=())


def readings_of(name: str) -> list[list[str]]:
    """All readings of each unit of a name, the likeliest first, without tones."""
    return [
        list(dict.fromkeys(pinyin(unit, style=Style.NORMAL, heteronym=True)[0])) or [unit]
        for unit in name_units(name)
    ]


def checked(given: IdentityInput, *, today: date) -> IdentityInput:
    """The input in stored form; Refused names every field that cannot be."""
    person, problems = judged(given, today=today)
    if problems:
        raise Refused(problems)
    return replace(person, readings=given.readings or readings_of(person.name))


def judged(given: IdentityInput, *, today: date) -> tuple[IdentityInput, dict[str, Any]]:
    """The input in stored form as far as it can be, and what is wrong with it by field.

    What cannot be read is left out of the first; the readings of the name are not looked up.
    """
    problems: dict[str, Any] = {}
    name = normalise_name(given.name)
    if not 2 <= len(name) <= 50:
        problems["name"] = _("Give the name with 2 to 50 characters.")
    national_id, birth_date = "", given.birth_date
    if given.national_id.strip():
        try:
            read = read_national_id(given.national_id, not_after=today)
            national_id = read.number
            if birth_date and read.birth_date != birth_date:
                problems["birth_date"] = _("Differs from the birth date in the identity number.")
            birth_date = birth_date or read.birth_date
        except NationalIdError:
            problems["national_id"] = _("Not a valid identity number: please check the digits.")
    if birth_date and birth_date > today:
        problems["birth_date"] = _("The birth date cannot be later than today.")
    contacts = []
    for contact in given.contacts:
        try:
            contacts.append(Contact(normalise_phone(contact.phone), contact.whose, contact.note))
        except PhoneError:
            box = "phone" if contact.whose == "PATIENT" else "phone_family"
            problems[box] = _("Not a telephone number: please check the digits.")
    person = IdentityInput(
        name=name,
        birth_date=birth_date,
        national_id=national_id,
        contacts=tuple(contacts),
        address=given.address.strip(),
        hospital_number=given.hospital_number.strip(),
        readings=given.readings,
    )
    return person, problems


def tokens_of(given: IdentityInput) -> list[bytes]:
    """Blind search tokens: name in characters, pinyin and initials, phones, numbers."""
    plain = name_tokens(given.name, given.readings)
    for contact in given.contacts:
        plain |= {contact.phone, contact.phone[-4:]}
    if given.national_id:
        plain |= {given.national_id, given.national_id[-4:]}
    if given.hospital_number:
        plain.add(given.hospital_number)
    return secrets.blind_all({search_token(t) for t in plain} - {""}, "search")


def sealed(given: IdentityInput, patient: Patient) -> Identity:
    """The identity row of a patient, every value sealed to its place."""
    plain = {
        "name": given.name,
        "readings": json.dumps([list(r) for r in given.readings], ensure_ascii=False),
        "national_id": given.national_id,
        "birth_date": given.birth_date.isoformat() if given.birth_date else "",
        "contacts": json.dumps(
            [{"phone": c.phone, "whose": c.whose, "note": c.note} for c in given.contacts],
            ensure_ascii=False,
        ),
        "address": given.address,
        "hospital_number": given.hospital_number,
    }
    values = {
        f"{column}_sealed": secrets.seal(
            text, secrets.place("followup_identity", column, patient.id, patient.site_id)
        )
        for column, text in plain.items()
    }
    return Identity(
        patient=patient,
        site_id=patient.site_id,
        national_id_index=secrets.blind(given.national_id, "national_id")
        if given.national_id
        else None,
        birth_date_index=secrets.blind(given.birth_date.isoformat(), "birth_date")
        if given.birth_date
        else None,
        tokens=tokens_of(given),
        **values,
    )


@action("identity.keep", needs=Perm.IDENTITY_WRITE)
def keep(actor: Actor, patient: Patient, *, given: IdentityInput, today: date) -> Identity:
    """Store who the patient is, for the first time; hospital staff of the patient's site."""
    identity = sealed(checked(given, today=today), patient)
    identity.save(force_insert=True)
    return identity


@action("identity.correct", needs=Perm.IDENTITY_WRITE)
def correct(
    actor: Actor, patient: Patient, *, given: IdentityInput, today: date, reason: str
) -> Identity:
    """Replace what is known of the person; a reason is due, the trail keeps the old values."""
    if not reason.strip():
        raise Refused({"reason": _("Say why the record is changed.")})
    known = Identity.objects.select_for_update().get(patient=patient)
    identity = sealed(checked(given, today=today), patient)
    identity.version = known.version + 1
    identity.save(force_update=True)
    return identity
