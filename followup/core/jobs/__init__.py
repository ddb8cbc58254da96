"""Long work as rows: requested once, claimed by a worker, honest counts, a hashed file."""

from followup.core.jobs.files import FILES_KEPT, drop_files, forget_files
from followup.core.jobs.handlers import (
    Cancelled,
    Handler,
    Progress,
    Result,
    handler,
    kept,
    naming_kinds,
)
from followup.core.jobs.requests import (
    about,
    active_count,
    cancel,
    file_of,
    made_today,
    mine,
    one,
    request,
    retry,
    seconds_left,
    stop_all_of,
    stop_running,
    wake,
)
from followup.core.jobs.work import ATTEMPTS, STALE, claim, run, waiting

__all__ = [
    "about",
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
    "drop_files",
    "file_of",
    "forget_files",
    "handler",
    "kept",
    "made_today",
    "mine",
    "naming_kinds",
    "one",
    "request",
    "retry",
    "run",
    "seconds_left",
    "stop_all_of",
    "stop_running",
    "waiting",
    "wake",
]
