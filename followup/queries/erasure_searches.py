"""What an erasure of an identity takes away and leaves: searched in jobs alone, file by file.

The result holds counts and ids, and no text: it is kept with the erasure and shown on its page.
"""

import codecs
import zipfile
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO
from uuid import UUID

from django.conf import settings
from django.db.models import Min

from followup.core import jobs
from followup.core.models import Draft
from followup.core.row_security import contexts
from followup.core.security import secrets
from followup.domain.erasures import Traces, traces
from followup.models import (
    DataKey,
    FileContent,
    Identity,
    IdentityErasure,
    Patient,
)
from followup.queries import drafts, person_records
from followup.queries.identity import PersonShown, shown
from followup.queries.registrations import merged_into

PART = 1_000_000  # characters of a result read at once
TEXTS = 200  # texts that are listed
SEALED = [
    str(column.column)
    for column in Identity._meta.concrete_fields
    if str(column.column).endswith("_sealed")
]


@dataclass(frozen=True, slots=True)
class Sought:
    """Who is searched for. `versions` of their identities say whether that has changed since."""

    people: tuple[UUID, ...]
    versions: dict[str, int]
    known: Traces
    identities: int
    values: int
    since: datetime


def traces_of(people: Iterable[PersonShown]) -> Traces:
    """What texts and files are searched for."""
    words, numbers = [], []
    for person in people:
        contacts = (*person.contacts, *person.former)
        words += [person.name, person.address, *(contact.person for contact in contacts)]
        numbers += [person.national_id, person.hospital_number, *(c.phone for c in contacts)]
    return traces(words, numbers)


@contexts.reads_whole
def sought(patient: UUID) -> Sought:
    """The person, registrations merged into it included; the caller has asked for the right."""
    people = merged_into(patient)
    rows = Identity.objects.filter(patient_id__in=people, erased_on__isnull=True)
    found = list(rows.order_by("patient_id"))
    return Sought(
        tuple(people),
        {str(row.patient_id): row.version for row in found},
        traces_of([shown(row) for row in found]),
        len(found),
        len([1 for row in found for name in SEALED if getattr(row, name)]),
        Patient.objects.filter(id__in=people).aggregate(first=Min("registered_at"))["first"],
    )


@contexts.counts_as_system
def versions(patient: UUID) -> dict[str, int]:
    """The versions of the identities an erasure of this patient empties; none is opened."""
    rows = Identity.objects.filter(patient_id__in=merged_into(patient), erased_on__isnull=True)
    return {str(key): version for key, version in rows.values_list("patient_id", "version")}


@dataclass(slots=True)
class TextsFound:
    """Texts recorded that name the person, as table, column and row: no key seals them."""

    first: list[tuple[str, str, str]]
    count: int = 0
    read: int = 0


def texts(aim: Sought, site: UUID) -> tuple[TextsFound, list[tuple[str, int]]]:
    """The texts that name the person, and how many rows of each table stay."""
    records = person_records.of(aim.people)
    found = TextsFound([])
    for model, rows in [*records, *person_records.beside(site)]:
        columns = person_records.texts(model)
        if not columns:
            continue
        table = model._meta.db_table
        for key, *values in rows.values_list("pk", *columns).iterator():
            for column, value in zip(columns, values, strict=True):
                text = value if isinstance(value, str) else str(value or "")
                found.read += bool(text)
                if aim.known.named_in(text):
                    found.count += 1
                    if len(found.first) < TEXTS:
                        found.first.append((table, column, str(key)))
    kept = [
        (model._meta.db_table, rows.count())
        for model, rows in records
        if model not in (Identity, IdentityErasure)
    ]
    return found, kept


@contexts.reads_whole
def drafts_of(aim: Sought) -> list[UUID]:
    """Drafts about the person, or that name the person, whoever typed them."""
    ids, found = {str(person) for person in aim.people}, []
    for draft in Draft.objects.order_by("id").iterator():
        try:
            typed = " ".join(text for texts in drafts.typed(draft).values() for text in texts)
        except secrets.Unreadable:
            typed = ""
        if draft.subject in ids or aim.known.named_in(f"{draft.label} {typed}"):
            found.append(draft.id)
    return found


@contexts.reads_whole
def results(site: UUID, aim: Sought, *, skip: Collection[UUID] = ()) -> dict[UUID, bool]:
    """Jobs whose files are here and were not searched yet, and whether one names the person.

    What cannot be searched counts as naming them.
    """
    rows = jobs.about(site, jobs.naming_kinds()).exclude(file_path="").order_by("id")
    found = {}
    for key, name in rows.exclude(id__in=list(skip)).values_list("id", "file_path"):
        path = Path(settings.MEDIA_ROOT) / name
        if path.is_file():
            with path.open("rb") as file:
                found[key] = _file_names(file, aim.known)
    return found


def _file_names(file: IO[bytes], known: Traces) -> bool:
    head = file.read(4)
    file.seek(0)
    if head == b"%PDF":
        return True  # its text is drawn glyph by glyph
    if head.startswith(b"PK"):
        with zipfile.ZipFile(file) as archive:
            return any(_member_names(archive, name, known) for name in archive.namelist())
    text = codecs.getreader("utf-8")(file, "replace")
    return known.named_in_parts(iter(lambda: text.read(PART), ""))


def _member_names(archive: zipfile.ZipFile, name: str, known: Traces) -> bool:
    with archive.open(name) as member:
        return _file_names(member, known)


@contexts.reads_whole
def counts(aim: Sought) -> dict[str, int]:
    """What is sealed under the keys of the person, in numbers."""
    return {
        "identities": aim.identities,
        "values": aim.values,
        "keys": DataKey.objects.filter(owner__in=aim.people).count(),
        "images": person_records.images(aim.people, "followup_identity"),
        "documents": FileContent.objects.filter(key_owner__in=aim.people).count(),
    }
