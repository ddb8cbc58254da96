"""The ticking clock: a Celery application of its own, without Django, its settings or our tasks.

`python -m pv.config.beat` runs it without Celery's command line, which is a third of its memory.
Beat sends one task by name, every twenty seconds; for that it needs the broker's address only.
"""

import os
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import beat_init

from pv.config import broker

ROOT = Path(__file__).resolve().parents[2]
VAR = Path(os.environ.get("EVERWATCH_VAR") or ROOT / "var").resolve()

app = Celery("everwatch-beat", fixups=[])
app.conf.update(
    broker_url=broker.broker_url(os.environ.get("REDIS_URL") or broker.REDIS_URL),
    broker_transport_options=broker.TRANSPORT,
    broker_connection_retry_on_startup=True,
    task_ignore_result=True,
    task_serializer="json",
    accept_content=["json"],
    task_publish_retry=False,
    task_default_queue=broker.QUEUE,
    task_routes=broker.ROUTES,
    timezone="UTC",
    enable_utc=True,
    beat_schedule=broker.SCHEDULE,
    beat_schedule_filename=str(VAR / "celerybeat-schedule"),
)


def _tick_at_once(sender: Any, **_: Any) -> None:
    """A beat that starts does not wait a minute: what became due while it was down is due now."""
    sender.app.send_task("everwatch.tick", retry=False)


beat_init.connect(_tick_at_once)

if __name__ == "__main__":
    app.Beat(pidfile="", loglevel="INFO").run()
