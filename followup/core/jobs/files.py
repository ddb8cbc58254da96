"""Files of jobs: put in place whole or not at all, kept a week."""

import hashlib
import os
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction

from followup.core import audit, clock
from followup.core.actor import Actor
from followup.core.jobs.handlers import Result
from followup.core.models import Job

FILES_KEPT = timedelta(days=7)
WORK = "work"


@dataclass(frozen=True, slots=True)
class Kept:
    """A file in its place: path below MEDIA_ROOT, hash, size in bytes."""

    path: str
    sha256: str
    size: int


def _root() -> Path:
    folder = Path(settings.MEDIA_ROOT) / "jobs"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def work_folder(job_id: UUID, attempt: int) -> Path:
    """A fresh folder for one attempt, on the same file system as the results."""
    folder = _root() / WORK / f"{job_id}-{attempt}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def save(job: Job, result: Result) -> Kept:
    """Move a result into place, on disk before the row says so. OSError when the disk is full."""
    target = _root() / f"{job.id}-{job.attempts}{result.path.suffix}"
    part = target.with_suffix(".part")
    try:
        try:
            os.replace(result.path, part)
        except OSError:  # made on another file system
            shutil.copyfile(result.path, part)
            result.path.unlink(missing_ok=True)
        with part.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
    path = str(target.relative_to(settings.MEDIA_ROOT))
    return Kept(path, sha256, target.stat().st_size)


def drop(kept: Kept) -> None:
    """Remove a file no row will ever name."""
    (Path(settings.MEDIA_ROOT) / kept.path).unlink(missing_ok=True)


def drop_files(job_ids: Collection[UUID]) -> int:
    """Remove the files of these jobs once the action around it is stored; how many."""
    rows = list(Job.objects.select_for_update(of=("self",)).filter(id__in=job_ids))
    paths = [Path(settings.MEDIA_ROOT) / job.file_path for job in rows if job.file_path]
    Job.objects.filter(id__in=[job.id for job in rows]).update(file_path="")
    for path in paths:
        transaction.on_commit(partial(path.unlink, missing_ok=True))
    return len(paths)


def forget_files(limit: int = 200) -> int:
    """Remove result files a week after their job ended; the row keeps name and hash."""
    cut = clock.now() - FILES_KEPT
    with transaction.atomic(), audit.acting(Actor.process("tick"), "job.forget_file"):
        old = Job.objects.select_for_update(skip_locked=True).filter(finished_at__lt=cut)
        rows = list(old.exclude(file_path="").order_by("finished_at")[:limit])
        paths = [Path(settings.MEDIA_ROOT) / job.file_path for job in rows]
        Job.objects.filter(id__in=[job.id for job in rows]).update(file_path="")
    for path in paths:
        path.unlink(missing_ok=True)
    _sweep_work_folders(cut.timestamp())
    return len(rows)


def _sweep_work_folders(before: float) -> None:
    """What killed workers left behind."""
    for folder in (_root() / WORK).glob("*"):
        if folder.stat().st_mtime < before:
            shutil.rmtree(folder, ignore_errors=True)
