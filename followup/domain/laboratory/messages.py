"""What another system sends about laboratory values and numbers of patients, whatever its format.

The product's own rule; formats are read in `hl7` and `fhir`.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from followup.domain.dates import PartialDate

MOST_RESULTS = 5_000  # of one message


class Standing(StrEnum):
    """How the laboratory stands to a result it sends."""

    PRELIMINARY = "PRELIMINARY"
    FINAL = "FINAL"
    CORRECTED = "CORRECTED"
    WITHDRAWN = "WITHDRAWN"  # deleted, posted to the wrong patient, cannot be obtained


class ChangeKind(StrEnum):
    """What a hospital says of the numbers of its patients, or of a patient's death."""

    MERGED = "MERGED"
    NUMBER_CHANGED = "NUMBER_CHANGED"
    UNLINKED = "UNLINKED"
    DIED = "DIED"


class MessageProblem(StrEnum):
    """Why a message cannot be read."""

    CHARSET = "charset"
    STRUCTURE = "structure"
    TOO_LARGE = "too_large"
    NO_NUMBER = "no_number"
    NOT_WHOLE = "not_whole"
    NOT_UTF_8 = "not_utf_8"
    TWICE = "twice"


class MessageUnreadable(ValueError):
    """A message that cannot be read; `problem` says why, the text where."""

    def __init__(self, problem: MessageProblem, where: str = "") -> None:
        super().__init__(where or problem.value)
        self.problem, self.where = problem, where


@dataclass(frozen=True, slots=True)
class Moment:
    """When something was, exactly as far as it was said: never widened to a whole day.

    `at` only when a time to the minute was given; `written` is what was sent.
    """

    written: str = ""
    partial: PartialDate | None = None
    at: datetime | None = None

    @property
    def day(self) -> date | None:
        """The day; None when only its month or year is known, or nothing."""
        known = self.partial
        if known is None or known.month is None or known.day is None:
            return None
        return date(known.year, known.month, known.day)


def fitted(text: str, most: int) -> str:
    """A text that fits, or its beginning and a mark that no reader takes for a value."""
    return text if len(text) <= most else f"{text[: most - 3]}[…]"


def named(text: str, most: int) -> str:
    """A name that fits; a longer one keeps apart from others of the same beginning."""
    if len(text) <= most:
        return text
    return f"{text[: most - 17]}#{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def sensible(at: datetime) -> bool:
    """Whether a time lies in the years of a patient's life; others are slips of a device."""
    return 1900 <= at.year <= 2200


@dataclass(frozen=True, slots=True)
class SentResult:
    """One result of one specimen. `row` is its place in the message, from 1.

    `key` is the same for the correction and the withdrawal of a result. `written` keeps every sign
    of the value, trailing zeros included. `specimen_kind` is what the sender calls it.
    """

    row: int
    patients: tuple[str, ...]
    item: str
    written: str
    moment: Moment
    standing: Standing
    key: str
    unit: str = ""
    specimen_kind: str = ""
    range_text: str = ""
    flag: str = ""


@dataclass(frozen=True, slots=True)
class SentPerson:
    """Whom a message names: the numbers, and what tells that they are of this very person.

    `born` as far as it was said; `sex` is MALE, FEMALE or empty; `name` as it was sent.
    """

    numbers: tuple[str, ...]
    born: PartialDate | None = None
    sex: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class SentChange:
    """What a message says of numbers: those that go on and those that end."""

    kind: ChangeKind
    patients: tuple[str, ...]
    former: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message as it was read: the sender's number for it, what it is, what it says.

    `faults` are the parts that could not be read, each with its place; the others stand.
    `subjects` are the numbers of patients that parts are about, read or not.
    """

    number: str
    kind: str
    results: tuple[SentResult, ...] = ()
    changes: tuple[SentChange, ...] = ()
    charset: str = "utf-8"
    faults: tuple[tuple[str, str], ...] = ()
    persons: tuple[SentPerson, ...] = ()
    subjects: tuple[str, ...] = ()

    @property
    def patients(self) -> frozenset[str]:
        """Every number of a patient the message says anything of, or may: a part was not read."""
        found = {number for result in self.results for number in result.patients}
        if self.faults:
            found |= {number for person in self.persons for number in person.numbers}
            found |= {*self.subjects}
        for change in self.changes:
            found |= {*change.patients, *change.former}
        return frozenset(found)
