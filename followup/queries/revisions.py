"""What another protocol version makes of recorded schedules; equal ones are planned once."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from uuid import UUID

from django.db import connection

from followup.domain import schedules as planning
from followup.domain.schedules import FixedVisit, Revision
from followup.models import ReferenceItem
from followup.queries import amendments, protocols


@dataclass(frozen=True, slots=True)
class Situation:
    """Schedules that stand alike, and what the new version makes of each of them."""

    schedules: list[UUID]
    planned_to: date
    change: Revision


def _visits(text: str | None) -> Iterator[FixedVisit]:
    return map(_visit, filter(None, (text or "").split(";")))


@lru_cache(maxsize=20_000)
def _visit(text: str) -> FixedVisit:
    """One visit as the statement writes it; of thousands of schedules most days are the same."""
    code, *days = text.split("|")
    return FixedVisit(code, *map(date.fromisoformat, days))


def situations(ids: Sequence[UUID], target: ReferenceItem, on: date) -> list[Situation]:
    """What the version makes of these schedules on a day, planned once for all that stand alike."""
    protocol = protocols.of(target)
    with connection.cursor() as cursor:
        cursor.execute(*amendments.situations(ids, on))
        rows = cursor.fetchall()
    return [
        Situation(
            schedules,
            planned_to,
            planning.revise(
                day_zero,
                protocol,
                planned_to,
                effective_on=on,
                fixed=_visits(fixed),
                open_visits=_visits(open_ones),
                shelved=frozenset((shelved or "").split(";")) - {""},
            ),
        )
        for day_zero, planned_to, fixed, open_ones, shelved, schedules in rows
    ]


def counted(found: Sequence[Situation]) -> Counter[str]:
    """Schedules and visits by what happens to them."""
    counts: Counter[str] = Counter()
    for one in found:
        n, change = len(one.schedules), one.change
        counts["schedules"] += n
        counts["moved"] += n * len(change.moved)
        counts["added"] += n * len(change.added)
        counts["dropped"] += n * len(change.dropped)
        counts["untouched"] += n * change.untouched
        counts["past"] += n * len(change.past)
        if change.moved or change.added or change.dropped:
            counts["changed"] += n
    return counts
