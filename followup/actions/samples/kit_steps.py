"""What happens to a kit, step by step; nothing recorded is ever changed or taken away."""

from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from followup.actions.samples import chain, kit_chain
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.limits import within
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.domain.samples import Moment
from followup.domain.samples.kits import REASONS, KitReason, KitStepKind
from followup.domain.samples.kits import KitStep as Given
from followup.models import Kit, KitStep, Sample


@action("kit.record_step", needs=Perm.SAMPLE_WRITE)
def record_kit_step(
    actor: Actor,
    kit: Kit,
    *,
    step: str,
    happened_at: Moment,
    place: str = "",
    carrier: str = "",
    person: str = "",
    reason: str = "",
    note: str = "",
) -> KitStep:
    """Record the next step of a kit: sent, received, sent back, arrived, lost, found, discarded.

    Refused when the table of kits does not allow it now, when what the step needs is missing, or
    when it lies before a step that came earlier.
    """
    row = kit_chain.locked(kit)
    kind = kit_chain.kind_of(step)
    if kind in (KitStepKind.USE, KitStepKind.ASSEMBLE, KitStepKind.FORWARD):
        raise Refused({"step": _("This is recorded on its own page.")})
    given = Given(
        kind=kind,
        happened=happened_at,
        place=place.strip(),
        carrier=carrier.strip(),
        person=person.strip(),
        reason=reason,
    )
    problems: dict[str, Any] = {}
    if said := chain.moment_problem(happened_at):
        problems["happened_on"] = said
    if reason and reason not in REASONS.get(kind, ()):
        problems["reason"] = _("Choose the reason.")
    if reason == KitReason.OTHER and not note.strip():
        problems["note"] = _("Describe the other reason.")
    if problems:
        raise Refused(problems)
    rows = list(row.steps.all())
    state = kit_chain.follow(row, [*kit_chain.standing(rows), given])
    made = kit_chain.write(actor, row, given, len(rows) + 1, note=note.strip())
    kit_chain.settle(row, state)
    return made


def _current(step: KitStep) -> tuple[Kit, list[KitStep], KitStep]:
    """The kit locked, its rows, and the row itself; Conflict when it was replaced meanwhile."""
    if step.sample_id is not None:  # samples are locked before kits, everywhere
        Sample.objects.select_for_update(of=("self",)).get(id=step.sample_id)
    kit = kit_chain.locked(step.kit)
    if step.site_id != kit.site_id:
        raise Refused(
            _("This kit was forwarded to another site: what was recorded before stays as it is.")
        )
    rows = list(kit.steps.all())
    return kit, rows, chain.current(rows, step)


@action("kit.correct_step", needs=Perm.SAMPLE_WRITE)
def correct_kit_step(
    actor: Actor,
    step: KitStep,
    *,
    happened_at: Moment,
    place: str = "",
    carrier: str = "",
    person: str = "",
    note: str = "",
    reason: str,
) -> KitStep:
    """Replace a wrong row of a kit by a right one; the wrong one stays readable.

    `reason` is why the record is changed. A use is corrected with the collection of its sample.
    """
    kit, rows, row = _current(step)
    if not reason.strip():
        raise Refused({"reason": _("Say why the record is changed.")})
    if row.step == KitStepKind.USE.value:
        raise Refused(_("Correct the collection of the sample: the use of the kit follows it."))
    if said := chain.moment_problem(happened_at):
        raise Refused({"happened_on": said})
    before = kit_chain.as_given(row)
    given = replace(
        before,
        happened=happened_at,
        place=place.strip(),
        carrier=carrier.strip(),
        person=person.strip(),
    )
    if given == before and note.strip() == row.note:
        raise Refused(_("Nothing is different from what is recorded."))
    steps = kit_chain.standing(rows, {row.id: given})
    state = kit_chain.follow(kit, steps, at="happened_on")
    text = within(note, 500, "note") or within(reason, 500)
    made = kit_chain.write(actor, kit, given, len(rows) + 1, note=text, replaces=row)
    if given.kind is KitStepKind.ASSEMBLE and kit.assembler != given.place:
        kit.assembler = given.place
        kit.save(update_fields=["assembler"])
    kit_chain.settle(kit, state)
    return made


@action("kit.take_back", needs=Perm.SAMPLE_WRITE)
def take_back_kit_step(actor: Actor, step: KitStep, *, reason: str = "") -> Kit:
    """Say that the last step did not happen, by a row of its own; later than a minute, say why."""
    kit, rows, row = _current(step)
    chain.require_last(chain.in_force(rows), row, reason)
    kit_chain.undo(actor, kit, rows, row)
    return kit
