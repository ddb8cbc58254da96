"""Monthly reconciliation: the partner's list is read and compared, each difference resolved."""

import hashlib
from datetime import date
from uuid import UUID

from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.limits import within
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.domain.facts import RecordSigned
from pv.actions import confirmations
from pv.domain.reconciliations import NoIdentifier, compare, read_list, repeats
from pv.models import PartnerAgreement, PartnerReconciliation, ReconciliationDifference
from pv.queries import reconciliations

MOST_BYTES = 10 * 1024 * 1024


@action("reconciliation.compare", needs=Perm.CASE_WRITE)
def compare_lists(
    actor: Actor, agreement: PartnerAgreement, *, month: date, name: str, content: bytes
) -> PartnerReconciliation:
    """Read the partner's list of a month and keep where it differs from ours.

    Lines that cannot be read are left out and named. Refused for a month that is not over and for
    one whose reconciliation is signed.
    """
    if agreement.confirmed_at is None:
        raise Refused(_("The agreement is not confirmed yet."))
    if month.replace(day=1) >= clock.today().replace(day=1):
        raise Refused({"month": _("This month is not over yet.")})
    if len(content) > MOST_BYTES:
        raise Refused({"file": _("The file is larger than 10 MB.")})
    if reconciliations.signed(agreement, month):
        raise Refused({"month": _("The reconciliation of this month is signed.")})
    try:
        theirs = read_list(content)
    except NoIdentifier as error:
        text = _("The list has no column “worldwide_id”: nothing can be compared.")
        raise Refused({"file": text}) from error
    except ValueError as error:
        text = _("The file cannot be read: give CSV or xlsx with a heading and lines.")
        raise Refused({"file": text}) from error
    compared_by = confirmations.person(actor)
    ours = reconciliations.by_identifier(reconciliations.exchanged(actor, agreement, month))
    row = PartnerReconciliation.objects.create(
        agreement=agreement,
        product_id=agreement.product_id,
        month=month,
        ours=ours,
        theirs=dict(theirs.cases),
        faults=[[f.line, f.column, f.value] for f in theirs.faults],
        file_name=name[:200],
        sha256=hashlib.sha256(content).hexdigest(),
        compared_by_id=compared_by,
        compared_at=clock.now(),
    )
    ReconciliationDifference.objects.bulk_create(
        ReconciliationDifference(
            reconciliation=row,
            product_id=row.product_id,
            worldwide_id=found.worldwide_id[:100],
            kind=found.kind.value,
            fields=[list(field) for field in found.fields],
        )
        for found in (*compare(ours, theirs.cases, theirs.columns), *repeats(theirs))
    )
    return row


@action("reconciliation.resolve", needs=Perm.CASE_WRITE)
def resolve(
    actor: Actor, difference: ReconciliationDifference, *, reason: str
) -> ReconciliationDifference:
    """Say how a difference was resolved; may be said again until the reconciliation is signed."""
    rows = PartnerReconciliation.objects.select_for_update()
    if rows.get(id=difference.reconciliation_id).signed_at is not None:
        raise Refused(_("The reconciliation of this month is signed."))
    if not reason.strip():
        raise Refused({"reason": _("Say how it was resolved.")})
    row = ReconciliationDifference.objects.select_for_update().get(id=difference.id)
    row.reason, row.resolved_by_id, row.resolved_at = within(reason, 1000), actor.id, clock.now()
    row.save(update_fields=["reason", "resolved_by", "resolved_at"])
    return row


@part
def _close(row: PartnerReconciliation) -> None:
    open_rows = ReconciliationDifference.objects.filter(
        reconciliation=row, resolved_at__isnull=True
    )
    if (left := open_rows.count()) > 0:
        text = _("%(n)s differences are not resolved: say of each how it was.")
        raise Refused(text % {"n": left})
    # A month compared twice, perhaps by another entry of the agreement, is signed once.
    if reconciliations.signed(row.agreement, row.month):
        raise Refused(_("The reconciliation of this month is signed."))
    row.signed_at = clock.now()
    row.save(update_fields=["signed_at"])


def on_signature(actor: Actor, fact: RecordSigned) -> None:
    """The signature closes a reconciliation; refused and undone while a difference is open."""
    if fact.kind == "reconciliation":
        _close(PartnerReconciliation.objects.select_for_update().get(id=UUID(fact.record)))
