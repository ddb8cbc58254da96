"""Files beside a record, and what of them safety may read."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import (
    Exists,
    Model,
    OuterRef,
    Prefetch,
    QuerySet,
    UUIDField,
    prefetch_related_objects,
)

from followup.core import row_permissions, scope
from followup.core.actor import Actor
from followup.core.http import keyset
from followup.core.permissions import Perm
from followup.core.security import access, secrets
from followup.core.statements import Given, written_once
from followup.domain.consents import Purpose
from followup.models import (
    AdverseEvent,
    FileContent,
    Patient,
    PatientFile,
    ReleasedContent,
    ReleasedFile,
    Sample,
    Visit,
    bases,
)
from followup.queries import data_keys, follow_up_status, patient_rows, patients

MOST = 200
PAGE = 50


def place(table: str, column: str, row: UUID, site: UUID) -> bytes:
    """Where encrypted bytes belong: they open nowhere else."""
    return secrets.associated_data(table, column, row, site)


def _visible(actor: Actor) -> QuerySet[PatientFile]:
    rows = PatientFile.objects.select_related(
        "patient", "event", "visit__planned", "sample", "added_by", "removed_by"
    )
    return scope.visible(actor, rows.annotate(pictured=Exists(_with_thumbnail())))


def _standing_releases() -> "Prefetch[str, QuerySet[ReleasedFile], str]":
    current = ReleasedFile.objects.filter(withdrawn_at__isnull=True)
    return Prefetch("releases", current, to_attr="released")


def _rows(actor: Actor) -> QuerySet[PatientFile]:
    return _visible(actor).prefetch_related(_standing_releases())


@written_once
def _of_patient(actor: Actor, removed: bool) -> QuerySet[PatientFile]:
    rows = _visible(actor).filter(patient=Given("patient", UUIDField()))
    return rows.filter(removed_at__isnull=not removed).order_by("-added_at")[:MOST]


def _with_thumbnail() -> QuerySet[FileContent]:
    return FileContent.objects.filter(file=OuterRef("pk")).exclude(thumbnail_sealed="")


def _latest(rows: QuerySet[PatientFile]) -> list[PatientFile]:
    return list(rows.filter(removed_at__isnull=True).order_by("-added_at")[:MOST])


def _may(actor: Actor, row: Model) -> bool:
    return row_permissions.may_read(actor, row, Perm.IDENTITY_READ)


def of_patient(actor: Actor, patient: Patient, *, removed: bool = False) -> list[PatientFile]:
    """Every file of a patient, the latest first, at most 200; nothing for who reads no identity."""
    if not _may(actor, patient) or patient_rows.lacks(actor, patient, PatientFile):
        return []
    rows = _of_patient(actor, removed, patient=patient.id)
    prefetch_related_objects(rows, _standing_releases())
    return rows


def page_of_patient(
    actor: Actor, patient: Patient, *, removed: bool = False, key: str = ""
) -> tuple[list[PatientFile], str]:
    """A page of the files of a patient, the latest first, and the key of the next."""
    if not _may(actor, patient) or patient_rows.lacks(actor, patient, PatientFile):
        return [], ""
    rows = _rows(actor).filter(patient=patient, removed_at__isnull=not removed).order_by("-id")
    if key := keyset.parse_cursor(key, keyset.UUID_PATTERN):
        rows = rows.filter(id__lt=UUID(key))
    return keyset.page(rows[: PAGE + 1], PAGE, lambda row: str(row.id))


def of_event(actor: Actor, event: AdverseEvent) -> list[PatientFile]:
    """The files of an event."""
    return _latest(_rows(actor).filter(event=event)) if _may(actor, event) else []


def of_visit(actor: Actor, visit: Visit) -> list[PatientFile]:
    """The files of a contact, in whatever version of it they were added."""
    if not _may(actor, visit):
        return []
    every = [row.id for row in patients.versions(actor, visit)]
    return _latest(_rows(actor).filter(visit__in=every))


def of_sample(actor: Actor, sample: Sample) -> list[PatientFile]:
    """The files of a sample."""
    return _latest(_rows(actor).filter(sample=sample)) if _may(actor, sample) else []


def one(actor: Actor, file_id: UUID | str) -> PatientFile:
    """One file, a removed one too; NotFound otherwise."""
    return scope.one(actor, _rows(actor), id=file_id)


def standing_titles(event_id: UUID) -> list[str]:
    """Titles of the files of an event that were not removed, for an action that asks for it."""
    rows = PatientFile.objects.filter(event_id=event_id, removed_at__isnull=True)
    return [str(row) for row in rows.order_by("added_at")[:5]]


def content(file: PatientFile) -> bytes:
    """The bytes of a row somebody was allowed to read; `open_content` for a look that is logged."""
    return _opened(file, "content")


def open_content(actor: Actor, file: PatientFile) -> bytes:
    """The bytes of a file, as it is kept; each look is logged.

    Refused once the identity of the person it is about was erased.
    """
    access.record(actor, "file.open", file.id, site=file.site_id)
    return content(file)


def thumbnail(file: PatientFile) -> bytes:
    """A small JPEG of a picture, unreadable as a document; empty for a PDF."""
    return _opened(file, "thumbnail")


def _opened(file: PatientFile, column: str) -> bytes:
    rows = FileContent.objects.filter(file=file)
    owner, sealed = rows.values_list("key_owner", f"{column}_sealed").get()
    belongs = place("followup_filecontent", column, file.id, file.site_id)
    return data_keys.file_content(owner, sealed, belongs) if sealed else b""


def released_now(file: PatientFile) -> ReleasedFile | None:
    """What of a file safety reads today."""
    return ReleasedFile.objects.filter(file=file, withdrawn_at__isnull=True).first()


def may_be_read_by_holder(actor: Actor, patient: Patient) -> bool:
    """Whether the patient agrees to passing coded data to the holder, today."""
    return follow_up_status.agreed(actor, patient, Purpose.HOLDER)


def _released(actor: Actor) -> QuerySet[ReleasedFile]:
    """The legal duty to report reaches coded data; a document is read on consent alone."""
    agreed = bases.agreed(OuterRef("patient_id"))
    rows = ReleasedFile.objects.filter(agreed, withdrawn_at__isnull=True)
    return scope.visible(actor, rows)


def released_of_events(actor: Actor, events: Sequence[UUID]) -> list[ReleasedFile]:
    """Documents of events that were released to safety, the latest first."""
    if not actor.may(Perm.EVENT_READ) or not events:
        return []
    rows = _released(actor).filter(event_id__in=events)
    return list(rows.order_by("-released_at")[:MOST])


def released(actor: Actor, release_id: UUID | str) -> ReleasedFile:
    """One released document; NotFound otherwise, once consent is withdrawn too."""
    return scope.one(actor, _released(actor), id=release_id)


def open_released(actor: Actor, row: ReleasedFile) -> bytes:
    """The bytes of a released document; each look is logged."""
    access.record(actor, "file.open", row.id, site=row.site_id, product=row.product_id)
    sealed = ReleasedContent.objects.values_list("content_sealed", flat=True).get(release=row)
    belongs = place("followup_releasedcontent", "content", row.id, row.site_id)
    return secrets.decrypt_bytes(sealed, belongs)
