"""Certificates: entered by one person, confirmed by another; duties recorded as done."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.models import Product
from pv.actions import confirmations
from pv.models import Certificate, DutyRecord
from pv.queries import duties


@action("certificate.enter", needs=Perm.COMMITMENT_WRITE)
def enter(actor: Actor, product: Product, *, values: Mapping[str, Any]) -> Certificate:
    """Enter what a certificate says; it holds once another person has confirmed it."""
    problems = {}
    approved, valid_to = values["approved_on"], values["valid_to"]
    if valid_to <= approved:
        problems["valid_to"] = _("The certificate ends before it begins.")
    if approved > clock.today():
        problems["approved_on"] = _("The day lies in the future.")
    again = values.get("reregistered_on")
    if again and not approved < again:
        problems["reregistered_on"] = _("The re-registration comes after the approval.")
    if values.get("born_on") and values["born_on"] > approved:
        problems["born_on"] = _("The international birth date is not after this approval.")
    if not values["number"].strip():
        problems["number"] = _("Enter the number of the certificate.")
    if not values["source"].strip():
        problems["source"] = _("Say which document this was taken from.")
    if problems:
        raise Refused(problems)
    return Certificate.objects.create(
        product=product, entered_by_id=confirmations.person(actor), entered_at=clock.now(), **values
    )


@action("certificate.confirm", needs=Perm.COMMITMENT_WRITE)
def confirm(actor: Actor, certificate: Certificate) -> Certificate:
    """Confirm an entry against its document; by another person than who entered it."""
    row = Certificate.objects.select_for_update().get(id=certificate.id)
    confirmations.confirm(actor, row)
    return row


@action("certificate.refuse", needs=Perm.COMMITMENT_WRITE)
def refuse(actor: Actor, certificate: Certificate, *, reason: str) -> Certificate:
    """Refuse an entry, with the reason; it is entered again."""
    row = Certificate.objects.select_for_update().get(id=certificate.id)
    confirmations.refuse(actor, row, reason)
    return row


@action("certificate.record_duty", needs=Perm.COMMITMENT_WRITE)
def record_duty(
    actor: Actor, certificate: Certificate, *, duty: str, due: date, done_on: date, evidence: str
) -> DutyRecord:
    """Record that a duty of a certificate was done, with the proof."""
    problems = {}
    if not evidence.strip():
        problems["evidence"] = _("Name the proof: an acceptance number, a file.")
    if done_on > clock.today():
        problems["done_on"] = _("The day lies in the future.")
    known = {
        (each.duty.code, each.duty.due): each
        for each in duties.owed(actor)
        if each.certificate.product_id == certificate.product_id
        and each.certificate.number == certificate.number
    }
    found = known.get((duty, due))
    if found is None:
        raise Refused(_("The certificate does not owe this; the calendar has changed."))
    if found.done:
        raise Refused(_("This duty is recorded as done already."))
    if problems:
        raise Refused(problems)
    return DutyRecord.objects.create(
        product_id=certificate.product_id,
        number=certificate.number,
        duty=duty,
        due=due,
        done_on=done_on,
        evidence=evidence,
        recorded_by_id=confirmations.person(actor),
        recorded_at=clock.now(),
    )
