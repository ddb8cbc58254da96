"""Boxes of the sites an actor may see, what is in them, and how counts came out."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q

from followup.core import scope
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.domain.samples.storage import Position
from followup.models import Sample, StorageBox, StorageCount, StoragePlace


@dataclass(frozen=True, slots=True)
class Cell:
    """One position of the map; `hidden` is taken by a tube the actor may not see."""

    position: Position
    place: StoragePlace | None
    hidden: bool = False


def boxes(actor: Actor) -> list[StorageBox]:
    """Open boxes with how many positions are taken, by site, freezer and name."""
    rows = scope.visible(actor, StorageBox.objects.filter(closed_on__isnull=True))
    taken = Count("places", filter=Q(places__left_at__isnull=True))
    counted = rows.annotate(taken=taken).select_related("site")
    return list(counted.order_by("site__code", "freezer", "name"))


def box(actor: Actor, box_id: UUID | str, needs: Perm | None = None) -> StorageBox:
    """One box; NotFound otherwise."""
    return scope.one(actor, StorageBox.objects.select_related("site"), needs, id=box_id)


def cells(actor: Actor, row: StorageBox) -> list[list[Cell]]:
    """The map of a box, row by row."""
    current = row.places.filter(left_at__isnull=True)
    seen = scope.visible(actor, current.select_related("sample__patient"))
    known = {(place.row, place.column): place for place in seen}
    taken = set(current.values_list("row", "column"))
    return [
        [
            Cell(
                Position(line, column),
                known.get((line, column)),
                (line, column) in taken and (line, column) not in known,
            )
            for column in range(1, row.columns + 1)
        ]
        for line in range(1, row.rows + 1)
    ]


def place_of(actor: Actor, sample: Sample) -> StoragePlace | None:
    """Where a tube is kept now; None when it is in no box."""
    rows = StoragePlace.objects.filter(sample=sample, left_at__isnull=True)
    return scope.visible(actor, rows.select_related("box")).first()


def counts(actor: Actor, row: StorageBox, limit: int = 10) -> Sequence[StorageCount]:
    """The last counts of a box, the newest first."""
    rows = scope.visible(actor, StorageCount.objects.filter(box=row))
    return list(rows.select_related("counted_by")[:limit])
