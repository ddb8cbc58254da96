"""Acknowledgements as they came, and those that wait for a person."""

from uuid import UUID

from django.db.models import Q

from followup.core import scope
from followup.core.actor import Actor
from followup.core.http import keyset
from followup.core.http.keyset import Page
from pv.domain.e2b.acknowledgements import WAITING, InboundState
from pv.models import Acknowledgement, InboundFile, Submission

PAGE = 50


def page(
    actor: Actor, *, state: str = "", key: str = "", size: int = PAGE
) -> Page[Acknowledgement]:
    """One page of acknowledgements; `waiting` are those a person has to look at."""
    rows = scope.visible(actor, Acknowledgement.objects.select_related("file"))
    if state == "waiting":
        rows = rows.filter(state__in=WAITING)
    elif state in set(InboundState):
        rows = rows.filter(state=state)
    if key := keyset.parse_cursor(key, keyset.UUID_PATTERN):
        rows = rows.filter(id__lt=key)
    shown = rows.defer("file__content").order_by("-id")[: size + 1]
    return Page(*keyset.page(shown, size, lambda row: str(row.id)))


def waiting(actor: Actor) -> int:
    """How many wait for a person, counted to a thousand."""
    rows = scope.visible(actor, Acknowledgement.objects.filter(state__in=WAITING))
    return rows.order_by()[:1001].count()


def waiting_about(actor: Actor, submission: Submission) -> list[Acknowledgement]:
    """The answers about one submission that wait for a person, the newest first.

    One whose number came before was not read on: that it names our batch says whose it is.
    """
    named = Q(lines__contains=[{"submission": str(submission.id)}])
    if submission.batch_number:
        named |= Q(lines=[], batch_number=submission.batch_number)
    waits = Acknowledgement.objects.filter(named, state__in=WAITING)
    rows = scope.visible(actor, waits.select_related("file").defer("file__content"))
    return list(rows.order_by("-id")[:PAGE])


def one(actor: Actor, acknowledgement_id: UUID | str) -> Acknowledgement:
    """One acknowledgement with its file; NotFound otherwise."""
    rows = Acknowledgement.objects.select_related("file", "decided_by")
    return scope.one(actor, rows, id=acknowledgement_id)


def twin(row: Acknowledgement) -> Acknowledgement | None:
    """An earlier file of the same sender and number with other bytes."""
    if not row.number:
        return None
    rows = Acknowledgement.objects.filter(sender=row.sender, number=row.number)
    return rows.exclude(file_id=row.file_id).order_by("worked_at").first()


def unworked(limit: int = 100) -> list[InboundFile]:
    """Files that were kept and not yet worked, the oldest first."""
    rows = InboundFile.objects.filter(acknowledgement__isnull=True)
    return list(rows.order_by("id")[:limit])
