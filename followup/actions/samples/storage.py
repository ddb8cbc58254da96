"""Boxes: opened, filled, counted; a tube that leaves frees its position."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from followup.actions.samples import positions
from followup.actions.samples.custody import record_step
from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.domain.samples import CustodyState, Moment
from followup.domain.samples.storage import LARGEST, Position, count, next_free, read_position
from followup.models import Sample, Site, StorageBox, StorageCount, StoragePlace


@action("storage.open_box", needs=Perm.SAMPLE_WRITE)
def open_box(
    actor: Actor, site: Site, *, freezer: str, name: str, rows: int, columns: int
) -> StorageBox:
    """A new box of a site; Refused for a name that freezer has already."""
    problems: dict[str, Any] = {}
    if not freezer.strip():
        problems["freezer"] = _("Enter the freezer or tank.")
    if not name.strip():
        problems["name"] = _("Enter the name of the box.")
    for field, size in (("rows", rows), ("columns", columns)):
        if not 1 <= size <= LARGEST:
            problems[field] = _("Between 1 and %(n)s.") % {"n": LARGEST}
    same = {"site": site, "freezer": freezer.strip(), "name": name.strip()}
    if not problems and StorageBox.objects.filter(**same).exists():
        problems["name"] = _("This freezer has a box of that name.")
    if problems:
        raise Refused(problems)
    return StorageBox.objects.create(
        **same, rows=rows, columns=columns, opened_by_id=actor.id, opened_at=clock.now()
    )


@action("storage.close_box", needs=Perm.SAMPLE_WRITE)
def close_box(actor: Actor, box: StorageBox) -> StorageBox:
    """Take an empty box out of the list."""
    row = StorageBox.objects.select_for_update().get(id=box.id)
    if row.places.filter(left_at__isnull=True).exists():
        raise Refused(_("There are tubes in this box. Move them first."))
    row.closed_on = clock.today()
    row.save(update_fields=["closed_on"])
    return row


def _position(box: StorageBox, text: str, sample: Sample) -> Position:
    current = box.places.filter(left_at__isnull=True)
    taken = {Position(*pair) for pair in current.values_list("row", "column")}
    if not text.strip():
        free = next_free(taken, box.rows, box.columns)
        if free is None:
            raise Refused({"position": _("The box is full.")})
        return free
    place = read_position(text, box.rows, box.columns)
    if place is None:
        last = Position(box.rows, box.columns)
        raise Refused({"position": _("This box has positions A1 to %(last)s.") % {"last": last}})
    if current.filter(sample=sample, row=place.row, column=place.column).exists():
        raise Refused({"position": _("This tube is at %(place)s already.") % {"place": place}})
    if place in taken:
        raise Refused({"position": _("%(place)s is taken.") % {"place": place}})
    return place


@action("storage.put", needs=Perm.SAMPLE_WRITE)
def put(
    actor: Actor,
    sample: Sample,
    *,
    box: StorageBox,
    position: str = "",
    happened_at: Moment,
    condition: str = "",
) -> StoragePlace:
    """Put a tube at a position, the next free one if none is named.

    A tube that is not stored yet is stored by it, as a step of its custody. One that is moves:
    its old position becomes free. Refused outside the box, at a taken position and in a box of
    another site.
    """
    held = StorageBox.objects.select_for_update().get(id=box.id)
    if held.site_id != sample.site_id or held.closed_on:
        raise Refused({"number": _("This box is closed or belongs to another site.")})
    place = _position(held, position, sample)
    row = Sample.objects.select_for_update(of=("self",)).get(id=sample.id)
    if row.state != CustodyState.STORED:
        text = f"{held} · {place}"[:120]
        record_step(
            actor, row, step="STORE", happened_at=happened_at, place=text, condition=condition
        )
    positions.leave(row)
    return StoragePlace.objects.create(
        box=held,
        sample=row,
        site_id=row.site_id,
        product_id=row.product_id,
        row=place.row,
        column=place.column,
        put_by_id=actor.id,
        put_at=clock.now(),
    )


@action("storage.count", needs=Perm.SAMPLE_WRITE)
def count_box(actor: Actor, box: StorageBox, *, scanned: Iterable[str]) -> StorageCount:
    """Compare what was scanned with what should be there; the count is kept as it came out.

    Nothing moves by a count: a person finds the tube or records what became of it.
    """
    places = box.places.filter(left_at__isnull=True).select_related("sample")
    expected = {place.sample.number: Position(place.row, place.column) for place in places}
    result = count(expected, scanned)
    if not (result.present or result.unexpected or result.unreadable) and expected:
        raise Refused({"scanned": _("Scan the tubes of the box, one per line.")})
    return StorageCount.objects.create(
        box=box,
        site_id=box.site_id,
        expected=len(expected),
        present=len(result.present),
        missing=[{"number": n, "position": str(expected[n])} for n in result.missing],
        unexpected=list(result.unexpected),
        unreadable=list(result.unreadable),
        counted_by_id=actor.id,
        counted_at=clock.now(),
    )
