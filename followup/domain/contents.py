"""What a planned visit must contain before it is done, and what a contact leaves open.

Which assessments and ways of contact a point demands is the protocol's; which question of the
contact answers which assessment is the form's.

Source: domain 1.2.4; the lists are data of the protocol.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

from followup.domain.contacts import ContactType
from followup.domain.protocols import Condition, Point
from followup.domain.visits import VisitState

# Assessments (protocol codes) that the questions of a contact answer; the others are ticked.
QUESTIONS: Mapping[str, tuple[str, ...]] = {
    "S": ("vital_status",),
    "R": ("disease_status",),
    "R_CDE": ("disease_status",),
    "E": ("new_malignancy", "other_event"),
    "FIVE": ("new_malignancy", "other_event"),
    "MALIG": ("new_malignancy",),
    "P": ("new_therapy",),
    "Q": ("new_therapy",),
}
# Answers that say nothing is known: they count once the reason stands beside them.
OPEN_ANSWERS = frozenset({"NOT_ASSESSED", "UNKNOWN", "NOT_ASKED"})
DONE, NOT_DONE = "DONE", "NOT_DONE"
CONTACT_TYPE = "CONTACT_TYPE"  # stands for "not in a way the protocol allows"


@dataclass(frozen=True, slots=True)
class Record:
    """One contact as far as a planned visit asks for it.

    `answers` are the questions with their values, `assessments` what was ticked; `reason` says
    why something was not asked or not done. `counts_outside` is the explicit choice to let a
    contact outside the window stand for the visit.
    """

    on: date
    contact_type: str
    vital_status: str
    answers: Mapping[str, str] = field(default_factory=dict)
    assessments: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    counts_outside: bool = False


@dataclass(frozen=True, slots=True)
class ContactOutcome:
    """What the contacts make of a visit: done or not, on which day, what is still missing."""

    state: VisitState | None
    done_on: date | None = None
    missing: tuple[str, ...] | None = None


def ticked(point: Point) -> tuple[str, ...]:
    """The assessments a visit demands that no question of a contact answers."""
    return tuple(code for code in demanded(point) if code not in QUESTIONS)


def demanded(point: Point) -> tuple[str, ...]:
    """What a visit always asks for; conditional and optional assessments close nothing."""
    return tuple(a.code for a in point.assessments if a.condition is Condition.ALWAYS)


def unanswered(point: Point, record: Record) -> tuple[str, ...]:
    """Demanded assessments a contact did not answer; "not known" counts only with its reason."""
    reason = bool(record.reason.strip())

    def answered(code: str) -> bool:
        if code in QUESTIONS:
            values = [record.answers.get(name, "") for name in QUESTIONS[code]]
            return all(v and (reason or v not in OPEN_ANSWERS) for v in values)
        tick = record.assessments.get(code, "")
        return tick == DONE or (tick == NOT_DONE and reason)

    return tuple(code for code in demanded(point) if not answered(code))


def allowed(contact_types: Collection[ContactType], contact_type: str) -> bool:
    """Whether the protocol accepts this way of contact for the visit."""
    return contact_type in {kind.value for kind in contact_types}


def outcome(
    point: Point | None, window_start: date, window_end: date, records: Collection[Record]
) -> ContactOutcome:
    """What the recorded contacts make of a planned visit.

    A contact counts inside the window, or outside it by explicit choice; one that reached nobody
    who knew never does. A death ends the questions. Content is gathered over the contacts made in
    a way the protocol allows. A protocol that no longer knows the point demands nothing.
    """
    inside = [
        r
        for r in records
        if r.vital_status != "UNKNOWN" and (r.counts_outside or window_start <= r.on <= window_end)
    ]
    if not inside:
        return ContactOutcome(None)
    dead = [r for r in inside if r.vital_status == "DEAD"]
    proper = [r for r in inside if point is None or allowed(point.contact_types, r.contact_type)]
    if not dead and point is not None:
        if not proper:
            return ContactOutcome(None, missing=(CONTACT_TYPE, *demanded(point)))
        left = set(demanded(point))
        for record in proper:
            left &= set(unanswered(point, record))
        if left:
            return ContactOutcome(None, missing=tuple(c for c in demanded(point) if c in left))
    on = max(r.on for r in (dead or proper))
    kept = window_start <= on <= window_end
    return ContactOutcome(VisitState.DONE_IN_WINDOW if kept else VisitState.DONE_OUT_OF_WINDOW, on)
