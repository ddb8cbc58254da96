"""Break-glass: the identity of one patient, for a short time and a stated reason, told at once."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from followup.actions.reminders import writing
from followup.core import advisory_locks, clock
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.limits import within
from followup.core.models import IdentityReveal
from followup.core.permissions import Perm
from followup.core.problems import Denied, Refused
from followup.core.security import access
from followup.models import Patient
from followup.queries import access_rules
from followup.queries import identity_reveals as queries
from followup.queries.reminders import Span, ladder

RUNNING = "running"  # the first reveal still lasts: nobody is told a second time


@action("identity.ask_reveal", needs=Perm.IDENTITY_REVEAL)
def ask(actor: Actor, *, study_code: str, ground: str, reason: str) -> IdentityReveal:
    """Reveal who a patient is to the actor, who may not normally see it, for a short time.

    The patient's hospital is told in the same transaction, in the bell and by mail, and assesses
    it. Refused for a patient the actor reaches anyway or not even so, and for one whose consent to
    follow-up is not in force.
    """
    if actor.id is None:
        raise Denied(Perm.IDENTITY_REVEAL)
    problems = {}
    if ground not in IdentityReveal.Ground.values:
        problems["ground"] = _("Choose on what ground you need to know.")
    if not reason.strip():
        problems["reason"] = _("Say why you need to know who this patient is.")
    rows = list(Patient.objects.filter(study_code__iexact=study_code.strip())[:2])
    patient = rows[0] if len(rows) == 1 else None
    if patient is None:
        problems["study_code"] = _("There is no such patient. Enter the whole study code.")
    if problems or patient is None:
        raise Refused(problems)
    if actor.may(Perm.IDENTITY_READ, site=patient.site_id):
        raise Refused({"study_code": _("You see this patient's identity on the patient's page.")})
    if not queries.may_be_shown(actor, patient):
        raise Refused({"study_code": _("Your role does not reach this patient even so.")})
    if not queries.consented(patient):
        text = _("This patient's consent is not in force. Ask the treating hospital.")
        raise Refused({"study_code": text})
    advisory_locks.wait_for("identity reveal", f"{actor.id} {patient.id}")
    if running := queries.running(actor, patient):
        text = _("Your reveal of this patient runs until %(time)s: open it below.")
        time = f"{localtime(running.expires_at):%H:%M}"
        raise Refused({"study_code": text % {"time": time}}, code=RUNNING)
    behalf = replace(actor, system=True)  # the row belongs to another hospital
    return _keep(behalf, patient, person=actor.id, ground=ground, reason=reason)


@action("identity.reveal", needs=Perm.SYSTEM)
def _keep(
    actor: Actor, patient: Patient, *, person: UUID, ground: str, reason: str
) -> IdentityReveal:
    """Store the reveal, log it, and tell whoever answers for the patient's data."""
    now, today = clock.now(), clock.today()
    row = IdentityReveal.objects.create(
        patient_id=patient.id,
        study_code=patient.study_code,
        site_id=patient.site_id,
        asked_by_id=person,
        roles=", ".join(sorted(actor.roles)),
        ground=ground,
        reason=within(reason, 500),
        asked_at=now,
        asked_on=today,
        expires_at=now + access_rules.rules().reveal_for,
    )
    access.record(actor, "identity.reveal", patient.id, reason=row.reason, site=patient.site_id)
    rungs = ladder(queries.REVEALS.kind)
    span = Span(today - timedelta(days=1), today, (str(row.id),))
    for rung in rungs.rungs:
        writing.insert(queries.REVEALS, rungs, rung, span, now)
    return row


@action("identity.assess_reveal", needs=Perm.PRIVACY_REVIEW)
def assess(
    actor: Actor, reveal: IdentityReveal, *, justified: bool | None, assessment: str
) -> IdentityReveal:
    """Say whether a reveal was justified, and why; once, and never about one's own."""
    row = IdentityReveal.objects.select_for_update().get(id=reveal.id)
    if actor.id is None or actor.id == row.asked_by_id:
        raise Refused(_("Another person assesses what you asked for."))
    if row.assessed_at is not None:
        raise Refused(_("This reveal is assessed already."))
    problems = {}
    if justified is None:
        problems["justified"] = _("Choose whether it was justified.")
    if not assessment.strip():
        problems["assessment"] = _("Say why.")
    if problems:
        raise Refused(problems)
    row.justified, row.assessment = justified, within(assessment, 500, "assessment")
    row.assessed_by_id, row.assessed_at = actor.id, clock.now()
    row.save()
    return row
