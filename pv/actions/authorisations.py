"""Authorisations in other markets: entered by one person, confirmed by another; clocks follow."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.models import Product
from pv.actions import certificates, clock_sources, confirmations
from pv.models import Authorisation
from pv.queries import authorisations

_CYCLE = ("set_months", "set_lock", "set_from")


@action("authorisation.enter", needs=Perm.CASE_READ)
def enter(actor: Actor, product: Product, *, values: Mapping[str, Any]) -> Authorisation:
    """Enter an authorisation; the clocks of its market run once another person confirmed it."""
    clock_sources.require_keeper(actor, product.id, "authorisation.enter")
    entered_by = confirmations.person(actor)
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
    problems |= _of_the_cycle(values)
    if problems:
        raise Refused(problems)
    return Authorisation.objects.create(
        product=product, entered_by_id=entered_by, entered_at=clock.now(), **values
    )


def _of_the_cycle(values: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with the days its periodic reports are counted by."""
    problems, first = {}, values["authorised_on"]
    born, launched = values.get("born_on"), values.get("launched_on")
    if born and born > first:
        problems["born_on"] = _("The international birth date is not after this approval.")
    if launched and launched < first:
        problems["launched_on"] = _("It is placed on the market after it is authorised.")
    if launched and launched > clock.today():
        problems["launched_on"] = _("The day lies in the future.")
    months, lock, since = (values.get(name) for name in _CYCLE)
    if bool(months) != bool(lock):
        name = "set_lock" if months else "set_months"
        problems[name] = _("A cycle the authority set has its months and one data lock point.")
    if since and not (months or lock):
        problems["set_from"] = _("Enter the cycle that took effect on this day.")
    elif since and since < first:
        problems["set_from"] = _("Leave it empty where the cycle held from the beginning.")
    if values["setting"] != Authorisation.Setting.POST_MARKET:
        words = _("Only a marketing authorisation has a launch and a cycle its authority set.")
        problems |= {name: words for name in (*_CYCLE, "launched_on") if values.get(name)}
    return problems


@action("authorisation.confirm", needs=Perm.CASE_READ)
def confirm(actor: Actor, authorisation: Authorisation) -> Authorisation:
    """Confirm an entry against its document; the clocks of the product's cases follow."""
    clock_sources.require_keeper(actor, authorisation.product_id, "authorisation.confirm")
    row = Authorisation.objects.select_for_update().get(id=authorisation.id)
    confirmations.confirm(actor, row)
    clock_sources.follow(actor, row)
    certificates.follow(actor, row)
    return row


@action("authorisation.refuse", needs=Perm.CASE_READ)
def refuse(actor: Actor, authorisation: Authorisation, *, reason: str) -> Authorisation:
    """Refuse an entry, with the reason; it is entered again."""
    clock_sources.require_keeper(actor, authorisation.product_id, "authorisation.refuse")
    row = Authorisation.objects.select_for_update().get(id=authorisation.id)
    confirmations.refuse(actor, row, reason)
    return row
