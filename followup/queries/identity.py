"""Reading who a patient is: masked in lists, open where it is needed, found by blind index."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import QuerySet, UUIDField
from django.utils.translation import gettext as _

from followup.core import row_permissions, scope
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.security import access, secrets
from followup.core.statements import OneOf, written_once
from followup.domain.dates import PartialDate
from followup.domain.identity import (
    RESIDENT,
    Age,
    PhoneError,
    age_at,
    mask_birth_date,
    mask_name,
    mask_national_id,
    mask_phone,
    normalise_phone,
    search_token,
)
from followup.models import Identity, Patient
from followup.queries import data_keys


@dataclass(frozen=True, slots=True)
class ContactShown:
    """One number, masked or open, and whose it is; `ended_on` when it is no longer the one."""

    phone: str
    whose: str
    note: str
    relation: str = ""
    person: str = ""
    ended_on: date | None = None
    ended_why: str = ""
    hours: str = ""
    answered_on: date | None = None
    messages: str = ""
    messages_since: date | None = None


@dataclass(frozen=True, slots=True)
class PersonShown:
    """What a page shows of a person; empty texts where the role may not know."""

    name: str = ""
    birth_date: PartialDate | None = None
    document_kind: str = ""
    national_id: str = ""
    address: str = ""
    hospital_number: str = ""
    contacts: tuple[ContactShown, ...] = ()
    former: tuple[ContactShown, ...] = ()  # numbers that were wrong or given up, the latest first
    readings: tuple[tuple[str, ...], ...] = ()
    version: int = 0
    erased_on: date | None = None


def erased_text(day: date) -> str:
    """What stands where a name stood."""
    return _("Identity erased on %(day)s") % {"day": day.isoformat()}


def _decrypted(patient: object, site: object, column: str, value: str, key: bytes | None) -> str:
    place = secrets.associated_data("followup_identity", column, patient, site)
    return secrets.decrypt(value, place, key) if value else ""


def decrypted(identity: Identity, column: str) -> str:
    """One value of a row in the clear. For queries and actions; a page gets `opened`."""
    value = getattr(identity, f"{column}_sealed")
    key = data_keys.unwrapped(identity.patient_id, identity.wrapped)
    return _decrypted(identity.patient_id, identity.site_id, column, value, key)


def masked(
    actor: Actor, patients: Iterable[UUID], *, telephones: bool = True
) -> dict[UUID, PersonShown]:
    """Masked name and numbers for a page of a list; nothing for roles without identity.

    A list that shows names alone says so: the numbers then stay sealed.
    """
    if not actor.may(Perm.IDENTITY_READ):
        return {}
    shown = {}
    rows = _sealed(actor, patients=list(patients))
    for patient, site, name, contacts, wrapped, erased in rows:
        if erased:
            shown[patient] = PersonShown(name=erased_text(erased), erased_on=erased)
            continue
        at, home = str(patient), str(site)  # both are in each place a value belongs to
        key = data_keys.unwrapped(at, wrapped)
        sealed = contacts if telephones else ""
        numbers = json.loads(_decrypted(at, home, "contacts", sealed, key) or "[]")
        masks = (_masked_number(each) for each in numbers if each.get("ended_on") is None)
        shown[patient] = PersonShown(
            name=mask_name(_decrypted(at, home, "name", name, key)),
            contacts=contacts_of(masks),
        )
    return shown


@written_once
def _sealed(actor: Actor) -> QuerySet[Identity, tuple[Any, ...]]:
    """What a list shows masked, of some patients."""
    rows = Identity.objects.filter(OneOf("patient_id", "patients", UUIDField()))
    columns = ("patient_id", "site_id", "name_sealed", "contacts_sealed", "wrapped", "erased_on")
    return scope.visible(actor, rows).values_list(*columns)


def reveal(actor: Actor, patient: Patient, *, purpose: str) -> PersonShown:
    """The whole identity, for a person of the treating site; each look is logged."""
    row_permissions.require(actor, patient, Perm.IDENTITY_READ)
    row = scope.one(actor, Identity.objects.all(), patient_id=patient.id)
    access.record(actor, "identity.open", patient.id, reason=purpose, site=patient.site_id)
    return displayed(row)


def reveal_telephones(actor: Actor, patients: Iterable[UUID], *, purpose: str) -> dict[UUID, str]:
    """The first number of each patient in the clear, for a list on paper; each look is logged.

    Denied without the right to read identities; patients of other sites are left out.
    """
    actor.require(Perm.IDENTITY_READ)
    rows = scope.visible(actor, Identity.objects.filter(patient_id__in=list(patients)))
    numbers = {}
    columns = ("patient_id", "site_id", "contacts_sealed", "wrapped")
    for patient, site, sealed, wrapped in rows.values_list(*columns):
        key = data_keys.unwrapped(patient, wrapped)
        stored = contacts_of(json.loads(_decrypted(patient, site, "contacts", sealed, key) or "[]"))
        number = next((c.phone for c in stored if c.ended_on is None), "")
        if number and actor.may(Perm.IDENTITY_READ, site=site):
            access.record(actor, "identity.open", patient, reason=purpose, site=site)
            numbers[patient] = number
    return numbers


def named_for_export(
    actor: Actor, patients: Iterable[UUID], *, opened: bool
) -> dict[UUID, dict[str, str]]:
    """Who the patients of a block are, masked unless `opened`; the caller logs the export."""
    actor.require(Perm.IDENTITY_READ)
    rows = scope.visible(actor, Identity.objects.filter(patient_id__in=list(patients)))
    found = {}
    for row in rows:
        person = shown(row)
        telephone = next((contact.phone for contact in person.contacts), "")
        born = person.birth_date
        found[row.patient_id] = {
            "name": (
                erased_text(row.erased_on)
                if row.erased_on
                else person.name
                if opened
                else mask_name(person.name)
            ),
            "birth_date": born.isoformat()
            if born and opened
            else mask_birth_date(born)
            if born
            else "",
            "national_id": person.national_id if opened else mask_national_id(person.national_id),
            "hospital_number": (
                person.hospital_number if opened else mask_phone(person.hospital_number)
            ),
            "telephone": telephone if opened else mask_phone(telephone),
        }
    return found


def _masked_number(stored: Mapping[str, Any]) -> dict[str, Any]:
    person = mask_name(stored["person"]) if stored.get("person") else ""
    return {**stored, "phone": mask_phone(stored["phone"]), "person": person}


_DAYS = frozenset({"ended_on", "answered_on", "messages_since"})


def contacts_of(stored: Iterable[Mapping[str, Any]]) -> tuple[ContactShown, ...]:
    """The numbers as they are stored, the ended ones too."""
    return tuple(ContactShown(**_with_days(each)) for each in stored)


def _with_days(stored: Mapping[str, Any]) -> dict[str, Any]:
    days = {k: date.fromisoformat(stored[k]) for k in _DAYS & stored.keys() if stored[k]}
    return {**stored, **days}


def shown(row: Identity) -> PersonShown:
    """The whole person of a row in the clear, of which somebody was allowed to know."""
    born = decrypted(row, "birth_date")
    numbers = contacts_of(json.loads(decrypted(row, "contacts") or "[]"))
    former = sorted((c for c in numbers if c.ended_on), key=lambda c: str(c.ended_on), reverse=True)
    return PersonShown(
        name=decrypted(row, "name"),
        birth_date=PartialDate.from_iso(born) if born else None,
        document_kind=row.document_kind or (RESIDENT if decrypted(row, "national_id") else ""),
        national_id=decrypted(row, "national_id"),
        address=decrypted(row, "address"),
        hospital_number=decrypted(row, "hospital_number"),
        contacts=tuple(c for c in numbers if c.ended_on is None),
        former=tuple(former),
        readings=tuple(tuple(r) for r in json.loads(decrypted(row, "readings") or "[]")),
        version=row.version,
        erased_on=row.erased_on,
    )


def displayed(row: Identity) -> PersonShown:
    """The whole person for a page; where the identity was erased the day stands for the name."""
    person = shown(row)
    return replace(person, name=erased_text(row.erased_on)) if row.erased_on else person


def matching(actor: Actor, text: str, *, limit: int = 20) -> list[UUID]:
    """Patients of the actor's sites found by name, pinyin, initials, phone or number."""
    tokens = {search_token(text), search_token(_dialled(text))} - {""}
    if not tokens or not actor.may(Perm.IDENTITY_READ):
        return []
    rows = scope.visible(actor, Identity.objects.all())
    found = rows.filter(tokens__overlap=secrets.blind_indexes(tokens, "search"))
    return list(found.values_list("patient_id", flat=True)[:limit])


def blocks(actor: Actor, *, size: int) -> Iterator[list[UUID]]:
    """The patients with a recorded identity in blocks, in the order of their keys."""
    rows = scope.visible(actor, Identity.objects.order_by("patient_id"))
    block: list[UUID] = []
    for key in rows.values_list("patient_id", flat=True).iterator(chunk_size=size):
        block.append(key)
        if len(block) == size:
            yield block
            block = []
    if block:
        yield block


def _dialled(text: str) -> str:
    """A telephone number however it is typed, in stored form; empty when it is none."""
    try:
        return normalise_phone(text)
    except PhoneError:
        return ""


def age_on(actor: Actor, patient_id: UUID, day: date) -> Age | None:
    """The age on a day, None when the birth date is not known. Only the age leaves here."""
    row = scope.visible(actor, Identity.objects.filter(patient_id=patient_id)).first()
    text = decrypted(row, "birth_date") if row else ""
    if not text:
        return None
    born = PartialDate.from_iso(text).exact
    return age_at(born, day) if born else None
