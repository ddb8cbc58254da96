"""Expectedness: which label counts for whom, and whether it names an event.

Source: ICH E2D(R1) 2.5 and E2A II.C (unexpected: nature, severity or outcome not in the label; a
death is unexpected unless the label names it); NMPA's exchange practice for G.k.9.i.CN.1 (the label
of China for a domestic case, those of all countries for a foreign one).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

ALL_COUNTRIES = "ALL"
_FATAL_WORDS = frozenset({"fatal", "致死", "致命", "死亡"})


class LabelKind(StrEnum):
    """A country's label, the company's core safety information, a trial's reference information."""

    LABEL = "LABEL"
    CCSI = "CCSI"
    RSI = "RSI"


class Why(StrEnum):
    """Why an event is expected, unexpected or undecided."""

    LISTED = "listed"
    NOT_LISTED = "not_listed"
    FATAL_NOT_STATED = "fatal_not_stated"
    NO_LABEL = "no_label"  # in force on the day
    LABELS_DIFFER = "labels_differ"  # two labels lie within the uncertainty of the day
    NOT_CODED = "not_coded"
    NOT_LOADED = "not_loaded"  # the dictionary version of the event
    NO_COUNTRY = "no_country"
    NO_BASIS = "no_basis"  # no rule says which label this receiver asks for


@dataclass(frozen=True, slots=True)
class ListedTerm:
    """A term of a label: its code with that of its preferred term; `fatal`: death is named."""

    codes: frozenset[int]
    name: str
    fatal: bool


@dataclass(frozen=True, slots=True)
class LabelText:
    """One version of a label in force from a day on, until the next one of its kind and country."""

    key: str
    kind: LabelKind
    country: str
    number: str
    valid_from: date
    terms: tuple[ListedTerm, ...]


@dataclass(frozen=True, slots=True)
class Basis:
    """Which labels a receiver asks for; `countries` is one, several, or all there are."""

    kind: LabelKind
    home: str
    domestic: tuple[str, ...]
    foreign: tuple[str, ...]
    citation: str


@dataclass(frozen=True, slots=True)
class LabelEvent:
    """An event to be compared. `codes` are its code and its preferred term.

    `resolved`: its preferred term is known. The day lies within `first` and `last`; no first day:
    nobody said when it began.
    """

    codes: frozenset[int]
    resolved: bool
    fatal: bool
    country: str
    first: date | None
    last: date


@dataclass(frozen=True, slots=True)
class LabelAnswer:
    """What one label says; `unexpected` is None where it cannot be said."""

    kind: LabelKind
    country: str
    number: str
    valid_from: date | None
    unexpected: bool | None
    why: Why
    term: str = ""


@dataclass(frozen=True, slots=True)
class Expectedness:
    """The answer for one receiver with what each label said."""

    unexpected: bool | None
    why: Why | None
    answers: tuple[LabelAnswer, ...] = ()


def read_bases(data: Mapping[str, Any]) -> dict[str, Basis]:
    """The rule of each receiver in a loaded `labels.json`."""
    return {
        row["receiver"]: Basis(
            LabelKind(row["kind"]),
            row["home"],
            tuple(row["domestic"]),
            tuple(row["foreign"]),
            row["citation"],
        )
        for row in data["receivers"]
    }


def asks_for(basis: Basis, label: LabelText, country: str) -> bool:
    """Whether a receiver asks for this label where the event occurred in `country`."""
    if label.kind is not basis.kind:
        return False
    countries = basis.domestic if country == basis.home else basis.foreign
    return label.country in countries or ALL_COUNTRIES in countries


def in_force(
    labels: Iterable[LabelText], kind: LabelKind, country: str, first: date | None, last: date
) -> tuple[list[LabelText], bool]:
    """The versions in force on any day of an interval, and whether some day has none."""
    rows = sorted(
        (row for row in labels if row.kind is kind and row.country == country),
        key=lambda row: row.valid_from,
    )
    before = [row for row in rows if first is not None and row.valid_from <= first]
    during = [r for r in rows if (first is None or r.valid_from > first) and r.valid_from <= last]
    return [*before[-1:], *during], not before


def listing(event: LabelEvent, label: LabelText) -> LabelAnswer:
    """Whether one version names the event, and its death where it was fatal."""
    found = [term for term in label.terms if term.codes & event.codes]
    if not found and not event.resolved:
        unexpected, why, term = None, Why.NOT_LOADED, ""
    elif not found:
        unexpected, why, term = True, Why.NOT_LISTED, ""
    else:
        best = next((term for term in found if term.fatal), found[0])
        stated = best.fatal or not event.fatal
        unexpected, term = not stated, best.name
        why = Why.LISTED if stated else Why.FATAL_NOT_STATED
    return LabelAnswer(
        label.kind, label.country, label.number, label.valid_from, unexpected, why, term
    )


def _of_country(
    event: LabelEvent, labels: Sequence[LabelText], kind: LabelKind, country: str
) -> LabelAnswer:
    rows, gap = in_force(labels, kind, country, event.first, event.last)
    if not rows or (gap and event.first is not None):
        return LabelAnswer(kind, country, "", None, None, Why.NO_LABEL)
    answers = [listing(event, row) for row in rows]
    if len({answer.unexpected for answer in answers}) > 1:
        return LabelAnswer(
            kind, country, answers[-1].number, answers[-1].valid_from, None, Why.LABELS_DIFFER
        )
    return answers[-1]


def expectedness(
    event: LabelEvent, labels: Sequence[LabelText], basis: Basis | None
) -> Expectedness:
    """Unexpected when any label that counts does not name it; expected when every one does.

    Undecided while a label that counts says nothing and none says unexpected.
    """
    if basis is None:
        return Expectedness(None, Why.NO_BASIS)
    if not event.codes:
        return Expectedness(None, Why.NOT_CODED)
    if basis.domestic != basis.foreign and not event.country:
        return Expectedness(None, Why.NO_COUNTRY)
    countries = basis.domestic if event.country == basis.home else basis.foreign
    if ALL_COUNTRIES in countries:
        countries = tuple(sorted({row.country for row in labels if row.kind is basis.kind}))
    answers = tuple(_of_country(event, labels, basis.kind, country) for country in countries)
    if not answers:
        return Expectedness(None, Why.NO_LABEL)
    unexpected = _together([answer.unexpected for answer in answers])
    deciding = next(answer for answer in answers if answer.unexpected is unexpected)
    return Expectedness(unexpected, deciding.why, answers)


def _together(answers: Sequence[bool | None]) -> bool | None:
    if True in answers:
        return True
    return None if None in answers else False


class LineProblem(StrEnum):
    """Why a line of typed terms is not taken."""

    EMPTY = "empty"
    UNKNOWN = "unknown"
    TWICE = "twice"


@dataclass(frozen=True, slots=True)
class TypedTerm:
    """One typed line: a code or a name, the label's own words, whether it names death."""

    line: int
    text: str
    words: str
    fatal: bool

    @property
    def code(self) -> int | None:
        """The eight digits of the code, where a code was typed; None where a name was."""
        plain = self.text.isascii() and self.text.isdigit() and len(self.text) == 8
        return int(self.text) if plain else None


def typed_terms(text: str) -> Iterator[TypedTerm]:
    """The lines of "code or name; words of the label; fatal", the last two as one likes."""
    for number, line in enumerate(text.splitlines(), 1):
        cells = [cell.strip() for cell in line.replace("；", ";").replace("\t", ";").split(";")]
        cells = [cell for cell in cells if cell]
        if not cells:
            continue
        fatal = len(cells) > 1 and cells[-1].casefold() in _FATAL_WORDS
        words = cells[1:-1] if fatal else cells[1:]
        yield TypedTerm(number, cells[0], "; ".join(words), fatal)


def changed_codes(old: Iterable[ListedTerm], new: Iterable[ListedTerm]) -> frozenset[int]:
    """Codes whose place in the label changed: added, removed, or death now named or no more."""
    mine = {(code, term.fatal) for term in old for code in term.codes}
    theirs = {(code, term.fatal) for term in new for code in term.codes}
    return frozenset(code for code, _fatal in mine ^ theirs)
