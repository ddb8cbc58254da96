"""Contacts: what was found, who could not be reached, and taking back a slip of the finger."""

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from followup.actions import schedules
from followup.actions.standing.search import locked, settle_search
from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.core.problems import Conflict, Refused
from followup.core.reactions import tell
from followup.domain.dates import PartialDate
from followup.domain.facts import PatientDied
from followup.domain.visits import FOLLOW_UP_TRANSITIONS, FollowUpEvent, FollowUpState, step
from followup.models import ContactAttempt, Infusion, Patient, PlannedVisit, Visit

UNDO = timedelta(seconds=45)  # the page offers 30 s; the rest is the network's


@dataclass(frozen=True, slots=True)
class VisitInput:
    """The answers of one contact. Empty means not asked; nothing is filled in for anybody."""

    contact_on: date
    informant: str
    vital_status: str
    contact_type: str = "PHONE"
    died_on: PartialDate | None = None
    death_cause: str = ""
    disease_status: str = ""
    progressed_on: PartialDate | None = None
    new_malignancy: str = ""
    other_event: str = ""
    new_therapy: str = ""
    therapy_note: str = ""
    note: str = ""


def _death_problems(given: VisitInput, infused_on: date) -> dict[str, Any]:
    if given.vital_status != "DEAD":
        return {"died_on": _("A date of death needs the answer: dead.")} if given.died_on else {}
    if given.died_on is None:
        return {"died_on": _("Give the date of death; year or month alone is allowed.")}
    if given.died_on.earliest > given.contact_on:
        return {"died_on": _("The death cannot be after the day of contact.")}
    if given.died_on.latest < infused_on:
        return {"died_on": _("The death cannot be before the infusion.")}
    return {}


def _problems(
    given: VisitInput, infused_on: date, today: date, planned: PlannedVisit | None
) -> dict[str, Any]:
    problems: dict[str, Any] = {}
    # The baseline visit lies before the infusion; every other contact comes after it.
    first = min(infused_on, planned.window_start) if planned else infused_on
    if given.contact_on > today:
        problems["contact_on"] = _("The day of contact cannot be later than today.")
    elif given.contact_on < first:
        problems["contact_on"] = _("The day of contact cannot be before the infusion.")
    if not given.informant:
        problems["informant"] = _("Who answered?")
    if given.vital_status not in ("ALIVE", "DEAD", "UNKNOWN"):
        problems["vital_status"] = _("Answer whether the patient is alive.")
    progressed = given.progressed_on
    if progressed and progressed.earliest > given.contact_on:
        problems["progressed_on"] = _("The progression cannot be after the day of contact.")
    return problems | _death_problems(given, infused_on)


def _columns(given: VisitInput) -> dict[str, Any]:
    values = asdict(given)
    died, progressed = given.died_on, given.progressed_on
    del values["died_on"], values["progressed_on"]
    values["died_on_text"] = died.isoformat() if died else ""
    values["progressed_on_text"] = progressed.isoformat() if progressed else ""
    return values


def _insert(actor: Actor, infusion: Infusion, given: VisitInput, **more: Any) -> Visit:
    return Visit.objects.create(
        patient_id=infusion.patient_id,
        site_id=infusion.site_id,
        product_id=infusion.product_id,
        recorded_by_id=actor.id,
        recorded_at=clock.now(),
        **_columns(given),
        **more,
    )


def _close(planned: PlannedVisit, on: date) -> None:
    inside = planned.window_start <= on <= planned.due
    planned.state = "DONE_IN_WINDOW" if inside else "DONE_OUT_OF_WINDOW"
    planned.done_on = on
    planned.snoozed_to = None
    planned.save(update_fields=["state", "done_on", "snoozed_to"])


def _note_contact(infusion: Infusion, given: VisitInput) -> Patient:
    """The patient's own row follows from the contact: alive again if lost, dead if dead."""
    patient = Patient.objects.select_for_update().get(id=infusion.patient_id)
    if patient.last_contact_on is None or given.contact_on > patient.last_contact_on:
        patient.last_contact_on = given.contact_on
    if given.vital_status == "DEAD" and given.died_on:
        patient.vital_status, patient.follow_up_state = "DEAD", "DEAD"
        patient.state_since = given.died_on.latest if given.died_on.exact else given.contact_on
        patient.died_on_text = given.died_on.isoformat()
        patient.death_cause = given.death_cause
    elif given.vital_status == "ALIVE":
        state = FollowUpState(patient.follow_up_state)
        reached = step(FOLLOW_UP_TRANSITIONS, state, FollowUpEvent.CONTACT_MADE)
        if reached.state is not state:
            patient.follow_up_state, patient.state_since = reached.state.value, given.contact_on
    patient.version += 1
    patient.save()
    return patient


def _tell_death(actor: Actor, visit: Visit, infusion: Infusion, given: VisitInput) -> None:
    tell(
        actor,
        PatientDied(
            patient_id=visit.patient_id,
            site_id=visit.site_id,
            infusion_id=infusion.id,
            product_code=infusion.product.code,
            aware_on=given.contact_on,
            recorded_at=visit.recorded_at,
            recorded_by=actor.id,
            source_id=visit.id,
            died_on=given.died_on,
            cause=given.death_cause or None,
            cause_code=None,
            autopsy=None,
            related=None,
        ),
    )


def _still_consenting(infusion: Infusion, given: VisitInput) -> None:
    """Whoever withdrew is not asked any more; a death must be reported all the same."""
    state = Patient.objects.values_list("follow_up_state", flat=True).get(id=infusion.patient_id)
    if state == FollowUpState.WITHDRAWN_NEW_DATA and given.vital_status != "DEAD":
        raise Refused(_("Consent to follow-up was withdrawn: nothing new may be collected."))


@action("visit.record", needs=Perm.VISIT_WRITE)
def record(
    actor: Actor, infusion: Infusion, *, given: VisitInput, planned: PlannedVisit | None = None
) -> Visit:
    """Record a contact after an infusion, for a planned visit or unscheduled.

    Closes the planned visit inside or outside its window; a death ends the schedules and tells
    safety. Conflict when the planned visit was recorded meanwhile.
    """
    _still_consenting(infusion, given)
    problems = _problems(given, infusion.infused_on, clock.today(), planned)
    if problems:
        raise Refused(problems)
    if planned is not None:
        planned = PlannedVisit.objects.select_for_update().get(id=planned.id)
        if planned.patient_id != infusion.patient_id:
            raise Refused(_("This visit belongs to another patient."))
        if planned.state not in ("PLANNED", "MISSED"):
            raise Conflict({"state": ("DONE", planned.state)})
        _close(planned, given.contact_on)
    visit = _insert(actor, infusion, given, planned=planned)
    patient = _note_contact(infusion, given)
    if given.vital_status == "DEAD" and given.died_on:
        # A partial date must not cut the plan too early: the last day it can mean, at most today.
        ended = min(given.died_on.latest, given.contact_on)
        schedules.end_on_death(actor, patient, died_on=ended)
        _tell_death(actor, visit, infusion, given)
    return visit


@action("visit.not_reached", needs=Perm.VISIT_WRITE)
def not_reached(
    actor: Actor, planned: PlannedVisit, *, next_try_on: date, method: str = "PHONE", note: str = ""
) -> ContactAttempt:
    """One attempt that reached nobody; the item sleeps until the next try."""
    today = clock.today()
    if next_try_on <= today:
        raise Refused({"next_try_on": _("The next try must be after today.")})
    if next_try_on > today + timedelta(days=366):
        raise Refused({"next_try_on": _("The next try is too far away: please check the year.")})
    row = PlannedVisit.objects.select_for_update().get(id=planned.id)
    if row.state not in ("PLANNED", "MISSED"):
        raise Conflict({"state": ("PLANNED", row.state)})
    row.snoozed_to, row.unanswered = next_try_on, row.unanswered + 1
    row.save(update_fields=["snoozed_to", "unanswered"])
    attempt = ContactAttempt.objects.create(
        planned=row,
        patient_id=row.patient_id,
        site_id=row.site_id,
        product_id=row.product_id,
        attempted_on=today,
        method=method,
        result="NO_ANSWER",
        next_try_on=next_try_on,
        note=note,
        recorded_by_id=actor.id,
        recorded_at=clock.now(),
    )
    settle_search(actor, locked(row.patient))
    return attempt


def _too_late(at: Any) -> bool:
    return bool(clock.now() - at > UNDO)


@action("visit.undo_not_reached", needs=Perm.VISIT_WRITE)
def undo_not_reached(actor: Actor, attempt: ContactAttempt) -> None:
    """Take back an attempt just recorded; the row stays, marked as taken back."""
    row = ContactAttempt.objects.select_for_update().get(id=attempt.id)
    if row.undone_at or _too_late(row.recorded_at):
        raise Refused(_("This can no longer be taken back; correct it instead."))
    row.undone_at = clock.now()
    row.save(update_fields=["undone_at"])
    if row.planned_id is not None:
        PlannedVisit.objects.filter(id=row.planned_id, unanswered__gt=0).update(
            unanswered=F("unanswered") - 1, snoozed_to=None
        )
    settle_search(actor, locked(row.patient))


@action("visit.undo", needs=Perm.VISIT_WRITE)
def undo(actor: Actor, visit: Visit) -> None:
    """Take back a contact just recorded, unless something was reported on it.

    A death or an event has already woken safety, so those are corrected with a reason instead.
    """
    row = Visit.objects.select_for_update().get(id=visit.id)
    if row.undone_at or _too_late(row.recorded_at):
        raise Refused(_("This can no longer be taken back; correct it instead."))
    if row.vital_status == "DEAD" or row.events.exists():
        raise Refused(_("Safety has already been told; correct the record instead."))
    row.undone_at = clock.now()
    row.save(update_fields=["undone_at"])
    if row.planned_id is not None:
        PlannedVisit.objects.filter(id=row.planned_id).update(state="PLANNED", done_on=None)
    kept = Visit.objects.filter(patient_id=row.patient_id, undone_at__isnull=True)
    last = kept.exclude(id=row.id).order_by("-contact_on").values_list("contact_on", flat=True)
    first = Infusion.objects.filter(patient_id=row.patient_id).order_by("infused_on").first()
    patient = Patient.objects.select_for_update().get(id=row.patient_id)
    patient.last_contact_on = last.first() or (first.infused_on if first else None)
    patient.version += 1
    patient.save(update_fields=["last_contact_on", "version"])
    settle_search(actor, patient)


@action("visit.correct", needs=Perm.VISIT_WRITE)
def correct(actor: Actor, visit: Visit, *, given: VisitInput, version: int, reason: str) -> Visit:
    """Replace a submitted record by a new version; needs one reason for the whole change."""
    row = Visit.objects.select_for_update().get(id=visit.id)
    mine = _columns(given)
    if row.version != version or hasattr(row, "replaced_by") or row.undone_at:
        raise Conflict({k: (v, getattr(row, k)) for k, v in mine.items() if getattr(row, k) != v})
    infusion = Infusion.objects.filter(patient_id=row.patient_id, product_id=row.product_id).first()
    if infusion is None:
        raise Refused(_("The infusion of this visit is gone."))
    problems = _problems(given, infusion.infused_on, clock.today(), row.planned)
    if not reason.strip():
        problems["reason"] = _("Say why the record is changed.")
    if row.vital_status == "DEAD" and given.vital_status != "DEAD":
        problems["vital_status"] = _("A reported death is withdrawn on the patient's page.")
    if problems:
        raise Refused(problems)
    newer = _insert(
        actor, infusion, given, planned=row.planned, replaces=row, version=row.version + 1
    )
    if row.planned is not None:
        _close(row.planned, given.contact_on)
    patient = _note_contact(infusion, given)
    if given.vital_status == "DEAD" and row.vital_status != "DEAD" and given.died_on:
        ended = min(given.died_on.latest, given.contact_on)
        schedules.end_on_death(actor, patient, died_on=ended)
        _tell_death(actor, newer, infusion, given)
    return newer
