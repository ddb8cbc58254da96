"""Protocols as they are in the reference data, read once per version."""

from datetime import date, timedelta
from functools import lru_cache
from uuid import UUID

from django.db.models import Q

from followup.core import clock
from followup.domain import schedules
from followup.domain.protocols import Protocol
from followup.domain.schedules import PlannedVisit
from followup.models import ReferenceItem

DEFAULT = "CN-LIFELONG"


@lru_cache(maxsize=64)
def _parsed(item_id: UUID, sha256: str) -> Protocol:
    return Protocol.from_dict(ReferenceItem.objects.get(id=item_id).data)


def of(item: ReferenceItem) -> Protocol:
    """The protocol of a reference row; parsed once per process and content."""
    return _parsed(item.id, item.sha256)


def latest(code: str = DEFAULT) -> ReferenceItem:
    """The newest version of a protocol in force today; ReferenceItem.DoesNotExist without one."""
    today = clock.today()
    rows = ReferenceItem.objects.filter(
        Q(valid_from__isnull=True) | Q(valid_from__lte=today),
        Q(valid_to__isnull=True) | Q(valid_to__gte=today),
        kind="protocol",
        code=code,
    )
    return rows.order_by("-loaded_at", "-version")[0:1].get()


def point(protocol: Protocol, code: str, day_zero: date) -> PlannedVisit | None:
    """The planned visit of a code with its rule, as the protocol alone would plan it."""
    horizon = day_zero + timedelta(days=366 * 100)
    visits = schedules.plan(day_zero, protocol, horizon)
    return next((visit for visit in visits if visit.code == code), None)


def loaded_codes() -> list[str]:
    """Codes of the protocols that are loaded."""
    rows = ReferenceItem.objects.filter(kind="protocol").order_by("code")
    return list(rows.values_list("code", flat=True).distinct())
