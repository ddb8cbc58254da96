"""Treatments the hospital recorded: taken into a case by a person, or left out of it."""

from collections.abc import Collection
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followup.core import clock
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.limits import within
from followup.core.permissions import Perm
from followup.core.problems import Refused
from pv.actions.cases import guards
from pv.actions.cases.editing import keep, locked
from pv.domain.cases import concomitant_drugs as rules
from pv.domain.cases.concomitant_drugs import Outcome
from pv.domain.e2b import storage
from pv.models import Case, TreatmentDecision
from pv.queries import concomitant_drugs as queries

LONGEST_REASON = 500
_NOTHING_OPEN = gettext_lazy("Tick at least one treatment the case does not have as it is.")


@action("case.take_treatments", needs=Perm.CASE_WRITE)
def take_treatments(
    actor: Actor, case: Case, *, treatments: Collection[UUID], lock_version: int
) -> Case:
    """Take chosen treatments into the current version as concomitant drugs (G.k.1 = 2).

    What the actor may not read cannot be chosen. Nothing is coded and no clock starts: a
    treatment is no new information on a reaction. Conflict when the case was saved since
    `lock_version`; Refused once the version was exported, and where nothing would change.
    """
    row, version = locked(case, lock_version)
    guards.editable(actor, row, version)
    root = storage.from_data(version.message)
    taken = rules.take(root, row.id, queries.treatments(actor, row), treatments)
    if not taken:
        raise Refused({"treatments": _("Tick at least one treatment the case does not have.")})
    version.message = storage.to_data(root)
    keep(actor, row, version, clock.today())
    return row


@action("case.leave_out_treatments", needs=Perm.CASE_WRITE)
def leave_out_treatments(
    actor: Actor, case: Case, *, revisions: Collection[UUID], reason: str
) -> None:
    """Decide that the case stays as it is, whatever these treatments say; it is not asked again.

    Each is named by its revision: of what the hospital corrected meanwhile nothing is decided, and
    a later correction is offered again. The version is not written to, so that it may be exported
    already. Refused without a reason and where nothing is open.
    """
    _decide(actor, case, revisions, Outcome.LEFT_OUT, reason)


@action("case.offer_treatments", needs=Perm.CASE_WRITE)
def offer_treatments(actor: Actor, case: Case, *, revisions: Collection[UUID], reason: str) -> None:
    """Undo that treatments are left out: each is offered to the case again."""
    _decide(actor, case, revisions, Outcome.OFFERED, reason)


@part
def _decide(
    actor: Actor, case: Case, revisions: Collection[UUID], outcome: Outcome, reason: str
) -> None:
    row = Case.objects.select_for_update().get(id=case.id)
    why = within(reason, LONGEST_REASON)
    if not why:
        raise Refused({"reason": _("Say why.")})
    version = row.versions.get(number=row.current_version)
    found = queries.of_case(actor, row, version)
    chosen = [line for line in found if line.treatment.revision in revisions]
    if len(chosen) != len(set(revisions)):
        raise Refused(
            {"treatments": _("The hospital corrected a treatment meanwhile. Look at it again.")}
        )
    is_again = outcome is Outcome.OFFERED
    open_ones = [line for line in chosen if (line.left_out if is_again else line.may_be_left_out)]
    if not open_ones:
        text = _("Tick at least one treatment that is left out.") if is_again else _NOTHING_OPEN
        raise Refused({"treatments": text})
    for line in open_ones:
        TreatmentDecision.objects.create(
            case=row,
            product_id=row.product_id,
            site_id=row.site_id,
            treatment=line.treatment.key,
            revision=line.treatment.revision,
            outcome=outcome,
            reason=why,
            decided_by_id=actor.id,
            decided_at=clock.now(),
        )
