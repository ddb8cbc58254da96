"""Long work as rows: requested once, claimed by a worker, honest counts, a hashed file."""

from followup.core.jobs.files import FILES_KEPT, forget_files
from followup.core.jobs.handlers import Cancelled, Handler, Progress, Result, handler
from followup.core.jobs.requests import (
    active_count,
    cancel,
    file_of,
    mine,
    one,
    request,
    retry,
    seconds_left,
    stop_all_of,
    wake,
)
from followup.core.jobs.work import ATTEMPTS, STALE, claim, run, waiting

__all__ = [
    "ATTEMPTS",
    "FILES_KEPT",
    "STALE",
    "Cancelled",
    "Handler",
    "Progress",
    "Result",
    "active_count",
    "cancel",
    "claim",
    "file_of",
    "forget_files",
    "handler",
    "mine",
    "one",
    "request",
    "retry",
    "run",
    "seconds_left",
    "stop_all_of",
    "waiting",
    "wake",
]
