"""Samples filled from a kit: with the collection, or said afterwards.

The moment of a use is always the collection's, so a corrected collection moves it and an undone
one frees the tubes.
"""

from dataclasses import replace

from django.utils.translation import gettext as _

from followup.actions.samples import chain, kit_chain
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.domain.samples import CustodyEventKind, Moment
from followup.domain.samples.kits import KitStep as Given
from followup.domain.samples.kits import KitStepKind
from followup.models import CustodyEvent, Kit, KitItem, KitStep, Sample


@part
def fill(actor: Actor, kit: Kit, sample: Sample, moment: Moment, deviation: str) -> KitStep:
    """Record that a sample, locked, was collected at a moment with the tubes of a kit.

    Refused (`kit`, `kit_deviation`) for a kit of another site, one without unused tubes for this
    kind of sample, before its receipt, and past its last day unless the deviation is given.
    """
    row = kit_chain.locked(kit)
    if row.site_id != sample.site_id:
        raise Refused({"kit": _("This kit belongs to another site.")})
    if KitItem.objects.filter(sample=sample).exists():
        raise Refused({"kit": _("This sample was filled from a kit already.")})
    item = row.items.filter(sample__isnull=True, specimen=sample.code).order_by("number").first()
    if item is None:
        text = _("Kit %(kit)s has no unused tubes for %(code)s.")
        raise Refused({"kit": text % {"kit": row.number, "code": sample.code}})
    given = Given(kind=KitStepKind.USE, happened=moment, deviation=deviation.strip())
    rows = list(row.steps.all())
    state = kit_chain.follow(row, [*kit_chain.standing(rows), given])
    made = kit_chain.write(actor, row, given, len(rows) + 1, item=item, sample=sample)
    kit_chain.attach(item, sample, given.deviation)
    kit_chain.settle(row, state)
    return made


def _use_of(sample: Sample) -> tuple[Kit, list[KitStep], KitStep] | None:
    """The kit a sample was filled from, locked, its rows, and the use that counts."""
    item = KitItem.objects.filter(sample=sample).select_related("kit").first()
    if item is None:
        return None
    kit = kit_chain.locked(item.kit)
    rows = list(kit.steps.all())
    (use,) = (row for row in chain.in_force(rows) if row.sample_id == sample.id)
    return kit, rows, use


@part
def follow_collection(actor: Actor, sample: Sample, moment: Moment, deviation: str | None) -> None:
    """Move the use of a kit with the corrected collection of its sample; None keeps the deviation.

    Refused as `fill` refuses.
    """
    found = _use_of(sample)
    if found is None:
        return
    kit, rows, use = found
    before = kit_chain.as_given(use)
    said = before.deviation if deviation is None else deviation.strip()
    given = replace(before, happened=moment, deviation=said)
    if given == before:
        return
    steps = kit_chain.standing(rows, {use.id: given})
    state = kit_chain.follow(kit, steps, at="happened_on")
    kit_chain.write(actor, kit, given, len(rows) + 1, item=use.item, sample=sample, replaces=use)
    assert use.item is not None
    kit_chain.attach(use.item, sample, said)
    kit_chain.settle(kit, state)


def deviates_otherwise(sample: Sample, deviation: str | None) -> bool:
    """Whether what is said of the kit of a sample differs from what is recorded."""
    if deviation is None:
        return False
    item = KitItem.objects.filter(sample=sample).first()
    return item is not None and item.deviation != deviation.strip()


@part
def free(actor: Actor, sample: Sample) -> None:
    """Give the tubes back to their kit, because the collection of the sample did not happen."""
    found = _use_of(sample)
    if found is not None:
        kit_chain.undo(actor, *found)


def _collected(sample: Sample) -> Moment:
    """When a sample was collected, as the chain stands; Refused for one that was not."""
    rows: list[CustodyEvent] = chain.in_force(sample.custody.all())
    found = [row for row in rows if row.step == CustodyEventKind.COLLECT.value]
    if not found:
        raise Refused({"kit": _("Record the collection of this sample first.")})
    return Moment(found[-1].happened_on, found[-1].happened_at)


@action("kit.use", needs=Perm.SAMPLE_WRITE)
def use_kit(actor: Actor, sample: Sample, *, kit: Kit, deviation: str = "") -> KitStep:
    """Say afterwards which kit a collected sample was filled from; Refused as `fill` refuses."""
    row = Sample.objects.select_for_update(of=("self",)).get(id=sample.id)
    return fill(actor, kit, row, _collected(row), deviation)
