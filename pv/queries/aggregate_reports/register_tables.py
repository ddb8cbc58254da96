"""Tables of what else is on record: product, signals, earlier reports, duties, sources."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from followup.core import clock, naming, scope
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from followup.domain.seals import Head
from followup.queries import seals
from followup.queries.versions import code_version, reference_versions
from pv.domain.periodic.blocks import Block, FactList, Grid, Paragraph
from pv.domain.periodic.sections import TableCode
from pv.models import (
    Case,
    DutyRecord,
    PeriodicReport,
    Signal,
)
from pv.queries import approval_evidence, duties
from pv.queries.aggregate_reports import register
from pv.queries.aggregate_reports.basis import Basis
from pv.queries.aggregate_reports.case_tables import dictionary_of

NONE_KEPT = "—"


def readable(basis: Basis, rows: QuerySet[Any]) -> QuerySet[Any]:
    """Rows of the product that a person who reports on it reads."""
    return scope.visible(basis.actor, rows.filter(product=basis.product), needs=Perm.REPORT_WRITE)


def product(basis: Basis) -> list[Block]:
    """What the report is about."""
    row = basis.product
    holder = row.holder
    pairs = [
        (_("Product"), register.product_name(row)),
        (_("Marketing authorisation holder"), localized_name(holder)),
        (_("Period (both days included)"), f"{basis.start} – {basis.end}"),
        (_("Data lock"), basis.lock.name if basis.lock else _("None")),
    ]
    return [FactList(pairs)]


def coding(basis: Basis) -> list[Block]:
    """In which dictionary the terms are."""
    version = dictionary_of(basis)
    text = _("MedDRA %(version)s") % {"version": version} if version else _("No dictionary loaded")
    return [FactList([(_("Terms"), text)])]


def signals(basis: Basis) -> list[Block]:
    """Signals detected up to the end of the period, with what they came to."""
    rows = readable(basis, Signal.objects.all()).filter(detected_on__lte=basis.end)
    found = [
        [
            row.number,
            row.term,
            row.get_source_display(),
            str(row.detected_on),
            row.get_state_display(),
            row.get_decision_display() if row.decision else NONE_KEPT,
            pgettext("report", "new") if row.detected_on >= basis.start else "",
        ]
        for row in rows.order_by("detected_on", "number")
    ]
    if not found:
        return [Paragraph(_("No signal of this product is in the register."))]
    headings = [
        pgettext("column", "Signal"),
        pgettext("column", "Term"),
        pgettext("signal", "Source"),
        pgettext("signal", "Detected on"),
        pgettext("column", "State"),
        pgettext("column", "Decision"),
        pgettext("report", "In the period"),
    ]
    return [Grid(_("Signals"), headings, found)]


def earlier_reports(basis: Basis) -> list[Block]:
    """Approved reports of the product on earlier periods."""
    rows = readable(basis, type(basis.report).objects.filter(approved_at__isnull=False))
    kinds = register.kinds()
    found = [
        [
            kinds[row.kind].names[basis.words] if row.kind in kinds else row.kind,
            f"{row.period_start} – {row.period_end}",
            str(row.edition),
            str(row.approved_at.astimezone(clock.SHANGHAI).date()),
        ]
        for row in rows.exclude(id=basis.report.id).order_by("period_end", "kind")
    ]
    if not found:
        return [Paragraph(_("No earlier report of this product was approved in the register."))]
    headings = [
        pgettext("column", "Report"),
        pgettext("column", "Period"),
        pgettext("report", "Edition"),
        pgettext("report", "Approved on"),
    ]
    return [Grid(_("Earlier reports"), headings, found)]


def since_lock(basis: Basis) -> list[Block]:
    """How many cases were learned of after the period, as far as the lock knew."""
    rows = readable(basis, Case.objects.all()).filter(received_on__gt=basis.end)
    pairs = [
        (_("Cases learned of after the period"), str(rows.count())),
        (_("Of these serious"), str(rows.filter(serious=True).count())),
    ]
    return [FactList(pairs)]


def duties_done(basis: Basis) -> list[Block]:
    """Duties of the certificates recorded as done up to the end of the period."""
    words = duties.words()
    rows = readable(basis, DutyRecord.objects.filter(withdrawn_at=None, done_on__lte=basis.end))
    found: list[Sequence[str]] = [
        [row.number, words.get(row.duty, row.duty), str(row.due), str(row.done_on), row.evidence]
        for row in rows.order_by("due", "duty")
    ]
    if not found:
        return [Paragraph(_("No duty of a certificate is recorded as done."))]
    headings = [
        pgettext("certificate", "Number"),
        pgettext("column", "Duty"),
        pgettext("status", "Due"),
        pgettext("duty", "Done on"),
        pgettext("duty", "Proof"),
    ]
    return [Grid(_("Duties done"), headings, found)]


def evidence(basis: Basis) -> list[Block]:
    """What the approval of each indication rests on, as its documents state it."""
    rows = [
        [
            "" if cell is None else str(cell) or NONE_KEPT
            for cell in approval_evidence.cells(row)[1:10]
        ]
        for row in approval_evidence.held(basis.actor, product_id=basis.product.id)
    ]
    if not rows:
        return [Paragraph(_("No evidence behind the approval is confirmed in the register."))]
    return [Grid(_("Evidence behind the approval"), approval_evidence.heading()[1:10], rows)]


def sources(basis: Basis) -> list[Block]:
    """What the figures were made of: the seal, the reference documents, the program, the files."""
    head = Head(basis.lock.seq, basis.lock.chain) if basis.lock else seals.head()
    versions = basis.lock.versions.get("reference", {}) if basis.lock else reference_versions()
    files = readable(basis, PeriodicReport.objects.all()).count()
    pairs = [
        (_("Seal of the audit trail"), head.text),
        (_("Program"), code_version()[:16]),
        (_("Tabulations of this product in the register"), str(files)),
        *sorted((naming.document(name), str(version)) for name, version in versions.items()),
    ]
    return [FactList(pairs)]


TABLES: Mapping[TableCode, Callable[[Basis], list[Block]]] = {
    TableCode.PRODUCT: product,
    TableCode.CODING: coding,
    TableCode.SIGNALS: signals,
    TableCode.EARLIER_REPORTS: earlier_reports,
    TableCode.SINCE_LOCK: since_lock,
    TableCode.DUTIES_DONE: duties_done,
    TableCode.EVIDENCE: evidence,
    TableCode.SOURCES: sources,
}
