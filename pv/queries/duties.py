"""Certificates, authorisations abroad and what each owes by the calendar, with what was done."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Min, QuerySet
from django.utils.translation import pgettext

from followup.core import clock, scope
from followup.core.actor import Actor
from followup.core.http import keyset
from followup.core.http.keyset import Page
from followup.core.permissions import Perm
from followup.core.problems import NotFound, Refused
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
from pv.domain.approvals.duties_abroad import (
    EU_DSUR,
    EU_PSUR,
    US_DSUR,
    US_IND,
    US_PADER,
    US_PBRER,
    AuthorisationFacts,
    duties_abroad,
)
from pv.models import Authorisation, Certificate, DutyRecord
from pv.queries import authorisations, rules

BACK_MONTHS = 12
PAGE = 50
STATES = ("open", "done")


@dataclass(frozen=True, slots=True)
class Owed:
    """A duty of a certificate or of an authorisation abroad, with the record of its being done."""

    entry: Certificate | Authorisation
    duty: Duty
    done: DutyRecord | None

    @property
    def certificate(self) -> Certificate | None:
        """The certificate it is a duty of."""
        return self.entry if isinstance(self.entry, Certificate) else None

    @property
    def authorisation(self) -> Authorisation | None:
        """The authorisation abroad it is a duty of."""
        return self.entry if isinstance(self.entry, Authorisation) else None

    @property
    def market(self) -> str:
        """Whose authority it is owed to, as a regime of the reporting rules."""
        return self.entry.market if isinstance(self.entry, Authorisation) else authorisations.HOME

    @property
    def since(self) -> date:
        """The day the entry came into force."""
        row = self.entry
        return row.approved_on if isinstance(row, Certificate) else row.authorised_on

    def days(self, today: date) -> int | None:
        """Days left; None when it is done."""
        return None if self.done else (self.duty.due - today).days

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What it is, the same whichever entry of the certificate holds; by its day first."""
        row = self.entry
        return (self.duty.due.isoformat(), str(row.product_id), self.duty.code, row.number)


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


def entry(actor: Actor, entry_id: UUID | str) -> Certificate | Authorisation:
    """One entry that owes something, here or abroad; NotFound otherwise."""
    abroad = Authorisation.objects.select_related("product")
    try:
        return scope.one(actor, abroad, id=entry_id)
    except NotFound:
        return one(actor, entry_id)


def facts_of(row: Certificate) -> CertificateFacts:
    """The days of a certificate."""
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
        US_PADER: pgettext("duty", "US periodic adverse experience report"),
        US_PBRER: pgettext("duty", "PBRER for the FDA, by waiver"),
        EU_PSUR: pgettext("duty", "Periodic safety update report of the EU"),
        US_IND: pgettext("duty", "Annual report of the US IND"),
        US_DSUR: pgettext("duty", "DSUR for the FDA, as annual report of the IND"),
        EU_DSUR: pgettext("duty", "DSUR for the EU, annual safety report of trials"),
    }


def since(today: date) -> date:
    """The first day of which the calendar of duties shows what is done."""
    return add_months(today, -BACK_MONTHS)


def record(actor: Actor, record_id: UUID | str) -> DutyRecord:
    """One record of a duty; NotFound otherwise."""
    return scope.one(actor, DutyRecord.objects.select_related("recorded_by"), id=record_id)


def owed(actor: Actor, *, today: date | None = None) -> list[Owed]:
    """Duties by their day: open ones however late, done ones of twelve months, those ahead.

    What fell due more than twelve months before the register knew the certificate is none of its
    matters: nobody recorded here what was done about it.
    """
    day = today or clock.today()
    data = rules.data("duties")
    shown, until = since(day), add_months(day, int(data["ahead_months"]))
    here, abroad, known = certificates(actor), _abroad(actor), periodic_rules()
    registered = {**_registered(_entries(actor)), **_registered(abroad)}
    first = {key: since(min(day, entered)) for key, entered in registered.items()}
    done_ones = DutyRecord.objects.filter(
        due__gte=min(first.values(), default=shown), withdrawn_at=None
    )
    records = scope.visible(actor, done_ones.select_related("recorded_by"))
    done = {(row.product_id, row.number, row.duty, row.due): row for row in records}
    entries: list[Certificate | Authorisation] = [*here, *authorisations.latest(abroad)]
    found = [
        Owed(row, duty, done.get((row.product_id, row.number, duty.code, duty.due)))
        for row in entries
        for duty in _duties(row, known, data, first[row.product_id, row.number], until)
    ]
    listed = [each for each in found if each.done is None or each.duty.due >= shown]
    return sorted(listed, key=lambda each: (each.duty.due, each.entry.number))


def require_state(state: str) -> None:
    """Refused for a word that is none of `STATES`; empty for all."""
    if state and state not in STATES:
        raise Refused({"state": ", ".join(STATES)})


def page(actor: Actor, *, state: str = "", product: str = "", key: str = "") -> Page[Owed]:
    """One page of `owed`: those `open`, those `done`, or all; of a product, or of all."""
    require_state(state)
    chosen = reference.product(actor, id=product).id if product else None
    last = tuple(key.split(".", 3))
    rows = [
        each
        for each in sorted(owed(actor), key=lambda each: each.key)
        if (not state or (each.done is None) == (state == "open"))
        and chosen in (None, each.entry.product_id)
        and (len(last) < 4 or each.key > last)
    ]
    return Page(*keyset.page(rows, PAGE, lambda each: ".".join(each.key)))


def one_owed(actor: Actor, row: Certificate | Authorisation, duty: str, due: str) -> Owed:
    """One duty of an entry by its code and day (ISO); NotFound when it does not owe it."""
    wanted = (due, str(row.product_id), duty, row.number)
    found = next((each for each in owed(actor) if each.key == wanted), None)
    if found is None:
        raise NotFound()
    return found


def _abroad(actor: Actor) -> "QuerySet[Authorisation]":
    """The authorisations abroad that were confirmed, every entry."""
    rows = Authorisation.objects.filter(confirmed_at__isnull=False)
    return scope.visible(actor, rows.select_related("product"))


def _duties(
    row: Certificate | Authorisation,
    known: Mapping[str, PeriodicRule],
    data: Mapping[str, Any],
    first: date,
    until: date,
) -> list[Duty]:
    if isinstance(row, Certificate):
        return duties(facts_of(row), known, data, since=first, until=until)
    facts = AuthorisationFacts(
        row.market,
        row.authorised_on,
        row.ended_on,
        row.born_on,
        row.launched_on,
        row.set_months,
        row.set_lock,
        row.set_from,
        trial=row.setting == Authorisation.Setting.TRIAL,
    )
    return duties_abroad(facts, known, data, since=first, until=until)


def _registered(rows: "QuerySet[Any]") -> Mapping[tuple[UUID, str], date]:
    """The day the first entry of each number was confirmed, in China."""
    confirmed = rows.filter(confirmed_at__isnull=False, refused_because="").order_by()
    firsts = confirmed.values_list("product_id", "number").annotate(at=Min("confirmed_at"))
    return {
        (product, number): at.astimezone(clock.SHANGHAI).date() for product, number, at in firsts
    }
