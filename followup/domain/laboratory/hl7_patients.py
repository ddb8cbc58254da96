"""What HL7 v2 messages say of patients: their numbers, merges, deaths, and what confirms them.

Source: HL7 v2.5.1, chapter 3; tables 0001 and 0112.
"""

import re
from collections.abc import Iterator, Sequence

from followup.domain.dates import DateError, PartialDate
from followup.domain.laboratory.hl7_segments import Marks, Segment, component
from followup.domain.laboratory.messages import ChangeKind, SentChange, SentPerson

# Merges of patients, a changed identifier, links made and taken apart.
_CHANGES = {
    **dict.fromkeys(("A18", "A24", "A30", "A34", "A36", "A40"), ChangeKind.MERGED),
    **dict.fromkeys(("A43", "A46", "A47"), ChangeKind.NUMBER_CHANGED),
    "A37": ChangeKind.UNLINKED,
}
_PAIRS = ("A24", "A37")  # two patients, neither of whom ends
_TOLD = ("A01", "A04", "A05", "A08", "A28", "A31")  # what a hospital says of one patient
_SEXES = {"M": "MALE", "男": "MALE", "F": "FEMALE", "女": "FEMALE"}
_DIED = ("20", "40", "41", "42")  # discharge disposition: expired, here or elsewhere
_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U000323af·]+")


def numbers(segment: Segment, *fields: int) -> tuple[str, ...]:
    """The identifiers of some fields, each once."""
    found = [
        component(repeat, 1, segment.marks).strip()
        for field in fields
        for repeat in segment.repeats(field)
    ]
    return tuple(dict.fromkeys(text for text in found if text))


def persons(parts: Sequence[Segment], kind: str, trigger: str) -> Iterator[SentPerson]:
    """Whom results are of, or whose record a hospital has changed.

    A name is compared where the hospital speaks of the patient; laboratories shorten them.
    """
    named = kind == "ADT" and trigger in _TOLD
    if not named and kind not in ("ORU", "OUL"):
        return
    for segment in parts:
        if segment.name == "PID" and (known := numbers(segment, 3, 2)):
            yield SentPerson(
                known,
                _day(segment.component(7)),
                _SEXES.get(segment.component(8).strip().upper(), ""),
                _name(segment) if named else "",
            )


def _day(text: str) -> PartialDate | None:
    found = re.match(r"\d{8}|\d{6}(?!\d)|\d{4}(?!\d)", text.strip(), re.ASCII)
    try:
        return PartialDate.from_e2b(found[0]) if found else None
    except DateError:
        return None


def _name(segment: Segment) -> str:
    """The name in Chinese characters, where a whole one was sent."""
    for repeat in segment.repeats(5):
        name = component(repeat, 1, segment.marks) + component(repeat, 2, segment.marks)
        if _HAN.fullmatch(name.strip()) and len(name.strip()) > 1:
            return name.strip()
    return ""


def changes(parts: Sequence[Segment], trigger: str) -> Iterator[SentChange]:
    """Numbers that end or part, and deaths; nothing is done about them here."""
    kind = _CHANGES.get(trigger)
    patients: tuple[str, ...] = ()
    died = False
    for segment in parts:
        if segment.name == "PID":
            before, patients = patients, numbers(segment, 3, 2)
            if kind is not None and trigger in _PAIRS and before:
                pair = (before, patients) if kind is ChangeKind.MERGED else (patients, before)
                yield SentChange(kind, *pair)
            died = segment.component(30) == "Y" or bool(segment.component(29))
            if died:
                yield SentChange(ChangeKind.DIED, patients)
        elif segment.name == "MRG" and kind is not None:
            former = tuple(n for n in numbers(segment, 1, 4) if n not in patients)
            if former and patients:
                yield SentChange(kind, patients, former)
        elif segment.name == "PV1" and not died and segment.component(36).strip() in _DIED:
            died = True
            yield SentChange(ChangeKind.DIED, patients)


def document(text: str, marks: Marks) -> str:
    """What kind of document a field of the type ED or RP holds: `application/pdf`."""
    parts = [component(text, place, marks).strip() for place in (2, 3)]
    return "/".join(part for part in parts if part) or "ED"
