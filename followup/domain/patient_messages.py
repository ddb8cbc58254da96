"""Messages to patients: when one may leave, what it says, what becomes of it.

Source: project default; the hours, waits and texts are data of the document `messages`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from followup.domain import documents
from followup.domain.message_channels import MessageKind
from followup.state_machines import Machine, row

TO_PATIENTS = frozenset({MessageKind.SMS, MessageKind.WECHAT})


class MessageAbout(StrEnum):
    """What a message tells."""

    APPOINTMENT = "APPOINTMENT"
    QUESTIONNAIRE = "QUESTIONNAIRE"


class MessageState(StrEnum):
    """Where a message is."""

    WAITING = "WAITING"
    SENDING = "SENDING"
    SENT = "SENT"
    CANCELLED = "CANCELLED"
    DROPPED = "DROPPED"  # what it tells is no longer true, or may no longer be told
    REFUSED = "REFUSED"  # the gateway takes no message for this number
    FAILED = "FAILED"  # tried too often


class MessageEvent(StrEnum):
    """What moves it; only a cancellation is a person's."""

    BEGIN = "BEGIN"
    TAKE = "TAKE"
    RETRY = "RETRY"
    CANCEL = "CANCEL"
    DROP = "DROP"
    REFUSE = "REFUSE"
    GIVE_UP = "GIVE_UP"


_S, _E = MessageState, MessageEvent
MESSAGES: Machine[MessageState, MessageEvent] = Machine(
    MessageState,
    MessageEvent,
    initial=(_S.WAITING,),
    rows=(
        row(_E.BEGIN, _S.WAITING, _S.SENDING),
        row(_E.TAKE, _S.SENDING, _S.SENT),
        row(_E.RETRY, _S.SENDING, _S.WAITING),
        row(_E.CANCEL, _S.WAITING, _S.CANCELLED),
        row(_E.DROP, _S.WAITING, _S.DROPPED),
        row(_E.REFUSE, _S.SENDING, _S.REFUSED),
        row(_E.GIVE_UP, _S.SENDING, _S.FAILED),
    ),
)


class Obstacle(StrEnum):
    """Why a message may not be sent now."""

    NOT_FOLLOWED = "NOT_FOLLOWED"
    NO_CONSENT = "NO_CONSENT"
    NUMBER = "NUMBER"  # no number in use that agreed to this way
    SUBJECT = "SUBJECT"  # the appointment is off, the link is not open
    TOO_LATE = "TOO_LATE"
    PRACTICE = "PRACTICE"  # invented: whoever has the number is somebody else


@dataclass(frozen=True, slots=True)
class PatientMessageRules:
    """Hours in which nothing is sent, waits, texts in both languages, words that name an illness.

    From `quiet_from` to `quiet_until` by the clock of the hospital; equal hours are never quiet.
    """

    quiet_from: time
    quiet_until: time
    undo: timedelta
    day_before_at: time
    most_a_week: int
    tries: int
    retry: timedelta
    refused_number: frozenset[str]
    sender_en: str
    sender_zh: str
    texts: Mapping[tuple[MessageAbout, bool], str]  # the second: in Chinese
    never_named: tuple[str, ...]


_SAMPLE = {"sender": "S", "call": "C", "day": "D", "hour": "H", "link": "L", "until": "U"}
_NEEDED = {
    MessageAbout.APPOINTMENT: ("{sender}", "{call}", "{day}", "{hour}"),
    MessageAbout.QUESTIONNAIRE: ("{sender}", "{call}", "{link}", "{until}"),
}


def read_patient_message_rules(document: Mapping[str, Any]) -> PatientMessageRules:
    """The part `patients` of the document; ValueError for a text that lacks or names too much."""
    part = document["patients"]
    documents.number(part, "undo_minutes", "most_a_week", "tries", "retry_minutes")
    if not part["tries"] or not part["most_a_week"]:
        raise ValueError("with these numbers nothing could be sent")
    codes = documents.codes(part["texts"], "en", "zh")
    if codes != {about.value for about in MessageAbout}:
        raise ValueError(f"the texts are {', '.join(MessageAbout)}")
    named = tuple(str(word).casefold() for word in part["never_named"])
    if not all(word.strip() for word in named):
        raise ValueError("a word is needed, an empty one would be found everywhere")
    rules = PatientMessageRules(
        quiet_from=time.fromisoformat(part["quiet_from"]),
        quiet_until=time.fromisoformat(part["quiet_until"]),
        undo=timedelta(minutes=part["undo_minutes"]),
        day_before_at=time.fromisoformat(part["day_before_at"]),
        most_a_week=part["most_a_week"],
        tries=part["tries"],
        retry=timedelta(minutes=part["retry_minutes"]),
        refused_number=frozenset(part["refused_number"]),
        sender_en=part["sender_en"],
        sender_zh=part["sender_zh"],
        texts={
            (MessageAbout(text["code"]), zh): text["zh" if zh else "en"]
            for text in part["texts"]
            for zh in (True, False)
        },
        never_named=named,
    )
    for (about, _zh), text in rules.texts.items():
        if not all(mark in text for mark in _NEEDED[about]) or names_illness(rules, text):
            raise ValueError(f"the text {about} needs {' '.join(_NEEDED[about])} and no illness")
        text.format(**_SAMPLE)
    return rules


def names_illness(rules: PatientMessageRules, text: str) -> bool:
    """Whether a text holds a word that says what somebody is or was treated for."""
    folded = text.casefold()
    return any(word in folded for word in rules.never_named)


def allowed_from(rules: PatientMessageRules, moment: datetime) -> datetime:
    """The first moment outside the quiet hours, not before `moment`, by its own clock."""
    first, end, at = rules.quiet_from, rules.quiet_until, moment.time()
    over_night = first > end
    quiet = (at >= first or at < end) if over_night else first <= at < end
    if not quiet:
        return moment
    day = moment.date() + timedelta(days=1 if over_night and at >= first else 0)
    return datetime.combine(day, end, moment.tzinfo)


def sender(rules: PatientMessageRules, hospital: str, *, chinese: bool) -> str:
    """The hospital's name; a neutral one where the name says what is treated there."""
    neutral = rules.sender_zh if chinese else rules.sender_en
    return neutral if names_illness(rules, hospital) else hospital


def day_words(day: date, *, chinese: bool) -> str:
    """A day as a patient reads it."""
    return f"{day.year}年{day.month}月{day.day}日" if chinese else day.isoformat()


def text_of(
    rules: PatientMessageRules,
    about: MessageAbout,
    *,
    chinese: bool,
    values: Mapping[str, str],
) -> str:
    """The text of a message; what it does not use is left out."""
    return rules.texts[about, chinese].format(**{**dict.fromkeys(_SAMPLE, ""), **values})
