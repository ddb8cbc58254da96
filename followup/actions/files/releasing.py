"""A document of an event is released to safety once a person found that it names nobody."""

from django.utils.translation import gettext as _

from followup.core import clock, versions
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.limits import within
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.core.security import secrets
from followup.models import PatientFile, ReleasedContent, ReleasedFile
from followup.queries import files


@action("file.release", needs=Perm.IDENTITY_WRITE)
def release(
    actor: Actor, file: PatientFile, *, version: int, title: str, names_nobody: bool
) -> ReleasedFile:
    """Copy a document of an event to where safety reads it, under a title that names nobody.

    Refused without the word of a person that nothing in it says who the patient is, and while the
    patient does not agree to passing coded data to the holder.
    """
    row = PatientFile.objects.select_for_update(of=("self",)).get(id=file.id)
    versions.must_be(row, version)
    problems = _problems(actor, row, title, names_nobody=names_nobody)
    if problems:
        raise Refused(problems)
    if files.released_now(row) is not None:
        raise Refused(_("This file is released to safety already."))
    event = row.event
    if event is None:  # said above; for the type checker
        raise Refused(_("Only a file of an event goes to safety."))
    released = ReleasedFile.objects.create(
        file=row,
        site_id=row.site_id,
        product_id=event.product_id,
        patient_id=row.patient_id,
        event=event,
        kind=row.kind,
        title=within(title, 120, "title"),
        media_type=row.media_type,
        size=row.size,
        sha256=row.sha256,
        scan=row.scan,
        released_by_id=actor.id,
        released_at=clock.now(),
    )
    _copy(row, released)
    row.version += 1
    row.save(update_fields=["version"])
    return released


def _problems(actor: Actor, row: PatientFile, title: str, *, names_nobody: bool) -> dict[str, str]:
    problems = {}
    if row.removed_at:
        problems[""] = _("This file is removed.")
    elif row.event_id is None:
        problems[""] = _("Only a file of an event goes to safety.")
    elif not files.may_be_read_by_holder(actor, row.patient):
        problems[""] = _(
            "The patient has not agreed to passing coded data to the holder. The file stays here."
        )
    if not title.strip():
        problems["title"] = _("Give a title that does not say who the patient is.")
    if not names_nobody:
        problems["names_nobody"] = _("Look at every page and confirm it.")
    return problems


def _copy(row: PatientFile, released: ReleasedFile) -> None:
    def sealed(column: str, part_of: bytes) -> str:
        place = files.place("followup_releasedcontent", column, released.id, row.site_id)
        return secrets.encrypt_bytes(part_of, place) if part_of else ""

    ReleasedContent.objects.create(
        release=released,
        site_id=released.site_id,
        product_id=released.product_id,
        content_sealed=sealed("content", files.content(row)),
        thumbnail_sealed=sealed("thumbnail", files.thumbnail(row)),
    )


@part
def end(actor: Actor, file: PatientFile) -> bool:
    """End what is released of a file; whether anything was."""
    released = files.released_now(file)
    if released is None:
        return False
    released.withdrawn_at, released.withdrawn_by_id = clock.now(), actor.id
    released.save(update_fields=["withdrawn_at", "withdrawn_by_id"])
    return True


@action("file.withdraw_release", needs=Perm.IDENTITY_WRITE)
def withdraw_release(actor: Actor, file: PatientFile, *, version: int) -> PatientFile:
    """Safety reads the file no longer; what was read before is in the log of reads."""
    row = PatientFile.objects.select_for_update(of=("self",)).get(id=file.id)
    versions.must_be(row, version)
    if not end(actor, row):
        raise Refused(_("This file is not released to safety."))
    row.version += 1
    row.save(update_fields=["version"])
    return row
