"""A copy of everything held about one person: identity in the clear, and every row about them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Model

from followup.core.models import Access
from followup.core.problems import Refused
from followup.models import CohortFile, Identity, LaboratoryFile, Patient, PatientFile
from followup.queries import files, person_records, registrations
from followup.queries.identity import shown
from followup.queries.person_records import IDENTITY, STAFF

# Of files that name others too only that they exist is told.
_FILES = (LaboratoryFile, CohortFile)


@dataclass(frozen=True, slots=True)
class CopiedTable:
    """One table: its columns and the rows about the person, as plain values."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def records(self) -> list[dict[str, Any]]:
        """The rows as objects, for machines."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def plain(value: Any) -> Any:
    """A value as JSON has it; a decimal stays exact as text."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value


def identities(people: Sequence[UUID]) -> list[dict[str, Any]]:
    """Who the person is, of each registration; only the day of one that was erased."""
    found = []
    for row in Identity.objects.filter(patient_id__in=people).order_by("patient_id"):
        if row.erased_on:
            found.append({"patient_id": str(row.patient_id), "erased_on": plain(row.erased_on)})
            continue
        person = shown(row)
        contacts = [*person.contacts, *person.former]
        found.append(
            {
                "patient_id": str(row.patient_id),
                "name": person.name,
                "birth_date": person.birth_date.isoformat() if person.birth_date else "",
                "document_kind": person.document_kind,
                "national_id": person.national_id,
                "address": person.address,
                "hospital_number": person.hospital_number,
                "contacts": [
                    {name: plain(getattr(contact, name)) for name in contact.__slots__}
                    for contact in contacts
                ],
            }
        )
    return found


def _columns(model: type[Model]) -> list[str]:
    """The columns of a table that are about the person: not who of the staff did something."""
    known = person_records.classes().get(model._meta.db_table, {})
    return [
        field.attname
        for field in model._meta.concrete_fields
        if known.get(str(field.column)) not in (IDENTITY, STAFF)
        and not str(field.column).endswith("_sealed")
    ]


def tables(people: Sequence[UUID]) -> Iterator[CopiedTable]:
    """Every table with rows about the person, of whatever application, and who looked when."""
    for model, rows in person_records.of(people):
        if model in _FILES or model is Identity:
            continue
        columns = _columns(model)
        values = [tuple(plain(value) for value in row) for row in rows.values_list(*columns)]
        yield CopiedTable(model._meta.db_table, tuple(columns), tuple(values))
    looks = Access.objects.filter(subject__in=[str(person) for person in people]).order_by("id")
    columns = ["at", "kind", "reason"]
    values = [tuple(plain(value) for value in row) for row in looks.values_list(*columns)]
    yield CopiedTable("core_access", tuple(columns), tuple(values))


def documents(people: Sequence[UUID]) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each document of the person that was not removed, one at a time."""
    rows = PatientFile.objects.filter(patient_id__in=people, removed_at__isnull=True)
    for number, row in enumerate(rows.order_by("added_at"), 1):
        try:
            content = files.content(row)
        except Refused:  # added before the identity was erased
            continue
        yield f"{number:03d}-{row.name}", content


def people_of(patient: Patient) -> list[UUID]:
    """The patient and every registration that was merged into it."""
    return registrations.merged_into(patient.id)
