"""The Celery application: beat ticks, workers claim rows, PostgreSQL stays the truth."""

import gc
import os
from typing import Any

from celery import Celery
from celery.signals import worker_before_create_process
from kombu.exceptions import OperationalError as BrokerError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pv.config.settings")

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
    """Before a child is forked: the collector would write to, and so copy, what both share."""
    gc.collect()
    gc.freeze()


worker_before_create_process.connect(_share)
