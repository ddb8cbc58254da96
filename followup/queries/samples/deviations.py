"""Which samples deviate, as their chains and their kits are recorded."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet, UUIDField

from followup.core.statements import OneOf, written_once
from followup.domain.samples import EXCURSION
from followup.models import CustodyEvent, KitItem


@written_once
def _deviating() -> "QuerySet[CustodyEvent, Any]":
    asked = OneOf("sample_id", "samples", UUIDField())
    rows = CustodyEvent.objects.filter(asked, condition=EXCURSION)
    rows = rows.filter(taken_back=False, replaced_by__isnull=True)
    kits = KitItem.objects.filter(asked).exclude(deviation="")
    both = rows.order_by().values_list("sample_id")
    return both.union(kits.order_by().values_list("sample_id"))


def deviating(ids: Iterable[UUID]) -> set[UUID]:
    """Those of some samples that deviate as the chain is today.

    A step found them out of the allowed range, or their kit was not in order when it was used.
    """
    return {sample for (sample,) in _deviating(samples=list(ids))}
