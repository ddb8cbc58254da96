"""Files that were downloaded before an erasure: out of reach, so whoever has one is named."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from followup.core import jobs
from followup.core.models import Access
from followup.core.row_security import contexts
from followup.queries import trail

MOST = 500


@dataclass(frozen=True, slots=True)
class HandedOut:
    """One download of a file that names the person, or that is gone and may have named them."""

    job: UUID
    name: str
    by: str
    at: datetime
    seen: bool


def of(site: UUID, named: Collection[UUID], *, since: datetime) -> list[HandedOut]:
    """Downloads since then of the files `named`, and of those that are here no longer.

    The latest first, at most 500. A file that is here and does not name the person is none; one
    that was made again since its download is not the one that was downloaded.
    """
    with contexts.whole():  # whoever asked for them
        asked = jobs.about(site, jobs.naming_kinds())
        made = {
            job: (at, bool(path))
            for job, at, path in asked.values_list("id", "requested_at", "file_path")
        }
        found = []
        for row in _downloads(made).filter(at__gte=since).iterator():
            job = UUID(row.subject)
            asked_at, is_here = made[job]
            same = is_here and row.at >= asked_at
            if job in named or not same:
                found.append((row, same))
        return _handed_out(found[:MOST])


def by_job(found: Iterable[HandedOut]) -> dict[str, bool]:
    """By job, whether one of these downloads was of a file that was seen to name the person."""
    jobs_seen: dict[str, bool] = {}
    for each in found:
        jobs_seen[str(each.job)] = jobs_seen.get(str(each.job), False) or each.seen
    return jobs_seen


def again(kept: Mapping[UUID, bool]) -> list[HandedOut]:
    """The same of an erasure that was made; by job, whether its file was seen to name them."""
    with contexts.whole():
        rows = _downloads(kept)[:MOST]
        return _handed_out([(row, kept[UUID(row.subject)]) for row in rows])


def _downloads(found: Collection[UUID]) -> QuerySet[Access]:
    rows = Access.objects.filter(kind="job.download", subject__in=[str(job) for job in found])
    return rows.order_by("-at", "-id")


def _handed_out(found: Sequence[tuple[Access, bool]]) -> list[HandedOut]:
    names = trail.people(row for row, _seen in found)
    return [
        HandedOut(
            UUID(row.subject),
            row.reason,
            names.get(str(row.actor_id), row.actor_name),
            row.at,
            seen,
        )
        for row, seen in found
    ]
