"""Questions about recorded data, to read: a page of open ones, a thread, counts."""

from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet

from followup.core import counting, scope
from followup.core.actor import Actor
from followup.core.http import keyset
from followup.domain.data_queries import QueryState, ageing
from followup.models import AdverseEvent, DataQuery, DataQueryEntry, Patient, Visit
from followup.models.states import DATA_QUERY
from followup.queries import patient_rows

PAGE = 50
OPEN = (QueryState.OPEN.value, QueryState.ANSWERED.value)


def _visible(actor: Actor, *, home: bool = False) -> QuerySet[DataQuery]:
    rows = DataQuery.objects.select_related(
        "patient", "site", "visit__planned", "event", "raised_by"
    )
    return scope.visible(actor, rows, home=home)


def page(actor: Actor, *, state: str = "", key: str = "") -> tuple[list[DataQuery], str]:
    """Questions in the order they were raised, oldest first, and the key of the next page."""
    rows = _visible(actor, home=True)
    rows = rows.filter(state=state) if state else rows.exclude(state=QueryState.CLOSED)
    if last := keyset.read_day_key(key):
        rows = rows.filter(keyset.after(("raised_on", "id"), last))
    rows = rows.order_by("raised_on", "id")
    return keyset.page(rows[: PAGE + 1], PAGE, lambda row: keyset.day_key(row.raised_on, row.id))


def one(actor: Actor, query_id: UUID | str) -> DataQuery:
    """One question; NotFound otherwise."""
    rows = DataQuery.objects.select_related("patient__site", "visit__planned", "event", "raised_by")
    return scope.one(actor, rows, id=query_id)


def following(actor: Actor, row: DataQuery) -> DataQuery | None:
    """The next open question of the list, so that answering goes on without a way back."""
    rows = _visible(actor, home=True).filter(state=QueryState.OPEN)
    rows = rows.filter(keyset.after(("raised_on", "id"), (row.raised_on, row.id)))
    return rows.order_by("raised_on", "id").first()


def entries(row: DataQuery) -> list[DataQueryEntry]:
    """The thread of a question the actor has found."""
    return list(row.entries.select_related("written_by").order_by("written_at", "id"))


def of_visit(actor: Actor, visit: Visit) -> list[DataQuery]:
    """Questions about a contact, the open ones first."""
    rows = _visible(actor).filter(visit=visit)
    return sorted(rows, key=lambda row: (row.state == QueryState.CLOSED, row.raised_on))


def open_of_event(actor: Actor, event: AdverseEvent) -> list[DataQuery]:
    """Open questions about an event, the oldest first."""
    rows = _visible(actor).filter(event=event, state__in=OPEN)
    return list(rows.order_by("raised_on", "id"))


def open_of_patient(actor: Actor, patient: Patient) -> list[DataQuery]:
    """Open questions about a patient, the oldest first."""
    if patient_rows.lacks(actor, patient, DataQuery):
        return []
    rows = _visible(actor).filter(patient=patient, state__in=OPEN)
    return list(rows.order_by("raised_on", "id"))


@counting.counts
def open_count(actor: Actor) -> QuerySet[DataQuery]:
    """How many questions wait for an answer."""
    return scope.counting(actor, DataQuery.objects.filter(state=QueryState.OPEN))


def ages(actor: Actor, site: UUID, today: date) -> list[tuple[int, int | None, int]]:
    """How long the open questions of a centre have been open, in bands of days."""
    rows = scope.counting(actor, DataQuery.objects.filter(site_id=site, state__in=OPEN))
    return ageing(list(rows.values_list("raised_on", flat=True)), today)


def counts(actor: Actor) -> dict[str, Any]:
    """Questions by state."""
    rows = scope.counting(actor, DataQuery.objects.all()).order_by()
    return dict(rows.values_list("state").annotate(n=Count("id")))


def state_word(state: str) -> str:
    """A state in words."""
    return str(DATA_QUERY.states[QueryState(state)])


def states() -> list[tuple[str, str]]:
    """Every state with its words."""
    return [(state.value, state_word(state)) for state in QueryState]
