"""Appointments on site: booked, kept or not, moved to another day, cancelled."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from django.utils.translation import gettext as _

from followup.core import clock, confirmations, versions
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.confirmations import Question
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.domain.appointments import AppointmentEvent, AppointmentState
from followup.domain.visits import SEARCHED, FollowUpState
from followup.models import Appointment, Patient, PlannedVisit
from followup.models.states import APPOINTMENT

FURTHEST = timedelta(days=800)  # beyond the yearly visits of a lifelong schedule


@dataclass(frozen=True, slots=True)
class AppointmentInput:
    """The day, the hour if agreed, where, and for which planned visit."""

    on: date
    at: time | None = None
    place: str = ""
    note: str = ""
    planned: PlannedVisit | None = None


def _validate(patient: Patient, given: AppointmentInput, confirmed: Collection[str]) -> None:
    problems: dict[str, Any] = {}
    today = clock.today()
    if given.on < today:
        problems["on"] = _("The appointment cannot be before today.")
    elif given.on > today + FURTHEST:
        problems["on"] = _("The appointment is too far away: please check the year.")
    planned = given.planned
    if planned is not None and planned.patient_id != patient.id:
        problems["planned"] = _("This visit belongs to another patient.")
    if FollowUpState(patient.follow_up_state) not in SEARCHED:
        problems[""] = _("Nobody is to be booked in this state of follow-up.")
    if problems:
        raise Refused(problems)
    asked = []
    if planned is not None and not planned.window_start <= given.on <= planned.due:
        text = _("The day lies outside the window of %(code)s (%(first)s to %(last)s).")
        words = {"code": planned.code, "first": planned.window_start, "last": planned.due}
        asked.append(Question("outside_window", text % words, "on", about=given.on))
    if given.on.isoweekday() > 5:
        asked.append(Question("weekend", _("The day is on a weekend."), "on", about=given.on))
    confirmations.settle(asked, confirmed)


def _booked(actor: Actor, patient: Patient, given: AppointmentInput, **more: Any) -> Appointment:
    return Appointment.objects.create(
        patient=patient,
        site_id=patient.site_id,
        planned=given.planned,
        on=given.on,
        at=given.at,
        place=given.place.strip(),
        note=given.note.strip(),
        booked_by_id=actor.id,
        booked_at=clock.now(),
        **more,
    )


@action("appointment.book", needs=Perm.VISIT_WRITE)
def book(
    actor: Actor,
    patient: Patient,
    *,
    given: AppointmentInput,
    confirmed: Collection[str] = (),
) -> Appointment:
    """Expect a patient on a day; asked outside of the window of the visit and on a weekend."""
    row = Patient.objects.select_for_update().get(id=patient.id)
    _validate(row, given, confirmed)
    if Appointment.objects.filter(
        patient=row, on=given.on, at=given.at, state=AppointmentState.BOOKED
    ).exists():
        raise Refused({"on": _("The patient is booked for this day and hour already.")})
    return _booked(actor, row, given)


def _locked(appointment: Appointment, version: int) -> Appointment:
    rows = Appointment.objects.select_related("patient", "planned")
    row = rows.select_for_update(of=("self",)).get(id=appointment.id)
    versions.must_be(row, version)
    return row


def _moved(row: Appointment, event: AppointmentEvent, reason: str = "") -> Appointment:
    APPOINTMENT.move(row, event)
    row.reason = reason.strip() or row.reason
    row.version += 1
    row.save(update_fields=["state", "reason", "version"])
    return row


@action("appointment.note", needs=Perm.VISIT_WRITE)
def note(actor: Actor, appointment: Appointment, *, came: bool, version: int) -> Appointment:
    """Say whether the patient came; not before the day. What was noted wrongly is noted again."""
    row = _locked(appointment, version)
    if row.on > clock.today():
        raise Refused(_("The day of the appointment has not come yet."))
    if APPOINTMENT.allows(row, AppointmentEvent.CORRECT):
        APPOINTMENT.move(row, AppointmentEvent.CORRECT)
    return _moved(row, AppointmentEvent.COME if came else AppointmentEvent.STAY_AWAY)


@action("appointment.move", needs=Perm.VISIT_WRITE)
def move(
    actor: Actor,
    appointment: Appointment,
    *,
    given: AppointmentInput,
    version: int,
    reason: str = "",
    confirmed: Collection[str] = (),
) -> Appointment:
    """Another day for the same visit; the former one stays recorded as moved."""
    row = _locked(appointment, version)
    APPOINTMENT.require(row, AppointmentEvent.MOVE)
    _validate(row.patient, given, confirmed)
    _moved(row, AppointmentEvent.MOVE, reason)
    return _booked(actor, row.patient, given, replaces=row)


@action("appointment.cancel", needs=Perm.VISIT_WRITE)
def cancel(actor: Actor, appointment: Appointment, *, version: int, reason: str) -> Appointment:
    """Nobody is expected any more; says why."""
    row = _locked(appointment, version)
    if not reason.strip():
        raise Refused({"reason": _("Say why the appointment is cancelled.")})
    return _moved(row, AppointmentEvent.CANCEL, reason)
