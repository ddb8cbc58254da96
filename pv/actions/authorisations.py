"""Authorisations in other markets: entered by one person, confirmed by another; clocks follow."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Denied, Refused
from followup.models import Product
from pv.actions import clocks as case_clocks
from pv.actions import confirmations
from pv.models import Authorisation, Case
from pv.queries import authorisations

_CLOCKS = Actor.process("authorisations")


def _require(actor: Actor, product: UUID) -> None:
    """Safety and regulatory affairs keep authorisations."""
    if not any(actor.may(perm, product=product) for perm in authorisations.KEEPERS):
        raise Denied("authorisation.enter")


@action("authorisation.enter", needs=Perm.CASE_READ)
def enter(actor: Actor, product: Product, *, values: Mapping[str, Any]) -> Authorisation:
    """Enter an authorisation; the clocks of its market run once another person confirmed it."""
    _require(actor, product.id)
    if actor.id is None:
        raise Refused(_("A person enters this, not the system."))
    problems = {}
    if values["market"] not in authorisations.markets():
        problems["market"] = _("The reporting rules do not know this market.")
    if values["setting"] not in Authorisation.Setting.values:
        problems["setting"] = _("Choose what it is.")
    if values["authorised_on"] > clock.today():
        problems["authorised_on"] = _("The day lies in the future.")
    if values["ended_on"] and values["ended_on"] < values["authorised_on"]:
        problems["ended_on"] = _("It ends before it begins.")
    for name in ("number", "source"):
        if not values[name].strip():
            problems[name] = _("Enter it.")
    if problems:
        raise Refused(problems)
    return Authorisation.objects.create(
        product=product, entered_by_id=actor.id, entered_at=clock.now(), **values
    )


@action("authorisation.confirm", needs=Perm.CASE_READ)
def confirm(actor: Actor, authorisation: Authorisation) -> Authorisation:
    """Confirm an entry against its document; the clocks of the product's cases follow."""
    _require(actor, authorisation.product_id)
    row = Authorisation.objects.select_for_update().get(id=authorisation.id)
    confirmations.confirm(actor, row)
    _follow(row)
    return row


@part
def _follow(row: Authorisation) -> None:
    """Bring the clocks of every case into line that was known since the first day of the entry."""
    rows = Case.objects.filter(product_id=row.product_id, day_zero__isnull=False)
    rows = rows.filter(sources__received_on__gte=row.authorised_on).distinct()
    for case_id in list(rows.values_list("id", flat=True)):
        case = Case.objects.select_for_update(of=("self",)).get(id=case_id)
        case_clocks.reconcile(_CLOCKS, case, reason=str(row))


@action("authorisation.refuse", needs=Perm.CASE_READ)
def refuse(actor: Actor, authorisation: Authorisation, *, reason: str) -> Authorisation:
    """Refuse an entry, with the reason; it is entered again."""
    _require(actor, authorisation.product_id)
    row = Authorisation.objects.select_for_update().get(id=authorisation.id)
    confirmations.refuse(actor, row, reason)
    return row
