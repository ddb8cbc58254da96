"""What a person does with jobs: ask, look, stop, start again, fetch the file."""

import hashlib
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.module_loading import import_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from followup.core import audit, clock, counting, scope
from followup.core.actor import Actor
from followup.core.jobs.handlers import registered
from followup.core.models import Grant, Job, JobProgress
from followup.core.models.jobs import JOB, JobEvent
from followup.core.problems import NotFound, Refused
from followup.core.security import access
from followup.core.stored_words import Words

_ACTIVE = (Job.State.QUEUED, Job.State.RUNNING)


def _key(parameters: dict[str, Any]) -> str:
    """Of what was asked for, in the language its file is written in."""
    text = json.dumps([parameters, get_language()], sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def wake(job_id: UUID) -> bool:
    """Ask a worker to look at a job; without a broker the next tick asks again."""
    sent: bool = import_string(settings.EVERWATCH_SEND)("everwatch.job", str(job_id))
    return sent


def request(actor: Actor, kind: str, *, title: Words | str, parameters: dict[str, Any]) -> Job:
    """A job for this work; the same request while one is waiting, running or done is that job.

    `title` as `Words` is read in the language of whoever looks at the job; a text stays as it is.
    A done job whose file is gone is done once more.
    """
    needs, _handler = registered(kind)
    actor.require(needs)
    if actor.id is None:
        raise Refused(_("A job needs a person who asks for it."))
    key = _key(parameters)
    with transaction.atomic(), audit.acting(actor, "job.request"):
        same = Job.objects.filter(user_id=actor.id, kind=kind, idempotency_key=key)
        job = same.filter(state__in=(*_ACTIVE, Job.State.DONE)).select_for_update().first()
        if job is None:
            job = Job.objects.create(
                user_id=actor.id,
                kind=kind,
                title=str(title)[:200],
                words=_words(title),
                parameters=parameters,
                idempotency_key=key,
                requested_at=clock.now(),
            )
            JobProgress.objects.create(job=job)
        elif job.state == Job.State.DONE and not _path(job):
            _again(job)
    if job.state == Job.State.QUEUED:
        transaction.on_commit(lambda: wake(job.id))
    return job


def _words(title: Words | str) -> dict[str, Any]:
    """The title, and the language of the page: who never chose one reads that of the browser."""
    said = {"title": title.stored()} if isinstance(title, Words) else {}
    return {**said, "language": get_language()}


def _again(job: Job) -> None:
    JOB.move(job, JobEvent.REQUEST_AGAIN)
    job.attempts, job.requested_at = 0, clock.now()
    job.started_at = job.finished_at = job.cancel_requested_at = job.file_size = None
    job.file_name = job.file_path = job.file_sha256 = job.error = ""
    job.manifest = {}
    job.words.pop("error", None)
    job.save()


def cancel(actor: Actor, job_id: UUID | str) -> Job:
    """Ask a job to stop: at once while it waits, at its next report of progress while it runs."""
    with transaction.atomic(), audit.acting(actor, "job.cancel"):
        job = scope.one(actor, Job.objects.select_for_update(), id=job_id)
        if job.state not in _ACTIVE:
            JOB.require(job, JobEvent.CANCEL, _("This job has already ended."))
        _stop(job)
    return job


def _stop(job: Job) -> None:
    if job.state == Job.State.QUEUED:
        JOB.move(job, JobEvent.CANCEL)
        job.finished_at = clock.now()
    elif job.state == Job.State.RUNNING:
        job.cancel_requested_at = clock.now()
    job.save()


def stop_all_of(user_id: UUID) -> int:
    """Stop the jobs of somebody whose access ends, as a part of that action; how many."""
    rows = list(Job.objects.select_for_update().filter(user_id=user_id, state__in=_ACTIVE))
    for job in rows:
        _stop(job)
    return len(rows)


def about(site: UUID, kinds: Collection[str]) -> QuerySet[Job]:
    """Jobs of these kinds that may hold people of a site: asked for by whoever had a role there."""
    people = Grant.objects.filter(Q(site_id=site) | Q(all_sites=True)).values("user_id")
    return Job.objects.filter(kind__in=kinds, user_id__in=people)


def stop_running(site: UUID, kinds: Collection[str]) -> int:
    """Stop what waits or runs of these kinds about a site, as a part of an action; how many."""
    rows = list(about(site, kinds).filter(state__in=_ACTIVE).select_for_update(of=("self",)))
    for job in rows:
        _stop(job)
    return len(rows)


def retry(actor: Actor, job_id: UUID | str) -> Job:
    """The same work again after a failure or a cancellation."""
    job = scope.one(actor, Job.objects.all(), id=job_id)
    if job.state not in (Job.State.FAILED, Job.State.CANCELLED):
        raise Refused(_("Only a job that failed or was cancelled can be started again."))
    title = Words.of(job.words.get("title", {})) or job.title
    return request(actor, job.kind, title=title, parameters=job.parameters)


def mine(actor: Actor) -> "QuerySet[Job]":
    """The actor's own jobs, newest first."""
    jobs = scope.visible(actor, Job.objects.select_related("progress"))
    return jobs.order_by("-requested_at", "-id")


def latest(actor: Actor, kinds: Collection[str], parameters: Mapping[str, str]) -> Job | None:
    """The actor's newest job of these kinds, asked with these; None when there is none."""
    return mine(actor).filter(kind__in=kinds, parameters__contains=parameters).first()


def made_today(actor: Actor, kind: str, parameters: Mapping[str, str]) -> bool:
    """Whether the actor's newest finished job of a kind, asked with these, ended today."""
    own = mine(actor).filter(kind=kind, state=Job.State.DONE, parameters__contains=parameters)
    last = own.values_list("finished_at", flat=True).first()
    return last is not None and last.astimezone(clock.SHANGHAI).date() == clock.today()


@counting.counts
def active_count(actor: Actor) -> "QuerySet[Job]":
    """How many of the actor's jobs wait or run; for the badge in the header."""
    return scope.visible(actor, Job.objects.filter(state__in=_ACTIVE))


def one(actor: Actor, job_id: UUID | str) -> Job:
    """One own job; NotFound otherwise."""
    return scope.one(actor, Job.objects.select_related("progress"), id=job_id)


def seconds_left(job: Job) -> int | None:
    """Seconds the job will still take at its pace so far; None before it can be told."""
    progress = job.progress
    if job.state != Job.State.RUNNING or not job.started_at or not progress.total:
        return None
    if progress.done <= 0 or progress.done > progress.total:
        return None
    passed = (clock.now() - job.started_at).total_seconds()
    return max(1, round(passed / progress.done * (progress.total - progress.done)))


def _path(job: Job) -> Path | None:
    """Where the file is, if it is there."""
    path = Path(settings.MEDIA_ROOT) / job.file_path
    return path if job.file_path and path.is_file() else None


def file_of(actor: Actor, job_id: UUID | str) -> tuple[Job, Path]:
    """The finished job and its file, logged as a read; NotFound when the file is gone.

    The right to the work must still be held: a role that was taken away takes its files along.
    """
    job = one(actor, job_id)
    try:
        needs, _handler = registered(job.kind)
    except KeyError as error:
        raise NotFound() from error
    actor.require(needs)
    path = _path(job)
    if job.state != Job.State.DONE or path is None:
        raise NotFound()
    access.record(actor, "job.download", job.id, reason=job.file_name)
    return job, path
