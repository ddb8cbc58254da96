"""The identity row: every value sealed to its place, blind indexes, search tokens."""

import json
from dataclasses import asdict
from typing import Any

from followup.actions import data_keys
from followup.actions.identity.persons import Contact, IdentityInput, document_kinds
from followup.core.security import secrets
from followup.domain.identity import (
    RESIDENT,
    name_tokens,
    phone_tokens,
    read_document,
    search_token,
)
from followup.models import DataKey, Identity, Patient

COLUMNS = (
    "name",
    "readings",
    "national_id",
    "birth_date",
    "contacts",
    "address",
    "hospital_number",
)


def tokens_of(given: IdentityInput) -> list[bytes]:
    """Blind search tokens: name in characters, pinyin and initials, phones, numbers."""
    plain = name_tokens(given.name, given.readings)
    for contact in given.contacts:
        plain |= phone_tokens(contact.phone)
    if given.national_id:
        plain |= {given.national_id, given.national_id[-4:]}
    if given.hospital_number:
        plain.add(given.hospital_number)
    return secrets.blind_indexes({search_token(t) for t in plain} - {""}, "search")


def _key(given: IdentityInput) -> bytes | None:
    """The blind index of a document that stands for one person; None of any other."""
    if not given.national_id:
        return None
    if given.document_kind in ("", RESIDENT):
        return secrets.blind_index(given.national_id, "national_id")
    document = read_document(given.national_id, document_kinds()[given.document_kind])
    return secrets.blind_index(document.key, "national_id") if document.unique else None


def search_values(given: IdentityInput) -> dict[str, Any]:
    """What a person is found by, as columns of the identity row: keyed, and in no trail."""
    born = given.birth_date.isoformat() if given.birth_date else ""
    return {
        "national_id_index": _key(given),
        "birth_date_index": secrets.blind_index(born, "birth_date") if born else None,
        "tokens": tokens_of(given),
    }


def _stored(contact: Contact) -> dict[str, Any]:
    """A contact as JSON; what is empty is left out."""
    row: dict[str, Any] = {"phone": contact.phone, "whose": contact.whose, "note": contact.note}
    more = {k: v for k, v in asdict(contact).items() if k not in row and v}
    for name in ("ended_on", "answered_on", "messages_since"):
        if name in more:
            more[name] = more[name].isoformat()
    return row | more


def encrypted(given: IdentityInput, patient: Patient) -> Identity:
    """The identity row of a patient, every value sealed to its place under the patient's key."""
    key = data_keys.ensure(patient.id, DataKey.Kind.PERSON, patient.site_id)
    return sealed(given, patient, key)


def sealed(given: IdentityInput, patient: Patient, key: bytes) -> Identity:
    """The identity row of a patient under a key that is stored elsewhere."""
    born = given.birth_date.isoformat() if given.birth_date else ""
    plain = {
        "name": given.name,
        "readings": json.dumps([list(r) for r in given.readings], ensure_ascii=False),
        "national_id": given.national_id,
        "birth_date": born,
        "contacts": json.dumps([_stored(c) for c in given.contacts], ensure_ascii=False),
        "address": given.address,
        "hospital_number": given.hospital_number,
    }
    values = {
        f"{column}_sealed": secrets.encrypt(
            text,
            secrets.associated_data("followup_identity", column, patient.id, patient.site_id),
            key,
        )
        for column, text in plain.items()
    }
    row = Identity(
        patient=patient,
        site_id=patient.site_id,
        document_kind=given.document_kind,
        **search_values(given),
        **values,
    )
    row.wrapped = data_keys.wrapped(patient.id, key)
    return row
