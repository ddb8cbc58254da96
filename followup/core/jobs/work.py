"""What a worker does with jobs: claim one, do it, write the outcome into its row."""

import logging
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext_noop

from followup.core import audit, clock
from followup.core.actor import Actor
from followup.core.jobs import files
from followup.core.jobs.handlers import Cancelled, Progress, naming_kinds, registered
from followup.core.models import Job, JobProgress, User
from followup.core.models.jobs import JOB, JobEvent, JobState
from followup.core.problems import Denied, NotFound, Refused
from followup.core.row_security import contexts
from followup.core.security.accounts import actor_of
from followup.core.stored_words import Words, spoken

logger = logging.getLogger("everwatch.jobs")
STALE = timedelta(minutes=3)
UNSEEN = timedelta(seconds=10)  # younger ones were announced when they were requested
ATTEMPTS = 3
BEAT_SECONDS = 30


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
        job = jobs.select_related("user").order_by("requested_at").first()
        if job is None:
            return None
        if job.attempts >= ATTEMPTS:
            JOB.move(job, JobEvent.FAIL)
            job.finished_at = now
            lost_thrice = gettext_noop("The work was started three times and lost each time.")
            with translation.override(job.user.language or job.words.get("language")):
                _say(job, Words(lost_thrice))
            job.save()
            return None
        taken = JobEvent.CLAIM if job.state == Job.State.QUEUED else JobEvent.CLAIM_AGAIN
        JOB.move(job, taken)
        job.started_at, job.attempts = now, job.attempts + 1
        job.save()
        JobProgress.objects.filter(job=job).update(done=0, total=None, step="", beat_at=now)
    return job


def waiting() -> list[UUID]:
    """Jobs a worker should look at now: waiting ones and ones whose worker was lost."""
    now = clock.now()
    lost = Q(state="running", progress__beat_at__lt=now - STALE)
    unseen = Q(state="queued", requested_at__lt=now - UNSEEN)
    found = Job.objects.filter(unseen | lost).order_by("requested_at")
    return list(found.values_list("id", flat=True)[:100])


def run(job_id: UUID | None = None) -> Job | None:
    """Claim a job and do its work; whatever happens ends in the row, never in a lost task."""
    job = claim(job_id)
    if job is None:
        return None
    user = User.objects.get(id=job.user_id)
    actor = actor_of(user, request_id=str(job.id)[:12])
    actor = replace(actor, language=user.language or job.words.get("language") or actor.language)
    folder = files.work_folder(job.id, job.attempts)
    try:
        reading = contexts.using(contexts.person(actor))
        with translation.override(actor.language), _beating(job), reading:
            return _do(job, user, actor, Progress(job.id, folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _do(job: Job, user: User, actor: Actor, progress: Progress) -> Job:
    try:
        needs, work = registered(job.kind)
        if not user.is_active:
            raise Cancelled()
        actor.require(needs)
        result = work(actor, job.parameters, progress)
        kept = files.save(job, result)
    except Cancelled:
        return _finish(job, JobEvent.STOP)
    except Exception as error:  # the row must say that it failed, whatever the reason
        logger.exception("job failed", extra={"task": job.kind})
        return _finish(job, JobEvent.FAIL, error=_explain(error))
    job.manifest, job.file_name = result.manifest, result.name
    job.file_path, job.file_sha256, job.file_size = kept.path, kept.sha256, kept.size
    row = _finish(job, JobEvent.FINISH, error=result.problem)
    if row.file_path != kept.path:
        files.drop(kept)
    return row


def _explain(error: Exception) -> Words | str:
    if isinstance(error, Refused):
        return _refusal(error)
    if isinstance(error, Denied):
        return Words(gettext_noop("You no longer have the permission this work needs."))
    if isinstance(error, NotFound):
        return Words(gettext_noop("What this work was about is no longer there, or not for you."))
    if isinstance(error, OSError):
        return Words(gettext_noop("The file could not be written. Perhaps the disk is full."))
    text = gettext_noop("Stopped by an unexpected error (%(kind)s).")
    return Words(text, {"kind": type(error).__name__})


def _refusal(error: Refused) -> Words | str:
    """The reasons in each language; a text that was put into words before is kept as it was."""
    messages = [message for each in error.fields.values() for message in each]
    if len(messages) == 1 and isinstance(messages[0], Words):
        return messages[0]
    return spoken(lambda: error.sentences)


def _say(row: Job, error: Words | str) -> None:
    row.error = str(error)
    row.words.pop("error", None)
    if isinstance(error, Words):
        row.words["error"] = error.stored()


def _finish(job: Job, event: JobEvent, *, error: Words | str = "") -> Job:
    """Write the outcome, unless another worker has taken the job over: this one was only slow."""
    worker = Actor.process("worker")
    with transaction.atomic(), audit.acting(worker, "job.end"):
        row = Job.objects.select_for_update().get(id=job.id)
        if row.attempts != job.attempts or row.state != Job.State.RUNNING:
            return row
        if event is JobEvent.FINISH and _stopped_at_the_end(row):
            event = JobEvent.STOP
        state = JOB.machine.step(JobState.RUNNING, event)
        with audit.acting(worker, f"job.{state}"):
            JOB.move(row, event)
            row.finished_at = clock.now()
            _say(row, error)
            if state is JobState.DONE:
                row.file_name, row.file_path = job.file_name, job.file_path
                row.manifest = job.manifest
                row.file_sha256, row.file_size = job.file_sha256, job.file_size
            row.save()
    return row


def _stopped_at_the_end(row: Job) -> bool:
    """Asked to stop after the last report of progress, with a file that may name a patient.

    An erasure asks so and searches only the files that were there before it.
    """
    return row.cancel_requested_at is not None and row.kind in naming_kinds()


@contextmanager
def _beating(job: Job) -> Iterator[None]:
    """Show life while one long step reports nothing; the hard limit of the task ends a hung one."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(BEAT_SECONDS):
            try:
                JobProgress.objects.filter(job_id=job.id).update(beat_at=clock.now())
            finally:
                connection.close()  # this thread's own

    thread = threading.Thread(target=beat, name="job-beat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(timeout=5)
