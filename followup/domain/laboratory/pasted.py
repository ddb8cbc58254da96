"""A table pasted from a spreadsheet: measures by days; bad cells named, the rest kept.

The product's own rule.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from itertools import zip_longest
from typing import TypeAlias

from followup.domain.dates import DateError, parse
from followup.domain.laboratory.measures import LaboratoryRules, Measure, folded_name
from followup.domain.laboratory.readings import says_nothing

MOST_ROWS, MOST_COLUMNS = 400, 60
UNIT = frozenset(map(folded_name, ("unit", "units", "单位")))
RANGE = frozenset(map(folded_name, ("range", "reference range", "参考范围", "参考值", "参考区间")))


Rows: TypeAlias = Sequence[tuple[int, list[str]]]  # cells with the number of their row


class PasteProblem(StrEnum):
    """Why a cell, a row or the whole table cannot be read."""

    NO_DAYS = "no_days"
    TOO_LARGE = "too_large"
    UNKNOWN_MEASURE = "unknown_measure"
    MEASURE_TWICE = "measure_twice"
    DAY_UNREADABLE = "day_unreadable"
    DAY_IN_FUTURE = "day_in_future"
    DAY_TWICE = "day_twice"


@dataclass(frozen=True, slots=True)
class PastedCell:
    """One value with where it stood; rows and columns count from 1 as a spreadsheet shows them."""

    row: int
    column: int
    measure: Measure
    on: date
    text: str
    unit: str
    range_text: str


@dataclass(frozen=True, slots=True)
class PastedFault:
    """A cell that cannot be read; column 0 is a whole row."""

    row: int
    column: int
    text: str
    problem: PasteProblem


@dataclass(frozen=True, slots=True)
class Pasted:
    """What a pasted table holds; cells without a value are in neither."""

    cells: tuple[PastedCell, ...]
    faults: tuple[PastedFault, ...]


def split_table(text: str) -> list[tuple[int, list[str]]]:
    """Numbered rows and cells of a pasted text; a cell in quotes may hold tabs and line ends.

    The number is the row the spreadsheet shows: an empty row is left out and counts all the same.
    """
    rows: list[list[str]] = [[]]
    cell: list[str] = []
    quoted = False
    place = 0
    while place < len(text):
        sign = text[place]
        if quoted:
            if sign == '"' and text[place + 1 : place + 2] == '"':
                cell.append('"')
                place += 1
            elif sign == '"':
                quoted = False
            else:
                cell.append(sign)
        elif sign == '"' and not cell:
            quoted = True
        elif sign == "\t":
            rows[-1].append("".join(cell))
            cell = []
        elif sign in "\r\n":
            rows[-1].append("".join(cell))
            cell = []
            rows.append([])
            place += text[place : place + 2] == "\r\n"
        else:
            cell.append(sign)
        place += 1
    rows[-1].append("".join(cell))
    numbered = enumerate(rows, 1)
    return [(number, row) for number, row in numbered if any(part.strip() for part in row)]


def read_pasted(rules: LaboratoryRules, text: str, today: date) -> Pasted:
    """Read a pasted table: days in the first row and measures in the first column, or turned.

    What is called unit and range is read as such. A day that cannot be read takes its column (or
    row) with it, a measure not known its row; everything else stays.
    """
    rows = split_table(text)
    if len(rows) > MOST_ROWS or any(len(row) > MOST_COLUMNS for _, row in rows):
        return Pasted((), (PastedFault(1, 0, "", PasteProblem.TOO_LARGE),))
    if not _days_go_down(rows, today):
        return _read(rules, rows, today)
    places = [number for number, _ in rows]
    found = _read(rules, _turned(rows), today)
    return Pasted(
        tuple(replace(c, row=places[c.column - 1], column=c.row) for c in found.cells),
        tuple(
            replace(f, row=places[f.column - 1], column=f.row) if f.column else f
            for f in found.faults
        ),
    )


def _days_go_down(rows: Rows, today: date) -> bool:
    """Whether the days are in the first column, as an export with a row a day has them."""
    if any(_read_day(text, today) for text in rows[0][1][1:]) if rows else True:
        return False
    return any(_read_day(row[0], today) for _, row in rows[1:])


def _turned(rows: Rows) -> list[tuple[int, list[str]]]:
    """Columns as rows; a column without any text is left out and counts all the same."""
    columns = zip_longest(*(row for _, row in rows), fillvalue="")
    numbered = enumerate((list(column) for column in columns), 1)
    return [(number, column) for number, column in numbered if any(t.strip() for t in column)]


def _read(rules: LaboratoryRules, rows: Rows, today: date) -> Pasted:
    if len(rows) < 2:
        return Pasted((), (PastedFault(1, 0, "", PasteProblem.NO_DAYS),))
    heading, first = rows[0]
    head, faults = _Head(heading, first, today), list[PastedFault]()
    faults += head.faults
    if not head.days:
        return Pasted((), (*faults, PastedFault(heading, 0, "", PasteProblem.NO_DAYS)))
    faults += head.nameless([row for _, row in rows[1:]])
    cells: list[PastedCell] = []
    seen: set[str] = set()
    for number, row in rows[1:]:
        measure = rules.named(row[0])
        if measure is None or measure.code in seen:
            twice = measure is not None
            problem = PasteProblem.MEASURE_TWICE if twice else PasteProblem.UNKNOWN_MEASURE
            faults.append(PastedFault(number, 1, row[0].strip(), problem))
            continue
        seen.add(measure.code)
        cells += head.cells(number, row, measure)
    return Pasted(tuple(cells), tuple(faults))


class _Head:
    """The first row: which column is a day, the unit, the range."""

    def __init__(self, number: int, row: Sequence[str], today: date) -> None:
        self._number = number
        self.days: dict[int, date] = {}
        self.faults: list[PastedFault] = []
        self._unit = self._range = -1
        self._named = {0}
        for column, text in enumerate(row[1:], 1):
            name = folded_name(text)
            if name:
                self._named.add(column)
            if name in UNIT:
                self._unit = column
            elif name in RANGE:
                self._range = column
            elif name:
                self._day(column, text, today)

    def _day(self, column: int, text: str, today: date) -> None:
        problem = None
        day = _read_day(text, today)
        if day is None:
            problem = PasteProblem.DAY_UNREADABLE
        elif day > today:
            problem = PasteProblem.DAY_IN_FUTURE
        elif day in self.days.values():
            problem = PasteProblem.DAY_TWICE
        if problem:
            self.faults.append(PastedFault(self._number, column + 1, text.strip(), problem))
        elif day is not None:
            self.days[column] = day

    def nameless(self, rows: Sequence[Sequence[str]]) -> list[PastedFault]:
        """Columns with values and no heading, as merged cells leave them: nobody knows the day."""
        held = {
            column
            for row in rows
            for column, text in enumerate(row)
            if column not in self._named and not says_nothing(text)
        }
        problem = PasteProblem.DAY_UNREADABLE
        return [PastedFault(self._number, column + 1, "", problem) for column in sorted(held)]

    def cells(self, number: int, row: Sequence[str], measure: Measure) -> list[PastedCell]:
        def at(column: int) -> str:
            return row[column].strip() if 0 <= column < len(row) else ""

        return [
            PastedCell(
                number, column + 1, measure, day, at(column), at(self._unit), at(self._range)
            )
            for column, day in self.days.items()
            if not says_nothing(at(column))
        ]


def _read_day(text: str, today: date) -> date | None:
    """The day a heading names; a spreadsheet's midnight behind it is left out."""
    plain = re.sub(r"[ T]0?0:00(?::00)?$", "", text.strip())
    try:
        return parse(plain, today).exact
    except DateError:
        return None
