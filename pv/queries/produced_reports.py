"""Periodic reports that were produced: the list by key, the file of one and its PDF."""

import zipfile
from pathlib import Path
from uuid import UUID

from django.conf import settings

from followup.core import scope
from followup.core.actor import Actor
from followup.core.http import keyset
from followup.core.http.keyset import Page
from followup.core.problems import NotFound
from followup.core.security import access
from pv.models import PeriodicReport

PAGE = 30


def page(actor: Actor, *, key: str = "") -> Page[PeriodicReport]:
    """One page of the produced reports, the newest first."""
    rows = PeriodicReport.objects.select_related("product", "job__user").defer("manifest")
    rows = scope.visible(actor, rows)
    return Page(*keyset.newest_first(rows, "produced_at", key=key, size=PAGE))


def of_job(actor: Actor, job_id: UUID) -> tuple[PeriodicReport, Path] | None:
    """The report a job has stored, with its file, if it came so far."""
    row = scope.visible(actor, PeriodicReport.objects.filter(job_id=job_id)).first()
    path = Path(settings.MEDIA_ROOT) / row.file_path if row else None
    return (row, path) if row and path and path.is_file() else None


def file_of(actor: Actor, report_id: UUID | str) -> tuple[PeriodicReport, Path]:
    """A produced report and its file, logged as a read; NotFound when there is none."""
    row = scope.one(actor, PeriodicReport.objects.all(), id=report_id)
    path = Path(settings.MEDIA_ROOT) / row.file_path
    if not path.is_file():
        raise NotFound()
    access.record(actor, "report.download", row.id, reason=row.file_name, product=row.product_id)
    return row, path


def document_of(actor: Actor, report_id: UUID | str) -> tuple[PeriodicReport, bytes]:
    """The PDF in the archive of a report, as it was produced; NotFound when it is gone."""
    row, place = file_of(actor, report_id)
    try:
        with zipfile.ZipFile(place) as archive:
            return row, archive.read("report.pdf")
    except (KeyError, zipfile.BadZipFile) as error:
        raise NotFound() from error
