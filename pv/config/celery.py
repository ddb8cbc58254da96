"""The Celery application: beat ticks, workers claim rows, PostgreSQL stays the truth."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_before_create_process, worker_init
from kombu.exceptions import OperationalError as BrokerError

from followup.core import extensions, memory
from followup.core.row_security import contexts
from pv.config import sharing

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pv.config.settings")
# A worker would read every page (40 MB) to check it; whoever migrates has checked before.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

app = Celery("everwatch")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["followup", "pv"])


def send(task: str, *arguments: str) -> bool:
    """Ask a worker for a task by its name; False when there is no broker."""
    try:
        app.send_task(task, args=list(arguments), retry=False)
    except (BrokerError, OSError):
        return False
    return True


def _share(**_: Any) -> None:
    """Before a child is forked: what each tick needs is read once.

    That is the duties, the broker's client, and what a letter is written with.
    """
    for added in extensions.registered():
        added.daily()
        added.fact_handlers()
        added.reminders()
    _ = app.connection_for_write().transport
    sharing.read_early("messages/reminder.txt")
    sharing.read_database()
    memory.freeze()


def _declare(**_: Any) -> None:
    """A worker is the system; a job narrows itself to the person who asked for it."""
    contexts.declare()


worker_init.connect(_declare)
worker_before_create_process.connect(_share)
