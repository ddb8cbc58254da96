"""The steps of one kit as rows: what counts today, what a new row does to it."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from followup.actions.samples import chain
from followup.core import clock
from followup.core.action import part
from followup.core.actor import Actor
from followup.core.problems import Refused
from followup.domain.samples import Moment
from followup.domain.samples.kits import (
    KitError,
    KitProblem,
    KitState,
    KitStepKind,
    walk,
)
from followup.domain.samples.kits import KitStep as Given
from followup.models import Kit, KitItem, KitStep, Sample
from followup.models.states import KIT


def locked(kit: Kit) -> Kit:
    """The kit as it stands, held until the transaction ends."""
    return Kit.objects.select_for_update(of=("self",)).get(id=kit.id)


def kind_of(step: str) -> KitStepKind:
    """The step of a code; Refused for one that is none."""
    try:
        return KitStepKind(step)
    except ValueError as error:
        raise Refused({"step": _("There is no such step.")}) from error


def as_given(row: KitStep) -> Given:
    """A row as the step it records."""
    return Given(
        kind=KitStepKind(row.step),
        happened=Moment(row.happened_on, row.happened_at),
        place=row.place,
        carrier=row.carrier,
        person=row.person,
        reason=row.reason,
        deviation=row.deviation,
    )


def standing(
    rows: Sequence[KitStep], changed: Mapping[UUID, Given | None] | None = None
) -> list[Given]:
    """The steps that count, some of them changed, or left out by None."""
    other = changed or {}
    steps = [other[row.id] if row.id in other else as_given(row) for row in chain.in_force(rows)]
    return [step for step in steps if step is not None]


def follow(kit: Kit, steps: Sequence[Given], *, at: str = "kit") -> KitState:
    """The state a chain leads to; Refused, in words and at its field, where it cannot be.

    `at` is the field for a use that lies before the receipt.
    """
    try:
        return walk(steps, expires_on=kit.expires_on, zone=clock.SHANGHAI)
    except KitError as error:
        raise Refused(_words(kit, steps, error, at)) from error


def _words(kit: Kit, steps: Sequence[Given], error: KitError, at: str) -> dict[str, Any]:
    needed = {
        "place": _("Where is the kit? Enter the place."),
        "carrier": _("Who carries it? Enter the carrier."),
        "person": _("Who received it? Enter the name."),
        "reason": _("Choose the reason."),
    }
    values = {"kit": kit.number, "day": kit.expires_on}
    if error.code is KitProblem.MISSING:
        return {name: needed[name] for name in error.details}
    if error.code is KitProblem.OUT_OF_ORDER:
        return {"happened_on": _("This lies before the step that came earlier. Check the date.")}
    if error.code is KitProblem.BEFORE_RECEIPT:
        arrived = [s.happened.on for s in steps if s.kind is KitStepKind.RECEIVE]
        text = _("Kit %(kit)s was received on %(day)s: the sample cannot be older. Check both.")
        return {at: text % {"kit": kit.number, "day": arrived[-1] if arrived else "—"}}
    if error.code is KitProblem.EXPIRED:
        text = _("Kit %(kit)s expired on %(day)s. Describe the deviation, or use another kit.")
        return {"kit_deviation": text % values}
    if error.code is KitProblem.NOT_EXPIRED:
        if kit.expires_on is None:
            return {"reason": _("No last day of use is recorded for this kit.")}
        return {"reason": _("This kit expires on %(day)s: it had not expired.") % values}
    kind = steps[error.step].kind if steps else KitStepKind.ASSEMBLE
    text = KIT.refusal(error.state or KitState.ASSEMBLED, kind)
    return {"kit" if kind is KitStepKind.USE else "": text}


def new_row(
    actor: Actor, kit: Kit, step: Given, number: int, *, note: str = "", **more: Any
) -> KitStep:
    """One new row of a kit, not yet saved; a use is of the product of its sample."""
    sample: Sample | None = more.get("sample")
    return KitStep(
        product_id=sample.product_id if sample else None,
        kit=kit,
        site_id=kit.site_id,
        number=number,
        step=step.kind.value,
        happened_on=step.happened.on,
        happened_at=step.happened.at,
        place=step.place,
        carrier=step.carrier,
        person=step.person,
        reason=step.reason,
        note=note,
        deviation=step.deviation,
        recorded_by_id=actor.id,
        recorded_at=clock.now(),
        **more,
    )


@part
def write(actor: Actor, kit: Kit, step: Given, number: int, **more: Any) -> KitStep:
    """One new row of a kit."""
    row = new_row(actor, kit, step, number, **more)
    row.save(force_insert=True)
    return row


@part
def settle(kit: Kit, state: KitState) -> None:
    """Put the state the chain leads to on the kit's own row."""
    if KIT.settle(kit, state):
        kit.save(update_fields=[KIT.column])


@part
def attach(item: KitItem, sample: Sample | None, deviation: str) -> None:
    """Say which sample the tubes were filled for, or that they are empty again."""
    item.sample, item.deviation = sample, deviation
    item.product_id = sample.product_id if sample else None
    item.save(update_fields=["sample", "product", "deviation"])


@part
def undo(actor: Actor, kit: Kit, rows: Sequence[KitStep], row: KitStep) -> None:
    """Say by a row of its own that a step did not happen; the tubes of a use are free again."""
    state = follow(kit, standing(rows, {row.id: None}))
    write(
        actor,
        kit,
        as_given(row),
        len(rows) + 1,
        item=row.item,
        sample=row.sample,
        note=row.note,
        replaces=row,
        taken_back=True,
    )
    if row.item is not None:
        attach(row.item, None, "")
    settle(kit, state)
