"""Protocols as they stand in the reference data, read once per version."""

from functools import lru_cache
from uuid import UUID

from followup.domain.protocols import Protocol
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
