"""A kit nobody used, forwarded to another site: from then on it is that site's."""

from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from followup.actions.samples import chain, kit_chain
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.domain.samples import Moment
from followup.domain.samples.kits import KitStep as Given
from followup.domain.samples.kits import KitStepKind
from followup.models import Kit, KitItem, KitStep, Site


@action("kit.forward", needs=Perm.SAMPLE_WRITE)
def forward_kit(
    actor: Actor, kit: Kit, *, to: Site, happened_at: Moment, carrier: str = "", note: str = ""
) -> KitStep:
    """Send an unused kit on to another site, which receives it as its own.

    Refused for a kit that is not at the site or of which tubes were used, to the same site, and
    where the other site has a kit of that code. What was recorded before stays as it is.
    """
    row = kit_chain.locked(kit)
    problems: dict[str, Any] = {}
    if said := chain.moment_problem(happened_at):
        problems["happened_on"] = said
    if to.id == row.site_id:
        problems["to"] = _("The kit is of this site already.")
    elif not to.is_active:
        problems["to"] = _("Choose a site that is open.")
    elif row.code and Kit.objects.filter(site=to, code__iexact=row.code).exists():
        problems["to"] = _("That site has a kit of that code.")
    if problems:
        raise Refused(problems)
    given = Given(
        kind=KitStepKind.FORWARD,
        happened=happened_at,
        place=localized_name(to)[:120],
        carrier=carrier.strip(),
    )
    rows = list(row.steps.all())
    state = kit_chain.follow(row, [*kit_chain.standing(rows), given])
    made = kit_chain.write(actor, row, given, len(rows) + 1, note=note.strip())
    kit_chain.settle(row, state)
    _hand_over(replace(actor, system=True), row, to=to)
    return made


@action("kit.take_back_forward", needs=Perm.SAMPLE_WRITE)
def take_back_forward(actor: Actor, step: KitStep, *, reason: str = "") -> Kit:
    """Say that a kit did not leave for the other site; it is this site's again.

    Refused once the other site has recorded something of it, and where a kit of that code was
    registered here since. Later than a minute it needs a reason.
    """
    return _keep_here(replace(actor, system=True), step, reason=reason)


@action("kit.keep_here", needs=Perm.SAMPLE_WRITE)
def _keep_here(actor: Actor, step: KitStep, *, reason: str) -> Kit:
    """Make a kit its sender's again: whoever says so may not read it where it went."""
    kit = Kit.objects.select_for_update(of=("self",)).get(id=step.kit_id)
    rows = list(kit.steps.all())
    row = chain.current(rows, step)
    counting = chain.in_force(rows)
    if row.step != KitStepKind.FORWARD.value or counting[-1].id != row.id:
        raise Refused(_("The other site has received this kit: it forwards the kit back."))
    chain.require_last(counting, row, reason)
    if kit.code and Kit.objects.filter(site=row.site, code__iexact=kit.code).exists():
        raise Refused(_("Your site has a kit of that code by now."))
    kit.site = row.site
    kit.save(update_fields=["site"])
    KitItem.objects.filter(kit=kit).update(site=row.site)
    kit_chain.undo(actor, kit, rows, row)
    return kit


@action("kit.hand_over", needs=Perm.SAMPLE_WRITE)
def _hand_over(actor: Actor, kit: Kit, *, to: Site) -> None:
    """Make a kit another site's: whoever sends it may not write there."""
    kit.site = to
    kit.save(update_fields=["site"])
    KitItem.objects.filter(kit=kit).update(site=to)
