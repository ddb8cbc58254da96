"""Long work as rows: requested once, claimed by a worker, honest counts, a hashed file."""

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError as BrokerError

from followup.core import audit, clock, scope
from followup.core.accounts import actor_of
from followup.core.actor import Actor
from followup.core.models import Job, JobProgress, User
from followup.core.permissions import Perm
from followup.core.problems import Missing, Refused

STALE = timedelta(minutes=3)
UNSEEN = timedelta(seconds=20)  # younger ones were announced when they were requested
ATTEMPTS = 3
FILES_KEPT = timedelta(days=7)


class Cancelled(Exception):
    """The requester asked to stop; raised at the next report of progress."""


@dataclass
class Progress:
    """What a handler reports to: counts for the page, life for the watchdog, a stop for us."""

    job_id: UUID
    every: timedelta = timedelta(seconds=1)
    _last: Any = field(default=None, init=False)

    def report(self, done: int, total: int | None = None, step: str = "") -> None:
        """Store the counts at most once a second; raises Cancelled when asked to stop."""
        now = clock.now()
        if self._last is not None and now - self._last < self.every and done != total:
            return
        self._last = now
        JobProgress.objects.filter(job_id=self.job_id).update(
            done=done, total=total, step=step, beat_at=now
        )
        if Job.objects.filter(id=self.job_id, cancel_requested_at__isnull=False).exists():
            raise Cancelled()


@dataclass(frozen=True, slots=True)
class Result:
    """The file a handler made (moved into place by us) and what stands in its manifest."""

    path: Path
    name: str
    manifest: dict[str, Any] = field(default_factory=dict)


Handler = Callable[[Actor, dict[str, Any], Progress], Result]
_HANDLERS: dict[str, tuple[Perm, Handler]] = {}


def handler(kind: str, *, needs: Perm) -> Callable[[Handler], Handler]:
    """Register the function that does the work of one kind of job, under its permission."""

    def decorate(function: Handler) -> Handler:
        _HANDLERS[kind] = (needs, function)
        return function

    return decorate


def _key(parameters: dict[str, Any]) -> str:
    text = json.dumps(parameters, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def wake(job_id: UUID) -> bool:
    """Ask a worker to look at a job; without a broker the next tick asks again."""
    try:
        current_app.send_task("everwatch.job", args=[str(job_id)], retry=False)
    except (BrokerError, OSError):
        return False
    return True


def request(actor: Actor, kind: str, *, title: str, parameters: dict[str, Any]) -> Job:
    """A job for this work; the same request while one is waiting, running or done is that job."""
    needs, _handler = _HANDLERS[kind]
    actor.require(needs)
    if actor.id is None:
        raise Refused(_("A job needs a person who asks for it."))
    key = _key(parameters)
    with transaction.atomic(), audit.acting(actor, "job.request"):
        same = Job.objects.filter(user_id=actor.id, kind=kind, idempotency_key=key)
        job = same.filter(state__in=("queued", "running", "done")).select_for_update().first()
        if job is None:
            job = Job.objects.create(
                user_id=actor.id,
                kind=kind,
                title=title[:200],
                parameters=parameters,
                idempotency_key=key,
                requested_at=clock.now(),
            )
            JobProgress.objects.create(job=job)
    if job.state == Job.State.QUEUED:
        transaction.on_commit(lambda: wake(job.id))
    return job


def cancel(actor: Actor, job_id: UUID) -> Job:
    """Ask a job to stop: at once while it waits, at its next report of progress while it runs."""
    with transaction.atomic(), audit.acting(actor, "job.cancel"):
        job = scope.one(actor, Job.objects.select_for_update(), id=job_id)
        if job.state == Job.State.QUEUED:
            job.state, job.finished_at = Job.State.CANCELLED, clock.now()
        elif job.state == Job.State.RUNNING:
            job.cancel_requested_at = clock.now()
        else:
            raise Refused(_("This job has already ended."))
        job.save()
    return job


def retry(actor: Actor, job_id: UUID) -> Job:
    """The same work again after a failure or a cancellation."""
    job = scope.one(actor, Job.objects.all(), id=job_id)
    if job.state not in (Job.State.FAILED, Job.State.CANCELLED):
        raise Refused(_("Only a job that failed or was cancelled can be started again."))
    return request(actor, job.kind, title=job.title, parameters=job.parameters)


def mine(actor: Actor) -> "QuerySet[Job]":
    """The actor's own jobs, newest first."""
    jobs = scope.visible(actor, Job.objects.select_related("progress"))
    return jobs.order_by("-requested_at", "-id")


def one(actor: Actor, job_id: UUID | str) -> Job:
    """One own job; Missing otherwise."""
    return scope.one(actor, Job.objects.select_related("progress"), id=job_id)


def file_of(actor: Actor, job_id: UUID | str) -> tuple[Job, Path]:
    """The finished job and its file; Missing when the file is gone."""
    job = one(actor, job_id)
    path = Path(settings.MEDIA_ROOT) / job.file_path
    if job.state != Job.State.DONE or not job.file_path or not path.is_file():
        raise Missing()
    return job, path


def claim(job_id: UUID | None = None) -> Job | None:
    """Take a waiting job, or one whose worker has shown no life for three minutes."""
    now = clock.now()
    lost = Q(state="running", progress__beat_at__lt=now - STALE)
    system = Actor.process("worker")
    with transaction.atomic(), audit.acting(system, "job.claim"):
        jobs = Job.objects.select_for_update(skip_locked=True, of=("self",)).filter(
            Q(state="queued") | lost
        )
        if job_id is not None:
            jobs = jobs.filter(id=job_id)
        job = jobs.order_by("requested_at").first()
        if job is None:
            return None
        if job.attempts >= ATTEMPTS:
            job.state, job.finished_at = Job.State.FAILED, now
            job.error = str(_("The work was started three times and lost each time."))
            job.save()
            return None
        job.state, job.started_at, job.attempts = Job.State.RUNNING, now, job.attempts + 1
        job.save()
        JobProgress.objects.filter(job=job).update(done=0, total=None, beat_at=now)
    return job


def waiting() -> list[UUID]:
    """Jobs a worker should look at now: waiting ones and ones whose worker was lost."""
    now = clock.now()
    lost = Q(state="running", progress__beat_at__lt=now - STALE)
    unseen = Q(state="queued", requested_at__lt=now - UNSEEN)
    found = Job.objects.filter(unseen | lost).order_by("requested_at")
    return list(found.values_list("id", flat=True)[:100])


def forget_files(limit: int = 200) -> int:
    """Remove result files a week after their job ended; the row keeps name and hash."""
    kept = clock.now() - FILES_KEPT
    with transaction.atomic(), audit.acting(Actor.process("tick"), "job.forget_file"):
        old = Job.objects.select_for_update(skip_locked=True).filter(finished_at__lt=kept)
        rows = list(old.exclude(file_path="").order_by("finished_at")[:limit])
        paths = [Path(settings.MEDIA_ROOT) / job.file_path for job in rows]
        Job.objects.filter(id__in=[job.id for job in rows]).update(file_path="")
    for path in paths:
        path.unlink(missing_ok=True)
    return len(rows)


def run(job_id: UUID | None = None) -> Job | None:
    """Claim a job and do its work; whatever happens ends in the row, never in a lost task."""
    job = claim(job_id)
    if job is None:
        return None
    needs, work = _HANDLERS[job.kind]
    user = User.objects.get(id=job.user_id)
    actor = actor_of(user, request_id=str(job.id)[:12])
    try:
        if not user.is_active:
            raise Cancelled()
        actor.require(needs)
        result = work(actor, job.parameters, Progress(job.id))
    except Cancelled:
        return _finish(job, Job.State.CANCELLED)
    except Exception as error:  # the row must say that it failed, whatever the reason
        return _finish(job, Job.State.FAILED, error=_explain(error))
    return _finish(job, Job.State.DONE, result=result)


def _explain(error: Exception) -> str:
    if isinstance(error, Refused):
        return str(error)
    return str(_("Stopped by an unexpected error (%(kind)s).")) % {"kind": type(error).__name__}


def _finish(job: Job, state: str, *, error: str = "", result: Result | None = None) -> Job:
    with transaction.atomic(), audit.acting(Actor.process("worker"), f"job.{state}"):
        row = Job.objects.select_for_update().get(id=job.id)
        if row.attempts != job.attempts or row.state != Job.State.RUNNING:
            return row  # another worker took over: this one was only slow
        row.state, row.finished_at, row.error = Job.State(state), clock.now(), error
        if result is not None:
            _keep(row, result)
        row.save()
    return row


def _keep(job: Job, result: Result) -> None:
    folder = Path(settings.MEDIA_ROOT) / "jobs"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{job.id}-{job.attempts}{result.path.suffix}"
    with result.path.open("rb") as file:
        job.file_sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    os.replace(result.path, target)
    job.file_name, job.file_size = result.name, target.stat().st_size
    job.file_path = str(target.relative_to(settings.MEDIA_ROOT))
    job.manifest = result.manifest
