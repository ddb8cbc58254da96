"""What loading documents would do, entry by entry and row by row; writes nothing."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from followup.actions.reference.rows import Row, rows_of
from followup.core.actor import Actor
from followup.core.problems import Refused
from followup.domain.calendars import HolidayTable
from followup.domain.protocols import Protocol
from followup.domain.references import DOCUMENT, Change, Entry, Known, differing, entries, judge
from followup.models import Holder, Indication, Product
from followup.queries import reference as queries

Check = Callable[[Mapping[str, Any]], object]
# By kind, or by kind and code as `document rule_sets`: what must accept the content.
CHECKS: Mapping[str, Check] = {
    "protocol": Protocol.from_dict,
    "holidays": HolidayTable.from_dict,
}
DECIDED = frozenset({"status", "citation", "confidence"})
_OUTDATED = (Change.REFUSED, Change.SUPERSEDED)


@dataclass(frozen=True, slots=True)
class Step:
    """One entry or one row and what loading does to it."""

    name: str
    change: Change
    fields: tuple[str, ...]
    entry: Entry | None = None
    row: Row | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"name": self.name, "change": self.change.value, "fields": list(self.fields)}


def compare(
    actor: Actor,
    documents: Mapping[str, Mapping[str, Any]],
    *,
    replace: bool = False,
    checks: Mapping[str, Check] | None = None,
) -> list[Step]:
    """The steps of loading `documents` (by name); Refused when a content cannot be read.

    A product whose entry is refused or older than the one on file leaves its rows alone.
    """
    checks = {**CHECKS, **(checks or {})}
    problems: dict[str, str] = {}
    found: list[Entry] = []
    for name, document in documents.items():
        try:
            found += entries(name, document)
        except (KeyError, ValueError, TypeError) as error:
            problems[name] = _unreadable(error)
    for entry in found:
        check = checks.get(f"{entry.kind} {entry.code}") or checks.get(entry.kind)
        try:
            if check is not None:
                check(entry.data)
        except (KeyError, ValueError, TypeError) as error:
            problems[f"{entry.kind} {entry.code}"] = _unreadable(error)
    if problems:
        raise Refused(problems)
    steps = _entry_steps(actor, found, replace=replace)
    current = [s.entry for s in steps if s.entry and s.change not in _OUTDATED]
    as_of = {name: str(document.get("as_of")) for name, document in documents.items()}
    return steps + _row_steps(rows_of([e for e in current if e.kind == "product"], as_of))


def _unreadable(error: Exception) -> str:
    return _("cannot be read: %(error)s") % {"error": error}


def _entry_steps(actor: Actor, found: list[Entry], *, replace: bool) -> list[Step]:
    known: dict[tuple[str, str], list[Known]] = defaultdict(list)
    for row in queries.items(actor):
        known[row.kind, row.code].append(Known(row.version, row.sha256, row.data))
    steps = []
    for entry in found:
        change, fields = judge(entry, known[entry.kind, entry.code], replace=replace)
        kind = "" if entry.kind == DOCUMENT else f"{entry.kind} "
        steps.append(Step(f"{kind}{entry.code} {entry.version}", change, fields, entry=entry))
    return steps


def _row_steps(rows: list[Row]) -> list[Step]:
    existing: dict[tuple[type, str], Any] = {}
    for model in (Holder, Product, Indication):
        existing |= {(model, item.code): item for item in model._default_manager.all()}
    parents = {item.pk: item.code for item in existing.values()}
    steps = []
    for row in rows:
        item = existing.get((row.model, row.code))
        name = f"{row.model.__name__.lower()} {row.code}"
        if item is None:
            steps.append(Step(name, Change.ADDED, (), row=row))
            continue
        before = {field: getattr(item, field) for field in row.values}
        if row.parent:
            before[row.parent] = parents[getattr(item, f"{row.parent}_id")]
        wanted = row.all_values
        if getattr(item, "decided_on", None):  # what was decided here is newer than what is loaded
            wanted = {name: value for name, value in wanted.items() if name not in DECIDED}
            before = {name: before[name] for name in wanted}
        fields = differing(before, wanted)
        change = Change.CHANGED if fields else Change.UNCHANGED
        steps.append(Step(name, change, fields, row=row))
    return steps
