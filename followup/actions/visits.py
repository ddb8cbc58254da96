"""Contacts: what was found, who could not be reached, and undoing a slip of the finger."""

from datetime import date, time
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from followup.actions import answers, contact_attempts, data_queries, planned_visits, schedules
from followup.actions.answers import VisitInput
from followup.actions.follow_up_status import states
from followup.actions.laboratory import recounts
from followup.actions.patient_reports import contact_undone
from followup.actions.visit_locks import require_day_open, require_open
from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.facts import publish
from followup.core.permissions import Perm
from followup.core.problems import Conflict, Refused
from followup.core.undo import too_late
from followup.domain.dates import PartialDate
from followup.domain.facts import PatientDied
from followup.domain.visits import RECORDABLE, SEARCHED, FollowUpState
from followup.models import ContactAttempt, Infusion, Patient, PlannedVisit, Visit

__all__ = [
    "VisitInput",
    "correct",
    "not_reached",
    "record",
    "retract",
    "tell_death",
    "undo",
    "undo_not_reached",
]

_DEATH = (
    *("vital_status", "died_on_text", "death_cause", "death_cause_code", "autopsy"),
    "death_related",
)


def _insert(
    actor: Actor, infusion: Infusion, given: VisitInput, *, at: UUID | None = None, **more: Any
) -> Visit:
    return Visit.objects.create(
        patient_id=infusion.patient_id,
        site_id=at or infusion.site_id,
        product_id=infusion.product_id,
        recorded_by_id=actor.id,
        recorded_at=clock.now(),
        **answers.columns(given),
        **more,
    )


@action("visit.tell_death", needs=Perm.VISIT_WRITE)
def tell_death(actor: Actor, visit: Visit) -> None:
    """Tell safety of the death a contact reports; nothing happens for another contact."""
    if visit.vital_status != "DEAD" or not visit.died_on_text:
        return
    infusion = _infusion_of(visit)
    publish(
        actor,
        PatientDied(
            patient_id=visit.patient_id,
            site_id=visit.site_id,
            infusion_id=infusion.id if infusion else None,
            product_code=visit.product.code,
            aware_on=visit.contact_on,
            recorded_at=visit.recorded_at,
            recorded_by=actor.id,
            source_id=visit.id,
            died_on=PartialDate.from_iso(visit.died_on_text),
            cause=visit.death_cause or None,
            cause_code=visit.death_cause_code or None,
            autopsy=visit.autopsy or None,
            related=visit.death_related or None,
        ),
    )


def _infusion_of(visit: Visit) -> Infusion | None:
    """The infusion a contact is about: its planned visit's, else the last one before it."""
    if visit.planned_id is not None:
        return visit.planned.schedule.infusion if visit.planned else None
    rows = Infusion.objects.filter(patient_id=visit.patient_id, product_id=visit.product_id)
    return rows.order_by("-infused_on").first()


def _still_consenting(patient: Patient, given: VisitInput) -> None:
    """Whoever withdrew is not asked any more; a death must be reported all the same."""
    state = patient.follow_up_state
    if state == FollowUpState.WITHDRAWN_NEW_DATA and given.vital_status != "DEAD":
        raise Refused(_("Consent to follow-up was withdrawn: nothing new may be collected."))


def _end_schedules(actor: Actor, patient: Patient, visit: Visit) -> None:
    """A partial date must not cut the plan too early: the last day it can mean, at most today."""
    died = PartialDate.from_iso(visit.died_on_text)
    schedules.end_on_death(actor, patient, died_on=min(died.latest, visit.contact_on))


@action("visit.record", needs=Perm.VISIT_WRITE)
def record(
    actor: Actor,
    infusion: Infusion,
    *,
    given: VisitInput,
    planned: PlannedVisit | None = None,
    tells: bool = True,
    asks: bool = True,
) -> Visit:
    """Record a contact after an infusion, for a planned visit or unscheduled.

    The planned visit is done once the contacts inside its window hold what its protocol asks for,
    made in a way it allows; a contact outside the window is an unscheduled one unless
    `counts_outside` says otherwise. A death ends the schedules and tells safety (`tells` False:
    the caller does, after what it still has to record). Without `asks` no rule asks about what is
    missing: a contact from before the register. Conflict when the planned visit was done meanwhile.
    """
    patient = states.locked(infusion.patient)
    _still_consenting(patient, given)
    require_day_open(patient, given.contact_on)
    answers.validate(given, answers.known(patient, infusion, clock.today(), planned=planned), {})
    if planned is not None:
        row = planned_visits.opened(planned, infusion)
        inside = planned_visits.counts(row, given.contact_on, counts_outside=given.counts_outside)
        planned = row if inside else None
    visit = _insert(actor, infusion, given, planned=planned)
    if planned is not None:
        planned_visits.settle(planned)
    if asks:
        data_queries.look(actor, visit)
    patient = states.settle(patient)
    recounts.after_contact(actor, visit)
    if visit.vital_status == "DEAD":
        _end_schedules(actor, patient, visit)
        if tells:
            tell_death(actor, visit)
    return visit


@action("visit.not_reached", needs=Perm.VISIT_WRITE)
def not_reached(
    actor: Actor,
    planned: PlannedVisit,
    *,
    next_try_on: date,
    next_try_at: time | None = None,
    method: str = "PHONE",
    note: str = "",
) -> ContactAttempt:
    """One attempt that reached nobody; the item sleeps until the next attempt, its hour if agreed.

    It is shown again on the last day of its window at the latest. Refused for patients nobody is
    to call.
    """
    today = clock.today()
    if problems := contact_attempts.next_attempt_problems(next_try_on, method, today):
        raise Refused(problems)
    patient = states.locked(planned.patient)
    row = planned_visits.locked(planned.id)
    if row.state not in RECORDABLE:
        raise Conflict({"state": ("PLANNED", row.state)})
    if FollowUpState(patient.follow_up_state) not in SEARCHED:
        raise Refused(_("Nobody is to look for this patient in this state of follow-up."))
    attempt = ContactAttempt.objects.create(
        planned=row,
        patient_id=row.patient_id,
        site_id=row.site_id,
        product_id=row.product_id,
        attempted_on=today,
        method=method,
        result="NO_ANSWER",
        next_try_on=next_try_on,
        next_try_at=next_try_at,
        note=note,
        recorded_by_id=actor.id,
        recorded_at=clock.now(),
    )
    planned_visits.settle(row)
    states.settle(patient)
    return attempt


@action("visit.undo_not_reached", needs=Perm.VISIT_WRITE)
def undo_not_reached(actor: Actor, attempt: ContactAttempt) -> None:
    """Undo an attempt just recorded; the row stays, marked as retracted."""
    patient = states.locked(attempt.patient)
    row = ContactAttempt.objects.select_for_update().get(id=attempt.id)
    if row.undone_at or too_late(row.recorded_at):
        raise Refused(_("This can no longer be undone; correct it instead."))
    row.undone_at = clock.now()
    row.save(update_fields=["undone_at"])
    planned_visits.settle_by_id(row.planned_id)
    states.settle(patient)


@action("visit.undo", needs=Perm.VISIT_WRITE)
def undo(actor: Actor, visit: Visit) -> None:
    """Undo a contact just recorded, unless something was reported on it.

    Everything behind it is worked out again from what remains recorded. A death or an event has
    already woken safety, so those are corrected with a reason instead.
    """
    if too_late(visit.recorded_at):
        raise Refused(_("This can no longer be undone; correct it instead."))
    retract(actor, visit)


@action("visit.retract", needs=Perm.VISIT_WRITE)
def retract(actor: Actor, visit: Visit) -> None:
    """Take a contact off the record as it came, however long ago; for the undoing of a batch.

    Refused for one that was corrected, that told of a death or on which an event was reported.
    """
    patient = states.locked(visit.patient)
    row = Visit.objects.select_for_update(of=("self",)).get(id=visit.id)
    if row.undone_at or hasattr(row, "replaced_by"):
        raise Refused(_("This can no longer be undone; correct it instead."))
    if row.vital_status == "DEAD" or row.events.exists():
        raise Refused(_("Safety has already been informed; correct the record instead."))
    if row.replaces_id is not None:
        raise Refused(_("A correction cannot be undone; correct the record again."))
    require_open(row)
    row.undone_at = clock.now()
    row.save(update_fields=["undone_at"])
    data_queries.look(actor, row)
    contact_undone(row)
    planned_visits.settle_by_id(row.planned_id)
    states.settle(patient)
    recounts.after_contact(actor, row)


def _corrected(row: Visit, given: VisitInput, version: int) -> None:
    """Conflict when the record is no longer the one that was opened, with both sides."""
    mine = answers.columns(given)
    latest = row
    while hasattr(latest, "replaced_by"):
        latest = latest.replaced_by
    if latest.id != row.id or row.version != version or row.undone_at:
        opened = row if row.version == version else None
        raise Conflict(
            {k: (v, getattr(latest, k)) for k, v in mine.items() if getattr(latest, k) != v},
            opened=opened,
            present=latest,
            version=latest.version,
            saved_by=str(latest.recorded_by or ""),
            saved_at=latest.recorded_at,
        )


@action("visit.correct", needs=Perm.VISIT_WRITE)
def correct(actor: Actor, visit: Visit, *, given: VisitInput, version: int, reason: str) -> Visit:
    """Replace a submitted record by a new version; needs one reason for the whole change.

    The planned visit, the schedules and the follow-up status follow; safety is told of a death and
    of a change in one. A death is retracted under the follow-up status, not here.
    """
    patient = states.locked(visit.patient)
    row = Visit.objects.select_for_update(of=("self",)).get(id=visit.id)
    _corrected(row, given, version)
    require_open(row, moves_to=given.contact_on)
    infusion = _infusion_of(row)
    if infusion is None:
        raise Refused(_("The infusion of this visit is gone."))
    wrong: dict[str, Any] = {}
    if not reason.strip():
        wrong["reason"] = _("Say why the record is changed.")
    if row.vital_status == "DEAD" and given.vital_status != "DEAD":
        wrong["vital_status"] = _("A reported death is withdrawn on the patient's page.")
    today = clock.today()
    on_file = answers.known(patient, infusion, today, planned=row.planned, corrected=row)
    answers.validate(given, on_file, wrong)
    if all(getattr(row, name) == value for name, value in answers.columns(given).items()):
        raise Refused(_("Nothing is different from what is recorded."))
    newer = _insert(
        actor,
        infusion,
        given,
        at=row.site_id,
        planned=row.planned,
        replaces=row,
        version=row.version + 1,
        correction_reason=reason.strip(),
    )
    data_queries.look(actor, newer, before=row)
    planned_visits.settle_by_id(row.planned_id)
    patient = states.settle(patient)
    recounts.after_contact(actor, newer, row)
    if any(getattr(newer, name) != getattr(row, name) for name in _DEATH):
        if row.vital_status == "DEAD":
            schedules.resume(actor, patient)
        if newer.vital_status == "DEAD":
            _end_schedules(actor, patient, newer)
            tell_death(actor, newer)
    return newer
