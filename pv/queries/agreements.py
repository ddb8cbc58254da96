"""Agreements with partners: what holds, what waits, and what each case owes by them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db.models import QuerySet

from followup.core import clock, scope
from followup.core.actor import Actor
from followup.core.row_security import contexts
from pv.domain.agreements import PREFIX, Days, Terms, rule_set, standing
from pv.domain.cases import receptions
from pv.domain.clocks import RuleSet
from pv.domain.compliance import Tally, summed
from pv.domain.e2b.checks import Profile
from pv.models import PartnerAgreement, ReceivedReport, ReportClock
from pv.queries import rules

_DAY = timedelta(days=1)


def to_partner(row: PartnerAgreement) -> Days:
    """What we owe the partner."""
    return Days(row.to_fatal_days, row.to_serious_days, row.to_other_days)


def from_partner(row: PartnerAgreement) -> Days:
    """What the partner owes us."""
    return Days(row.from_fatal_days, row.from_serious_days, row.from_other_days)


def countries(text: str) -> frozenset[str]:
    """The countries of a territory as typed."""
    return frozenset(part for part in text.replace("，", ",").replace(" ", ",").split(",") if part)


def _terms(row: PartnerAgreement, order: int) -> Terms:
    return Terms(
        row.partner,
        row.number,
        order,
        to_partner(row),
        countries(row.territory),
        row.valid_from,
        row.valid_to,
    )


def _confirmed(rows: "QuerySet[PartnerAgreement]") -> "QuerySet[PartnerAgreement]":
    return rows.filter(confirmed_at__isnull=False).order_by("confirmed_at", "id")


Span = tuple[PartnerAgreement, Terms]


def _spans(rows: Sequence[PartnerAgreement]) -> list[Span]:
    """The confirmed entries that hold at any time, each with the days it holds for."""
    terms = [_terms(row, order) for order, row in enumerate(rows)]
    return [(rows[each.order], each) for each in standing(terms)]


@dataclass(frozen=True, slots=True)
class Partnership:
    """All agreements of a product as rules, with the entry of each partner that holds today.

    Where none does, that is the one confirmed last.
    """

    rules: RuleSet
    current: dict[str, PartnerAgreement]
    spans: Sequence[Span]

    def entry(self, authority: str, on: date) -> PartnerAgreement:
        """The entry whose terms hold for what was learned on a day; else the one of today."""
        mine = [span for span in self.spans if span[1].authority == authority]
        return _held_on(mine, on) or self.current[authority]

    def receivers(self, authority: str) -> list[str]:
        """The receivers its files were ever made for by an entry that held."""
        names = [row.receiver for row, held in self.spans if held.authority == authority]
        return list(dict.fromkeys([self.current[authority].receiver, *names]))

    def partners(self, receiver: str, on: date) -> list[str]:
        """Who got a file sent to a receiver on a day: whoever it was agreed with then.

        Where it was nobody's then, whose it is today: a file sent ahead of the first day.
        """
        return self._whose("receiver", receiver, on)

    def whose(self, profile: str, partner: str, on: date) -> list[str]:
        """Who gets a file: the partner it was made for, else whoever has its receiver on a day.

        A file of a receiver that several have, and that names none of them, is nobody's.
        """
        if partner:
            return [f"{PREFIX}{partner}"]
        found = self.partners(profile, on)
        return found if len(found) == 1 else []

    def senders_of(self, sender: str, on: date) -> list[str]:
        """Who sent a report with an identifier received on a day, as `partners` tells it."""
        return self._whose("sender", sender, on)

    def senders(self, authority: str) -> list[str]:
        """The identifiers its reports ever came with by an entry that held."""
        names = [row.sender for row, held in self.spans if held.authority == authority]
        return [name for name in dict.fromkeys([self.current[authority].sender, *names]) if name]

    def _whose(self, column: str, name: str, on: date) -> list[str]:
        rows = [(held, getattr(row, column)) for row, held in self.spans]
        then = [held.authority for held, known in rows if known == name and held.holds(on)]
        now = [who for who, row in self.current.items() if getattr(row, column) == name]
        return list(dict.fromkeys(then or now))


@contexts.reads_whole
def sharing(product_id: UUID | None, profile: str) -> list[PartnerAgreement]:
    """The entries of today of the partners that have a receiver, by their name."""
    agreed = partnership(product_id)
    names = agreed.partners(profile, clock.today()) if agreed else []
    rows = [agreed.entry(name, clock.today()) for name in names] if agreed else []
    return sorted(rows, key=lambda row: row.partner_name)


@contexts.reads_whole
def partnership(product_id: UUID | None) -> Partnership | None:
    """What a product owes its partners, past terms included; None where nothing was agreed."""
    if product_id is None:
        return None
    rows = list(_confirmed(PartnerAgreement.objects.filter(product_id=product_id)))
    if not rows:
        return None
    entries = [_terms(row, order) for order, row in enumerate(rows)]
    spans, today = _spans(rows), clock.today()
    current = {f"{PREFIX}{row.partner}": row for row in rows}
    current |= {held.authority: row for row, held in spans if held.holds(today)}
    return Partnership(rule_set(rules.rule_set(), entries), current, spans)


def _entries(actor: Actor) -> "QuerySet[PartnerAgreement]":
    rows = PartnerAgreement.objects.select_related("product", "entered_by", "confirmed_by")
    return scope.visible(actor, rows)


def held(actor: Actor) -> list[PartnerAgreement]:
    """The entry confirmed last of each partner of a product."""
    rows = _entries(actor).filter(confirmed_at__isnull=False)
    keys = ("product_id", "partner")
    found = rows.order_by(*keys, "-confirmed_at").distinct(*keys)
    return sorted(found, key=lambda row: (row.product.code, row.partner))


def waiting(actor: Actor) -> list[PartnerAgreement]:
    """Entries a second person has not looked at, the oldest first."""
    rows = _entries(actor).filter(confirmed_at__isnull=True, refused_because="")
    return list(rows.order_by("entered_at"))


def one(actor: Actor, agreement_id: UUID | str) -> PartnerAgreement:
    """One entry; NotFound otherwise."""
    return scope.one(actor, _entries(actor), id=agreement_id)


def versions(actor: Actor, row: PartnerAgreement) -> list[PartnerAgreement]:
    """Every entry of the same partner and product, the newest first."""
    rows = _entries(actor).filter(product_id=row.product_id, partner=row.partner)
    return list(rows.order_by("-entered_at"))


def overlapping(row: PartnerAgreement) -> PartnerAgreement | None:
    """Another partner of the product with the same sender at the time.

    A report could not be told to belong to either.
    """
    rows = list(_confirmed(PartnerAgreement.objects.filter(product_id=row.product_id)))
    for other, each in _spans(rows):
        begins_before = row.valid_to is None or each.valid_from <= row.valid_to
        at_once = begins_before and (each.valid_to is None or row.valid_from <= each.valid_to)
        if other.partner == row.partner or not at_once:
            continue
        if row.sender and other.sender == row.sender:
            return other
    return None


def spans_of(actor: Actor, row: PartnerAgreement) -> list[Span]:
    """The entries of the same partner and product that hold at any time, with their days."""
    rows = _entries(actor).filter(product_id=row.product_id, partner=row.partner)
    return _spans(list(_confirmed(rows)))


def _held_on(spans: Sequence[Span], day: date) -> PartnerAgreement | None:
    return next((row for row, held in spans if held.holds(day)), None)


def receivers() -> list[str]:
    """The receivers a partner's files can be made for: those that are no authority."""
    known = rules.data("receivers")["receivers"]
    return [code for code, row in known.items() if not row.get("authority")]


def is_partner(profile: str, current: Sequence[PartnerAgreement]) -> bool:
    """Whether files of a profile go to a partner."""
    return profile == Profile.PARTNER or any(row.receiver == profile for row in current)


def choices() -> list[tuple[str, str]]:
    """From which day an agreement counts, by code and in words."""
    return [(code, str(text)) for code, text in PartnerAgreement.DayZero.choices]


def tallies(
    actor: Actor, first: date, last: date, *, today: date, product: UUID | None = None
) -> list[tuple[PartnerAgreement, Tally, Tally]]:
    """Of each partner: what we owed and what it owed us in a period, and what came on time."""
    found = []
    for row in held(actor):
        if product is None or row.product_id == product:
            ours = _ours(actor, row, first, last, today)
            found.append((row, ours, _theirs(actor, row, first, last)))
    return found


def _ours(actor: Actor, row: PartnerAgreement, first: date, last: date, today: date) -> Tally:
    rows = scope.visible(actor, ReportClock.objects.filter(stopped_at__isnull=True))
    rows = rows.filter(product_id=row.product_id, rule__startswith=f"{PREFIX}{row.partner}-")
    days = rows.filter(due__gte=first, due__lte=last).values_list("due", "met_on")
    counted = [(due, met) for due, met in days if met is not None or due < today]
    return Tally(len(counted), sum(met is not None and met <= due for due, met in counted))


def _theirs(actor: Actor, row: PartnerAgreement, first: date, last: date) -> Tally:
    """Reports of the partner whose agreed day lay in the period; without C.1.5 none can be told.

    Each counts by the entry that held on the day its partner learned of it. What was rejected was
    not owed: it is about another product or patient, or no valid report.
    """
    spans = spans_of(actor, row)
    senders = {entry.sender for entry, _held in spans if entry.sender}
    if not senders:
        return Tally()
    rows = scope.visible(actor, ReceivedReport.objects.filter(sender__in=senders))
    # A report that is due in the period may have come as many days before it as it had.
    longest = max(from_partner(entry).longest for entry, _held in spans)
    earliest = first - timedelta(days=longest) - _DAY
    rows = rows.filter(product_id=row.product_id, received_at__date__gte=earliest)
    rows = rows.exclude(state=ReceivedReport.State.REJECTED)
    columns = ("information", "received_at", "case__serious", "case__fatal")
    found = []
    for information, received_at, serious, fatal in rows.values_list(*columns):
        known = receptions.day(information)
        entry = _held_on(spans, known) if known else None
        days = from_partner(entry) if entry else Days()
        allowed = days.of(serious=serious, fatal=fatal)
        if known is None or allowed is None:
            continue
        due = known + timedelta(days=allowed)
        came = received_at.astimezone(clock.SHANGHAI).date()
        if first <= due <= last:
            found.append(("", Tally(1, int(came <= due))))
    return summed(found).get("", Tally())
