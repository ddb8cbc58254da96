"""Questionnaires: a link for a patient, the answers, and whoever takes or sets them aside."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from followup.actions import call_backs, visits
from followup.actions.answers import VisitInput
from followup.core import clock, versions
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.limits import within
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.core.templatetags.everwatch import listed
from followup.domain.contacts import ContactType
from followup.domain.questionnaires import (
    DAYS,
    REPORTABLE,
    Answers,
    Fault,
    LinkState,
    RedFlag,
    ReportEvent,
    ReportState,
    faults,
    red_flags,
)
from followup.domain.visits import SEARCHED, FollowUpState
from followup.models import (
    AdverseEvent,
    Infusion,
    Patient,
    PatientReport,
    PlannedVisit,
    QuestionnaireLink,
    Visit,
)
from followup.models.states import PATIENT_REPORT
from followup.queries import call_backs as colleagues
from followup.queries import follow_up_status
from followup.queries import questionnaires as queries

FAULTS = {
    Fault.NOBODY: gettext_lazy("Please choose who answers."),
    Fault.NOT_SAID: gettext_lazy("Please say how the patient is."),
    Fault.ANSWERS_DEAD: gettext_lazy("You said that you are the patient. Please choose again."),
    Fault.DEATH_LATER: gettext_lazy("This day has not come yet."),
    Fault.PROGRESSION_LATER: gettext_lazy("This day has not come yet."),
}
FLAGS = {
    RedFlag.DEATH: pgettext_lazy("red flag", "death"),
    RedFlag.MALIGNANCY: pgettext_lazy("red flag", "new malignancy"),
    RedFlag.EVENT: pgettext_lazy("red flag", "adverse event"),
    RedFlag.PROGRESSION: pgettext_lazy("red flag", "relapse or progression"),
    RedFlag.PREGNANCY_OR_THERAPY: pgettext_lazy("red flag", "new treatment or pregnancy"),
}


@action("questionnaire.invite", needs=Perm.VISIT_WRITE)
def invite(
    actor: Actor,
    patient: Patient,
    *,
    infusion: Infusion,
    days: int,
    call: str,
    planned: PlannedVisit | None = None,
) -> QuestionnaireLink:
    """A link for a patient whose follow-up goes on; an earlier open one ends."""
    row = Patient.objects.select_for_update(of=("self",)).get(id=patient.id)
    problems: dict[str, Any] = {}
    if days not in DAYS:
        problems["days"] = _("Choose how long the link is open.")
    if not call.strip():
        problems["call"] = _("Say whom the patient calls, with the number.")
    if infusion.patient_id != row.id or (planned and planned.patient_id != row.id):
        problems["planned"] = _("This visit belongs to another patient.")
    if FollowUpState(row.follow_up_state) not in SEARCHED:
        problems[""] = _("Nobody is to be asked in this state of follow-up.")
    elif not follow_up_status.agreed(actor, row):
        problems[""] = _("No consent to follow-up is in force: nothing may be asked.")
    if problems:
        raise Refused(problems)
    now = clock.now()
    QuestionnaireLink.objects.filter(
        patient=row, answered_at__isnull=True, revoked_at__isnull=True
    ).update(revoked_at=now, revoked_by_id=actor.id)
    return QuestionnaireLink.objects.create(
        patient=row,
        site_id=row.site_id,
        infusion=infusion,
        planned=planned,
        call=within(call, 120, "call"),
        expires_at=now + timedelta(days=days),
        made_by_id=actor.id,
        made_at=now,
    )


@action("questionnaire.revoke", needs=Perm.VISIT_WRITE)
def revoke(actor: Actor, link: QuestionnaireLink) -> QuestionnaireLink:
    """End a link that was not answered yet."""
    row = QuestionnaireLink.objects.select_for_update(of=("self",)).get(id=link.id)
    if row.answered_at or row.revoked_at:
        raise Refused(_("This link was answered or ended already."))
    row.revoked_at, row.revoked_by_id = clock.now(), actor.id
    row.save(update_fields=["revoked_at", "revoked_by_id"])
    return row


@action("questionnaire.answer", needs=Perm.SYSTEM)
def answer(actor: Actor, link: QuestionnaireLink, *, given: Answers) -> PatientReport:
    """Keep the answers of a link, once. A red flag is a task for today.

    Refused with the code `link` when it was answered, ended or ran out meanwhile.
    """
    row = QuestionnaireLink.objects.select_for_update(of=("self",)).get(id=link.id)
    if queries.state_of(row) is not LinkState.OPEN:
        raise Refused(_("This link is not open any more."), code="link")
    if wrong := {name: str(FAULTS[fault]) for name, fault in faults(given, clock.today())}:
        raise Refused(wrong)
    row.answered_at = clock.now()
    row.save(update_fields=["answered_at"])
    flags = red_flags(given)
    return PatientReport.objects.create(
        link=row,
        site_id=row.site_id,
        patient_id=row.patient_id,
        answers=queries.stored(given),
        red_flags=[flag.value for flag in flags],
        received_at=row.answered_at,
        state=PATIENT_REPORT.start(ReportState.WAITING),
        task=_task(actor, row, flags) if flags else None,
    )


@action("questionnaire.flag_again", needs=Perm.SYSTEM)
def flag_again(actor: Actor, *, today: date) -> int:
    """Look once more at answers that wait, by the rule of today; how many got a new red flag.

    The rule may have changed since they came. A flag that was raised stays, and a new one is a
    task for today.
    """
    changed = 0
    for row in queries.waiting_locked():
        known = set(row.red_flags)
        fresh = [flag for flag in red_flags(queries.answers_of(row)) if flag.value not in known]
        if not fresh:
            continue
        every = known | {flag.value for flag in fresh}
        row.red_flags = [flag.value for flag in RedFlag if flag.value in every]
        task = _task(actor, row.link, fresh)
        row.task = row.task or task
        row.version += 1
        row.save(update_fields=["red_flags", "task", "version"])
        changed += 1
    return changed


def _task(actor: Actor, row: QuestionnaireLink, flags: Collection[RedFlag]) -> Any:
    words = listed(FLAGS[flag] for flag in flags)
    text = _("The patient's questionnaire tells of: %(what)s. Look at it and call today.")
    return call_backs.ask(
        actor,
        row.patient,
        about=(text % {"what": words})[:200],
        due_on=clock.today(),
        owner=colleagues.carer_of(actor, row.patient),
    )


def _waiting(report: PatientReport, version: int) -> PatientReport:
    row = PatientReport.objects.select_for_update(of=("self",)).get(id=report.id)
    versions.must_be(row, version)
    return row


def _reviewed(actor: Actor, row: PatientReport, event: ReportEvent, note: str) -> PatientReport:
    PATIENT_REPORT.move(row, event)
    row.review_note = within(note, 500, "note")
    row.reviewed_by_id, row.reviewed_at = actor.id, clock.now()
    row.version += 1
    row.save()
    return row


@action("questionnaire.take", needs=Perm.VISIT_WRITE)
def take(
    actor: Actor,
    report: PatientReport,
    *,
    version: int,
    planned: PlannedVisit | None = None,
    review_note: str = "",
    confirmed: Collection[str] = (),
) -> Visit:
    """Make a contact of the answers as they were given, after a person has looked at them.

    Of a death, a new malignancy or another event the event is reported first, or the note says why
    there is none.
    """
    row = _waiting(report, version)
    PATIENT_REPORT.require(row, ReportEvent.TAKE)
    answers = queries.answers_of(row)
    asked = REPORTABLE & set(red_flags(answers)) - {RedFlag.DEATH}
    if asked and row.reported is None and not review_note.strip():
        raise Refused({"review_note": _("Report the event first, or say why there is none.")})
    visit = visits.record(
        actor,
        row.link.infusion,
        given=_contact(row, answers, review_note, confirmed),
        planned=planned,
    )
    row.visit = visit
    _reviewed(actor, row, ReportEvent.TAKE, review_note)
    return visit


def _contact(
    row: PatientReport, answers: Answers, note: str, confirmed: Collection[str]
) -> VisitInput:
    told = (answers.malignancy_words, answers.event_words, answers.words, note.strip())
    return VisitInput(
        contact_on=row.received_at.astimezone(clock.SHANGHAI).date(),
        contact_type=ContactType.QUESTIONNAIRE.value,
        informant=answers.informant,
        vital_status=answers.alive,
        died_on=answers.died_on,
        disease_status=answers.disease_status,
        progressed_on=answers.progressed_on,
        new_malignancy=answers.new_malignancy,
        other_event=answers.other_event,
        new_therapy=answers.new_therapy,
        therapy_note=answers.therapy_words,
        unanswered_reason=_unanswered(answers),
        note="\n".join(filter(None, told)),
        confirmed=confirmed,
    )


def _unanswered(answers: Answers) -> str:
    asked = (
        answers.disease_status,
        answers.new_malignancy,
        answers.other_event,
        answers.new_therapy,
    )
    return "" if all(asked) else _("Not answered in the questionnaire.")


@action("questionnaire.set_aside", needs=Perm.VISIT_WRITE)
def set_aside(
    actor: Actor, report: PatientReport, *, version: int, review_note: str
) -> PatientReport:
    """Do not take the answers as a contact; says why (a call was made instead, somebody else)."""
    row = _waiting(report, version)
    if not review_note.strip():
        raise Refused({"review_note": _("Say why the answers are set aside.")})
    return _reviewed(actor, row, ReportEvent.SET_ASIDE, review_note)


@action("questionnaire.name_event", needs=Perm.EVENT_WRITE)
def name_event(actor: Actor, report: PatientReport, *, event: AdverseEvent) -> PatientReport:
    """Say which event was reported after these answers."""
    row = PatientReport.objects.select_for_update(of=("self",)).get(id=report.id)
    if event.patient_id != row.patient_id:
        raise Refused(_("This record belongs to another patient."))
    row.event = event
    row.version += 1
    row.save(update_fields=["event", "version"])
    return row
