"""Reading who a patient is: masked in lists, open where it is needed, found by blind index."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from followup.core import access, scope, secrets
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.domain.identity import (
    Age,
    age_at,
    mask_name,
    mask_phone,
    normalise_national_id,
    search_token,
)
from followup.models import Identity, Patient


@dataclass(frozen=True, slots=True)
class ContactShown:
    """One number, masked or open."""

    phone: str
    whose: str
    note: str


@dataclass(frozen=True, slots=True)
class PersonShown:
    """What a page shows of a person; empty texts where the role may not know."""

    name: str = ""
    birth_date: date | None = None
    national_id: str = ""
    address: str = ""
    hospital_number: str = ""
    contacts: tuple[ContactShown, ...] = ()
    readings: tuple[tuple[str, ...], ...] = ()


def _unsealed(patient: UUID, site: UUID, column: str, value: str) -> str:
    place = secrets.place("followup_identity", column, patient, site)
    return secrets.unseal(value, place) if value else ""


def _open(identity: Identity, column: str) -> str:
    value = getattr(identity, f"{column}_sealed")
    return _unsealed(identity.patient_id, identity.site_id, column, value)


def masked(actor: Actor, patients: Iterable[UUID]) -> dict[UUID, PersonShown]:
    """Masked name and numbers for a page of a list; nothing for roles without identity."""
    if not actor.may(Perm.IDENTITY_READ):
        return {}
    rows = scope.visible(actor, Identity.objects.filter(patient_id__in=list(patients)))
    shown = {}
    columns = ("patient_id", "site_id", "name_sealed", "contacts_sealed")
    for patient, site, name, contacts in rows.values_list(*columns):
        numbers = json.loads(_unsealed(patient, site, "contacts", contacts) or "[]")
        shown[patient] = PersonShown(
            name=mask_name(_unsealed(patient, site, "name", name)),
            contacts=tuple(
                ContactShown(mask_phone(c["phone"]), c["whose"], c["note"]) for c in numbers
            ),
        )
    return shown


def opened(actor: Actor, patient: Patient, *, purpose: str) -> PersonShown:
    """The whole identity, for a person of the treating site; each look is logged."""
    actor.require(Perm.IDENTITY_READ, site=patient.site_id)
    row = scope.one(actor, Identity.objects.all(), patient_id=patient.id)
    access.record(actor, "identity.open", patient.id, reason=purpose, site=patient.site_id)
    born = _open(row, "birth_date")
    return PersonShown(
        name=_open(row, "name"),
        birth_date=date.fromisoformat(born) if born else None,
        national_id=_open(row, "national_id"),
        address=_open(row, "address"),
        hospital_number=_open(row, "hospital_number"),
        contacts=tuple(
            ContactShown(c["phone"], c["whose"], c["note"])
            for c in json.loads(_open(row, "contacts") or "[]")
        ),
        readings=tuple(tuple(r) for r in json.loads(_open(row, "readings") or "[]")),
    )


def matching(actor: Actor, text: str, *, limit: int = 20) -> list[UUID]:
    """Patients of the actor's sites found by name, pinyin, initials, phone or number."""
    token = search_token(text)
    if not token or not actor.may(Perm.IDENTITY_READ):
        return []
    rows = scope.visible(actor, Identity.objects.all())
    found = rows.filter(tokens__contains=[secrets.blind(token, "search")])
    return list(found.values_list("patient_id", flat=True)[:limit])


def suspects(actor: Actor, *, name: str, birth_date: date | None, national_id: str) -> list[UUID]:
    """Patients who may be the same person: same number, or same name and same birth date."""
    rows = scope.visible(actor, Identity.objects.all())
    found: set[UUID] = set()
    if national_id:
        number = normalise_national_id(national_id)
        same = rows.filter(national_id_index=secrets.blind(number, "national_id"))
        found.update(same.values_list("patient_id", flat=True)[:10])
    token = search_token(name)
    if token and birth_date:
        same = rows.filter(
            tokens__contains=[secrets.blind(token, "search")],
            birth_date_index=secrets.blind(birth_date.isoformat(), "birth_date"),
        )
        found.update(same.values_list("patient_id", flat=True)[:10])
    return sorted(found)


def age_on(actor: Actor, patient_id: UUID, day: date) -> Age | None:
    """The age on a day, None when the birth date is not known. Only the age leaves here."""
    row = scope.visible(actor, Identity.objects.filter(patient_id=patient_id)).first()
    text = _open(row, "birth_date") if row else ""
    if not text:
        return None
    return age_at(date.fromisoformat(text), day)
