"""A whole visit as a list of sections: which its protocol asks for, and how far each is.

The product's own rule; which assessment belongs to which section follows domain 1.1. What
closes a visit is in `contents`; a section only shows where something is still to be entered.
"""

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum

from followup.domain.contents import QUESTIONS, Record, unanswered
from followup.domain.protocols import Point


class Section(StrEnum):
    """One part of a visit, on a page of its own."""

    SURVIVAL = "SURVIVAL"
    DISEASE = "DISEASE"
    BLOOD = "BLOOD"
    CHEMISTRY = "CHEMISTRY"
    IMMUNE = "IMMUNE"
    CELLS = "CELLS"
    EVENTS = "EVENTS"
    THERAPIES = "THERAPIES"
    SAMPLES = "SAMPLES"
    OTHER = "OTHER"


class Progress(StrEnum):
    """How far a section is."""

    NOT_STARTED = "NOT_STARTED"
    STARTED = "STARTED"
    DONE = "DONE"


ASSESSMENTS: Mapping[Section, tuple[str, ...]] = {
    Section.SURVIVAL: ("S",),
    Section.DISEASE: ("R", "R_CDE", "BASE_R"),
    Section.BLOOD: ("L", "ICAHT_EARLY"),
    Section.CHEMISTRY: ("L",),
    Section.IMMUNE: ("L",),
    Section.CELLS: ("V", "C"),
    Section.EVENTS: ("E", "FIVE", "MALIG", "TOX_DAILY"),
    Section.THERAPIES: ("P", "Q"),
    Section.SAMPLES: ("V", "C", "PRE_SAMPLE", "CHIP", "VIRAL"),
}
# Groups of measures (laboratory.json) that a section of values holds.
GROUPS: Mapping[Section, tuple[str, ...]] = {
    Section.BLOOD: ("BLOOD",),
    Section.CHEMISTRY: ("CHEMISTRY", "INFLAMMATION"),
    Section.IMMUNE: ("IMMUNE",),
    Section.CELLS: ("CELLS",),
}
_PLACED = frozenset(code for codes in ASSESSMENTS.values() for code in codes)


def sections(point: Point | None) -> dict[Section, tuple[str, ...]]:
    """The sections of a visit with the assessments in each, in the order of the list.

    Every contact answers survival, events and therapies; a protocol that no longer knows the
    point asks for no more.
    """
    asked = tuple(each.code for each in point.assessments) if point else ()
    found = {
        section: tuple(code for code in codes if code in asked)
        for section, codes in ASSESSMENTS.items()
    }
    always = (Section.SURVIVAL, Section.EVENTS, Section.THERAPIES)
    kept = {section: codes for section, codes in found.items() if codes or section in always}
    other = tuple(code for code in asked if code not in _PLACED)
    return kept | ({Section.OTHER: other} if other else {})


def counted(done: int, total: int) -> Progress:
    """How far a section is of which so many parts are entered."""
    if done == 0:
        return Progress.NOT_STARTED
    return Progress.DONE if done >= total else Progress.STARTED


def answered(point: Point | None, codes: Collection[str], records: Iterable[Record]) -> Progress:
    """How far the questions or ticks of a section are answered by the contacts of the visit."""
    known = list(records)
    if point is None or not codes:
        return Progress.DONE if known else Progress.NOT_STARTED
    left = set(codes)
    begun = False
    for record in known:
        open_ones = set(unanswered(point, record))
        begun = begun or any(_touched(code, record) for code in codes)
        left = {code for code in left if code in open_ones or not _touched(code, record)}
    if not left:
        return Progress.DONE
    return Progress.STARTED if begun else Progress.NOT_STARTED


def _touched(code: str, record: Record) -> bool:
    if code in QUESTIONS:
        return any(record.answers.get(name) for name in QUESTIONS[code])
    return bool(record.assessments.get(code))
