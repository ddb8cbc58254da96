"""Certificates and what each owes by the calendar, with what was done."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Min, QuerySet
from django.utils.translation import pgettext

from followup.core import clock, scope
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.domain.dates import add_months
from followup.models import Product
from followup.queries import reference
from pv.domain.aggregates import PeriodicRule
from pv.domain.approvals.duties import (
    ANNUAL,
    DSUR,
    PSUR,
    REREGISTRATION,
    CertificateFacts,
    Duty,
    duties,
)
from pv.models import Certificate, DutyRecord
from pv.queries import rules

BACK_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Owed:
    """A duty of a certificate, with the record of its being done."""

    certificate: Certificate
    duty: Duty
    done: DutyRecord | None

    def days(self, today: date) -> int | None:
        """Days left; None when it is done."""
        return None if self.done else (self.duty.due - today).days


def _periodic(data: Mapping[str, Any]) -> Mapping[str, PeriodicRule]:
    return {row["id"]: PeriodicRule.from_dict(row) for row in data["periodic"]}


def periodic_rules() -> Mapping[str, PeriodicRule]:
    """The rules of periodic reports as loaded."""
    return rules.parsed("rule_sets", _periodic)


def _entries(actor: Actor) -> "QuerySet[Certificate]":
    rows = Certificate.objects.select_related("product", "entered_by", "confirmed_by")
    return scope.visible(actor, rows)


def certificates(actor: Actor) -> list[Certificate]:
    """What holds: of each number of a product the entry confirmed last."""
    rows = _entries(actor).filter(confirmed_at__isnull=False, refused_because="")
    rows = rows.order_by("product_id", "number", "-confirmed_at").distinct("product_id", "number")
    return sorted(rows, key=lambda row: (row.product.code, row.number))


def waiting(actor: Actor) -> list[Certificate]:
    """Entries a second person has not looked at, the oldest first."""
    rows = _entries(actor).filter(confirmed_at__isnull=True, refused_because="")
    return list(rows.order_by("entered_at"))


def one(actor: Actor, certificate_id: UUID | str) -> Certificate:
    """One entry; NotFound otherwise."""
    return scope.one(actor, Certificate.objects.select_related("product"), id=certificate_id)


def products(actor: Actor) -> list[Product]:
    """Products the actor may enter a certificate for."""
    return list(reference.products_for(actor, Perm.COMMITMENT_WRITE))


def facts_of(row: Certificate) -> CertificateFacts:
    """The days of an entry."""
    return CertificateFacts(
        row.approved_on, row.valid_to, row.born_on, row.reregistered_on, row.trial_approved_on
    )


def words() -> Mapping[str, str]:
    """The duties by code, in the active language."""
    return {
        PSUR: pgettext("duty", "Periodic safety update report (PSUR)"),
        DSUR: pgettext("duty", "Development safety update report (DSUR)"),
        ANNUAL: pgettext("duty", "Annual report"),
        REREGISTRATION: pgettext("duty", "Apply for re-registration"),
    }


def since(today: date) -> date:
    """The first day of which the calendar of duties shows what is done."""
    return add_months(today, -BACK_MONTHS)


def record(actor: Actor, record_id: UUID | str) -> DutyRecord:
    """One record of a duty; NotFound otherwise."""
    return scope.one(actor, DutyRecord.objects.all(), id=record_id)


def owed(actor: Actor, *, today: date | None = None) -> list[Owed]:
    """Duties by their day: open ones however late, done ones of twelve months, those ahead.

    What fell due more than twelve months before the register knew the certificate is none of its
    matters: nobody recorded here what was done about it.
    """
    day = today or clock.today()
    data = rules.data("duties")
    shown, until = since(day), add_months(day, int(data["ahead_months"]))
    held, known = certificates(actor), periodic_rules()
    first = {key: since(min(day, registered)) for key, registered in _registered(actor).items()}
    done_ones = DutyRecord.objects.filter(
        due__gte=min(first.values(), default=shown), withdrawn_at=None
    )
    records = scope.visible(actor, done_ones.select_related("recorded_by"))
    done = {(row.product_id, row.number, row.duty, row.due): row for row in records}
    found = [
        Owed(row, duty, done.get((row.product_id, row.number, duty.code, duty.due)))
        for row in held
        for duty in duties(
            facts_of(row), known, data, since=first[row.product_id, row.number], until=until
        )
    ]
    listed = [each for each in found if each.done is None or each.duty.due >= shown]
    return sorted(listed, key=lambda each: (each.duty.due, each.certificate.number))


def _registered(actor: Actor) -> Mapping[tuple[UUID, str], date]:
    """The day the first entry of each certificate was confirmed, in China."""
    rows = _entries(actor).filter(confirmed_at__isnull=False, refused_because="").order_by()
    firsts = rows.values_list("product_id", "number").annotate(at=Min("confirmed_at"))
    return {
        (product, number): at.astimezone(clock.SHANGHAI).date() for product, number, at in firsts
    }
