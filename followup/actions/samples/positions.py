"""The position of a tube follows its custody: it is free once the tube leaves its store."""

from followup.core import clock
from followup.core.action import part
from followup.models import Sample, StoragePlace


@part
def leave(sample: Sample) -> None:
    """Free the position of a tube that leaves it."""
    rows = StoragePlace.objects.filter(sample=sample, left_at__isnull=True)
    rows.update(left_at=clock.now())


@part
def return_to_place(sample: Sample) -> None:
    """After an undone step: back at the last position, if nothing else took it meanwhile."""
    last = StoragePlace.objects.filter(sample=sample).order_by("-put_at", "-id").first()
    if last is None or last.left_at is None:
        return
    same = StoragePlace.objects.filter(
        box=last.box_id, row=last.row, column=last.column, left_at__isnull=True
    )
    if not same.exists():
        last.left_at = None
        last.save(update_fields=["left_at"])
