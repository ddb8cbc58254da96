"""Commitments follow what the register says of the approval they rest on."""

from datetime import datetime

from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.action import part
from followup.core.actor import Actor
from followup.core.problems import Refused
from followup.domain.dates import PartialDate
from followup.models import Indication
from pv.actions.commitments import records
from pv.actions.commitments.steps import move_due
from pv.domain import approvals
from pv.models import Commitment
from pv.queries import commitments as queries
from pv.queries.commitments import Rulebook

APPROVAL_CHANGED = "APPROVAL_CHANGED"


def require_status(indication: Indication, status: str) -> None:
    """Refused where an open commitment says that the approval is conditional."""
    if status in (indication.status, Indication.Status.CONDITIONAL):
        return
    book = queries.rulebook()
    rows = Commitment.objects.filter(indication=indication)
    if rows.exclude(state__in=book.machine.terminal).exists():
        text = _("A commitment of this indication is open: close it by its own step first.")
        raise Refused({"status": text})


@part
def approval_changed(actor: Actor, indication: Indication, *, document: str) -> int:
    """Hold the open commitments of an indication to its approval date; how many changed.

    A statutory deadline counted from the approval is counted from the new date, and open
    milestones move with it; one set by an extension or by the certificate stays.
    """
    approval, book, at = queries.approval_of(indication), queries.rulebook(), clock.now()
    if approval is None:
        return 0
    rows = Commitment.objects.filter(indication=indication).select_for_update().order_by("id")
    changed = 0
    for row in rows.exclude(state__in=book.machine.terminal):
        stated = (row.approved_on, row.approved_precision)
        if stated != (approval.earliest, approval.precision):
            _follow(actor, row, book, approval, document=document, at=at)
            changed += 1
    return changed


def _follow(
    actor: Actor,
    row: Commitment,
    book: Rulebook,
    approval: PartialDate,
    *,
    document: str,
    at: datetime,
) -> None:
    old, before = row.legal_end, queries.partial(row.approved_on, row.approved_precision)
    counted = approvals.legal_end(before or approval, book.limit(row.approved_on))
    row.approved_on, row.approved_precision = approval.earliest, approval.precision
    if (row.legal_end, row.legal_end_latest) == (counted.earliest, counted.latest):
        limit = book.limit(approval.earliest)
        end = approvals.legal_end(approval, limit)
        row.legal_end, row.legal_end_latest = end.earliest, end.latest
        row.limit_rule, row.citation = f"{limit.id} {limit.version}", limit.citation
        row.legal_end_version += int(row.legal_end != old)
    records.note(
        actor,
        row,
        APPROVAL_CHANGED,
        at=at,
        old_date=old,
        new_date=row.legal_end,
        happened_on=clock.today(),
        document=document[:200],
    )
    rows = records.milestones(row)
    if row.legal_end != old:
        move_due(actor, row, rows, book, at)
    records.settle(actor, row, rows, book, today=clock.today(), at=at)
    records.save(
        row,
        *("approved_on", "approved_precision", "legal_end", "legal_end_latest"),
        *("legal_end_version", "limit_rule", "citation", "state"),
    )
