"""Certificates: entered by one person, confirmed by another; duties counted, recorded as done."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.confirmations import Question, settle
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.models import Product
from pv.actions import confirmations, withdrawals
from pv.models import Authorisation, Certificate, DutyDay, DutyRecord
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
    follow(actor, row)
    return row


@part
def follow(actor: Actor, row: Certificate | Authorisation) -> None:
    """Count what a confirmed entry owes, instead of what the entry before it owed."""
    today, of_number = clock.today(), {"product_id": row.product_id, "number": row.number}
    owed = [
        each
        for each in duties.owed(Actor.process("certificates"), today=today)
        if (each.entry.product_id, each.entry.number) == tuple(of_number.values())
    ]
    _keep_days(actor, owed, DutyDay.objects.filter(**of_number), today=today)


@action("certificate.refuse", needs=Perm.COMMITMENT_WRITE)
def refuse(actor: Actor, certificate: Certificate, *, reason: str) -> Certificate:
    """Refuse an entry, with the reason; it is entered again."""
    row = Certificate.objects.select_for_update().get(id=certificate.id)
    confirmations.refuse(actor, row, reason)
    return row


@action("certificate.count_duties", needs=Perm.SYSTEM)
def count_duties(actor: Actor, *, today: date) -> int:
    """Count what certificates and authorisations abroad owe by which day; the system does, daily.

    Returns how many changed.

    The days ahead move with the calendar, and all of them with the rules.
    """
    return _keep_days(actor, duties.owed(actor, today=today), DutyDay.objects.all(), today=today)


@part
def _keep_days(
    actor: Actor, owed: Iterable[duties.Owed], rows: QuerySet[DutyDay], *, today: date
) -> int:
    """Bring the kept days of the period the calendar shows into line with what is owed."""
    wanted = {
        (each.entry.product_id, each.entry.number, each.duty.code, each.duty.due): each
        for each in owed
    }
    changed, at, shown = 0, clock.now(), duties.since(today)
    first = min([shown, *(each.duty.due for each in wanted.values())])
    kept = rows.filter(due__gte=first).select_for_update().order_by("id")
    for row in kept:
        found = wanted.pop((row.product_id, row.number, row.duty, row.due), None)
        if found is None and row.due < shown:
            continue  # done long ago
        before = (row.owed, row.certificate_id, row.authorisation_id)
        row.owed = found is not None
        if found:
            row.certificate, row.authorisation = found.certificate, found.authorisation
        if before != (row.owed, row.certificate_id, row.authorisation_id):
            row.counted_at = at
            row.save(update_fields=["owed", "certificate", "authorisation", "counted_at"])
            changed += 1
    for (product, number, duty, due), each in wanted.items():
        DutyDay.objects.create(
            product_id=product,
            certificate=each.certificate,
            authorisation=each.authorisation,
            number=number,
            duty=duty,
            due=due,
            counted_at=at,
        )
    return changed + len(wanted)


@action("certificate.record_duty", needs=Perm.COMMITMENT_WRITE)
def record_duty(
    actor: Actor,
    entry: Certificate | Authorisation,
    *,
    duty: str,
    due: date,
    done_on: date,
    evidence: str,
    confirmed: Collection[str] = (),
) -> DutyRecord:
    """Record that a duty of a certificate or authorisation was done, with the proof.

    Asks where a report was done before the period it covers was over.
    """
    known = {
        (each.duty.code, each.duty.due): each
        for each in duties.owed(actor)
        if (each.entry.product_id, each.entry.number) == (entry.product_id, entry.number)
    }
    found = known.get((duty, due))
    if found is None:
        raise Refused(_("This is not owed; the calendar has changed."))
    if found.done:
        raise Refused(_("This duty is recorded as done already."))
    problems = {}
    if not evidence.strip():
        problems["evidence"] = _("Name the proof: an acceptance number, a file.")
    if done_on > clock.today():
        problems["done_on"] = _("The day lies in the future.")
    elif done_on < found.since:
        problems["done_on"] = _("The certificate or authorisation did not exist on that day.")
    if problems:
        raise Refused(problems)
    lock, asked = found.duty.data_lock, []
    if lock and done_on <= lock:
        text = _("This report covers days up to %(day)s: it was done before they were over.")
        text %= {"day": lock}
        asked.append(Question("done_before_lock", text, "done_on", about=done_on))
    settle(asked, confirmed)
    return DutyRecord.objects.create(
        product_id=entry.product_id,
        number=entry.number,
        duty=duty,
        due=due,
        done_on=done_on,
        evidence=evidence,
        recorded_by_id=confirmations.person(actor),
        recorded_at=clock.now(),
    )


@action("certificate.withdraw_duty", needs=Perm.COMMITMENT_WRITE)
def withdraw_duty(actor: Actor, record: DutyRecord, *, reason: str) -> DutyRecord:
    """Say that a duty was recorded as done by mistake; it is owed again."""
    row = withdrawals.locked(record)
    withdrawals.withdraw(actor, row, reason)
    return row
