"""Compliance of reporting: on-time share by receiver, month and partner, and what was late."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import TruncMonth

from followup.core import clock, scope
from followup.core.actor import Actor
from followup.core.naming import localized_name
from followup.models import Site
from pv.domain.agreements import PREFIX
from pv.domain.compliance import Tally, summed
from pv.models import Case, ReceivedReport, ReportClock
from pv.queries import agreements, rules

MOST_LATE = 500


@dataclass(frozen=True, slots=True)
class Period:
    """Reports that fell due from the first to the last day, of one product or of all."""

    first: date
    last: date
    product: UUID | None = None


@dataclass(frozen=True, slots=True)
class Compliance:
    """The tallies, and the late reports, the longest overdue first; `cut` when there are more."""

    total: Tally
    by_receiver: Mapping[str, Tally]
    by_month: Mapping[str, Tally]
    by_partner: Mapping[str, Tally]
    to_partners: Mapping[str, Tally]
    from_partners: Mapping[str, Tally]
    late: Sequence[ReportClock]
    cut: bool


def _clocks(actor: Actor, period: Period, today: date) -> QuerySet[ReportClock]:
    """The clocks that count: sent, or past their day; one that was stopped is no duty any more."""
    rows = scope.visible(actor, ReportClock.objects.filter(stopped_at__isnull=True))
    # What is owed to partners is a matter of contract, and counted apart.
    rows = rows.exclude(rule__startswith=PREFIX)
    rows = rows.filter(Q(met_on__isnull=False) | Q(due__lt=today) | Q(due_at__lt=clock.now()))
    if period.product is not None:
        rows = rows.filter(product_id=period.product)
    return rows.filter(due__gte=period.first, due__lte=period.last)


def _authorities() -> Mapping[str, str]:
    return {rule.id: rule.authority for rule in rules.rule_set().rules}


def _is_late(today: date) -> Q:
    """By the day; a limit in hours by the moment as well."""
    open_ = Q(met_on__isnull=True)
    over = Q(due__lt=today) | Q(due_at__lt=clock.now())
    return Q(met_on__gt=F("due")) | Q(met_at__gt=F("due_at")) | (open_ & over)


def of(actor: Actor, period: Period, *, today: date, most: int | None = MOST_LATE) -> Compliance:
    """The compliance of a period in the actor's scope, with so many late reports; None: all.

    A duty beside a report (`CN-D:investigation`) counts for the receiver of its rule. The partner
    is the sender of the first received report, else the hospital, by its name.
    """
    sender = ReceivedReport.objects.filter(case=OuterRef("case")).order_by("id").values("sender")
    rows = _clocks(actor, period, today)
    counted = (
        rows.annotate(month=TruncMonth("due"), sender=Subquery(sender[:1]))
        .order_by()
        .values_list("rule", "month", "case__origin", "sender", "site__code")
        .annotate(total=Count("id"), late=Count("id", filter=_is_late(today)))
    )
    known, tallies = _authorities(), []
    hospitals = {row.code: f"{localized_name(row)} ({row.code})" for row in Site.objects.all()}
    for rule, month, origin, sent_by, site, total, late in counted:
        partner = sent_by if origin == Case.Origin.IMPORT else hospitals.get(site)
        receiver = known.get(rule.partition(":")[0]) or rule
        tallies.append((receiver, f"{month:%Y-%m}", partner or "?", Tally(total, total - late)))
    days = (period.first, period.last)
    agreed = agreements.tallies(actor, *days, today=today, product=period.product)
    late_rows = rows.filter(_is_late(today)).select_related("case", "product", "lateness")
    shown = list(late_rows.order_by("due", "id")[: None if most is None else most + 1])
    return Compliance(
        total=sum((row[3] for row in tallies), Tally()),
        by_receiver=_by(tallies, 0),
        by_month=_by(tallies, 1),
        by_partner=_by(tallies, 2),
        to_partners=summed((row.partner_name, ours) for row, ours, _theirs in agreed if ours.due),
        from_partners=summed((row.partner_name, t) for row, _ours, t in agreed if t.due),
        late=shown[:most],
        cut=most is not None and len(shown) > most,
    )


def _by(tallies: Sequence[tuple[str, str, str, Tally]], place: int) -> Mapping[str, Tally]:
    return dict(sorted(summed((str(row[place]), row[3]) for row in tallies).items()))


def late_clock(actor: Actor, clock_id: UUID | str, *, today: date) -> ReportClock:
    """One clock that was not met in time; NotFound otherwise."""
    rows = ReportClock.objects.filter(_is_late(today), stopped_at__isnull=True)
    return scope.one(actor, rows.select_related("case", "product", "lateness"), id=clock_id)
