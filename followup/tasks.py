"""Tasks: wake-up calls by name; what there is to do is in the database."""

from uuid import UUID

from celery import current_app, shared_task
from kombu.exceptions import OperationalError as BrokerError

from followup.actions import (
    amendment_jobs,
    batch_jobs,
    cohort_jobs,
    erasure_jobs,
    exports,
    matrix_jobs,
    person_exports,
    scheduler,
    trail,
)
from followup.core import jobs
from followup.core.actor import Actor

# Importing a module registers the handlers of its kinds of job.
KINDS = (
    trail.KIND,
    amendment_jobs.MOVE,
    batch_jobs.KIND,
    cohort_jobs.KIND,
    erasure_jobs.ERASE,
    exports.KIND,
    matrix_jobs.KIND,
    person_exports.KIND,
)


def _tick() -> None:
    """Beat sends this all day long; mail has a queue of its own, so that it cannot hold this up."""
    scheduler.tick(Actor.process("tick"))
    try:
        current_app.send_task("everwatch.send", retry=False)
    except (BrokerError, OSError):
        _send()


def _send() -> None:
    """Send what waits in the outbox."""
    scheduler.send(Actor.process("send"))


def _job(job_id: str) -> None:
    """Do one job, if it still waits or its worker was lost; several calls do it once."""
    jobs.run(UUID(job_id))


# Plain calls, since the decorator carries no types.
tick = shared_task(name="everwatch.tick")(_tick)
send = shared_task(name="everwatch.send")(_send)
job = shared_task(name="everwatch.job")(_job)
