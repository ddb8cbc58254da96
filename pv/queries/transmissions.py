"""The submissions ledger: what was released for whom, how it travelled, what was answered."""

from collections.abc import Iterator, Sequence
from datetime import date
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from followup.core import scope
from followup.core.actor import Actor
from followup.core.http import keyset
from followup.core.http.keyset import Page
from followup.domain.calendars import HolidayTable
from followup.queries import reference
from pv.domain.e2b import answers
from pv.domain.e2b.sendings import SendingState
from pv.domain.e2b.submissions import Delivery
from pv.domain.e2b.transmissions import Event, EventKind, Summary, summarize, unretracted
from pv.models import Submission, Transmission, TransmissionEvent
from pv.queries import rules, version_unlocks

PAGE = 50
FILTERS = (
    "late",
    "unanswered",
    "rejected",
    "held",
    "ambiguous",
    "disputed",
    "unsent",
    "unplanned",
    "",
)
_SYSTEM = Actor.process("exchange")


def facts(events: Sequence[TransmissionEvent]) -> list[Event]:
    """Stored events as the domain reads them."""
    return [
        Event(
            id=str(row.id),
            kind=EventKind(row.kind),
            on=row.on,
            decision=Delivery(row.decision) if row.decision else None,
            retracts=str(row.retracts_id or ""),
        )
        for row in events
    ]


def _events(row: Submission) -> list[TransmissionEvent]:
    rows = TransmissionEvent.objects.filter(submission=row)
    return list(rows.order_by("recorded_at", "id"))


def summary(row: Submission) -> Summary:
    """What the stored events of a submission say together."""
    return summarize(facts(_events(row)))


def handed_over(row: Submission) -> bool:
    """Whether a channel began to hand a file over, so that it may have arrived."""
    sendings = Transmission.objects.filter(submission=row)
    return sendings.exclude(state__in=(SendingState.QUEUED, SendingState.FAILED)).exists()


def noted_sendings(row: Submission) -> list[TransmissionEvent]:
    """The noted sendings of a submission that nobody has retracted."""
    rows = _events(row)
    standing = {event.id for event in unretracted(facts(rows))}
    return [event for event in rows if str(event.id) in standing]


def unretracted_events(row: Submission, *kinds: EventKind) -> list[TransmissionEvent]:
    """The events of a submission of these kinds that were not retracted."""
    rows = _events(row)
    retracted = {event.retracts_id for event in rows}
    return [e for e in rows if e.kind in kinds and e.id not in retracted]


def seen_marks(row: Submission) -> frozenset[str]:
    """The acknowledgements that already spoke of a submission, as the domain marks them."""
    rows = TransmissionEvent.objects.filter(submission=row, kind=EventKind.ACKNOWLEDGED.value)
    return frozenset(
        str(details.get("mark", "")) for details in rows.values_list("details", flat=True)
    )


def answer_due(profile: str, since: date | None) -> date | None:
    """The last day on which a receiver's answer is awaited; None where no answer is."""
    wait = answers.wait_of(rules.data("receivers")["receivers"].get(profile, {}))
    if since is None or wait is None:
        return None
    table = (
        reference.holidays(_SYSTEM, wait.country)
        if wait.country
        else HolidayTable.from_dict(answers.WEEKENDS_ONLY)
    )
    return answers.due(since, wait, table)


def _later() -> QuerySet[Submission]:
    """The files of the case for the same receiver that were made after a file."""
    same = {name: OuterRef(name) for name in ("case", "profile", "partner")}
    after = Q(generated_at__gt=OuterRef("generated_at"))
    after |= Q(generated_at=OuterRef("generated_at"), id__gt=OuterRef("id"))
    return Submission.objects.filter(after, **same)


def followed_by(actor: Actor, row: Submission) -> Submission | None:
    """The last file that took the place of one for the same receiver; None while none did."""
    later = scope.visible(actor, Submission.objects.filter(case=row.case_id))
    later = later.filter(profile=row.profile, partner=row.partner).defer("content")
    last = later.order_by("-generated_at", "-id").first()
    return last if last and last.id != row.id else None


def _rows(actor: Actor, kind: str, profile: str, today: date) -> QuerySet[Submission]:
    rows = scope.visible(actor, Submission.objects.annotate(void=version_unlocks.void()))
    if profile:
        rows = rows.filter(profile=profile)
    conditions = {
        "late": Q(answer_due__lt=today),
        "unanswered": Q(answer_due__isnull=False),
        "rejected": Q(state="rejected") & ~Exists(_later()),
        "held": Q(transmission__waiting_since__isnull=False),
        "ambiguous": Q(ambiguous=True),
        "disputed": Q(disputed=True),
        "unsent": Q(state="generated", void=False, ambiguous=False)
        & ~Q(transmission__state__in=(SendingState.DELIVERED, SendingState.UNPROVEN)),
        "unplanned": Q(unplanned_because__gt=""),
    }
    return rows.filter(conditions.get(kind, Q()))


def ledger(
    actor: Actor, *, today: date, kind: str = "", profile: str = "", key: str = "", size: int = PAGE
) -> Page[Submission]:
    """One page of the ledger; without the bytes."""
    rows = _rows(actor, kind, profile, today)
    if key := keyset.parse_cursor(key, keyset.UUID_PATTERN):
        rows = rows.filter(id__lt=key)
    related = rows.select_related("case", "version", "product", "transmission").defer(
        "content", "version__message"
    )
    shown = related.order_by("-id")[: size + 1]
    return Page(*keyset.page(shown, size, lambda row: str(row.id)))


def counts(actor: Actor, *, today: date) -> dict[str, int]:
    """How many submissions each filter shows, counted to a thousand."""
    return {
        kind: _rows(actor, kind, "", today).order_by()[:1001].count() for kind in FILTERS if kind
    }


def every(actor: Actor, *, today: date, kind: str = "", profile: str = "") -> Iterator[Submission]:
    """All lines of the ledger in pieces, for export."""
    rows = _rows(actor, kind, profile, today).select_related("case", "version", "transmission")
    rows = rows.defer("content", "version__message", "case__title").order_by("-id")
    yield from rows.iterator(chunk_size=500)


def timeline(actor: Actor, row: Submission) -> list[TransmissionEvent]:
    """The events of a submission, the oldest first; files that came in without their bytes."""
    rows = scope.visible(actor, TransmissionEvent.objects.filter(submission=row))
    rows = rows.select_related("file__acknowledgement", "recorded_by").defer("file__content")
    return list(rows.order_by("recorded_at", "id"))


def event(actor: Actor, event_id: UUID | str) -> TransmissionEvent:
    """One event of a submission the actor may read; NotFound otherwise."""
    return scope.one(actor, TransmissionEvent.objects.all(), id=event_id)
