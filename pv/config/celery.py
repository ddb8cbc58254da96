"""The Celery application: beat ticks, workers claim rows, PostgreSQL stays the truth."""

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pv.config.settings")

app = Celery("everwatch")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["followup", "pv"])


def _tick_at_once(sender: Any, **_: Any) -> None:
    """A beat that starts does not wait a minute: what became due while it was down is due now."""
    sender.app.send_task("everwatch.tick", retry=False)


beat_init.connect(_tick_at_once)
