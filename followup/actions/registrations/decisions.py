"""A merge or a voiding that was asked for: decided by another person, and undone."""

from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from followup.actions import (
    consent_papers,
    events,
    planned_visits,
    retractions,
    schedules,
    visit_locks,
)
from followup.actions.follow_up_status import states
from followup.actions.laboratory import findings
from followup.actions.registrations import moving, persons
from followup.actions.registrations.requests import lock, reason_problems, tube_problems
from followup.core import clock
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.facts import publish
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.domain.dates import PartialDate
from followup.domain.facts import AdverseEventMoved
from followup.domain.registrations import RegistrationEvent
from followup.models import (
    AdverseEvent,
    Infusion,
    Patient,
    RegistrationDecision,
    RetiredPatient,
    Schedule,
)
from followup.models.states import REGISTRATION
from followup.queries import registrations as queries


@action("registration.decide", needs=Perm.PATIENT_WRITE)
def decide(
    actor: Actor, decision: RegistrationDecision, *, confirm: bool, note: str = ""
) -> RegistrationDecision:
    """Confirm or refuse, as another person than the one who asked; a refusal says why."""
    row = lock(decision)
    event = RegistrationEvent.CONFIRM if confirm else RegistrationEvent.REFUSE
    REGISTRATION.require(row, event)
    if actor.id is not None and actor.id == row.asked_by_id:
        raise Refused(_("Another person than the one who asked has to decide."))
    if not confirm and not note.strip():
        raise Refused({"note": _("Say why it is refused.")})
    if confirm:
        patients = [p for p in (row.patient, row.survivor) if p]
        retired = RetiredPatient.objects.filter(patient__in=patients).first()
        if retired is not None:
            text = _("%(code)s was merged or voided already.")
            raise Refused(text % {"code": retired.study_code})
        if locked := visit_locks.patient_problems(*patients):
            raise Refused(locked)
        _merge(actor, row) if row.survivor else _void(actor, row)
    REGISTRATION.move(row, event)
    row.decided_by_id, row.decided_at = actor.id, clock.now()
    row.decision_note = note.strip()
    row.save()
    return row


def _merge(actor: Actor, row: RegistrationDecision) -> None:
    leaving, staying = row.patient, row.survivor
    if staying is None or (problems := persons.problems(leaving, staying)):
        raise Refused(problems if staying else _("The other registration is missing."))
    twins = queries.twins(leaving.id, staying.id)
    kept = moving.plan(twins)
    row.moved = moving.move(leaving.id, staying.id, kept)
    row.added = persons.take_over(leaving, staying)
    row.added["infusions"] = [str(key) for key in twins]
    Infusion.objects.filter(id__in=twins).update(retired=True)
    _retire(leaving, staying)
    for planned in sorted(moving.planned_of(row.moved) - set(kept.visits)):
        planned_visits.settle_by_id(planned)
    _follow(actor, staying)
    _tell(actor, row, former=leaving)


def _void(actor: Actor, row: RegistrationDecision) -> None:
    """The events leave first, so that safety is told of each as of any withdrawal."""
    if problems := tube_problems(row.patient):
        raise Refused(problems)
    standing = AdverseEvent.objects.filter(patient=row.patient, withdrawn_at__isnull=True)
    withdrawn = list(standing.select_related("product", "infusion"))
    for event in withdrawn:
        reason = _("The registration was voided: %(reason)s") % {"reason": row.reason}
        retractions.withdraw(actor, event, version=event.version, reason=reason)
    row.added = {
        "events": [str(event.id) for event in withdrawn],
        "document": persons.release_document(row.patient),
        "infusions": [],
    }
    for infusion in Infusion.objects.filter(patient=row.patient, retired=False):
        row.added["infusions"].append(str(infusion.id))
    Infusion.objects.filter(id__in=row.added["infusions"]).update(retired=True)
    _retire(row.patient, None)


def _retire(patient: Patient, survivor: Patient | None) -> None:
    RetiredPatient.objects.create(patient=patient, survivor=survivor, study_code=patient.study_code)
    _touch(patient)


def _touch(patient: Patient) -> None:
    """A new version, so that reminders look again and an open form notices."""
    Patient.objects.filter(id=patient.id).update(version=F("version") + 1)


@part
def _follow(actor: Actor, patient: Patient) -> None:
    """The follow-up of a patient whose records are others now: its state, a death, its end."""
    row = states.locked(patient)
    consent_papers.settle(row)
    row = states.settle(row)
    findings.recount(actor, row.id)
    _touch(patient)
    if row.vital_status == Patient.VitalStatus.DEAD:
        schedules.end_on_death(actor, row, died_on=_died_on(row))
    elif Schedule.objects.filter(patient=row, end_reason="death").exists():
        schedules.resume(actor, row)


def _died_on(patient: Patient) -> date:
    """The last day it can have been: of a partial date its end, never later than it was told."""
    told = patient.last_contact_on or patient.state_since
    died = patient.died_on_text
    return min(PartialDate.from_iso(died).latest, told) if died else patient.state_since


def _tell(actor: Actor, row: RegistrationDecision, *, former: Patient) -> None:
    """Safety learns of each event that another registration has now; its case goes along."""
    for event in moving.events_of(row.moved):
        event.version += 1
        event.save(update_fields=["version"])
        fact = events.fact_of(event, actor) | {"aware_on": clock.today()}
        reason = _("Two registrations are one person: %(reason)s") % {"reason": row.reason}
        publish(actor, AdverseEventMoved(**fact, former_patient_id=former.id, reason=reason))


@action("registration.undo", needs=Perm.PATIENT_WRITE)
def undo(actor: Actor, decision: RegistrationDecision, *, reason: str) -> RegistrationDecision:
    """Take a merge or a voiding back: everything stands again where it stood.

    What was recorded since stays with the registration that remained, unless it hangs on a record
    that goes back. Refused while the one that remained is merged or voided itself, and where
    somebody else has the document or the chain-of-identity number meanwhile.
    """
    row = lock(decision)
    REGISTRATION.require(row, RegistrationEvent.UNDO)
    problems = reason_problems(reason)
    if row.survivor:
        problems |= visit_locks.patient_problems(row.survivor)
    if problems:
        raise Refused(problems)
    try:
        with transaction.atomic():
            Infusion.objects.filter(id__in=row.added.get("infusions", ())).update(retired=False)
            _unmerge(actor, row) if row.survivor else _stand_again(actor, row, reason)
    except IntegrityError as error:
        raise Refused(
            _(
                "Meanwhile another registration has the same identity document or the same"
                " chain-of-identity number. Merge the two instead."
            )
        ) from error
    REGISTRATION.move(row, RegistrationEvent.UNDO)
    row.undone_by_id, row.undone_at = actor.id, clock.now()
    row.undo_reason = reason.strip()
    row.save()
    return row


def _unmerge(actor: Actor, row: RegistrationDecision) -> None:
    leaving, staying = row.patient, row.survivor
    if staying is None or RetiredPatient.objects.filter(patient=staying).exists():
        raise Refused(_("The registration that remained was merged or voided since: undo that."))
    moving.move_back(row.moved, leaving.id, staying.id)
    persons.give_back(leaving, staying, row.added)
    RetiredPatient.objects.filter(patient=leaving).delete()
    for patient in (leaving, staying):
        _follow(actor, patient)
    for planned in sorted(moving.planned_of(row.moved)):
        planned_visits.settle_by_id(planned)
    _tell(actor, row, former=staying)


def _stand_again(actor: Actor, row: RegistrationDecision, reason: str) -> None:
    if row.added.get("document"):
        persons.claim_document(row.patient)
    RetiredPatient.objects.filter(patient=row.patient).delete()
    _touch(row.patient)
    keys = row.added.get("events", ())
    again = AdverseEvent.objects.filter(id__in=keys, withdrawn_at__isnull=False)
    for event in again.select_related("product", "infusion"):
        retractions.restore(actor, event, version=event.version, reason=reason)
