"""Data locks: reading the register as one of them knew it, and what changed between two."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from followup.core import guards, scope
from followup.core.actor import Actor
from followup.core.http import keyset
from followup.core.http.keyset import Page
from followup.core.identifiers import read_uuid
from followup.core.models import Change, DataLock, Seal
from followup.core.permissions import Perm
from followup.core.trail import asof
from followup.queries import seals, trail
from followup.queries.trail import ValueDifference

PAGE = 50
OFFERED = 200
NAMED = 20  # of a part of a name
_KEY = r"\w+\|[\w.:-]{1,64}"  # table and row
# Work of the system itself: who may sign in, what was printed, what was sealed.
_NOT_DATA = ("core_",)


def locks(actor: Actor) -> QuerySet[DataLock]:
    """All locks, the latest first."""
    return scope.visible(actor, DataLock.objects.all()).order_by("-made_at", "-id")


def page(actor: Actor, *, name: str = "", key: str = "") -> Page[DataLock]:
    """One page of the locks, of those with `name` in theirs, the latest first."""
    rows = locks(actor)
    if name.strip():
        rows = rows.filter(name__icontains=name.strip())
    return Page(*keyset.newest_first(rows, "made_at", key=key, size=PAGE))


def named(actor: Actor, name: str) -> list[DataLock]:
    """The lock of this name, else the latest that have it in theirs; a name is given once."""
    same = list(locks(actor).filter(name=name))
    return same or list(locks(actor).filter(name__icontains=name)[:NAMED])


def are_older(actor: Actor) -> bool:
    """Whether there are older locks than a choice of them offers."""
    return locks(actor)[OFFERED : OFFERED + 1].exists()


def offered(actor: Actor, *asked: object) -> list[DataLock]:
    """What a choice of locks offers: the latest, and those asked for by id, however old."""
    rows = list(locks(actor)[:OFFERED])
    named = (read_uuid(str(each)) for each in asked if each)
    ids = {each for each in named if each} - {row.id for row in rows}
    return rows + (list(locks(actor).filter(id__in=ids)) if ids else [])


def lock(actor: Actor, lock_id: UUID | str) -> DataLock:
    """One lock; NotFound when there is none."""
    return scope.one(actor, DataLock.objects.all(), id=lock_id)


def chosen(actor: Actor, lock_id: UUID | str | None) -> DataLock | None:
    """The lock that was asked for; None where none was, NotFound when there is no such one."""
    return lock(actor, lock_id) if lock_id else None


@contextmanager
def known_at(row: DataLock) -> Iterator[None]:
    """Let every query of this block read what was known at a lock."""
    with asof.known_at(row.seq, passed=seals.passed()):
        yield


@dataclass(frozen=True, slots=True)
class Count:
    """Rows of a table the actor may read, at one lock or at two."""

    table: str
    first: int
    second: int

    @property
    def difference(self) -> int:
        """How many more at the second."""
        return self.second - self.first


def _counts(actor: Actor, row: DataLock) -> dict[str, int]:
    found = {}
    with known_at(row):
        for model in guards.audited_models():
            table = model._meta.db_table
            needed = scope.of(model).read
            if table.startswith(_NOT_DATA) or needed is None or needed not in actor.permissions:
                continue
            found[table] = scope.counting(actor, model._default_manager.all()).count()
    return found


def counts(actor: Actor, first: DataLock, second: DataLock) -> list[Count]:
    """What two locks hold, table by table."""
    actor.require(Perm.REPORT_READ)
    one = _counts(actor, first)
    other = one if first == second else _counts(actor, second)
    return [Count(table, one[table], other[table]) for table in sorted(one)]


@dataclass(frozen=True, slots=True)
class RowChange:
    """A row that is not at the second lock what it was at the first."""

    table: str
    row: str
    operation: str
    differences: Sequence[ValueDifference]


def changed(
    actor: Actor, first: DataLock, second: DataLock, *, key: str = ""
) -> tuple[list[RowChange], str]:
    """A page of the rows that differ between two locks, by table and row; the next page's key.

    A row that was changed and changed back is left out: at both locks it says the same.
    """
    actor.require(Perm.AUDIT_READ)
    low, high = sorted((first.seq, second.seq))
    between = Seal.objects.filter(seq__gt=low, seq__lte=high)
    rows = trail.readable(actor).filter(id__in=between.values("change_id"))
    for name in _NOT_DATA:
        rows = rows.exclude(table_name__startswith=name)
    names = rows.values_list("table_name", "row_id").distinct().order_by("table_name", "row_id")
    table, _bar, after = keyset.parse_cursor(key, _KEY).partition("|")
    if after:
        names = names.filter(table_name__gte=table).exclude(table_name=table, row_id__lte=after)
    page, end = keyset.page(names[: PAGE + 1], PAGE, "|".join)
    whole = [change for name in page if (change := _between(rows, *name)) is not None]
    people = trail.people(whole)
    return [_row_change(change, people) for change in whole], end


def _between(rows: QuerySet[Change], table: str, row: str) -> Change | None:
    changes = rows.filter(table_name=table, row_id=row)
    first = changes.order_by("id").first()
    last = changes.order_by("-id").first()
    if first is None or last is None or first.before == last.after:
        return None
    return Change(table_name=table, row_id=row, before=first.before, after=last.after)


def _row_change(whole: Change, people: Mapping[str, str]) -> RowChange:
    operation = "INSERT" if whole.before is None else "DELETE" if whole.after is None else "UPDATE"
    differences = trail.differences(whole, people)
    return RowChange(whole.table_name, whole.row_id, operation, differences)


def images(row: DataLock, table: str, row_id: str) -> dict[str, Any] | None:
    """One row as it was known at a lock, with the columns of today; None when it was not there."""
    model = next((m for m in guards.audited_models() if m._meta.db_table == table), None)
    if model is None:
        return None
    with known_at(row):
        return model._default_manager.filter(pk=row_id).values().first()
