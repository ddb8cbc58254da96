"""Kinds of adverse events, what makes one serious, and answers that contradict each other.

Source: domain 4.2 for seriousness; the contradictions are the product's own rule.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from followup.domain.dates import PartialDate
from followup.domain.event_classes import MALIGNANT_TYPES

DEATH = "DEATH"
OTHER_IMPORTANT = "OTHER_IMPORTANT"
CONGENITAL = "CONGENITAL_ANOMALY"
FATAL = "FATAL"
LOST_PREGNANCY = frozenset({"STILLBIRTH", "SPONT_ABORTION", "ECTOPIC"})
PREGNANCY_OUTCOMES = LOST_PREGNANCY | {"LIVE_BIRTH", "INDUCED_ABORTION", "ONGOING", "UNKNOWN"}
OVER = frozenset({"RECOVERED", "RECOVERED_WITH_SEQUELAE"})
# Grades of these scales that are a death (CTCAE 5.0: "Grade 5 Death related to AE"); the others
# either stop at 4 or give the 5 no such meaning of their own.
DEATH_GRADES = frozenset({("CTCAE_5", 5)})
LATE_AWARENESS = timedelta(days=366)
LONGEST_PREGNANCY = timedelta(weeks=45)


class EventCategory(StrEnum):
    """What an event is when neither its words nor its seriousness say it."""

    RCL_POSITIVE = "RCL_POSITIVE"  # replication-competent virus found; reported at once
    DEATH = "DEATH"  # a death no other event explains; told by a contact
    PREGNANCY = "PREGNANCY"  # exposure in pregnancy, of the patient or of a partner
    # Toxicities of immune effector cells, as the reporter names them.
    CRS = "CRS"
    ICANS = "ICANS"
    IEC_HS = "IEC_HS"
    IEC_EC = "IEC_EC"
    OTHER = "OTHER"  # asked, and none of these


TOXICITIES = (EventCategory.CRS, EventCategory.ICANS, EventCategory.IEC_HS, EventCategory.IEC_EC)
# What the product recorded itself; no reporter answers it.
RECORDED = frozenset({EventCategory.RCL_POSITIVE, EventCategory.DEATH})
SEVERE = 3  # the grade called severe (CTCAE 5.0), from which safety may hold an event for serious


class Pathology(StrEnum):
    """Whether there is a pathology report."""

    AVAILABLE = "AVAILABLE"
    PENDING = "PENDING"
    NONE = "NONE"


class TransgeneTest(StrEnum):
    """What the test of the tumour for the CAR transgene showed."""

    POSITIVE = "POSITIVE"
    NEGATIVE = "NEGATIVE"
    PENDING = "PENDING"
    NOT_DONE = "NOT_DONE"


class Kept(StrEnum):
    """Whether a specimen was kept."""

    YES = "YES"
    NO = "NO"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFacts:
    """Everything the rules below ask about an event and its patient. None and "": not known."""

    aware_on: date
    today: date
    infused_on: date
    onset: PartialDate | None = None
    ended: PartialDate | None = None
    serious: bool | None = None
    ticked: frozenset[str] = frozenset()
    kind: str = ""
    grade: int | None = None
    scale: str = ""
    outcome: str = ""
    malignancy: bool = False
    haematologic_type: str = ""
    pregnancy_of: str = ""
    pregnancy_outcome: str = ""
    last_period: PartialDate | None = None
    anomaly: str = ""
    other_pregnancy: bool = False  # another one of the same person that has not ended
    sex: str = "UNKNOWN"
    birth_year: int | None = None
    died_on: PartialDate | None = None

    @property
    def fatal(self) -> bool:
        """Whether any answer says that the event killed (GVP art. 44)."""
        return (
            self.outcome == FATAL
            or DEATH in self.ticked
            or (self.scale, self.grade) in DEATH_GRADES
        )


def criteria(facts: EventFacts) -> frozenset[str]:
    """What was ticked, and what the other answers make serious by themselves.

    A fatal outcome or a grade 5 is the criterion death; an anomaly of the child is one of its own
    (GVP art. 44); a new malignancy, a lost or ectopic pregnancy without another are important
    medical events (project default, domain 4.2).
    """
    made = set(facts.ticked)
    if facts.fatal:
        made.add(DEATH)
    if facts.anomaly == "YES":
        made.add(CONGENITAL)
    if (facts.malignancy or facts.pregnancy_outcome in LOST_PREGNANCY) and not made:
        made.add(OTHER_IMPORTANT)
    return frozenset(made)


def urgent(facts: EventFacts) -> frozenset[str]:
    """What makes the report of an event more urgent; a new one among them has a day of its own.

    A severe grade on its scale and a named toxicity are among them: default rules of safety may
    hold such an event for serious, and their clock runs from that day.
    """
    answers = {
        "SERIOUS": facts.serious is True,
        "FATAL": facts.fatal,
        "MALIGNANCY": facts.malignancy,
    }
    severe = {f"{facts.scale} {grade}" for grade in range(SEVERE, (facts.grade or 0) + 1)}
    named = {facts.kind, facts.scale} & set(TOXICITIES)
    return criteria(facts) | {name for name, holds in answers.items() if holds} | severe | named


class Contradiction(StrEnum):
    """Answers of which one must be wrong; nothing is stored."""

    SERIOUS_AFTER_ALL = "serious_after_all"  # "not serious" beside what makes it serious
    DEATH_BUT_RECOVERING = "death_but_recovering"
    DEATH_GRADE_NOT_FATAL = "death_grade_not_fatal"
    END_BEFORE_ONSET = "end_before_onset"
    END_LATER_THAN_TODAY = "end_later_than_today"
    ONSET_AFTER_DEATH = "onset_after_death"
    END_AFTER_DEATH = "end_after_death"
    ONSET_BEFORE_BIRTH = "onset_before_birth"
    PREGNANT_MAN = "pregnant_man"
    ANOMALY_DENIED = "anomaly_denied"


class Doubt(StrEnum):
    """What is possible but unlikely; a person confirms it."""

    ONSET_BEFORE_INFUSION = "onset_before_infusion"
    AWARE_BEFORE_INFUSION = "aware_before_infusion"
    AWARE_LONG_AGO = "aware_long_ago"
    DEATH_NOT_OUTCOME = "death_not_outcome"  # criterion death, outcome not recovered or unknown
    GRADE_OF_A_SURVIVOR = "grade_of_a_survivor"  # fatal with a grade below that of a death
    ENDED_NOT_OVER = "ended_not_over"
    MALIGNANT_TYPE = "malignant_type"  # a malignant disorder of the blood, and no new malignancy
    PREGNANT_SEX_UNKNOWN = "pregnant_sex_unknown"
    PARTNER_OF_A_WOMAN = "partner_of_a_woman"
    ANOTHER_PREGNANCY = "another_pregnancy"
    LONG_PREGNANCY = "long_pregnancy"


def contradictions(facts: EventFacts) -> Iterator[Contradiction]:
    """Every pair of answers that cannot both be true, whatever the order they were given in."""
    death = facts.died_on.latest if facts.died_on else None
    if facts.serious is False and criteria(facts):
        yield Contradiction.SERIOUS_AFTER_ALL
    if DEATH in facts.ticked and facts.outcome in OVER | {"RECOVERING"}:
        yield Contradiction.DEATH_BUT_RECOVERING
    if (facts.scale, facts.grade) in DEATH_GRADES and facts.outcome not in ("", FATAL):
        yield Contradiction.DEATH_GRADE_NOT_FATAL
    if facts.onset and facts.ended and facts.ended.latest < facts.onset.earliest:
        yield Contradiction.END_BEFORE_ONSET
    if facts.ended and facts.ended.earliest > facts.today:
        yield Contradiction.END_LATER_THAN_TODAY
    if death and facts.onset and facts.onset.earliest > death:
        yield Contradiction.ONSET_AFTER_DEATH
    if death and facts.ended and facts.ended.earliest > death:
        yield Contradiction.END_AFTER_DEATH
    if facts.birth_year and facts.onset and facts.onset.latest.year < facts.birth_year:
        yield Contradiction.ONSET_BEFORE_BIRTH
    if facts.pregnancy_of == "PATIENT" and facts.sex == "MALE":
        yield Contradiction.PREGNANT_MAN
    if CONGENITAL in facts.ticked and facts.anomaly == "NO":
        yield Contradiction.ANOMALY_DENIED


def doubts(facts: EventFacts) -> Iterator[Doubt]:
    """Every answer that a person should confirm before it is stored."""
    grade_of_death = (facts.scale, 5) in DEATH_GRADES
    if facts.onset and facts.onset.latest < facts.infused_on:
        yield Doubt.ONSET_BEFORE_INFUSION
    if facts.aware_on < facts.infused_on:
        yield Doubt.AWARE_BEFORE_INFUSION
    elif facts.aware_on < facts.today - LATE_AWARENESS:
        yield Doubt.AWARE_LONG_AGO
    if DEATH in facts.ticked and facts.outcome in ("NOT_RECOVERED", "UNKNOWN"):
        yield Doubt.DEATH_NOT_OUTCOME
    if facts.outcome == FATAL and grade_of_death and facts.grade is not None and facts.grade < 5:
        yield Doubt.GRADE_OF_A_SURVIVOR
    if facts.ended and facts.outcome in ("RECOVERING", "NOT_RECOVERED"):
        yield Doubt.ENDED_NOT_OVER
    if facts.haematologic_type in MALIGNANT_TYPES and not facts.malignancy:
        yield Doubt.MALIGNANT_TYPE
    yield from _pregnancy_doubts(facts)


def _pregnancy_doubts(facts: EventFacts) -> Iterator[Doubt]:
    if facts.pregnancy_of == "PATIENT" and facts.sex == "UNKNOWN":
        yield Doubt.PREGNANT_SEX_UNKNOWN
    if facts.pregnancy_of == "PARTNER" and facts.sex == "FEMALE":
        yield Doubt.PARTNER_OF_A_WOMAN
    if facts.pregnancy_of and facts.other_pregnancy:
        yield Doubt.ANOTHER_PREGNANCY
    began = facts.last_period.latest if facts.last_period else facts.aware_on
    if facts.pregnancy_outcome == "ONGOING" and began + LONGEST_PREGNANCY < facts.aware_on:
        yield Doubt.LONG_PREGNANCY
