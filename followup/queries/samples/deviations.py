"""Which samples deviate, as their chains and their kits are recorded."""

from collections.abc import Iterable
from uuid import UUID

from followup.domain.samples import EXCURSION
from followup.models import CustodyEvent, KitItem


def deviating(ids: Iterable[UUID]) -> set[UUID]:
    """Those of some samples that deviate as the chain is today.

    A step found them out of the allowed range, or their kit was not in order when it was used.
    """
    wanted = list(ids)
    rows = CustodyEvent.objects.filter(sample_id__in=wanted, condition=EXCURSION)
    rows = rows.filter(taken_back=False, replaced_by__isnull=True)
    kits = KitItem.objects.filter(sample_id__in=wanted).exclude(deviation="")
    both = rows.order_by().values_list("sample_id")
    both = both.union(kits.order_by().values_list("sample_id"))
    return {sample for (sample,) in both}
