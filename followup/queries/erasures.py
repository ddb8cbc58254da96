"""Erasures of identities: what one would take away and what stays, and those that were made."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Min, Model, QuerySet

from followup.core import counting, jobs, scope
from followup.core.actor import Actor
from followup.core.models import Draft
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.core.row_security import contexts
from followup.core.security import secrets
from followup.domain.erasures import Traces, traces
from followup.domain.laboratory import read_sheet
from followup.domain.laboratory.spreadsheets import decode
from followup.models import (
    CohortFile,
    DataKey,
    FileContent,
    Identity,
    IdentityErasure,
    LaboratoryFile,
    LaboratoryLine,
    Patient,
    RetiredPatient,
)
from followup.queries import cohorts, data_keys, drafts, erasure_handouts, person_records
from followup.queries.erasure_handouts import HandedOut
from followup.queries.identity import PersonShown, shown
from followup.queries.laboratory import files as laboratory_files

MOST = 200
CHUNK = 20  # files are up to 5 MB each


def needed(actor: Actor) -> Perm:
    """The permission this actor reads erasures by: who asks for one reads them too."""
    return Perm.PRIVACY_READ if actor.may(Perm.PRIVACY_READ) else Perm.PRIVACY_WRITE


def erasures(actor: Actor) -> QuerySet[IdentityErasure]:
    """The erasures of one's own hospitals, the latest first."""
    rows = IdentityErasure.objects.select_related("patient", "site", "asked_by", "decided_by")
    return scope.visible(actor, rows, needed(actor)).order_by("-id")


def erasure(actor: Actor, erasure_id: UUID | str) -> IdentityErasure:
    """One erasure; NotFound otherwise."""
    rows = IdentityErasure.objects.select_related("patient__site", "site", "asked_by", "decided_by")
    return scope.one(actor, rows, needed(actor), id=erasure_id)


def asked_of(actor: Actor, patient: Patient) -> IdentityErasure | None:
    """The erasure of a patient that waits for a second person."""
    return erasures(actor).filter(patient=patient, state="ASKED").first()


@counting.counts
def waiting(actor: Actor) -> QuerySet[IdentityErasure]:
    """How many wait for a second person."""
    if not actor.may(Perm.PRIVACY_REVIEW):
        return IdentityErasure.objects.none()
    return erasures(actor).filter(state="ASKED").order_by()[: MOST + 1]


def handed_out(row: IdentityErasure) -> list[HandedOut]:
    """Who downloaded a file that named the person, of an erasure that was made."""
    kept = row.done.get("copies", {})
    return erasure_handouts.again({UUID(job): seen for job, seen in kept.items()})


def merged_into(patient_id: UUID) -> list[UUID]:
    """The patient and every registration that was merged into it: one person."""
    people, fresh = [patient_id], [patient_id]
    while fresh:
        rows = RetiredPatient.objects.filter(survivor_id__in=fresh).exclude(patient_id__in=people)
        fresh = list(rows.order_by("patient_id").values_list("patient_id", flat=True))
        people += fresh
    return people


def traces_of(people: list[PersonShown]) -> Traces:
    """What texts and files are searched for."""
    words, numbers = [], []
    for person in people:
        contacts = (*person.contacts, *person.former)
        words += [person.name, person.address, *(contact.person for contact in contacts)]
        numbers += [person.national_id, person.hospital_number, *(c.phone for c in contacts)]
    return traces(words, numbers)


@dataclass(frozen=True, slots=True)
class Text:
    """A text recorded about the patient that names the person: it is sealed by no key."""

    table: str
    column: str
    row: str
    text: str


@dataclass(frozen=True, slots=True)
class ErasurePlan:
    """What an erasure takes away and leaves; made from what is stored at this moment."""

    people: tuple[UUID, ...]
    identities: int
    values: int
    keys: int
    images: int
    files: tuple[Any, ...]
    documents: int
    drafts: tuple[UUID, ...]
    results: tuple[UUID, ...]
    texts: tuple[Text, ...]
    texts_read: int
    handed_out: tuple[HandedOut, ...]
    kept: tuple[tuple[type[Model], int], ...] = field(default=())

    def counts(self) -> dict[str, int]:
        """The plan in numbers, as it is kept with the erasure: they name nobody."""
        return {
            "identities": self.identities,
            "values": self.values,
            "keys": self.keys,
            "images": self.images,
            "files": len(self.files),
            "documents": self.documents,
            "drafts": len(self.drafts),
            "results": len(self.results),
            "texts": len(self.texts),
            "handed_out": len(self.handed_out),
        }


def plan(patient: Patient) -> ErasurePlan:
    """The dry run; the caller has asked for the right at the patient's hospital."""
    people = merged_into(patient.id)
    rows = list(Identity.objects.filter(patient_id__in=people, erased_on__isnull=True))
    known = traces_of([shown(row) for row in rows])
    records = person_records.of(people)
    texts, read = _texts([*records, *person_records.beside(patient.site_id)], known)
    columns = [str(field.column) for field in Identity._meta.concrete_fields]
    sealed = [name for name in columns if name.endswith("_sealed")]
    with contexts.whole():  # whoever typed them or asked for them; a person reads one's own alone
        typed, results = tuple(_drafts(people, known)), tuple(_results(patient.site_id, known))
    since = Patient.objects.filter(id__in=people).aggregate(first=Min("registered_at"))["first"]
    return ErasurePlan(
        people=tuple(people),
        identities=len(rows),
        values=len([1 for row in rows for name in sealed if getattr(row, name)]),
        keys=DataKey.objects.filter(owner__in=people).count(),
        images=person_records.images(people, "followup_identity"),
        files=tuple(_files(patient, people, known)),
        documents=FileContent.objects.filter(key_owner__in=people).count(),
        drafts=typed,
        results=results,
        texts=tuple(texts),
        texts_read=read,
        handed_out=tuple(erasure_handouts.of(patient.site_id, results, since=since)),
        kept=tuple(
            (model, found.count())
            for model, found in records
            if model not in (Identity, IdentityErasure)
        ),
    )


def _texts(
    records: list[tuple[type[Model], QuerySet[Any]]], known: Traces
) -> tuple[list[Text], int]:
    texts, read = [], 0
    for model, rows in records:
        columns = person_records.texts(model)
        if not columns:
            continue
        for key, *values in rows.values_list("pk", *columns):
            for column, value in zip(columns, values, strict=True):
                text = value if isinstance(value, str) else str(value or "")
                read += bool(text)
                if known.named_in(text):
                    texts.append(Text(model._meta.db_table, column, str(key), text[:200]))
    return texts, read


def _files(patient: Patient, people: list[UUID], known: Traces) -> Iterator[Any]:
    """Files of the hospital that hold lines of the person, or name the person anywhere."""
    lines = LaboratoryLine.objects.filter(patient_id__in=people)
    ours = set(lines.values_list("file_id", flat=True).distinct())
    rows = LaboratoryFile.objects.filter(site_id=patient.site_id).order_by("received_at")
    for row in rows.iterator(chunk_size=CHUNK):
        place = laboratory_files.content_place(row.id, row.site_id)
        if row.id in ours or _named(row, place, known):
            yield row
    sheets = CohortFile.objects.filter(site_id=patient.site_id).order_by("received_at")
    for file in sheets.iterator(chunk_size=CHUNK):
        if _named(file, cohorts.content_place(file.id, file.site_id), known):
            yield file


def _named(row: Any, place: bytes, known: Traces) -> bool:
    try:
        content = data_keys.file_content(row.id, row.content_sealed, place)
    except Refused:  # its key went with an earlier erasure
        return False
    return known.named_in(content_text(content))


def content_text(content: bytes) -> str:
    """The text of a kept file, a sheet or a message."""
    try:
        return "\n".join(cell.text for cells in read_sheet(content).rows for cell in cells)
    except ValueError:
        pass
    try:
        return decode(content)[0]
    except ValueError:
        return content.decode("latin-1")


def _drafts(people: list[UUID], known: Traces) -> Iterator[UUID]:
    """Drafts about the person, or that name the person, whoever typed them."""
    ids = {str(person) for person in people}
    for draft in Draft.objects.all():
        try:
            typed = " ".join(text for texts in drafts.typed(draft).values() for text in texts)
        except secrets.Unreadable:
            typed = ""
        if draft.subject in ids or known.named_in(f"{draft.label} {typed}"):
            yield draft.id


def _results(site: UUID, known: Traces) -> Iterator[UUID]:
    """Files of jobs that name the person, or that cannot be searched."""
    for job in jobs.about(site, jobs.naming_kinds()).exclude(file_path=""):
        path = Path(settings.MEDIA_ROOT) / job.file_path
        if path.is_file() and _file_names(path.read_bytes(), known):
            yield job.id


def _file_names(content: bytes, known: Traces) -> bool:
    if content.startswith(b"%PDF"):
        return True  # its text is drawn glyph by glyph
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return any(_file_names(archive.read(name), known) for name in archive.namelist())
    return known.named_in(content.decode("utf-8", "replace"))
