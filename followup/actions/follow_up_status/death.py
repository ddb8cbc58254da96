"""A death that was reported wrongly, retracted."""

from typing import Any

from django.utils.translation import gettext as _

from followup.actions import planned_visits, schedules, visit_locks
from followup.actions.follow_up_status import states
from followup.actions.follow_up_status.tracing import require
from followup.actions.laboratory import recounts
from followup.core import clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.facts import publish
from followup.core.identifiers import uuid7
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.domain.facts import DeathRetracted
from followup.domain.visits import FollowUpEvent
from followup.models import Infusion, Patient, Visit


@action("patient.retract_death", needs=Perm.VISIT_WRITE)
def retract(actor: Actor, patient: Patient, *, vital_status: str, reason: str) -> Patient:
    """Take a wrongly reported death back: the contact is corrected, the schedules go on.

    `vital_status` is what is known now, ALIVE or UNKNOWN. Safety is told, since it was told of
    the death.
    """
    row = states.locked(patient)
    problems: dict[str, Any] = {}
    if vital_status not in ("ALIVE", "UNKNOWN"):
        problems["vital_status"] = _("Answer whether the patient is alive.")
    if not reason.strip():
        problems["reason"] = _("Say why the record is changed.")
    if problems:
        raise Refused(problems)
    require(row, FollowUpEvent.DEATH_RETRACTED, reason=reason)
    told = Visit.objects.select_for_update(of=("self",)).filter(patient=row, vital_status="DEAD")
    standing = told.filter(replaced_by__isnull=True, undone_at__isnull=True)
    visit_locks.require_open(*standing)
    newer = [_without_death(actor, visit, vital_status, reason) for visit in standing]
    states.decide(
        actor,
        row,
        FollowUpEvent.DEATH_RETRACTED,
        clock.today(),
        vital_status=vital_status,
        reason=reason.strip(),
    )
    schedules.resume(actor, row)
    for visit in newer:
        planned_visits.settle_by_id(visit.planned_id)
    row = states.settle(row)
    recounts.after_contact(actor, *standing)
    for visit in newer:
        _tell_retraction(actor, visit)
    return row


def _without_death(actor: Actor, visit: Visit, vital_status: str, reason: str) -> Visit:
    """The next version of a contact, saying what is known now; the old one stays recorded."""
    newer = Visit.objects.get(id=visit.id)
    newer.id, newer.replaces, newer.version = uuid7(), visit, visit.version + 1
    newer.vital_status, newer.died_on_text, newer.death_cause = vital_status, "", ""
    newer.death_cause_code, newer.autopsy, newer.death_related = "", "", ""
    newer.correction_reason = reason.strip()
    newer.recorded_by_id, newer.recorded_at = actor.id, clock.now()
    newer.save(force_insert=True)
    return newer


def _tell_retraction(actor: Actor, visit: Visit) -> None:
    infusion = Infusion.objects.filter(patient_id=visit.patient_id, product_id=visit.product_id)
    publish(
        actor,
        DeathRetracted(
            patient_id=visit.patient_id,
            site_id=visit.site_id,
            infusion_id=infusion.values_list("id", flat=True).first(),
            product_code=visit.product.code,
            aware_on=clock.today(),
            recorded_at=visit.recorded_at,
            recorded_by=actor.id,
            source_id=visit.id,
        ),
    )
