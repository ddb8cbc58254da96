"""Messages to patients: planned, cancelled before they leave; only to numbers that agreed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from followup.core import clock, versions
from followup.core.action import action
from followup.core.actor import Actor
from followup.core.models import MessageChannel
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.core.security import patient_links
from followup.domain import patient_messages as domain
from followup.domain.message_channels import MessageKind
from followup.domain.patient_messages import (
    MessageAbout,
    MessageEvent,
    MessageState,
    Obstacle,
    PatientMessageRules,
)
from followup.languages import is_chinese
from followup.models import Appointment, Patient, PatientMessage, QuestionnaireLink
from followup.models.states import PATIENT_MESSAGE
from followup.queries import message_channels
from followup.queries import patient_messages as queries

NOW, DAY_BEFORE = "NOW", "DAY_BEFORE"
HIDDEN_LINK = "…"


@dataclass(frozen=True, slots=True)
class MessageInput:
    """Of what, by which channel, to which number (`whose:last four digits`), and when."""

    subject: Appointment | QuestionnaireLink
    channel: MessageChannel
    number: str
    call: str
    when: str = NOW


def obstacle_text(code: str) -> str:
    """Why a message may not be sent, in words; the text itself where it is no code."""
    texts = {
        Obstacle.NOT_FOLLOWED: _("The patient is not to be contacted in this state of follow-up."),
        Obstacle.NO_CONSENT: _("No consent to follow-up is in force."),
        Obstacle.NUMBER: _("No number in use agreed to be written to this way."),
        Obstacle.SUBJECT: _("The appointment or questionnaire is no longer open."),
        Obstacle.TOO_LATE: _("It would arrive too late."),
        Obstacle.PRACTICE: _("A practice patient gets no messages: the number is somebody else's."),
    }
    return texts[Obstacle(code)] if code in set(Obstacle) else code


def parts_of(rules: PatientMessageRules, row: PatientMessage, *, link: str) -> dict[str, str]:
    """What the text of a message is made of, as the gateway is given it too."""
    chinese = is_chinese(row.channel.language)
    hospital = row.site.name_zh if chinese else row.site.name_en
    values = {"sender": domain.sender(rules, hospital, chinese=chinese), "call": row.call}
    if row.appointment is not None:
        at = row.appointment.at
        hour = f" {at:%H:%M}" if at else ""
        return values | {
            "day": domain.day_words(row.appointment.on, chinese=chinese),
            "hour": hour,
        }
    if row.questionnaire is not None:
        until = row.questionnaire.expires_at.astimezone(clock.SHANGHAI).date()
        return values | {"link": link, "until": domain.day_words(until, chinese=chinese)}
    return values


def link_of(row: PatientMessage) -> str:
    """The link of a questionnaire; it is given to the gateway and stored nowhere."""
    return patient_links.address_of(row.questionnaire_id) if row.questionnaire_id else ""


def text_of(rules: PatientMessageRules, row: PatientMessage, values: dict[str, str]) -> str:
    """The text in the language of the channel."""
    chinese = is_chinese(row.channel.language)
    return domain.text_of(rules, MessageAbout(row.about), chinese=chinese, values=values)


def _moment(rules: PatientMessageRules, given: MessageInput) -> datetime:
    now = clock.now().astimezone(clock.SHANGHAI)
    if given.when == DAY_BEFORE:
        if not isinstance(given.subject, Appointment):
            raise Refused({"when": _("Only an appointment has a day before it.")})
        day = given.subject.on - timedelta(days=1)
        wanted = datetime.combine(day, rules.day_before_at, clock.SHANGHAI)
        if wanted <= now:
            raise Refused({"when": _("That hour has passed: send it now.")})
        return domain.allowed_from(rules, wanted)
    if given.when != NOW:
        raise Refused({"when": _("Say when the message is to leave.")})
    return domain.allowed_from(rules, now + rules.undo)


def _problems(rules: PatientMessageRules, patient: Patient, given: MessageInput) -> dict[str, Any]:
    problems: dict[str, Any] = {}
    if given.subject.patient_id != patient.id:
        problems["subject"] = _("This belongs to another patient.")
    if not given.call.strip():
        problems["call"] = _("Say whom the patient can call.")
    elif domain.names_illness(rules, given.call):
        problems["call"] = _("The message must not say what is treated: leave the ward out.")
    if MessageKind(given.channel.kind) not in domain.TO_PATIENTS or not given.channel.active:
        problems["channel"] = _("This channel is not open. Choose again.")
    recent = PatientMessage.objects.filter(
        patient=patient, planned_at__gt=clock.now() - timedelta(days=7)
    ).exclude(state__in=(MessageState.CANCELLED, MessageState.DROPPED))
    if recent.count() >= rules.most_a_week:
        text = _("The patient was written to %(n)s times within seven days: please call.")
        problems[""] = text % {"n": rules.most_a_week}
    return problems


@action("patient_message.plan", needs=Perm.VISIT_WRITE)
def plan(actor: Actor, patient: Patient, *, given: MessageInput) -> PatientMessage:
    """Let a message leave, not in the quiet hours and not before it could be cancelled.

    Refused without consent to follow-up or to messages at this number, for what is no longer
    open, for a second message of the same thing that waits, and beyond the most of a week.
    """
    row, rules = Patient.objects.select_for_update().get(id=patient.id), queries.rules()
    if problems := _problems(rules, row, given):
        raise Refused(problems)
    whose, _colon, tail = given.number.partition(":")
    on_site = isinstance(given.subject, Appointment)
    message = PatientMessage(
        patient=row,
        site_id=row.site_id,
        channel=given.channel,
        about=MessageAbout.APPOINTMENT if on_site else MessageAbout.QUESTIONNAIRE,
        appointment=given.subject if isinstance(given.subject, Appointment) else None,
        questionnaire=None if isinstance(given.subject, Appointment) else given.subject,
        whose=whose[:20],
        tail=tail[:4],
        call=given.call.strip(),
        not_before=_moment(rules, given),
        planned_by_id=actor.id,
        planned_at=clock.now(),
    )
    found = queries.obstacle(message, at=message.not_before)
    if found is not None:
        raise Refused({"number" if found is Obstacle.NUMBER else "": obstacle_text(found)})
    same = {"appointment": message.appointment, "questionnaire": message.questionnaire}
    if PatientMessage.objects.filter(**same, state__in=queries.OPEN, patient=row).exists():
        raise Refused({"subject": _("A message about this waits already.")})
    most = message_channels.all_rules()[MessageKind(given.channel.kind)].most_bytes
    whole = text_of(rules, message, parts_of(rules, message, link=link_of(message)))
    if len(whole.encode()) > most:
        raise Refused({"call": _("The message is too long for this channel: shorten it.")})
    message.text = text_of(rules, message, parts_of(rules, message, link=HIDDEN_LINK))
    message.save(force_insert=True)
    return message


@action("patient_message.cancel", needs=Perm.VISIT_WRITE)
def cancel(actor: Actor, message: PatientMessage, *, version: int) -> PatientMessage:
    """Undo a message that has not left; Refused, in words, once it is being sent."""
    row = PatientMessage.objects.select_for_update(of=("self",)).get(id=message.id)
    versions.must_be(row, version)
    PATIENT_MESSAGE.move(row, MessageEvent.CANCEL)
    row.ended_at = clock.now()
    row.version += 1
    row.save(update_fields=["state", "ended_at", "version"])
    return row
