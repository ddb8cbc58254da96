"""A worker's application with one more kind of job, which stops half-way at its first attempt."""

import importlib
import os
import time
from pathlib import Path

from celery import signals

from pv.config.celery import app

__all__ = ["app"]
KIND = "test-slow"


def work(_actor, _parameters, progress):
    """Say that the first attempt has begun and never end it; the second one writes its file."""
    began = Path(os.environ["SLOW_JOB_BEGAN"])
    progress.report(1, 3)
    if not began.exists():
        began.write_text(str(os.getpid()))
        time.sleep(600)
    path = progress.folder / "out.txt"
    path.write_text("done at last")
    progress.report(3, 3)
    return importlib.import_module("followup.core.jobs").Result(path, "out.txt")


@signals.worker_process_init.connect
def register(**_):
    """In each process that does work, once Django is ready."""
    jobs = importlib.import_module("followup.core.jobs")
    permissions = importlib.import_module("followup.core.permissions")
    jobs.handler(KIND, needs=permissions.Perm.PATIENT_READ)(work)
