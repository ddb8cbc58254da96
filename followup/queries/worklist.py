"""What is due: a page of open visits by key, with what the nurse needs to call."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from followup.core import scope
from followup.core.actor import Actor
from followup.core.http.keyset import after
from followup.domain.calls import AHEAD
from followup.models import PlannedVisit, Schedule
from followup.queries import call_backs, calls, identity
from followup.queries.identity import PersonShown

PAGE = 50
COUNTED_TO = 1000
_DAY = timedelta(days=1)
# Four counts that each stop at their limit: one statement, since asking costs more than counting.
_COUNTED = """SELECT (SELECT count(*) FROM (
    SELECT FROM ({rows}) AS shown WHERE shown.due BETWEEN band.low AND band.high LIMIT %s
) AS counted)
FROM unnest(%s::date[], %s::date[]) WITH ORDINALITY AS band(low, high, place) ORDER BY band.place"""


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
    "schedule_id",
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
    schedule_id: UUID
    days_left: int
    person: PersonShown
    infused_on: date | None = None  # which infusion it is for, where the patient has several

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


def _open(actor: Actor, today: date, filters: Filters) -> QuerySet[PlannedVisit]:
    rows = calls.called(actor, today, asleep=filters.include_snoozed)
    if filters.product:
        rows = rows.filter(product_id=filters.product)
    if filters.only_overdue:
        rows = rows.filter(due__lt=today)
    if filters.mine:
        rows = rows.filter(patient__carer__user_id__in=call_backs.stood_in_for(actor, today))
    if filters.attempts_from is not None:
        rows = rows.filter(unanswered__gte=filters.attempts_from)
    return rows


def _after(rows: QuerySet[PlannedVisit], key: str) -> QuerySet[PlannedVisit]:
    """Keyset by row value: one price on every page. A key that makes no sense starts again."""
    due, _, number = key.partition(".")
    try:
        day, last = date.fromisoformat(due), int(number)
    except ValueError:
        return rows
    return rows.filter(after(("due", "id"), (day, last)))


def _several(patients: Iterable[UUID]) -> dict[UUID, date]:
    """Day zero by schedule, of the patients who have more than one."""
    rows = Schedule.objects.filter(patient_id__in=set(patients))
    found: dict[UUID, dict[UUID, date]] = defaultdict(dict)
    for patient, schedule, day in rows.values_list("patient_id", "id", "day_zero"):
        found[patient][schedule] = day
    return {k: day for days in found.values() if len(days) > 1 for k, day in days.items()}


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
    rows = _after(_open(actor, today, wanted), key).order_by("due", "id")
    found = list(rows.values_list(*_SHOWN)[: size + 1])
    persons = identity.masked(actor, [row[1] for row in found[:size]]) if names else {}
    several = _several(row[1] for row in found[:size])
    days = [(row[6] - today).days for row in found[:size]]
    items = [
        Item(*(*row, left, persons.get(row[1], PersonShown()), several.get(row[11])))
        for row, left in zip(found[:size], days, strict=True)
    ]
    last = items[-1] if len(found) > size else None
    return Page(items, f"{last.due}.{last.id}" if last else "", wanted)


def counts(actor: Actor, *, today: date, filters: Filters | None = None) -> WorklistCounts:
    """How much is overdue and due, counting at most a thousand of each, in one statement."""
    week, last = today + timedelta(days=7), today + AHEAD
    bands = (
        (date.min, today - _DAY),
        (today, today),
        (today + _DAY, week),
        (week + _DAY, last),
    )
    try:
        rows = scope.counted(_open(actor, today, filters or Filters())).values("due").order_by()
        statement, values = rows.query.sql_with_params()
    except EmptyResultSet:
        return WorklistCounts(0, 0, 0, 0, more=False)
    lows, highs = (list(ends) for ends in zip(*bands, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED.format(rows=statement), (*values, COUNTED_TO + 1, lows, highs))
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
    rows = _after(_open(actor, today, Filters()), f"{planned.due}.{planned.id}")
    following = rows.order_by("due", "id").values_list("id", flat=True).first()
    if following is not None:
        return following
    first = _open(actor, today, Filters()).exclude(id=planned.id).order_by("due", "id")
    return first.values_list("id", flat=True).first()


def upcoming(actor: Actor, *, today: date) -> PlannedVisit | None:
    """The next visit beyond the list, so that an empty list can say what comes."""
    rows = calls.sought(actor).filter(window_start__gt=today + AHEAD).select_related("patient")
    return rows.order_by("window_start", "id").first()
