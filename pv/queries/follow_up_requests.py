"""Requests for follow-up information to read: of a case, across cases, the words of their codes."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from followup.core import scope
from followup.core.actor import Actor
from followup.core.http import keyset
from followup.core.naming import reader_language
from followup.models import AdverseEvent
from pv.domain.cases.follow_up_requests import RequestState, Rhythm
from pv.domain.e2b.elements import ELEMENTS
from pv.models import Case, CaseSource, FollowUpRequest, FollowUpRequestEntry
from pv.queries import rules

PAGE = 50
LANGUAGES = ("zh", "en")
BOXES = ("waiting", "overdue", "answered", "escalated", "ended")


@dataclass(frozen=True, slots=True)
class ThreadLine:
    """One entry with the entry that undoes it; None while it stands."""

    entry: FollowUpRequestEntry
    undone: FollowUpRequestEntry | None


@dataclass(frozen=True, slots=True)
class RequestCounts:
    """The questions of a case that are open, late, or answered and not assessed."""

    open: int
    overdue: int
    to_assess: int


def document() -> dict[str, Any]:
    """Letters, channels, outcomes, closures and days as loaded."""
    return rules.data("follow_up_requests")


def rhythm() -> Rhythm:
    """The days an answer is awaited and the attempts before escalation."""
    return Rhythm.from_dict(document())


def codes(name: str) -> list[str]:
    """The codes of a list of the document."""
    return [row["code"] for row in document()[name]]


def choices(name: str) -> list[tuple[str, str]]:
    """Code and words of a list, in the reader's language."""
    label = f"label_{reader_language()}"
    return [(row["code"], row[label]) for row in document()[name]]


def closures() -> Mapping[str, Mapping[str, Any]]:
    """Reasons to close, by code."""
    return {row["code"]: row for row in document()["closures"]}


def template(code: str) -> Mapping[str, str] | None:
    """A template of a letter; None for a code there is not."""
    return next((row for row in document()["templates"] if row["code"] == code), None)


def names(path: str) -> dict[str, str]:
    """The name of the element at an instance path, by language; empty for none."""
    known = ELEMENTS.get(re.sub(r"\[\d{1,3}\]", "", path))
    return {language: known.name(language) for language in LANGUAGES} if known else {}


def name(path: str, language: str = "") -> str:
    """The same in one language, the reader's by default; the path where there is none."""
    return names(path).get(language or reader_language(), path)


def event_of(case: Case) -> AdverseEvent | None:
    """The event of a hospital that a case was made of; None where no hospital can be asked."""
    sources = CaseSource.objects.filter(case=case, event__isnull=False, kind="event")
    source = sources.select_related("event").order_by("-taken_at", "-id").first()
    return source.event if source else None


def attempts(row: FollowUpRequest) -> list[date]:
    """The days of the attempts that stand since it was asked last."""
    found = row.entries.filter(kind="ATTEMPT", undone_by__isnull=True)
    asked = row.entries.filter(kind__in=("ASK", "ASK_AGAIN")).order_by("-written_at").first()
    if asked is not None:  # on one day, the order of the entries tells what came after
        found = found.filter(happened_on__gte=asked.happened_on, written_at__gte=asked.written_at)
    return list(found.values_list("happened_on", flat=True))


def _visible(actor: Actor) -> QuerySet[FollowUpRequest]:
    rows = FollowUpRequest.objects.select_related("case", "asked_by", "query")
    return scope.visible(actor, rows)


def of_case(actor: Actor, case: Case) -> list[FollowUpRequest]:
    """The requests of a case, what still waits first."""
    rows = _visible(actor).filter(case=case).order_by("-asked_on", "-id")
    ended = (RequestState.CLOSED.value, RequestState.WITHDRAWN.value)
    return sorted(rows, key=lambda row: row.state in ended)


def counts(actor: Actor, case: Case, today: date) -> RequestCounts:
    """How many questions of a case are open, late, answered and not assessed."""
    rows = scope.visible(actor, FollowUpRequest.objects.filter(case=case))
    found = list(rows.values_list("state", "due_on", "bearing"))
    waiting = [due for state, due, _bearing in found if state == RequestState.OPEN]
    answered = [
        1 for state, _due, bearing in found if state == RequestState.ANSWERED and not bearing
    ]
    return RequestCounts(len(waiting), sum(due < today for due in waiting), len(answered))


def one(actor: Actor, request_id: UUID | str) -> FollowUpRequest:
    """One request; NotFound otherwise."""
    rows = FollowUpRequest.objects.select_related("case__product", "source", "asked_by", "query")
    return scope.one(actor, rows, id=request_id)


def thread(actor: Actor, row: FollowUpRequest) -> list[ThreadLine]:
    """The thread of a request, the oldest entry first."""
    rows = scope.visible(actor, FollowUpRequestEntry.objects.filter(request=row))
    found = list(rows.select_related("written_by").order_by("written_at", "id"))
    undone = {entry.undoes_id: entry for entry in found if entry.undoes_id}
    return [ThreadLine(entry, undone.get(entry.id)) for entry in found]


def entry(actor: Actor, row: FollowUpRequest, entry_id: UUID | str) -> FollowUpRequestEntry:
    """One entry of a thread; NotFound otherwise."""
    return scope.one(actor, FollowUpRequestEntry.objects.filter(request=row), id=entry_id)


def box_condition(box: str, today: date) -> Q:
    """The requests of a folder."""
    waiting = Q(state=RequestState.OPEN.value)
    return {
        "waiting": waiting,
        "overdue": waiting & Q(due_on__lt=today),
        "answered": Q(state=RequestState.ANSWERED.value, bearing=""),
        "escalated": waiting & Q(escalated_on__isnull=False),
        "ended": Q(state__in=(RequestState.CLOSED.value, RequestState.WITHDRAWN.value)),
    }[box]


def page(
    actor: Actor, *, box: str, today: date, key: str = "", size: int = PAGE
) -> tuple[Sequence[FollowUpRequest], str]:
    """One page of a folder, the earliest due day first, and the key of the next page."""
    rows = _visible(actor).filter(box_condition(box, today))
    if last := keyset.read_day_key(key):
        rows = rows.filter(keyset.after(("due_on", "id"), last))
    rows = rows.order_by("due_on", "id")
    return keyset.page(rows[: size + 1], size, lambda row: keyset.day_key(row.due_on, row.id))


def box_counts(actor: Actor, today: date) -> dict[str, int]:
    """The numbers above the list, counted to a thousand; what has ended is not counted."""
    rows = scope.visible(actor, FollowUpRequest.objects.all()).order_by()
    boxes = [box for box in BOXES if box != "ended"]
    return {box: rows.filter(box_condition(box, today))[:1001].count() for box in boxes}


def changed_meanwhile(actor: Actor, row: FollowUpRequest) -> list[tuple[CaseSource, list[str]]]:
    """What the hospital changed of the event since it was asked: each source, the elements."""
    rows = scope.visible(actor, CaseSource.objects.filter(case_id=row.case_id, event__isnull=False))
    asked = row.entries.order_by("written_at").values_list("written_at", flat=True).first()
    if asked is None or row.query_id is None:
        return []
    found: list[tuple[CaseSource, list[str]]] = []
    before: Mapping[str, Any] = {}
    for source in rows.order_by("taken_at", "id"):
        if source.taken_at > asked:
            differing = [
                path
                for path in {**before, **source.values}
                if before.get(path) != source.values.get(path) and names(path)
            ]
            found.append((source, sorted(differing)))
        before = source.values
    return found
