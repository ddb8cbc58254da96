"""Protocols as they stand in the reference data, read once per version."""

from datetime import date, timedelta
from functools import lru_cache
from uuid import UUID

from followup.domain import schedules
from followup.domain.protocols import Protocol
from followup.domain.schedules import PlannedVisit
from followup.models import ReferenceItem

DEFAULT = "CN-LIFELONG"


@lru_cache(maxsize=64)
def _parsed(item_id: UUID, sha256: str) -> Protocol:
    return Protocol.from_dict(ReferenceItem.objects.get(id=item_id).data)


def of(item: ReferenceItem) -> Protocol:
    """The protocol of a reference row; parsed once a process and content."""
    return _parsed(item.id, item.sha256)


def latest(code: str = DEFAULT) -> ReferenceItem:
    """The newest loaded version of a protocol; ReferenceItem.DoesNotExist before loading."""
    rows = ReferenceItem.objects.filter(kind="protocol", code=code)
    return rows.order_by("-loaded_at", "-version")[0:1].get()


def point(protocol: Protocol, code: str, day_zero: date) -> PlannedVisit | None:
    """The planned visit of a code with its rule, as the protocol alone would plan it."""
    horizon = day_zero + timedelta(days=366 * 100)
    visits = schedules.plan(day_zero, protocol, horizon)
    return next((visit for visit in visits if visit.code == code), None)
