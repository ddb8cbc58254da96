"""One person registered twice, or a wrong registration: asked for, and the request withdrawn."""

from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext as _

from followup.actions import visit_locks
from followup.actions.registrations import bags, persons
from followup.core import clock, confirmations
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.core.templatetags.everwatch import listed
from followup.domain.registrations import RegistrationEvent, RegistrationKind, RegistrationState
from followup.models import Patient, RegistrationDecision, RetiredPatient
from followup.models.states import REGISTRATION
from followup.queries import registrations as queries


def reason_problems(reason: str) -> dict[str, Any]:
    """A reason that was not given."""
    return {} if reason.strip() else {"reason": _("Say why the record is changed.")}


def _standing(*patients: Patient) -> dict[str, Any]:
    """What stands against deciding about these now."""
    ids = [patient.id for patient in patients]
    if gone := RetiredPatient.objects.filter(patient_id__in=ids).first():
        text = _("%(code)s was merged or voided already.")
        return {"": text % {"code": gone.study_code}}
    if queries.open_decision(ids):
        return {"": _("A decision about one of these registrations waits already.")}
    return visit_locks.patient_problems(*patients)


def against_merge(patient: Patient, survivor: Patient) -> dict[str, Any]:
    """What a merge of the two would be refused for; a dry run says it too."""
    problems = _standing(patient, survivor)
    if survivor.id == patient.id:
        problems["study_code"] = _("This is the same registration: give the other one.")
    elif survivor.site_id != patient.site_id:
        problems["study_code"] = _(
            "The other registration is of another hospital. Transfer the follow-up instead."
        )
    else:
        problems |= persons.problems(patient, survivor)
    return problems


@action("registration.ask_merge", needs=Perm.PATIENT_WRITE)
def ask_merge(
    actor: Actor,
    patient: Patient,
    *,
    survivor: Patient,
    reason: str,
    confirmed: Collection[str] = (),
) -> RegistrationDecision:
    """Say that `patient` is the same person as `survivor`, of the same hospital.

    Refused for two people with an identity document each; asked where sex, birth date or death
    differ and where both record an infusion. Nothing moves before a second person confirms.
    """
    if problems := reason_problems(reason) | against_merge(patient, survivor):
        raise Refused(problems)
    asked = [*persons.questions(patient, survivor), *bags.questions(patient, survivor)]
    confirmations.settle(asked, confirmed)
    return _asked(actor, patient, RegistrationKind.MERGE, reason, survivor)


@action("registration.ask_void", needs=Perm.PATIENT_WRITE)
def ask_void(actor: Actor, patient: Patient, *, reason: str) -> RegistrationDecision:
    """Say that a registration should not have been made; a second person confirms."""
    problems = reason_problems(reason) | _standing(patient) | tube_problems(patient)
    if problems:
        raise Refused(problems)
    return _asked(actor, patient, RegistrationKind.VOID, reason, None)


def tube_problems(patient: Patient) -> dict[str, Any]:
    """Tubes that exist somewhere: nobody may lose sight of them."""
    if numbers := queries.tubes(patient.id):
        text = _(
            "Tubes of this registration exist: %(numbers)s. Clear up whose they are, or destroy"
            " them, before it is voided."
        )
        return {"": text % {"numbers": listed(numbers[:5])}}
    return {}


def _asked(
    actor: Actor, patient: Patient, kind: RegistrationKind, reason: str, survivor: Patient | None
) -> RegistrationDecision:
    return RegistrationDecision.objects.create(
        kind=kind.value,
        patient=patient,
        survivor=survivor,
        site_id=patient.site_id,
        code=patient.study_code,
        state=REGISTRATION.start(RegistrationState.ASKED),
        reason=reason.strip(),
        asked_by_id=actor.id,
        asked_at=clock.now(),
    )


@part
def lock(decision: RegistrationDecision) -> RegistrationDecision:
    """The decision with its registrations, kept from others."""
    row = RegistrationDecision.objects.select_for_update(of=("self",)).get(id=decision.id)
    ids = [key for key in (row.patient_id, row.survivor_id) if key]
    list(Patient.objects.select_for_update(of=("self",)).filter(id__in=ids).order_by("id"))
    return row


@action("registration.withdraw", needs=Perm.PATIENT_WRITE)
def withdraw(
    actor: Actor, decision: RegistrationDecision, *, note: str = ""
) -> RegistrationDecision:
    """Withdraw what oneself asked for and nobody decided; it can be asked for again.

    Nothing was changed by asking, so that a reason is not demanded.
    """
    row = lock(decision)
    REGISTRATION.require(row, RegistrationEvent.WITHDRAW)
    if actor.id is None or actor.id != row.asked_by_id:
        raise Refused(_("Only whoever asked withdraws it; another person refuses it."))
    REGISTRATION.move(row, RegistrationEvent.WITHDRAW)
    row.decided_by_id, row.decided_at = actor.id, clock.now()
    row.decision_note = note.strip()
    row.save()
    return row
