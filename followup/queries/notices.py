"""The bell: one's own in-app notices, each checked again before it is shown."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from followup.core import clock, counting, scope
from followup.core.actor import Actor
from followup.core.http import keyset
from followup.core.http.keyset import Page
from followup.core.models import Notice, Outbox
from followup.queries import reminders

PAGE = 50
COUNTED_TO = 99
REFUSED_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Line:
    """One notice as shown; `days_left` is None once it is no longer owed.

    One that `informs` owes nothing: its day is when it happened.
    """

    id: UUID
    title: str
    due: date
    days_left: int | None
    created_at: datetime
    read: bool
    informs: bool = False


def _shown(actor: Actor) -> QuerySet[Notice]:
    return scope.visible(actor, Notice.objects.filter(channel="in_app", state="sent"))


@counting.counts
def unread_count(actor: Actor) -> QuerySet[Notice]:
    """How many notices wait in the bell, counted to 99; one look into a partial index."""
    if actor.id is None:
        return Notice.objects.none()
    return _shown(actor).filter(read_at__isnull=True).order_by()[:COUNTED_TO]


def _after(actor: Actor, rows: QuerySet[Notice], key: str) -> QuerySet[Notice]:
    try:
        last = _shown(actor).filter(id=UUID(key)).first() if key else None
    except ValueError:
        last = None
    if last is None:
        return rows
    same = Q(created_at=last.created_at)
    later = Q(due__gt=last.due) | Q(due=last.due, id__gt=last.id)
    return rows.filter(Q(created_at__lt=last.created_at) | same & later)


def page(actor: Actor, *, today: date, key: str = "", unread: bool = False) -> Page[Line]:
    """One page of one's own notices: the latest run first, in it what is due first.

    Every line is checked now: an unread one that is no longer true (the patient died, the visit
    was done, the right is gone) is left out, a read one says that it is no longer owed.
    """
    rows = _after(actor, _shown(actor), key).order_by("-created_at", "due", "id")
    if unread:
        rows = rows.filter(read_at__isnull=True)
    found, end = keyset.page(rows[: PAGE + 1], PAGE, lambda row: str(row.id))
    validity = reminders.notice_validity(found)
    lines = []
    for notice in found:
        true = validity[notice.id]
        facts = None if true.reason else true.facts
        if facts is None and notice.read_at is None:
            continue
        lines.append(
            Line(
                id=notice.id,
                title=reminders.title(facts) if facts else notice.label,
                due=facts.due if facts else notice.due,
                days_left=(facts.due - today).days if facts else None,
                created_at=notice.created_at,
                read=notice.read_at is not None,
                informs=facts is not None and reminders.registered()[facts.kind].informs,
            )
        )
    return Page(lines, end)


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a notice leads; `owed` is False when there is nothing left to do."""

    page: str
    target: str
    label: str
    owed: bool


def destination(actor: Actor, notice_id: UUID) -> Destination:
    """The page behind an own notice of any channel; NotFound otherwise."""
    notice = scope.one(actor, Notice.objects.all(), id=notice_id)
    source = reminders.registered().get(reminders.kind_of(notice.obligation))
    validity = reminders.notice_validity([notice])[notice.id]
    return Destination(
        page=source.page if source else "",
        target=notice.target,
        label=notice.label,
        owed=not validity.reason,
    )


def refused_address(actor: Actor) -> bool:
    """Whether the mail server lately refused a notice to this person for good."""
    if actor.id is None:
        return False
    since = clock.now() - REFUSED_FOR
    dead = Outbox.objects.filter(notice__created_at__gte=since, state="dead")
    return scope.visible(actor, dead).exists()
