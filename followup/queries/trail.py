"""The audit trail and the log of reads, as far as the reader's scope goes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import Q, QuerySet

from followup.core import clock, extensions, guards, naming, scope
from followup.core.action import REGISTRY
from followup.core.actor import AUTOMATIC, Actor
from followup.core.http import keyset
from followup.core.http.numbers import whole_number
from followup.core.models import Access, Change, User
from followup.core.permissions import Perm
from followup.core.row_security import policies
from followup.domain.signatures import leaves

PAGE = 50
_LARGEST_ID = 2**63 - 1  # of a column that counts
MOST = 500  # records around one, of each table
SEALED = "_sealed"
# Of these a hospital meets nothing: the beginning of a permission, and what reads it.
_APART: Mapping[str, Perm] = MappingProxyType(
    {
        "case": Perm.CASE_READ,
        "icsr": Perm.CASE_READ,
        "exchange": Perm.EXCHANGE_READ,
        "commitment": Perm.COMMITMENT_READ,
        "report": Perm.REPORT_READ,
        "user": Perm.USER_READ,
    }
)
OWN = "followup."  # the package whose system acts for hospitals; others act for a holder
_NOBODY: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Filters:
    """What the reader asked for; empty means not asked.

    `subject` is the number of a record (a study code, a case number): the record and all that
    hangs on it. Without `automatic` what the system did without a person is left out.
    """

    actor_name: str = ""
    action: str = ""
    table: str = ""
    row: str = ""
    reason: str = ""
    subject: str = ""
    automatic: bool = False
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class ValueDifference:
    """One column before and after. Sealed identity values are named, never shown."""

    column: str
    before: str
    after: str


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), clock.SHANGHAI)


def _readable(actor: Actor, rows: QuerySet[Change]) -> QuerySet[Change]:
    """Without the tables whose rows the reader may not open: their trail is their content."""
    by_permission: dict[Perm, list[str]] = {}
    for model in guards.own_models():
        needed = scope.of(model).read
        if needed is not None:
            by_permission.setdefault(needed, []).append(model._meta.db_table)
    for needed, names in by_permission.items():
        if actor.system or set(actor.granting(Perm.AUDIT_READ)) <= set(actor.granting(needed)):
            continue
        inside = scope.visible(actor, Change.objects.all(), needed).filter(table_name__in=names)
        rows = rows.filter(~Q(table_name__in=names) | Q(pk__in=inside.values("pk")))
    return rows


def _about(actor: Actor, number: str) -> list[str]:
    """The ids of the record with a number and of all that points to it, one step around.

    The numbers are those the applications register: each knows its own.
    """
    ids: list[str] = []
    numbers = [each for added in extensions.registered() for each in added.trail_numbers]
    for label, column in numbers:
        model = apps.get_model(label)
        for key in scope.visible(actor, model._default_manager.filter(**{column: number}))[:5]:
            ids.append(str(key.pk))
            for other in guards.own_models():
                if policies.holds_identity(other) and not actor.may(Perm.IDENTITY_READ):
                    continue
                for field in other._meta.concrete_fields:
                    if field.related_model is model:
                        found = other._default_manager.filter(**{field.name: key})
                        ids += [str(pk) for pk in found.values_list("pk", flat=True)[:MOST]]
    return ids


def _rows(actor: Actor, filters: Filters) -> QuerySet[Change]:
    rows = _readable(actor, scope.visible(actor, Change.objects.all()))
    if not (filters.automatic or filters.row or filters.actor_name):
        rows = rows.exclude(actor_name__startswith=AUTOMATIC)
    if filters.subject:
        rows = rows.filter(row_id__in=_about(actor, filters.subject))
    if filters.reason:
        rows = rows.filter(reason__icontains=filters.reason)
    if filters.actor_name:
        named = User.objects.filter(display_name__icontains=filters.actor_name).values("id")
        signed_in_as = Q(actor_name__icontains=filters.actor_name)
        rows = rows.filter(signed_in_as | Q(actor_id__in=named))
    if filters.action:
        rows = rows.filter(action__startswith=filters.action)
    if filters.table:
        rows = rows.filter(table_name=filters.table)
    if filters.row:
        rows = rows.filter(row_id=filters.row)
    if filters.since:
        rows = rows.filter(at__gte=_midnight(filters.since))
    if filters.until:
        rows = rows.filter(at__lt=_midnight(filters.until + timedelta(days=1)))
    return rows


def readable(actor: Actor) -> QuerySet[Change]:
    """Every change the actor may read, in no order."""
    actor.require(Perm.AUDIT_READ)
    return _readable(actor, scope.visible(actor, Change.objects.all()))


def count_of_period(actor: Actor, *, since: date, until: date, site: UUID | None) -> int:
    """How many changes of whole days a reviewer reads, of one site or of all."""
    rows = readable(actor).filter(
        at__gte=_midnight(since), at__lt=_midnight(until + timedelta(days=1))
    )
    return rows.filter(site_id=site).count() if site else rows.count()


def page(
    actor: Actor, filters: Filters, *, key: str = "", size: int = PAGE
) -> tuple[list[Change], str]:
    """One page of changes, the latest first, and the key of the next page."""
    actor.require(Perm.AUDIT_READ)
    rows = _rows(actor, filters)
    if (before := whole_number(key, most=_LARGEST_ID)) is not None:
        rows = rows.filter(id__lt=before)
    return keyset.page(rows.order_by("-id")[: size + 1], size, lambda row: str(row.id))


def history(actor: Actor, table: str, row: str) -> list[Change]:
    """Every change of one record, the latest first."""
    actor.require(Perm.AUDIT_READ)
    return list(_rows(actor, Filters(table=table, row=row)).order_by("-id")[:500])


def looks(actor: Actor, subject: UUID | str) -> list[Access]:
    """Who looked at, exported or printed a record, the latest first."""
    rows = scope.visible(actor, Access.objects.filter(subject=str(subject)))
    return list(rows.order_by("-id")[:200])


def count(actor: Actor, filters: Filters) -> int:
    """How many changes an export would hold."""
    return _rows(actor, filters).count()


def stream(actor: Actor, filters: Filters, *, last: int | None = None) -> Iterator[Change]:
    """Every change in order, read in portions, so that an export holds no more than one."""
    actor.require(Perm.AUDIT_READ)
    rows = _rows(actor, filters)
    if last is not None:
        rows = rows.filter(id__lte=last)
    yield from rows.order_by("id").iterator(chunk_size=1000)


def newest(actor: Actor) -> int | None:
    """The number of the newest visible change: an export ends there, whatever comes after."""
    found = scope.visible(actor, Change.objects.all()).order_by("-id")
    return found.values_list("id", flat=True).first()


_SECRET = ("tokens", "password", "digest", "content", "secret")


def _text(column: str, value: Any) -> str:
    if value is None:
        return ""
    if column.endswith(SEALED) or column in _SECRET:
        return "•••"
    plain = isinstance(value, list) and all(isinstance(entry, str) for entry in value)
    text = ", ".join(value) if plain else str(value)
    return text if len(text) <= 500 else f"{text[:500]}…"


def _touched(column: str, before: Any, after: Any) -> Iterator[ValueDifference]:
    """One line per column; of a document one line for each value that changed inside."""
    hidden = column.endswith(SEALED) or column in _SECRET
    if hidden or not isinstance(before, dict | list) or not isinstance(after, dict | list):
        yield ValueDifference(column, _text(column, before), _text(column, after))
        return
    old, new = dict(leaves(column, before)), dict(leaves(column, after))
    for place in dict.fromkeys([*old, *new]):
        if old.get(place) != new.get(place):
            yield ValueDifference(place, _text(place, old.get(place)), _text(place, new.get(place)))


@cache
def _person_columns(table: str) -> frozenset[str]:
    """The columns of a table that hold the id of an account."""
    models = [model for model in guards.own_models() if model._meta.db_table == table]
    fields = [field for model in models for field in model._meta.concrete_fields]
    return frozenset(str(field.column) for field in fields if field.related_model is User)


def people(rows: Iterable[Change | Access]) -> dict[str, str]:
    """The names of everyone a page of the trail speaks of, by the id of the account.

    They are who acted, and who is named in a column before or after.
    """
    found: set[str] = set()
    for row in rows:
        found.add(str(row.actor_id or ""))
        if isinstance(row, Change):
            columns = _person_columns(row.table_name)
            images = (row.before or {}, row.after or {})
            found |= {str(image.get(name) or "") for image in images for name in columns}
    accounts = User.objects.filter(id__in=found - {""})
    return {str(account.id): str(account) for account in accounts}


def _named(change: Change, image: Mapping[str, Any] | None, names: Mapping[str, str]) -> Any:
    columns = _person_columns(change.table_name)
    return {
        name: names.get(str(value), value) if name in columns else value
        for name, value in (image or {}).items()
    }


def differences(change: Change, names: Mapping[str, str] = _NOBODY) -> Sequence[ValueDifference]:
    """What a change touched, column by column; people by `names`, others as their ids."""
    before, after = _named(change, change.before, names), _named(change, change.after, names)
    return [
        difference
        for name in dict.fromkeys([*before, *after])
        if before.get(name) != after.get(name)
        for difference in _touched(name, before.get(name), after.get(name))
    ]


def tables(actor: Actor) -> list[str]:
    """Names of the audited tables the actor reads, for the filter; from the models alone."""
    return sorted(
        name
        for model in guards.own_models()
        if (name := model._meta.db_table) not in guards.UNAUDITED
        and ((needed := scope.of(model).read) is None or actor.may(needed))
    )


def actions(actor: Actor) -> list[tuple[str, str]]:
    """Actions the actor may meet in the trail with their words, for the filter.

    Those of one's own side, by the permission to do them or to read what they are about, and those
    of others that write to it (`Extensions.trail_crossing`).
    """
    crossing = {name for added in extensions.registered() for name in added.trail_crossing}
    known = naming.actions()
    return [(code, words) for code, words in known if code in crossing or _meets(actor, code)]


def _meets(actor: Actor, code: str) -> bool:
    spec = REGISTRY.get(code)
    if spec is not None and spec.needs is Perm.SYSTEM:
        return spec.function.__module__.startswith(OWN) or actor.may(Perm.CASE_READ)
    about = code if spec is None else spec.needs.value
    reads = _APART.get(about.partition(".")[0])
    return reads is None or actor.may(reads) or (spec is not None and actor.may(spec.needs))
