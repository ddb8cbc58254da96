"""Files are added, removed with a reason and restored."""

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from followup.actions import data_keys
from followup.actions.files import intake, releasing
from followup.core import clock, versions
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.limits import within
from followup.core.permissions import Perm
from followup.core.photographs import Photograph
from followup.core.problems import Refused
from followup.core.security import secrets
from followup.domain.files import DocumentKind, stored_name
from followup.models import (
    AdverseEvent,
    DataKey,
    FileContent,
    Patient,
    PatientFile,
    Sample,
    Visit,
)
from followup.queries import files


@dataclass(frozen=True, slots=True)
class FileInput:
    """A file as it was sent, what it is about, and the one record it stands beside, if any."""

    name: str
    content: bytes = field(repr=False)
    kind: str
    title: str = ""
    visit: Visit | None = None
    event: AdverseEvent | None = None
    sample: Sample | None = None


def _check(patient: Patient, given: FileInput) -> None:
    if given.kind not in set(DocumentKind):
        raise Refused({"kind": _("Choose what the document is.")})
    beside = [row for row in (given.visit, given.event, given.sample) if row is not None]
    if len(beside) > 1 or any(row.patient_id != patient.id for row in beside):
        raise Refused(_("This record belongs to another patient."))


@action("file.add", needs=Perm.IDENTITY_WRITE)
def add(actor: Actor, patient: Patient, *, given: FileInput) -> PatientFile:
    """Keep a file beside a patient or one of the patient's records, encrypted.

    Its type is what its content says; a picture is encoded again. Refused: another type, too
    large, a PDF that acts, malware, and the same file a second time.
    """
    _check(patient, given)
    sent = intake.checked(given.content)
    owner = Patient.objects.select_for_update(of=("self",)).get(id=patient.id)
    twin = PatientFile.objects.filter(
        patient=owner, sent_sha256=sent.sent_sha256, removed_at__isnull=True
    )
    if known := twin.first():
        text = _("This file is recorded with this patient already: %(name)s.")
        raise Refused({"file": text % {"name": str(known)}})
    row = PatientFile.objects.create(
        site_id=owner.site_id,
        patient=owner,
        visit=given.visit,
        event=given.event,
        sample=given.sample,
        kind=given.kind,
        title=within(given.title, 120, "title"),
        name=stored_name(given.name, sent.kind),
        **sent.facts,
        scanned_by=sent.scan.scanner,
        added_by_id=actor.id,
        added_at=clock.now(),
    )
    _keep(row, sent.kept)
    return row


def _keep(row: PatientFile, kept: Photograph) -> None:
    key = data_keys.ensure(row.patient_id, DataKey.Kind.PERSON, row.site_id)

    def sealed(column: str, content: bytes) -> str:
        place = files.place("followup_filecontent", column, row.id, row.site_id)
        return secrets.encrypt_bytes(content, place, key) if content else ""

    FileContent.objects.create(
        file=row,
        site_id=row.site_id,
        key_owner=row.patient_id,
        content_sealed=sealed("content", kept.content),
        thumbnail_sealed=sealed("thumbnail", kept.thumbnail),
    )


def _saved(row: PatientFile, **values: Any) -> PatientFile:
    for name, value in values.items():
        setattr(row, name, value)
    row.version += 1
    row.save(update_fields=[*values, "version"])
    return row


@action("file.remove", needs=Perm.IDENTITY_WRITE)
def remove(actor: Actor, file: PatientFile, *, version: int, reason: str) -> PatientFile:
    """Say that a file does not belong here; it is shown to nobody, and a release of it ends."""
    row = PatientFile.objects.select_for_update(of=("self",)).get(id=file.id)
    versions.must_be(row, version)
    if row.removed_at:
        raise Refused(_("This file is removed already."))
    if not reason.strip():
        raise Refused({"reason": _("Say why the file is removed.")})
    releasing.end(actor, row)
    return _saved(
        row,
        removed_at=clock.now(),
        removed_by_id=actor.id,
        removed_because=within(reason, 500),
    )


@action("file.restore", needs=Perm.IDENTITY_WRITE)
def restore(actor: Actor, file: PatientFile, *, version: int) -> PatientFile:
    """Undo a removal. What was released before stays withdrawn."""
    row = PatientFile.objects.select_for_update(of=("self",)).get(id=file.id)
    versions.must_be(row, version)
    if not row.removed_at:
        raise Refused(_("This file is not removed."))
    again = PatientFile.objects.filter(
        patient_id=row.patient_id, sent_sha256=row.sent_sha256, removed_at__isnull=True
    )
    if again.exists():
        raise Refused(_("The same file was added again meanwhile."))
    return _saved(row, removed_at=None, removed_by_id=None, removed_because="")
