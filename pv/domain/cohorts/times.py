"""Times from infusion to an event, to death or to the last contact, with partial dates kept.

Source: domain 8: time origin is the day of the first infusion of the product, an event
ends time at risk, whoever has none is censored at the last contact or the cutoff, and death
competes with every event but death. How a partial date is used is the product's own rule: the
middle of the days it can mean, counted and with both ends reported, never one end in silence.
Nobody dies before a contact that found them alive, nor after the one that told of the death.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from followup.domain.dates import DateError, PartialDate
from followup.lazy_modules import lazy

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
else:
    np = lazy("numpy")

CENSORED, HAPPENED, COMPETED = 0, 1, 2
DAYS_A_MONTH = 30.4375
WHOLE_DATE = len("2026-11-05")  # the text of a date known to the day


class Endpoint(StrEnum):
    """What is waited for."""

    DEATH = "death"
    PROGRESSION = "progression"  # or death, whichever comes first
    MALIGNANCY = "malignancy"  # a second primary malignancy, death competing


@dataclass(frozen=True, slots=True)
class Happening:
    """A day known as stated, perhaps in part (""), and the last day it can have been.

    `source` is the key of the record that states it; "" where it is the patient's own.
    `not_before` is the first day it can have been, where that is known apart from the text.
    """

    text: str
    known_by: date
    source: str = ""
    not_before: date | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """One patient of a cohort; `last_contact` is the last day known to be alive and followed."""

    code: str
    day0: date
    last_contact: date | None
    death: Happening | None = None
    progression: Happening | None = None
    malignancy: Happening | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """Days since infusion an event can have happened on, both inclusive."""

    first: int
    last: int

    @property
    def middle(self) -> int:
        """The day that stands for the span, rounded down."""
        return (self.first + self.last) // 2

    @property
    def exact(self) -> bool:
        """Whether the day is known."""
        return self.first == self.last


class Outcome(NamedTuple):
    """The state of a patient at the end of the time at risk, its days, and what ended it.

    `by` is None for who is censored; `before` says that an event was before the infusion.
    """

    state: int
    days: Span
    by: Endpoint | None
    before: bool


@dataclass(frozen=True, slots=True)
class Times:
    """Days and states of a cohort. `earliest` and `latest` are the days with every partial date
    read at its first or its last possible day; `partial` counts the events dated in part and
    `before` those before the infusion, which are none of this cohort."""

    days: NDArray[np.int64]
    states: NDArray[np.int64]
    earliest: NDArray[np.int64]
    latest: NDArray[np.int64]
    partial: int
    before: int

    @property
    def events(self) -> int:
        """Number of patients with the event."""
        return int((self.states == HAPPENED).sum())

    @property
    def competing(self) -> int:
        """Number of patients whom death took first."""
        return int((self.states == COMPETED).sum())

    @property
    def size(self) -> int:
        """Number of patients."""
        return int(self.days.size)


def death_of(text: str, last_contact: date | None, alive_on: date | None) -> Happening:
    """A death on a day as stated, even one nobody stated.

    `last_contact` is the last contact of all, which told of it at the latest, and `alive_on` the
    last one that found the patient alive: they bound a day that is not known whole.
    """
    if len(text) == WHOLE_DATE:
        return Happening(text, date.max)
    return Happening(text, last_contact or date.max, not_before=alive_on)


def span(happening: Happening | None, day0: date, cutoff: date) -> Span | None:
    """The days of a happening up to the cutoff; None when there is none, or none by then.

    `last` below zero says that it was before the infusion. A text that is no date says nothing.
    """
    if happening is None:
        return None
    end = min(happening.known_by, cutoff)
    try:
        stated = PartialDate.from_iso(happening.text) if happening.text else None
    except DateError:
        stated = None
    if stated is None:
        if happening.known_by > cutoff:
            return None
        return _within(happening, day0, 0, max((end - day0).days, 0))
    if stated.earliest > cutoff:
        return None
    first, last = (stated.earliest - day0).days, (min(stated.latest, end) - day0).days
    if last < 0:
        return Span(last, last)
    return _within(happening, day0, max(first, 0), max(last, first, 0))


def _within(happening: Happening, day0: date, first: int, last: int) -> Span:
    """The days from `first` to `last` that are not before the happening can have been."""
    since = happening.not_before
    return Span(min(max(first, (since - day0).days), last) if since else first, last)


def times_of(
    members: Iterable[Member],
    endpoint: Endpoint,
    cutoff: date,
    quiet: Mapping[int, int] | None = None,
    dead: Mapping[int, int] | None = None,
) -> Times:
    """Days to the endpoint, to competing death or to censoring, patient by patient.

    Patients infused after the cutoff are left out. For overall and progression-free survival
    death is the event; for a malignancy it competes. An event of a dead
    patient was before the death, however late it was found. `quiet` are further patients to whom
    nothing happened, counted by the days they were followed; `dead` those who died on a known day
    and to whom nothing else happened, by the days to their death.
    """
    rows: list[tuple[int, int, int, int]] = []
    partial = before = 0
    for member in members:
        outcome = outcome_of(member, endpoint, cutoff)
        if outcome is None:
            continue
        days = outcome.days
        before += outcome.before
        partial += not days.exact
        rows.append((days.middle, outcome.state, days.first, days.last))
    table = np.array(rows, dtype=np.int64).reshape(-1, 4)
    state = COMPETED if endpoint is Endpoint.MALIGNANCY else HAPPENED
    table = np.concatenate([table, _repeated(quiet, CENSORED), _repeated(dead, state)])
    return Times(table[:, 0], table[:, 1], table[:, 2], table[:, 3], partial, before)


def _repeated(counts: Mapping[int, int] | None, state: int) -> NDArray[np.int64]:
    """A row of days and state for each patient that was counted by days."""
    known = counts or {}
    days = np.repeat(np.array([*known], np.int64), np.array([*known.values()], np.int64))
    return np.stack([days, np.full_like(days, state), days, days], axis=1)


def outcome_of(member: Member, endpoint: Endpoint, cutoff: date) -> Outcome | None:
    """How the time of one patient ends; None for one infused after the cutoff."""
    day0 = member.day0
    if day0 > cutoff:
        return None
    if member.death is None and member.malignancy is None and member.progression is None:
        return _censored(member, cutoff)
    first = _first(member, endpoint, cutoff)
    before = first is not None and first.last < 0
    if before:
        first = None
    dead = span(member.death, day0, cutoff)
    state, chosen = _outcome(first, dead, endpoint)
    if chosen is None:
        return _censored(member, cutoff, before=before)
    return Outcome(state, chosen, endpoint if first is not None else Endpoint.DEATH, before)


def _censored(member: Member, cutoff: date, *, before: bool = False) -> Outcome:
    followed = _followed(member, cutoff)
    return Outcome(CENSORED, Span(followed, followed), None, before)


def _first(member: Member, endpoint: Endpoint, cutoff: date) -> Span | None:
    if endpoint is Endpoint.PROGRESSION:
        return span(member.progression, member.day0, cutoff)
    if endpoint is Endpoint.MALIGNANCY:
        return span(member.malignancy, member.day0, cutoff)
    return None


def _outcome(first: Span | None, dead: Span | None, endpoint: Endpoint) -> tuple[int, Span | None]:
    if dead is not None and dead.last < 0:
        dead = Span(0, 0)  # stated before the infusion: refused at entry, kept from old data
    if first is not None:
        if dead is not None:  # nobody falls ill after death: found then, it was there before
            first = Span(min(first.first, dead.last), min(first.last, dead.last))
        return HAPPENED, first
    if dead is None:
        return CENSORED, None
    return (COMPETED if endpoint is Endpoint.MALIGNANCY else HAPPENED), dead


def _followed(member: Member, cutoff: date) -> int:
    """Days to the last contact or the cutoff; 0 for a patient never heard of again."""
    last = min(member.last_contact or member.day0, cutoff)
    return max((last - member.day0).days, 0)


def months(days: float) -> float:
    """Months of 30.4375 days; for showing, never for dates."""
    return days / DAYS_A_MONTH
