"""Reports a hospital made itself of its events, to read."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from followup.core import scope
from followup.core.actor import Actor
from followup.models import AdverseEvent, HospitalReport


def of_event(actor: Actor, event: AdverseEvent) -> list[HospitalReport]:
    """The reports of an event that stand, the first one first."""
    rows = HospitalReport.objects.filter(event=event, retracted_at__isnull=True)
    rows = scope.visible(actor, rows.select_related("noted_by"))
    return list(rows.order_by("reported_on", "id"))


def one(actor: Actor, report_id: UUID | str) -> HospitalReport:
    """One report; NotFound otherwise."""
    return scope.one(actor, HospitalReport.objects.select_related("event"), id=report_id)


def days(events: Iterable[UUID]) -> list[date]:
    """The days on which any of some events was reported, in order; for rules, which see all."""
    rows = HospitalReport.objects.filter(event_id__in=list(events), retracted_at__isnull=True)
    return list(rows.order_by("reported_on").values_list("reported_on", flat=True))
