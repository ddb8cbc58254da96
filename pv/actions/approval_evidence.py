"""Evidence behind an approval: entered by one person, confirmed by another, replaced, withdrawn."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.models import Product
from pv.actions import confirmations, withdrawals
from pv.models import ApprovalEvidence
from pv.queries import approval_evidence


@action("approval_evidence.enter", needs=Perm.REPORT_WRITE)
def enter(actor: Actor, product: Product, *, values: Mapping[str, Any]) -> ApprovalEvidence:
    """Enter one result as its document states it; it holds once another person confirms it."""
    person = confirmations.person(actor)
    names = ("study_number", "endpoint", "result", "source")
    problems = {name: _("Enter it.") for name in names if not values[name].strip()}
    if values["kind"] not in ApprovalEvidence.Kind.values:
        problems["kind"] = _("Choose what it is.")
    if values["indication"].product_id != product.id:
        problems["indication"] = _("Choose an indication of the product.")
    if values["participants"] < 1:
        problems["participants"] = _("At least one participant was analysed.")
    if values["data_cutoff"] and values["data_cutoff"] > clock.today():
        problems["data_cutoff"] = _("The day lies in the future.")
    study, before = values["study"], values["replaces"]
    if study is not None and (study.product_id != product.id or study.withdrawn_at):
        problems["study"] = _("Choose a study of the product.")
    if before is not None and (
        before.product_id != product.id or not approval_evidence.holds(before)
    ):
        problems["replaces"] = _("Only an entry that holds is replaced.")
    if problems:
        raise Refused(problems)
    return ApprovalEvidence.objects.create(
        product=product, entered_by_id=person, entered_at=clock.now(), **values
    )


def _locked(row: ApprovalEvidence) -> ApprovalEvidence:
    return ApprovalEvidence.objects.select_for_update(of=("self",)).get(id=row.id)


@action("approval_evidence.confirm", needs=Perm.REPORT_WRITE)
def confirm(actor: Actor, evidence: ApprovalEvidence) -> ApprovalEvidence:
    """Confirm an entry against its document; what it replaces holds no more."""
    row = _locked(evidence)
    if row.replaces is not None:
        before = _locked(row.replaces)
        if not approval_evidence.holds(before):
            raise Refused(_("The entry it replaces does not hold any more. Refuse this one."))
    confirmations.confirm(actor, row)
    return row


@action("approval_evidence.refuse", needs=Perm.REPORT_WRITE)
def refuse(actor: Actor, evidence: ApprovalEvidence, *, reason: str) -> ApprovalEvidence:
    """Refuse an entry, with the reason; it is entered again."""
    row = _locked(evidence)
    confirmations.refuse(actor, row, reason)
    return row


@action("approval_evidence.withdraw", needs=Perm.REPORT_WRITE)
def withdraw(actor: Actor, evidence: ApprovalEvidence, *, reason: str) -> ApprovalEvidence:
    """Say that a confirmed entry holds no more, with the reason; it stays listed."""
    row = _locked(evidence)
    if not approval_evidence.holds(row):
        raise Refused(_("Only an entry that holds is withdrawn."))
    withdrawals.withdraw(actor, row, reason)
    return row
