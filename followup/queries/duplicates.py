"""Who may already be in the register: which fields of two persons agree."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.db.models import Q, QuerySet

from followup.core import scope
from followup.core.actor import Actor
from followup.core.http import keyset
from followup.core.permissions import Perm
from followup.core.row_security import contexts
from followup.core.security import secrets
from followup.domain.identity import search_token, sounds
from followup.models import Identity, Patient
from followup.queries import registrations
from followup.queries.identity import decrypted, shown

MOST = 10


class Agreement(StrEnum):
    """A field in which two persons agree."""

    DOCUMENT = "document"
    NAME = "name"
    SOUND = "sound"  # written otherwise, spoken alike
    BIRTH_DATE = "birth_date"
    PHONE = "phone"
    HOSPITAL_NUMBER = "hospital_number"


# What is asked about, by what agrees; the hospital number counts within one site only.
_ASKED: tuple[frozenset[Agreement], ...] = (
    frozenset({Agreement.DOCUMENT}),
    frozenset({Agreement.HOSPITAL_NUMBER}),
    frozenset({Agreement.NAME, Agreement.BIRTH_DATE}),
    frozenset({Agreement.SOUND, Agreement.BIRTH_DATE}),
    frozenset({Agreement.NAME, Agreement.PHONE}),
)


@dataclass(frozen=True, slots=True)
class Likeness:
    """What a person is compared by, in stored form. `document` is the key of its number."""

    site: UUID | None
    name: str
    readings: tuple[tuple[str, ...], ...]
    birth_date: str
    document: str
    phones: frozenset[str]
    hospital_number: str


@dataclass(frozen=True, slots=True)
class PossibleDuplicate:
    """A patient who may be the same person, and the fields that agree."""

    patient_id: UUID
    agrees: tuple[Agreement, ...]


@contexts.reads_whole
def holder_of(document: str, *, other_than: UUID | None = None) -> tuple[UUID, UUID] | None:
    """Patient and site of whoever has this document, anywhere in the register.

    Only for assessing a write: the answer may lie outside of what the actor may see.
    """
    rows = Identity.objects.filter(national_id_index=secrets.blind_index(document, "national_id"))
    for patient, site in rows.order_by("patient_id").values_list("patient_id", "site_id"):
        holder = registrations.standing_for(patient)
        if holder is not None and holder != other_than:
            return holder, site
    return None


def possible_duplicates(
    actor: Actor, like: Likeness, *, other_than: UUID | None = None
) -> list[PossibleDuplicate]:
    """Patients of the actor's sites who may be the same person, with what agrees."""
    rows = scope.counting(actor, Identity.objects.all())
    if other_than:
        rows = rows.exclude(patient_id=other_than)
    found = {}
    for row in _candidates(rows, like):
        agrees = _agreements(row, like)
        if any(asked <= agrees for asked in _ASKED):
            found[row.patient_id] = PossibleDuplicate(
                row.patient_id, tuple(a for a in Agreement if a in agrees)
            )
    return [found[key] for key in sorted(found)]


def alike(actor: Actor, patient: Patient) -> list[PossibleDuplicate]:
    """Patients of the same hospital who may be the same person as this one."""
    row = scope.visible(actor, Identity.objects.filter(patient_id=patient.id)).first()
    if row is None or row.erased_on or patient.practice:
        return []
    person = shown(row)
    like = Likeness(
        site=patient.site_id,
        name=person.name,
        readings=person.readings,
        birth_date=person.birth_date.isoformat() if person.birth_date else "",
        document=person.national_id,
        phones=frozenset(c.phone for c in person.contacts),
        hospital_number=person.hospital_number,
    )
    return possible_duplicates(actor, like, other_than=patient.id)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two registrations that may be one person, the older first, and the fields that agree."""

    one: UUID
    other: UUID
    agrees: tuple[Agreement, ...]


def pairs(actor: Actor, *, key: str = "", size: int = 200) -> tuple[list[Pair], str]:
    """Possible duplicates among a block of one's own patients, and where the next block begins."""
    rows = scope.counting(actor, Identity.objects.select_related("patient"), Perm.IDENTITY_WRITE)
    rows = rows.order_by("patient_id")
    if key := keyset.parse_cursor(key, keyset.UUID_PATTERN):
        rows = rows.filter(patient_id__gt=key)
    block, end = keyset.page(rows[: size + 1], size, lambda row: str(row.patient_id))
    found = []
    for row in block:
        for other in alike(actor, row.patient):
            if row.patient_id < other.patient_id:
                found.append(Pair(row.patient_id, other.patient_id, other.agrees))
    return found, end


def _token(text: str) -> list[bytes]:
    return [secrets.blind_index(search_token(text), "search")]


def _candidates(rows: QuerySet[Identity], like: Likeness) -> Iterator[Identity]:
    """Rows the blind indexes cannot rule out; at most MOST for each rule."""
    name = search_token(like.name)
    tests: list[Q] = []
    if like.document:
        tests.append(Q(national_id_index=secrets.blind_index(like.document, "national_id")))
    if search_token(like.hospital_number):
        number = _token(like.hospital_number)
        if like.site:
            tests.append(Q(tokens__contains=number, site_id=like.site))
        if name:
            tests.append(Q(tokens__contains=number + _token(name)))
    if name:
        tests += [Q(tokens__contains=_token(name) + _token(phone)) for phone in like.phones]
    if like.birth_date:
        born = secrets.blind_index(like.birth_date, "birth_date")
        for sound in {name} | sounds(like.name, like.readings):
            tests.append(Q(tokens__contains=_token(sound), birth_date_index=born))
    for test in tests:
        yield from rows.filter(test).order_by("patient_id")[:MOST]


def _agreements(row: Identity, like: Likeness) -> frozenset[Agreement]:
    """The fields in which the row and the person agree, read in the clear and told to nobody."""
    found = set()
    name = decrypted(row, "name")
    if search_token(name) == search_token(like.name):
        found.add(Agreement.NAME)
    elif sounds(like.name, like.readings) & _sounds_of(row, name):
        found.add(Agreement.SOUND)
    if like.birth_date and decrypted(row, "birth_date") == like.birth_date:
        found.add(Agreement.BIRTH_DATE)
    index = bytes(row.national_id_index or b"")
    if like.document and index == secrets.blind_index(like.document, "national_id"):
        found.add(Agreement.DOCUMENT)
    if like.phones & {
        contact["phone"] for contact in json.loads(decrypted(row, "contacts") or "[]")
    }:
        found.add(Agreement.PHONE)
    number = search_token(like.hospital_number)
    same_place = like.site == row.site_id or Agreement.NAME in found
    if number and same_place and search_token(decrypted(row, "hospital_number")) == number:
        found.add(Agreement.HOSPITAL_NUMBER)
    return frozenset(found)


def _sounds_of(row: Identity, name: str) -> set[str]:
    readings = json.loads(decrypted(row, "readings") or "[]")
    try:
        return sounds(name, readings)
    except ValueError:  # readings of another rule of units than today's
        return set()
