"""Erasures of identities: those asked for, what was found for them, and those that were made."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import Model, QuerySet

from followup.core import counting, guards, scope
from followup.core.actor import Actor
from followup.core.http import keyset
from followup.core.models import Job
from followup.core.permissions import Perm
from followup.core.row_security import contexts
from followup.domain.erasures import ErasureState
from followup.models import IdentityErasure, Patient
from followup.queries import erasure_files, erasure_handouts, erasure_searches
from followup.queries.erasure_handouts import HandedOut

MOST = 200
FILES = 50
ACTIVE = (Job.State.QUEUED, Job.State.RUNNING)
OPEN = (ErasureState.ASKED, ErasureState.ERASING)
_LONG = ("found", "people", "files", "done")


def needed(actor: Actor) -> Perm:
    """The permission this actor reads erasures by: who asks for one reads them too."""
    return Perm.PRIVACY_READ if actor.may(Perm.PRIVACY_READ) else Perm.PRIVACY_WRITE


def erasures(actor: Actor) -> QuerySet[IdentityErasure]:
    """The erasures of one's own hospitals, the latest first, without what was found."""
    rows = IdentityErasure.objects.select_related("patient", "site", "asked_by", "decided_by")
    return scope.visible(actor, rows.defer(*_LONG), needed(actor)).order_by("-id")


def erasure(actor: Actor, erasure_id: UUID | str) -> IdentityErasure:
    """One erasure; NotFound otherwise."""
    rows = IdentityErasure.objects.select_related("patient__site", "site", "asked_by", "decided_by")
    return scope.one(actor, rows, needed(actor), id=erasure_id)


def open_of(actor: Actor, patient: Patient) -> IdentityErasure | None:
    """The erasure of a patient that waits for a second person, or is being made."""
    return erasures(actor).filter(patient=patient, state__in=OPEN).first()


@counting.counts
def waiting(actor: Actor) -> QuerySet[IdentityErasure]:
    """How many wait for a second person, or are being made."""
    if not actor.may(Perm.PRIVACY_REVIEW):
        return IdentityErasure.objects.none()
    return erasures(actor).filter(state__in=OPEN).order_by()[: MOST + 1]


def handed_out(kept: dict[str, Any]) -> list[HandedOut]:
    """Who downloaded a file that named the person: of what was found, or what was done."""
    return erasure_handouts.again({UUID(job): seen for job, seen in kept.get("copies", {}).items()})


@contexts.reads_whole
def job_of(row: IdentityErasure) -> Job | None:
    """The search or the erasure that was started last, whoever started it, with its progress."""
    if row.job_id is None:
        return None
    return Job.objects.select_related("progress").get(id=row.job_id)


class SearchState(StrEnum):
    """How the search of an erasure that waits stands."""

    MISSING = "MISSING"
    RUNNING = "RUNNING"
    FAILED = "FAILED"
    DONE = "DONE"


def search_of(row: IdentityErasure, job: Job | None) -> SearchState:
    """Whether there is a result, or why there is none; an older result is shown meanwhile."""
    if job is not None and job.state in ACTIVE:
        return SearchState.RUNNING
    if job is not None and job.state != Job.State.DONE:
        return SearchState.FAILED
    return SearchState.DONE if row.searched_at else SearchState.MISSING


@dataclass(frozen=True, slots=True)
class Outdated:
    """What came since a search: files (counted up to 200), a change of the identity."""

    files: int
    identity: bool


def outdated(row: IdentityErasure) -> Outdated | None:
    """Why a result no longer says everything; None while it does."""
    if not row.searched_at:
        return None
    came = erasure_files.count(row.site_id, UUID(row.found["mark"]), most=MOST + 1)
    changed = row.found["versions"] != erasure_searches.versions(row.patient_id)
    return Outdated(came, changed) if came or changed else None


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file that holds the person."""

    name: str
    received_at: datetime


def files(actor: Actor, ids: Sequence[str], *, key: str = "") -> tuple[list[FoundFile], str]:
    """A page of files that were found, in the order they came, and the key of the next."""
    after = keyset.parse_cursor(key, keyset.UUID_PATTERN) or ""
    page, end = keyset.page([one for one in sorted(ids) if one > after][: FILES + 1], FILES, str)
    found = {}
    for model in erasure_files.MODELS:
        rows = scope.visible(actor, model._default_manager.filter(id__in=page))
        columns = ("id", "name", "received_at")
        found.update({str(one): FoundFile(*rest) for one, *rest in rows.values_list(*columns)})
    return [found[one] for one in page if one in found], end


@dataclass(frozen=True, slots=True)
class NamingText:
    """A text recorded that names the person, as it reads today."""

    table: str
    column: str
    text: str


def texts(row: IdentityErasure) -> list[NamingText]:
    """The texts of the list of a search that still name the person, at most 200."""
    known = erasure_searches.sought(row.patient_id).known
    wanted: dict[str, list[tuple[str, str]]] = {}
    for table, column, key in row.found.get("texts", ()):
        wanted.setdefault(table, []).append((column, key))
    found = []
    for table, places in wanted.items():
        values = _values(_models()[table], places)
        for column, key in places:
            if known.named_in(text := values.get((column, key), "")):
                found.append(NamingText(table, column, text[:200]))
    return found


def _values(model: type[Model], places: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
    columns = sorted({column for column, _key in places})
    rows = model._default_manager.filter(pk__in=[key for _column, key in places])
    found = {}
    for key, *values in rows.values_list("pk", *columns):
        for column, value in zip(columns, values, strict=True):
            found[column, str(key)] = value if isinstance(value, str) else str(value or "")
    return found


def _models() -> dict[str, type[Model]]:
    return {model._meta.db_table: model for model in guards.own_models()}
