"""The functions that do the work of a job, and what they report to."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from followup.core import clock
from followup.core.actor import Actor
from followup.core.models import Job, JobProgress
from followup.core.permissions import Perm
from followup.core.row_security import contexts
from followup.core.stored_words import Words


class Cancelled(Exception):
    """The requester asked to stop; raised at the next report of progress."""


@dataclass
class Progress:
    """What a handler reports to: counts for the page, life for the watchdog, a stop for us.

    `folder` is for the handler's files; what is left in it is removed when the work ends.
    """

    job_id: UUID
    folder: Path
    every: timedelta = timedelta(seconds=1)
    _last: Any = field(default=None, init=False)

    def keep(self, state: dict[str, Any]) -> None:
        """Store how far the work has come, for an attempt that follows if this one is lost."""
        JobProgress.objects.filter(job_id=self.job_id).update(kept=state)

    def report(self, done: int, total: int | None = None, step: str = "") -> None:
        """Store the counts at most once a second; raises Cancelled when asked to stop."""
        now = clock.now()
        if self._last is not None and now - self._last < self.every and done != total:
            return
        self._last = now
        JobProgress.objects.filter(job_id=self.job_id).update(
            done=done, total=total, step=step, beat_at=now
        )
        if Job.objects.filter(id=self.job_id, cancel_requested_at__isnull=False).exists():
            raise Cancelled()


@contexts.reads_whole
def kept(*job_ids: UUID | str | None) -> dict[str, Any]:
    """What the first of these jobs that kept something has kept, whosever job it is."""
    rows = dict(
        JobProgress.objects.filter(job_id__in=[key for key in job_ids if key])
        .exclude(kept={})
        .values_list("job_id", "kept")
    )
    return next((rows[UUID(str(key))] for key in job_ids if key and UUID(str(key)) in rows), {})


@dataclass(frozen=True, slots=True)
class Result:
    """The file a handler made (moved into place by us) and what its manifest says.

    `problem` is what could not be done all the same.
    """

    path: Path
    name: str
    manifest: dict[str, Any] = field(default_factory=dict)
    problem: Words | str = ""


Handler = Callable[[Actor, dict[str, Any], Progress], Result]
_HANDLERS: dict[str, tuple[Perm, Handler]] = {}
_NAMING: set[str] = set()


def handler(kind: str, *, needs: Perm, names_people: bool = False) -> Callable[[Handler], Handler]:
    """Register the function that does the work of one kind of job, under its permission.

    `names_people` where its files may say who a patient is: an erasure looks into them.
    """

    def decorate(function: Handler) -> Handler:
        _HANDLERS[kind] = (needs, function)
        if names_people:
            _NAMING.add(kind)
        return function

    return decorate


def naming_kinds() -> list[str]:
    """The kinds of job whose files may say who a patient is."""
    return sorted(_NAMING)


def registered(kind: str) -> tuple[Perm, Handler]:
    """The permission and the function of a kind. KeyError when no module registered it."""
    return _HANDLERS[kind]
