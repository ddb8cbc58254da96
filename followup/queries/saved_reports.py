"""Saved reports: one's own, and those colleagues share."""

from uuid import UUID

from django.db.models import Q

from followup.core import scope
from followup.core.actor import Actor
from followup.models import SavedReport

MOST = 50


def offered(actor: Actor, kind: str) -> list[SavedReport]:
    """One's own reports of a page and the shared ones within reach, by name."""
    rows = SavedReport.objects.filter(Q(saved_by_id=actor.id) | Q(shared=True), kind=kind)
    found = scope.visible(actor, rows.select_related("saved_by"))
    return list(found.order_by("name", "id")[:MOST])


def own(actor: Actor, report_id: UUID | str) -> SavedReport:
    """One of one's own reports; NotFound otherwise."""
    return scope.one(actor, SavedReport.objects.filter(saved_by_id=actor.id), id=report_id)
