"""Agreements with partners: entered by one person, confirmed by another; clocks follow."""

import hashlib
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.models import Product
from pv.actions import clock_sources, confirmations
from pv.domain.agreements import CODE
from pv.domain.e2b.elements import is_country
from pv.models import PartnerAgreement
from pv.queries import agreements

MOST_DAYS = 365
MOST_BYTES = 20 * 1024 * 1024
DAYS = tuple(
    f"{way}_{kind}_days" for way in ("to", "from") for kind in ("fatal", "serious", "other")
)


def _problems(values: Mapping[str, Any], content: bytes) -> dict[str, str]:
    problems = {}
    if not CODE.fullmatch(values["partner"]):
        problems["partner"] = _("Up to twelve capitals and digits, without spaces.")
    for name in ("partner_name", "number"):
        if not values[name].strip():
            problems[name] = _("Enter it.")
    if values["receiver"] not in agreements.receivers():
        problems["receiver"] = _("Choose a receiver that is no authority.")
    if values["day_zero_rule"] not in PartnerAgreement.DayZero.values:
        problems["day_zero_rule"] = _("Choose from which day it counts.")
    if values["valid_to"] and values["valid_to"] < values["valid_from"]:
        problems["valid_to"] = _("It ends before it begins.")
    for name in DAYS:
        if values[name] is not None and not 0 <= values[name] <= MOST_DAYS:
            problems[name] = _("Days from 0 to %(most)s.") % {"most": MOST_DAYS}
    if all(values[name] is None for name in DAYS):
        problems["to_serious_days"] = _("The agreement owes nothing: enter the days of a class.")
    codes = agreements.countries(values["territory"].upper())
    if not all(is_country(code) for code in codes):
        problems["territory"] = _(
            "Countries of the list, two letters each, with commas between: CN, SG, US."
        )
    if not 0 < len(content) <= MOST_BYTES:
        problems["document"] = _("Attach the signed agreement, at most 20 MB.")
    return problems


@action("agreement.enter", needs=Perm.CASE_READ)
def enter(
    actor: Actor, product: Product, *, values: Mapping[str, Any], name: str, content: bytes
) -> PartnerAgreement:
    """Enter what an agreement says, with the hash of its document; it holds once confirmed."""
    clock_sources.require_keeper(actor, product.id, "agreement.enter")
    entered_by = confirmations.person(actor)
    problems = _problems(values, content)
    if problems:
        raise Refused(problems)
    codes = sorted(agreements.countries(values["territory"].upper()))
    return PartnerAgreement.objects.create(
        product=product,
        **{**values, "territory": ", ".join(codes)},
        document_name=name[:200],
        document_sha256=hashlib.sha256(content).hexdigest(),
        entered_by_id=entered_by,
        entered_at=clock.now(),
    )


@action("agreement.confirm", needs=Perm.CASE_READ)
def confirm(actor: Actor, agreement: PartnerAgreement) -> PartnerAgreement:
    """Confirm an entry against its document; the clocks towards the partner follow.

    Refused while another partner of the product has the same sender: a report could not be told to
    belong to either. Partners may share a receiver: each file then names the one it is made for.
    """
    clock_sources.require_keeper(actor, agreement.product_id, "agreement.confirm")
    row = PartnerAgreement.objects.select_for_update().get(id=agreement.id)
    confirmations.require_undecided(actor, row)
    other = agreements.overlapping(row)
    if other is not None:
        text = _(
            "%(other)s reports with the same sender identifier at this time: whose report it is"
            " could not be told. Enter the identifier of each."
        )
        raise Refused(text % {"other": other.partner_name})
    confirmations.confirm(actor, row)
    clock_sources.follow(actor, row)
    return row


@action("agreement.refuse", needs=Perm.CASE_READ)
def refuse(actor: Actor, agreement: PartnerAgreement, *, reason: str) -> PartnerAgreement:
    """Refuse an entry, with the reason; it is entered again."""
    clock_sources.require_keeper(actor, agreement.product_id, "agreement.refuse")
    row = PartnerAgreement.objects.select_for_update().get(id=agreement.id)
    confirmations.refuse(actor, row, reason)
    return row
