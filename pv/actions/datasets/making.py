"""The job that makes a package of data sets.

At one moment of the data and with one version of the program the package is the same byte by byte:
nothing in it tells when or by which job it was made.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from followup.core import clock, jobs
from followup.core.actor import Actor
from followup.core.jobs import Progress, Result
from followup.core.models import DataLock, Job
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from followup.core.problems import Denied, Refused
from followup.core.security import access
from followup.core.stored_words import StoredValue, Words, named
from followup.models import Product
from followup.queries import data_locks, reference, seals
from followup.queries.exports import LeftOut
from followup.queries.versions import code_version
from pv.actions import reports
from pv.actions.datasets import filling, packing, registries
from pv.actions.datasets.contents import Contents
from pv.actions.datasets.packing import FORMATS
from pv.queries import datasets as queries
from pv.queries.datasets import DatasetChoice

KIND = "study-datasets"
_STUDY = re.compile(r"[A-Z0-9][A-Z0-9_.-]{0,19}", re.ASCII)


def sealed_now() -> int:
    """The last number of the seal: the moment of the data for who makes no locks."""
    return seals.head().seq


def request(
    actor: Actor,
    *,
    product_id: UUID | str,
    study: str,
    form: str,
    lock_id: UUID | str | None,
    language: str,
) -> Job:
    """Ask for a package. Refused names the field that cannot be right."""
    product = reference.product(actor, id=product_id)
    if not queries.may_make(actor, product.id):
        raise Denied(Perm.REPORT_WRITE)
    problems = {}
    if form not in (*FORMATS, *queries.worksheets(actor)):
        problems["format"] = _("Choose the format.")
    if language not in ("zh-hans", "en"):
        problems["language"] = _("Choose Chinese or English.")
    if not _STUDY.fullmatch(study.strip()):
        problems["study"] = _("At most 20 capital letters, digits, dots, hyphens, underscores.")
    if lock_id is None and actor.may(Perm.REPORT_WRITE, product=product.id):
        problems["lock"] = _("Choose a data lock.")
    if problems:
        raise Refused(problems)
    lock = data_locks.chosen(actor, lock_id)
    seq = lock.seq if lock else sealed_now()
    if not seq:
        raise Refused(_("Nothing has been sealed yet, so there is nothing to lock."))
    choice = DatasetChoice(
        product=product.id,
        study=study.strip(),
        format=form,
        seq=seq,
        lock=lock.id if lock else None,
        language=language,
    )
    sheet = queries.worksheet_of(form)
    if sheet and sheet[0] not in queries.registries(choice):
        text = _("The items of this registry were loaded later: choose a later data lock.")
        raise Refused({"format": text})
    values: dict[str, StoredValue] = {
        "study": choice.study,
        "product": named(localized_name, product),
    }
    title = Words(gettext_noop("Data sets of %(study)s, %(product)s"), values)
    return jobs.request(actor, KIND, title=title, parameters=choice.stored())


@jobs.handler(KIND, needs=Perm.PATIENT_READ)
def make(actor: Actor, parameters: dict[str, Any], progress: Progress) -> Result:
    """Gather, write, read back and pack; the export is logged as a read."""
    choice = DatasetChoice.read(parameters)
    product = reference.product(actor, id=choice.product)
    if not queries.may_make(actor, product.id):
        raise Denied(Perm.REPORT_WRITE)
    with choice.reading():
        left_out = queries.left_out(actor, choice)
    folder, made_at = Path(progress.folder), choice.moment(actor)
    lock = data_locks.chosen(actor, choice.lock)
    if queries.worksheet_of(choice.format):
        return _worksheet(actor, choice, product, made_at, lock, left_out, progress)
    with translation.override(choice.language):
        description = lock.name if lock else _("Data as sealed")
        parts, subjects = filling.fill(actor, choice, product, made_at, description, progress)
        contents = Contents(
            choice=choice,
            product=localized_name(product),
            made_at=made_at,
            lock=lock,
            purpose=queries.purpose(actor, choice.product),
            parts=parts,
            subjects=subjects,
            left_out=left_out,
            program=code_version()[:12],
        )
        written = packing.write(folder, contents)
    manifest = packing.manifest(contents, written)
    archive = reports.pack(folder / "datasets.zip", written.files, manifest)
    access.record(actor, "datasets.export", KIND, reason=archive.name, product=product.id)
    progress.report(subjects, subjects)
    return Result(archive, f"{choice.study}-{choice.format}-{choice.seq}.zip", manifest)


def _worksheet(
    actor: Actor,
    choice: DatasetChoice,
    product: Product,
    made_at: datetime,
    lock: DataLock | None,
    left_out: Sequence[LeftOut],
    progress: Progress,
) -> Result:
    """The worksheet for a registry; logged as a read like every export."""
    with choice.reading():
        portions = queries.pages(actor, choice)
    with translation.override(choice.language):
        about = [
            (_("Product"), localized_name(product)),
            (_("Study"), choice.study),
            (_("Data lock"), lock.name if lock else _("None: data as sealed")),
            (_("Data as of"), clock.printed(made_at)),
            (_("Seal of the audit trail"), str(choice.seq)),
            (_("Subjects"), str(sum(map(len, portions)))),
            (_("Empty cells"), _("A missing value is missing: never a zero, never a “no”.")),
        ]
        path, counts = registries.worksheet(
            actor, choice, portions, made_at, left_out, about, progress
        )
    access.record(actor, "datasets.export", KIND, reason=path.name, product=product.id)
    manifest = {**choice.stored(), "rows": counts, "sha256": reports.file_sha256(path)}
    return Result(path, f"{choice.study}-{choice.format}-{choice.seq}{path.suffix}", manifest)
