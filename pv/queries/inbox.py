"""All that came in and waits for triage: hospital events and received reports in one list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from followup.core import scope
from followup.core.actor import Actor
from followup.core.http.keyset import UUID_PATTERN, Page, after, parse_cursor
from pv.models import Case, FollowUpRequest, ReceivedReport, TriageDecision
from pv.queries import assignments
from pv.queries import follow_up_requests as requests

PAGE = 50
OWNERS = ("", "mine", "nobody")
REQUESTS = {"answer": "answered", "question": "overdue"}  # kind of item: folder of requests
_KEY = r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00_" + UUID_PATTERN


@dataclass(frozen=True, slots=True)
class Filters:
    """Whose items, of which kind and team."""

    owner: str = ""
    kind: str = ""
    team: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to decide: a drafted case, a received report, a proposal to sign, an answer.

    Of an answer, and of a question that is overdue, `request` is the follow-up request.
    """

    kind: str
    at: datetime
    case: Case
    received: ReceivedReport | None
    days_left: int | None
    request: UUID | None = None


def _cases(actor: Actor, filters: Filters, today: date) -> QuerySet[Case]:
    rows = scope.visible(actor, Case.objects.all())
    if filters.owner == "mine":
        rows = rows.filter(assignments.mine(actor, today))
    elif filters.owner == "nobody":
        rows = rows.filter(assigned_to__isnull=True)
    return rows.filter(team=filters.team) if filters.team else rows


def _waiting() -> QuerySet[ReceivedReport]:
    return ReceivedReport.objects.filter(case=OuterRef("pk"), state="to_review")


def _proposals(rows: QuerySet[Case]) -> QuerySet[Case]:
    """Cases whose last decision is "not reportable" and waits for its signature."""
    waiting = rows.filter(
        triage__kind="not_reportable",
        triage__effective_at__isnull=True,
        triage__undone_at__isnull=True,
    ).annotate(at=F("triage__decided_at"), item=F("triage__id"))
    later = TriageDecision.objects.filter(case=OuterRef("pk"), decided_at__gt=OuterRef("at"))
    return waiting.filter(~Exists(later)).exclude(stage__in=("closed", "nullified"))


def _parts(actor: Actor, filters: Filters, today: date) -> dict[str, Any]:
    """Each kind of item as (time, id of the case, id of the report or null)."""
    cases = _cases(actor, filters, today)
    proposed = _proposals(Case.objects.filter(pk=OuterRef("pk")))
    drafted = cases.filter(~Exists(_waiting()), ~Exists(proposed), stage="drafted")
    event = drafted.annotate(at=F("created_at"), item=F("id"))
    reports = cases.filter(received__state="to_review").annotate(
        at=F("received__received_at"), item=F("received__id")
    )
    parts = {"event": event, "report": reports, "proposal": _proposals(cases)}
    for kind, box in REQUESTS.items():
        asked = FollowUpRequest.objects.filter(requests.box_condition(box, today))
        rows = cases.filter(requests__in=asked)
        parts[kind] = rows.annotate(at=F("requests__moved_at"), item=F("requests__id"))
    return {name: rows for name, rows in parts.items() if filters.kind in ("", name)}


def page(
    actor: Actor, *, today: date, filters: Filters | None = None, key: str = "", size: int = PAGE
) -> Page[Item]:
    """One page of what waits, the oldest first, whatever door it came by."""
    wanted = filters or Filters()
    found: list[tuple[datetime, UUID, UUID, str]] = []
    start = _start(key)
    for kind, rows in _parts(actor, wanted, today).items():
        if start:
            rows = rows.filter(Q(after(("at", "item"), start)))
        lines: Any = rows.order_by("at", "item").values_list("at", "item", "id")
        found += [(*line, kind) for line in lines[: size + 1]]
    found.sort()
    items = _items(found[:size], today)
    more = len(found) > size
    last_at, last_id = (found[size - 1][0], found[size - 1][1]) if more else (None, None)
    return Page(items, f"{last_at.isoformat()}_{last_id}" if last_at else "")


def _start(key: str) -> tuple[datetime, UUID] | None:
    """The moment and the item a page ended with; None, the first page, when it cannot be one."""
    at, _mark, last = parse_cursor(key, _KEY).partition("_")
    try:
        return datetime.fromisoformat(at), UUID(last)
    except ValueError:
        return None


def _items(found: Sequence[tuple[datetime, UUID, UUID, str]], today: date) -> list[Item]:
    related = ("product", "patient", "assigned_to", "site")
    cases = Case.objects.select_related(*related).in_bulk([row[2] for row in found])
    wanted = [row[1] for row in found if row[3] == "report"]
    reports = ReceivedReport.objects.defer("message").in_bulk(wanted)
    return [
        Item(
            kind,
            at,
            cases[case],
            reports.get(item),
            (due - today).days if (due := cases[case].next_due) else None,
            item if kind in REQUESTS else None,
        )
        for at, item, case, kind in found
    ]


def waiting(actor: Actor, today: date) -> int:
    """How much waits for triage, counted to a thousand for each kind."""
    parts = _parts(actor, Filters(), today)
    return sum(rows.order_by()[:1001].count() for rows in parts.values())
