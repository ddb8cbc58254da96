"""Erasure of who a person is: asked by one, decided by another, and the records stay.

What other law keeps (visits, events, samples, cases, the trail) stays under the study code. The
keys of the identity and of every file that names the person are destroyed, so that stored values,
images in the trail and copies cannot be read; the seal is not touched.
"""

from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from followup.actions import erasure_lists
from followup.actions.identity.removal import take_away
from followup.core import clock, confirmations, jobs
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.confirmations import Question
from followup.core.models import Draft
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.core.security import access
from followup.domain.erasures import ErasureEvent, ErasureGround, ErasureState
from followup.domain.visits import SEARCHED
from followup.models import Identity, IdentityErasure, Patient, RetiredPatient
from followup.models.states import ERASURE
from followup.queries import erasures as queries
from followup.queries import registrations


@action("identity.ask_erasure", needs=Perm.PRIVACY_WRITE)
def ask(
    actor: Actor,
    patient: Patient,
    *,
    ground: str,
    reason: str,
    confirmed: Collection[str] = (),
) -> IdentityErasure:
    """Ask that the identity of a patient be erased; nothing changes before another decides.

    Refused where it is erased or asked for already, for a registration that was merged into
    another one, and while a decision about the registration waits. Asked where follow-up goes on,
    since nobody can be called afterwards.
    """
    Patient.objects.select_for_update(of=("self",)).get(id=patient.id)
    problems: dict[str, Any] = {}
    if ground not in list(ErasureGround):
        problems["ground"] = _("Choose why the identity is erased.")
    if not reason.strip():
        problems["reason"] = _("Say why, as the person or the decision puts it.")
    if text := _standing(patient):
        problems[""] = text
    if problems:
        raise Refused(problems)
    confirmations.settle(_questions(patient), confirmed)
    return IdentityErasure.objects.create(
        patient=patient,
        site_id=patient.site_id,
        study_code=patient.study_code,
        ground=ground,
        reason=reason.strip(),
        state=ERASURE.start(ErasureState.ASKED),
        asked_by_id=actor.id,
        asked_at=clock.now(),
    )


def _standing(patient: Patient) -> str:
    """What stands against erasing now; empty when nothing does."""
    if RetiredPatient.objects.filter(patient=patient).exists():
        return _("This registration was merged or voided: ask for the one that stands for it.")
    identity = Identity.objects.filter(patient=patient).first()
    if identity is None or identity.erased_on:
        return _("There is no identity to erase.")
    if IdentityErasure.objects.filter(patient=patient, state=ErasureState.ASKED).exists():
        return _("An erasure of this identity waits for its decision already.")
    if registrations.open_decision(queries.merged_into(patient.id)):
        return _("A decision about this registration waits: settle it first.")
    return ""


def _questions(patient: Patient) -> list[Question]:
    if patient.follow_up_state in SEARCHED:
        text = _(
            "Follow-up of this patient goes on. After the erasure nobody can be called or traced. "
            "Erase all the same?"
        )
        return [Question("follow_up_goes_on", text, "ground", about=patient.study_code)]
    return []


@action("identity.decide_erasure", needs=Perm.PRIVACY_REVIEW)
def decide(
    actor: Actor, erasure: IdentityErasure, *, confirm: bool, note: str = ""
) -> IdentityErasure:
    """Erase or refuse, as another person than the one who asked; a refusal says why.

    What goes is looked for again at this moment. An erasure that is done cannot be undone.
    """
    row = IdentityErasure.objects.select_for_update(of=("self",)).get(id=erasure.id)
    event = ErasureEvent.CONFIRM if confirm else ErasureEvent.REFUSE
    ERASURE.require(row, event)
    if actor.id is None or actor.id == row.asked_by_id:
        raise Refused(_("Another person than the one who asked has to decide."))
    if not confirm and not note.strip():
        raise Refused({"note": _("Say why it is refused.")})
    if confirm:
        plan = queries.plan(row.patient)
        copies = {str(each.job): False for each in plan.handed_out}
        copies |= {str(each.job): True for each in plan.handed_out if each.seen}
        row.done, row.erased_on = {**plan.counts(), "copies": copies}, clock.today()
        row.people = [str(key) for key in plan.people]
        row.files = [str(file.id) for file in plan.files]
        take_away(plan.people, [file.id for file in plan.files], on=row.erased_on)
        Draft.objects.filter(id__in=plan.drafts).delete()
        jobs.drop_files(plan.results)
        jobs.stop_running(row.site_id, jobs.naming_kinds())
        access.record(actor, "identity.erase", row.patient_id, reason=row.reason, site=row.site_id)
    ERASURE.move(row, event)
    row.decided_by_id, row.decided_at = actor.id, clock.now()
    row.decision_note = note.strip()
    row.save()
    if confirm:
        transaction.on_commit(erasure_lists.write)
    return row
