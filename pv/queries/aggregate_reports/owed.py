"""Reports a certificate, an authorisation abroad or a commitment owes next, with the one begun."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from followup.core import scope
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.domain.dates import add_months
from followup.models import Product
from followup.queries import reminders
from pv.domain.approvals import duties as codes
from pv.domain.approvals import duties_abroad
from pv.models import AggregateReport, Milestone
from pv.queries import duties
from pv.queries.duties import Owed

# The kind of report a duty of a certificate, or a yearly milestone of a commitment, is done by.
OF_DUTY = {
    codes.PSUR: "PSUR",
    codes.DSUR: "DSUR",
    codes.ANNUAL: "ANNUAL_REPORT",
    codes.REREGISTRATION: "RENEWAL",
    duties_abroad.US_PADER: "US_PADER",
    duties_abroad.US_PBRER: "US_PBRER",
    duties_abroad.EU_PSUR: "EU_PSUR",
    duties_abroad.US_IND: "US_IND",
    duties_abroad.US_DSUR: "DSUR",
    duties_abroad.EU_DSUR: "DSUR",
}
OF_MILESTONE = {
    "PROGRESS_REPORT": "PROGRESS",
    "LTFU_INTERIM": "LTFU_INTERIM",
    "RMP_UPDATE": "RMP_UPDATE",
}
AHEAD_MONTHS = 12  # a re-registration is prepared long before its day
AHEAD_DAYS = 90  # so is a yearly report whose day is the end of its period


@dataclass(frozen=True, slots=True)
class ReportOwed:
    """A report to write: its kind, period, day, and the latest one begun for it."""

    kind: str
    product: Product
    commitment: UUID | None
    start: date
    end: date
    due: date
    report: AggregateReport | None = None

    @property
    def asked(self) -> dict[str, str]:
        """What the page of a new report is opened with."""
        commitment = {"commitment": str(self.commitment)} if self.commitment else {}
        known = {"kind": self.kind, "product": str(self.product.id), **commitment}
        return known | {"start": self.start.isoformat(), "end": self.end.isoformat()}

    def days(self, today: date) -> int:
        """Days left; negative: past."""
        return (self.due - today).days


def of_duty(each: Owed, today: date) -> ReportOwed | None:
    """The report an open duty is done by; None while its period runs, or for no such duty."""
    duty = each.duty
    kind = OF_DUTY.get(duty.code)
    if kind is None or each.done is not None:
        return None
    if duty.start is None or duty.data_lock is None:
        soon = add_months(duty.due, -AHEAD_MONTHS) <= today
        start, end = each.since, today
    else:
        soon, start, end = duty.data_lock < today, duty.start, duty.data_lock
    return ReportOwed(kind, each.entry.product, None, start, end, duty.due) if soon else None


def listing(actor: Actor, *, today: date) -> list[ReportOwed]:
    """The reports owed by their day, however late, those to prepare among them."""
    if not actor.may(Perm.COMMITMENT_READ):
        return []
    found = [made for each in duties.owed(actor, today=today) if (made := of_duty(each, today))]
    found += _of_commitments(actor, today)
    begun = _begun(actor, found)
    return sorted(
        (replace(each, report=begun.get(_subject(each))) for each in found),
        key=lambda each: (each.due, each.product.code, each.kind),
    )


def _of_commitments(actor: Actor, today: date) -> list[ReportOwed]:
    rows = Milestone.objects.filter(
        code__in=OF_MILESTONE,
        period__gt=0,
        actual=None,
        due__lte=today + timedelta(days=AHEAD_DAYS),
        commitment__state__in=reminders.ladder("milestone").subject_states,
    )
    found = []
    for row in scope.visible(actor, rows.select_related("commitment__product")):
        held, years = row.commitment, row.period
        start = add_months(held.approved_on, 12 * (years - 1))
        end = min(add_months(held.approved_on, 12 * years) - timedelta(days=1), today)
        if row.due is not None and start <= end:
            kind = OF_MILESTONE[row.code]
            about = held.id if kind == "PROGRESS" else None
            found.append(ReportOwed(kind, held.product, about, start, end, row.due))
    return found


Subject = tuple[UUID, str, UUID | None, date]


def _subject(each: ReportOwed) -> Subject:
    return each.product.id, each.kind, each.commitment, each.start


def _begun(actor: Actor, owed: Sequence[ReportOwed]) -> Mapping[Subject, AggregateReport]:
    """The latest report of each kind, subject and first day among those owed."""
    products, starts = {each.product.id for each in owed}, {each.start for each in owed}
    rows = AggregateReport.objects.filter(product__in=products, period_start__in=starts)
    found = scope.visible(actor, rows.order_by("created_at", "id"))
    return {(r.product_id, r.kind, r.commitment_id, r.period_start): r for r in found}
