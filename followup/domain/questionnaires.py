"""Questions a patient, or somebody near, answers on paper's link: the six of a telephone follow-up.

What comes in is the word of a patient: it waits for a person, and what sounds like an emergency is
brought up at once.

Source: project rule; the six questions are those of the telephone page.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from followup.domain.dates import PartialDate
from followup.state_machines import Machine, row

DAYS = (7, 14, 30, 60)  # for which a link is open
LONGEST = 1000


class ReportState(StrEnum):
    """What became of answers that came in."""

    WAITING = "WAITING"
    TAKEN = "TAKEN"
    SET_ASIDE = "SET_ASIDE"


class ReportEvent(StrEnum):
    """What a person does with them, or with the contact made of them."""

    TAKE = "TAKE"
    SET_ASIDE = "SET_ASIDE"
    CONTACT_UNDONE = "CONTACT_UNDONE"


_S, _E = ReportState, ReportEvent
REPORTS: Machine[ReportState, ReportEvent] = Machine(
    ReportState,
    ReportEvent,
    initial=(_S.WAITING,),
    rows=(
        row(_E.TAKE, _S.WAITING, _S.TAKEN),
        row(_E.SET_ASIDE, _S.WAITING, _S.SET_ASIDE),
        row(_E.CONTACT_UNDONE, _S.TAKEN, _S.WAITING),
    ),
)


class RedFlag(StrEnum):
    """An answer nobody may leave lying."""

    DEATH = "DEATH"
    PROGRESSION = "PROGRESSION"
    MALIGNANCY = "MALIGNANCY"
    EVENT = "EVENT"
    PREGNANCY_OR_THERAPY = "THERAPY"


# Those an adverse event may have to be reported for.
REPORTABLE = frozenset({RedFlag.DEATH, RedFlag.MALIGNANCY, RedFlag.EVENT})


class LinkState(StrEnum):
    """Whether a link can be answered."""

    OPEN = "OPEN"
    ANSWERED = "ANSWERED"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"


class Fault(StrEnum):
    """What is wrong with an answer."""

    NOBODY = "NOBODY"
    NOT_SAID = "NOT_SAID"
    ANSWERS_DEAD = "ANSWERS_DEAD"
    DEATH_LATER = "DEATH_LATER"
    PROGRESSION_LATER = "PROGRESSION_LATER"


@dataclass(frozen=True, slots=True)
class Answers:
    """The six answers in the codes of a contact, and the words to them. Empty: not answered."""

    informant: str
    vital_status: str = ""
    died_on: PartialDate | None = None
    disease_status: str = ""
    progressed_on: PartialDate | None = None
    new_malignancy: str = ""
    malignancy_words: str = ""
    other_event: str = ""
    event_words: str = ""
    new_therapy: str = ""
    therapy_words: str = ""
    words: str = ""

    @property
    def alive(self) -> str:
        """Whoever answers for himself is alive; nothing else follows from silence."""
        return self.vital_status or ("ALIVE" if self.informant == "PATIENT" else "")


def faults(answers: Answers, today: date) -> Iterator[tuple[str, Fault]]:
    """The field and what is wrong with it."""
    if not answers.informant:
        yield "informant", Fault.NOBODY
    elif not answers.alive:
        yield "vital_status", Fault.NOT_SAID
    elif answers.informant == "PATIENT" and answers.vital_status not in ("", "ALIVE"):
        yield "vital_status", Fault.ANSWERS_DEAD
    if answers.died_on is not None and answers.died_on.earliest > today:
        yield "died_on", Fault.DEATH_LATER
    if answers.progressed_on is not None and answers.progressed_on.earliest > today:
        yield "progressed_on", Fault.PROGRESSION_LATER


# What people write to say that there is nothing.
_NOTHING = frozenset("无 没有 否 不清楚 none no nothing n/a na - —".split())


def _written(words: str) -> bool:
    """Whether something was told in words, and not that there is nothing to tell."""
    return words.strip(" .。！!").lower() not in _NOTHING | {""}


def red_flags(answers: Answers) -> tuple[RedFlag, ...]:
    """What has to be looked at today, the gravest first.

    What was written or dated below a question counts whatever was ticked: somebody who ticks "no"
    and describes a lump has told of one.
    """
    said = answers
    asked = (
        (RedFlag.DEATH, said.alive == "DEAD" or said.died_on is not None),
        (RedFlag.MALIGNANCY, said.new_malignancy == "YES" or _written(said.malignancy_words)),
        (RedFlag.EVENT, said.other_event == "YES" or _written(said.event_words)),
        (
            RedFlag.PROGRESSION,
            said.disease_status == "PROGRESSION" or said.progressed_on is not None,
        ),
        (RedFlag.PREGNANCY_OR_THERAPY, said.new_therapy == "YES" or _written(said.therapy_words)),
    )
    return tuple(flag for flag, raised in asked if raised)


def link_state(*, expires_at: datetime, answered: bool, revoked: bool, now: datetime) -> LinkState:
    """What a link is good for; an answer counts before everything that came later."""
    if answered:
        return LinkState.ANSWERED
    if revoked:
        return LinkState.REVOKED
    return LinkState.OPEN if now < expires_at else LinkState.EXPIRED
