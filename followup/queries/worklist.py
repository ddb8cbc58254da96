"""What is due: a page of open visits by key, with what the nurse needs to call."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import (
    BigIntegerField,
    Case,
    DateField,
    Exists,
    OuterRef,
    QuerySet,
    Subquery,
    When,
)

from followup.core import scope, statements
from followup.core.actor import Actor
from followup.core.http.keyset import after
from followup.core.statements import Given, prepared_cursor, written_once
from followup.domain.calls import AHEAD
from followup.models import PlannedVisit, Schedule
from followup.queries import call_backs, calls, identity
from followup.queries.identity import PersonShown

PAGE = 50
COUNTED_TO = 1000
_DAY = timedelta(days=1)
# Four counts that each stop at their limit: one statement, since asking costs more than counting.
_COUNTED = """SELECT (SELECT count(*) FROM (
    SELECT FROM ({rows}) AS shown WHERE shown.due BETWEEN band.low AND band.high LIMIT {most}
) AS counted)
FROM (VALUES {bands}) AS band(place, low, high) ORDER BY band.place"""


@dataclass(frozen=True, slots=True)
class Filters:
    """What the reader asked for. What was put off comes back by `followup.domain.calls`."""

    product: UUID | None = None
    only_overdue: bool = False
    include_snoozed: bool = False
    attempts_from: int | None = None
    mine: bool = False  # one's own patients, and those of whom one stands in for


# The columns of a line, in the order of the first fields of Item.
_SHOWN = (
    "id",
    "patient_id",
    "patient__study_code",
    "code",
    "window_start",
    "target",
    "due",
    "unanswered",
    "snoozed_to",
    "snoozed_at",
    "missing",
    "infused_on",
)


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the worklist."""

    id: int
    patient_id: UUID
    study_code: str
    code: str
    window_start: date
    target: date
    due: date
    unanswered: int
    snoozed_to: date | None
    snoozed_at: time | None
    missing: list[str] | None
    infused_on: date | None  # which infusion it is for, where the patient has several
    days_left: int
    person: PersonShown

    @property
    def phone(self) -> str:
        """The first number, masked."""
        return self.person.contacts[0].phone if self.person.contacts else ""


@dataclass(frozen=True, slots=True)
class Page:
    """Lines and the key of the next page."""

    items: Sequence[Item]
    next_key: str
    filters: Filters = field(default_factory=Filters)


@dataclass(frozen=True, slots=True)
class WorklistCounts:
    """Numbers above the list, exact up to a thousand; `more` says that one stopped there."""

    overdue: int
    today: int
    week: int
    month: int
    more: bool


@dataclass(frozen=True, slots=True)
class _Asked:
    """All that decides which visits are listed: a statement is written once for it."""

    actor: Actor
    today: date
    filters: Filters
    states: tuple[str, ...]  # of follow-up, in which patients are called
    carers: tuple[UUID, ...]  # whose patients, where only some are wanted


def _asked(actor: Actor, today: date, filters: Filters) -> _Asked:
    carers = call_backs.stood_in_for(actor, today) if filters.mine else []
    return _Asked(statements.rights(actor), today, filters, calls.states(), tuple(carers))


def _open(asked: _Asked) -> QuerySet[PlannedVisit]:
    filters, today = asked.filters, asked.today
    rows = calls.called(asked.actor, today, asleep=filters.include_snoozed, among=asked.states)
    if filters.product:
        rows = rows.filter(product_id=filters.product)
    if filters.only_overdue:
        rows = rows.filter(due__lt=today)
    if filters.mine:
        rows = rows.filter(patient__carer__user_id__in=asked.carers)
    if filters.attempts_from is not None:
        rows = rows.filter(unanswered__gte=filters.attempts_from)
    return rows


def _place(key: str) -> tuple[date, int] | None:
    """The last line of the page before; None, the beginning, for a key that makes no sense."""
    due, _, number = key.partition(".")
    try:
        return date.fromisoformat(due), int(number)
    except ValueError:
        return None


_BEYOND = after(("due", "id"), (Given("due", DateField()), Given("id", BigIntegerField())))


@written_once
def _lines(asked: _Asked, size: int, deep: bool) -> QuerySet[PlannedVisit, tuple[Any, ...]]:
    """The columns of a page, one line more; a deep one begins beyond a row: keyset by row value."""
    rows = _open(asked).filter(_BEYOND) if deep else _open(asked)
    own = Schedule.objects.filter(pk=OuterRef("schedule_id")).values("day_zero")
    others = Schedule.objects.filter(patient_id=OuterRef("patient_id"))
    several = Exists(others.exclude(pk=OuterRef("schedule_id")))
    infused_on = Case(When(several, then=Subquery(own)), output_field=DateField())
    rows = rows.annotate(infused_on=infused_on).order_by("due", "id")
    return rows.values_list(*_SHOWN)[: size + 1]


def page(
    actor: Actor,
    *,
    today: date,
    key: str = "",
    filters: Filters | None = None,
    size: int = PAGE,
    names: bool = True,
) -> Page:
    """One page of open visits in order of their last day, then of entry.

    Without `names` no identity is opened: for readers who ask for study codes only.
    """
    wanted = filters or Filters()
    place = _place(key)
    due, last_id = place or (None, None)
    asked = _asked(actor, today, wanted)
    found = _lines(asked, size, place is not None, due=due, id=last_id)
    persons = identity.masked(actor, [row[1] for row in found[:size]]) if names else {}
    nobody = PersonShown()
    items = [
        Item(*(*row, (row[6] - today).days, persons.get(row[1], nobody))) for row in found[:size]
    ]
    last = items[-1] if len(found) > size else None
    return Page(items, f"{last.due}.{last.id}" if last else "", wanted)


@written_once
def _counting(asked: _Asked) -> QuerySet[PlannedVisit, Any]:
    """The last days of what is counted."""
    return scope.counted(_open(asked)).values("due").order_by()


def counts(actor: Actor, *, today: date, filters: Filters | None = None) -> WorklistCounts:
    """How much is overdue and due, counting at most a thousand of each, in one statement."""
    rows = _counting.text(_asked(actor, today, filters or Filters()))
    if rows is None:
        return WorklistCounts(0, 0, 0, 0, more=False)
    week, last = today + timedelta(days=7), today + AHEAD
    ends = (
        (date.min, today - _DAY),
        (today, today),
        (today + _DAY, week),
        (week + _DAY, last),
    )
    bands = ", ".join(f"({n}, '{a}'::date, '{b}'::date)" for n, (a, b) in enumerate(ends))
    with prepared_cursor() as cursor:
        cursor.execute(_COUNTED.format(rows=rows, bands=bands, most=COUNTED_TO + 1))
        numbers = [number for (number,) in cursor.fetchall()]
    overdue, ending, soon, later = (min(number, COUNTED_TO) for number in numbers)
    return WorklistCounts(overdue, ending, soon, later, more=max(numbers) > COUNTED_TO)


def one(actor: Actor, planned_id: int | str) -> PlannedVisit:
    """One planned visit; NotFound otherwise."""
    rows = PlannedVisit.objects.select_related(
        "patient__site", "product", "schedule__infusion__product", "schedule__protocol"
    )
    return scope.one(actor, rows, id=planned_id)


def next_after(actor: Actor, planned: PlannedVisit, *, today: date) -> int | None:
    """The open visit that follows in the list, for "save and open next"."""
    rows = _open(_asked(actor, today, Filters())).order_by("due", "id").values_list("id", flat=True)
    following = rows.filter(after(("due", "id"), (planned.due, planned.id))).first()
    return rows.exclude(id=planned.id).first() if following is None else following


def upcoming(actor: Actor, *, today: date) -> PlannedVisit | None:
    """The next visit beyond the list, so that an empty list can say what comes."""
    rows = calls.sought(actor).filter(window_start__gt=today + AHEAD).select_related("patient")
    return rows.order_by("window_start", "id").first()
