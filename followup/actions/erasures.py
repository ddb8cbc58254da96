"""Erasure of who a person is: asked by one, decided by another, and the records stay.

What other law keeps (visits, events, samples, cases, the trail) stays under the study code. The
keys of the identity and of every file that names the person are destroyed, so that stored values,
images in the trail and copies cannot be read; the seal is not touched. What goes is searched for
by a job before the decision, and erased by another one after it (`erasure_jobs`).
"""

from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext as _

from followup.actions import erasure_jobs
from followup.core import clock, confirmations
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.confirmations import Question
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.domain.erasures import ErasureEvent, ErasureGround, ErasureState
from followup.domain.visits import SEARCHED
from followup.models import Identity, IdentityErasure, Patient, RetiredPatient
from followup.models.erasure_states import ERASURE
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

    The search for what goes starts as a job of whoever asks. Refused where the identity is erased
    or asked for already, for a registration that was merged into another one, and while a decision
    about the registration waits. Asked where follow-up goes on, since nobody can be called
    afterwards.
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
    row = IdentityErasure(
        patient=patient,
        site_id=patient.site_id,
        study_code=patient.study_code,
        ground=ground,
        reason=reason.strip(),
        state=ERASURE.start(ErasureState.ASKED),
        asked_by_id=actor.id,
        asked_at=clock.now(),
    )
    erasure_jobs.request_search(actor, row)
    row.save(force_insert=True)
    return row


def _standing(patient: Patient) -> str:
    """What stands against erasing now; empty when nothing does."""
    if RetiredPatient.objects.filter(patient=patient).exists():
        return _("This registration was merged or voided: ask for the one that stands for it.")
    identity = Identity.objects.filter(patient=patient).first()
    if identity is None or identity.erased_on:
        return _("There is no identity to erase.")
    if IdentityErasure.objects.filter(patient=patient, state__in=queries.OPEN).exists():
        return _("An erasure of this identity waits for its decision already.")
    if registrations.open_decision(registrations.merged_into(patient.id)):
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


@action("identity.search_for_erasure", needs=Perm.PRIVACY_WRITE)
def search_again(actor: Actor, erasure: IdentityErasure) -> IdentityErasure:
    """Search again what the erasure takes away; a search that still runs is that one."""
    row = IdentityErasure.objects.select_for_update(of=("self",)).get(id=erasure.id)
    if row.state != ErasureState.ASKED:
        raise Refused(_("This erasure was decided already."))
    if _working(row):
        return row
    erasure_jobs.request_search(actor, row)
    row.save()
    return row


def _working(row: IdentityErasure) -> bool:
    """Whether the search or the erasure that was started last waits or runs."""
    job = queries.job_of(row)
    return job is not None and job.state in queries.ACTIVE


@action("identity.decide_erasure", needs=Perm.PRIVACY_REVIEW)
def decide(
    actor: Actor, erasure: IdentityErasure, *, confirm: bool, note: str = ""
) -> IdentityErasure:
    """Erase or refuse, as another person than the one who asked; a refusal says why.

    Whoever erases has seen what a search found; the job that erases looks again for what came
    since. An erasure that was decided cannot be undone.
    """
    row = IdentityErasure.objects.select_for_update(of=("self",)).get(id=erasure.id)
    event = ErasureEvent.CONFIRM if confirm else ErasureEvent.REFUSE
    ERASURE.require(row, event)
    if actor.id is None or actor.id == row.asked_by_id:
        raise Refused(_("Another person than the one who asked has to decide."))
    if not confirm and not note.strip():
        raise Refused({"note": _("Say why it is refused.")})
    if confirm and (row.searched_at is None or _working(row)):
        raise Refused(_("The search has not ended yet: wait for what it finds, then decide."))
    ERASURE.move(row, event)
    row.decided_by_id, row.decided_at = actor.id, clock.now()
    row.decision_note = note.strip()
    if confirm:
        erasure_jobs.request_erasure(actor, row)
    row.save()
    return row


@action("identity.continue_erasure", needs=Perm.PRIVACY_REVIEW)
def go_on(actor: Actor, erasure: IdentityErasure) -> IdentityErasure:
    """Start the job of a decided erasure again after it failed or was stopped."""
    row = IdentityErasure.objects.select_for_update(of=("self",)).get(id=erasure.id)
    ERASURE.require(row, ErasureEvent.FINISH)
    if _working(row):
        return row
    erasure_jobs.request_erasure(actor, row)
    row.save()
    return row
