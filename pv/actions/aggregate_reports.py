"""Aggregate reports: opened, written by section, reviewed by another, approved by signature."""

from datetime import date
from uuid import UUID

from django.utils.translation import gettext as _

from followup.core import clock, versions
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.limits import within
from followup.core.models import DataLock
from followup.core.permissions import Perm
from followup.core.problems import Conflict, Refused
from followup.domain.facts import RecordSigned
from followup.models import Product
from pv.domain.periodic.stages import ReportEvent, ReportState
from pv.models import AggregateReport, Commitment, ReportSection
from pv.models.states import AGGREGATE_REPORT
from pv.queries import aggregates
from pv.queries.aggregate_reports import register


@action("aggregate_report.open", needs=Perm.REPORT_WRITE)
def open_report(
    actor: Actor,
    product: Product,
    *,
    kind: str,
    start: date,
    end: date,
    lock: DataLock | None = None,
    commitment: Commitment | None = None,
) -> AggregateReport:
    """Begin a report of one kind on a period; whoever reports on all sites of the product."""
    of_kind = register.kinds().get(kind)
    problems = {}
    if of_kind is None:
        problems["kind"] = _("Choose the kind of report.")
    elif of_kind.of_commitment and commitment is None:
        problems["commitment"] = _("Choose the commitment this report is about.")
    if commitment is not None and commitment.product_id != product.id:
        problems["commitment"] = _("The commitment belongs to another product.")
    if not aggregates.covers(actor, product):
        problems["product"] = aggregates.narrow()
    problems |= _period(start, end, lock)
    if problems:
        raise Refused(problems)
    return AggregateReport.objects.create(
        product=product,
        kind=kind,
        commitment=commitment if of_kind and of_kind.of_commitment else None,
        period_start=start,
        period_end=end,
        lock=lock,
        state=AGGREGATE_REPORT.start(ReportState.DRAFT),
        created_by_id=_person(actor),
        created_at=clock.now(),
    )


def _period(start: date, end: date, lock: DataLock | None) -> dict[str, str]:
    problems = {}
    if end < start:
        problems["end"] = _("The period ends before it begins.")
    elif end > clock.today():
        problems["end"] = _("The period cannot end later than today.")
    elif lock is not None and end > lock.made_at.astimezone(clock.SHANGHAI).date():
        problems["end"] = _("The period cannot end after the day of the lock.")
    return problems


def _person(actor: Actor) -> UUID:
    if actor.id is None:
        raise Refused(_("A person writes a report, not the system."))
    return actor.id


def _current(report: AggregateReport, version: int) -> AggregateReport:
    row = AggregateReport.objects.select_for_update().get(id=report.id)
    versions.must_be(row, version)
    return row


@action("aggregate_report.write", needs=Perm.REPORT_WRITE)
def write(
    actor: Actor, report: AggregateReport, *, code: str, language: str, text: str, number: int
) -> ReportSection | None:
    """Write the text of a section in one language, as a new version of it; None: as it stands.

    A change undoes a review; of an approved report it opens the next edition, and the
    signature stays with the one before.
    """
    row = AggregateReport.objects.select_for_update().get(id=report.id)
    if register.kind(row).section(code) is None or language not in dict(register.LANGUAGES):
        raise Refused(_("The report has no such section."))
    last = ReportSection.objects.filter(report=row, code=code, language=language)
    present = last.order_by("-number").first()
    if (present.number if present else 0) != number:
        raise Conflict({"text": (text, present.text if present else "")})
    if text == (present.text if present else ""):
        return None
    _reopen(row)
    return ReportSection.objects.create(
        report=row,
        product_id=row.product_id,
        code=code,
        language=language,
        number=number + 1,
        edition=row.edition,
        text=text,
        written_by_id=_person(actor),
        written_at=clock.now(),
    )


@part
def _reopen(row: AggregateReport) -> None:
    """A changed report is a draft again; an approved one in the next edition."""
    if row.state == ReportState.DRAFT.value:
        return
    if row.state == ReportState.APPROVED.value:
        row.edition += 1
    AGGREGATE_REPORT.move(row, ReportEvent.EDIT)
    row.reviewed_by_id = row.reviewed_at = row.approved_at = None
    row.version += 1
    row.save()


@action("aggregate_report.set_basis", needs=Perm.REPORT_WRITE)
def set_basis(
    actor: Actor,
    report: AggregateReport,
    *,
    start: date,
    end: date,
    lock: DataLock | None,
    version: int,
) -> AggregateReport:
    """Change the period or the lock the figures rest on."""
    row = _current(report, version)
    if problems := _period(start, end, lock):
        raise Refused(problems)
    new = (start, end, lock.id if lock else None)
    if new != (row.period_start, row.period_end, row.lock_id):
        _reopen(row)
        row.period_start, row.period_end, row.lock = start, end, lock
        row.version += 1
        row.save()
    return row


@action("aggregate_report.review", needs=Perm.REPORT_WRITE)
def review(actor: Actor, report: AggregateReport, *, version: int) -> AggregateReport:
    """Pass a report that is whole and at a lock; another person than any author of its texts."""
    row = _current(report, version)
    problems = register.against_review(actor, row)
    if _person(actor) in register.authors(actor, row):
        problems.append(_("Another person than the author reviews the report."))
    if problems:
        raise Refused(" ".join(problems))
    AGGREGATE_REPORT.move(row, ReportEvent.REVIEW)
    row.returned_by_id, row.returned_at, row.returned_because = None, None, ""
    row.reviewed_by_id, row.reviewed_at = actor.id, clock.now()
    row.version += 1
    row.save()
    return row


@action("aggregate_report.return", needs=Perm.REPORT_WRITE)
def send_back(
    actor: Actor, report: AggregateReport, *, reason: str, version: int
) -> AggregateReport:
    """Send a reviewed report back to its author, who reads the reason until the next review."""
    row = _current(report, version)
    if not reason.strip():
        raise Refused({"reason": _("Say what has to be changed.")})
    AGGREGATE_REPORT.move(row, ReportEvent.RETURN)
    row.reviewed_by_id = row.reviewed_at = None
    row.returned_by_id, row.returned_at = _person(actor), clock.now()
    row.returned_because = within(reason, 500)
    row.version += 1
    row.save()
    return row


@action("aggregate_report.approve", needs=Perm.REPORT_WRITE)
def _approve(actor: Actor, report: AggregateReport, *, reason: str) -> None:
    """Approve a reviewed report; asked for by the signature alone."""
    row = AggregateReport.objects.select_for_update().get(id=report.id)
    AGGREGATE_REPORT.move(row, ReportEvent.APPROVE)
    row.approved_at = clock.now()
    row.version += 1
    row.save()


def on_signature(actor: Actor, fact: RecordSigned) -> None:
    """The signature approves the report; out of turn it is refused and undone."""
    if fact.kind != "aggregate_report":
        return
    row = AggregateReport.objects.get(id=UUID(fact.record))
    if row.state != ReportState.REVIEWED.value:
        raise Refused(_("Only a reviewed report is approved."))
    if actor.id in register.authors(actor, row):
        raise Refused(_("Another person than the author approves the report."))
    _approve(actor, row, reason=fact.reason)
