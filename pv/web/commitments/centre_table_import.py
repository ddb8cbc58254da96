"""The table of centres as people paste it from a spreadsheet, and back."""

import csv
import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from followup.core.forms.numbers import fold
from followup.domain.dates import DateError, parse
from pv.actions.commitments import CentreInput

FIXED = 4  # name, planned, opened, closes
LINES, COLUMNS = 2000, 180
_MONTH = re.compile(r"(\d{4})[-/.年]?\s*(\d{1,2})月?")
_MONTH_AND_DAY = re.compile(r"(\d{4})[-/.年]\s*(\d{1,2})[-/.月]\s*0?1日?")
_NAMED_MONTH = re.compile(r"(?:1[- ])?([A-Za-z]{3,9})[- ](\d{4}|\d{2})", re.ASCII)
_DAY_NAMED = re.compile(r"(\d{1,2})[- ]([A-Za-z]{3})[- ](\d{4}|\d{2})", re.ASCII)
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()


class Unreadable(ValueError):
    """The table cannot be taken; every message names its line."""

    def __init__(self, messages: Sequence[str]) -> None:
        super().__init__("; ".join(messages))
        self.messages = list(messages)


def written(centres: Iterable[Any], today: date) -> str:
    """The stored centres as the table, tabs between the cells; months up to the present one."""
    rows = list(centres)
    months = sorted({month for row in rows for month in row.monthly})
    if not months:
        months = [f"{today:%Y-%m}"]
    head = [_("Centre"), _("Planned opening"), _("Opened"), _("Closes"), *months]
    body = [
        [row.name, *map(_day, (row.planned_on, row.opened_on, row.closes_on))]
        + [str(row.monthly.get(month, "")) for month in months]
        for row in rows
    ]
    return "\n".join("\t".join(cells) for cells in [head, *body])


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def read(text: str, today: date) -> list[CentreInput]:
    """The centres of a pasted table whose first line heads the months; Unreadable otherwise.

    An empty cell is a month not reported, never zero.
    """
    table = _cells(text)
    if not table:
        return []
    if len(table) > LINES:
        raise Unreadable([_("There are more than %(n)s lines.") % {"n": LINES}])
    (first, head), *body = table
    months = _months(first, head[FIXED:], today)
    found, problems = [], list[str]()
    for number, cells in body:
        try:
            found.append(_centre(cells, months, today))
        except ValueError as error:
            problems.append(_("Line %(n)s: %(error)s") % {"n": number, "error": error})
    if problems:
        raise Unreadable(problems[:20])
    return found


def _cells(text: str) -> list[tuple[int, list[str]]]:
    """The cells of each line that has any, with the number the line begins at.

    A spreadsheet quotes a cell that holds a line break or the mark between the cells; commas may
    be those of a Chinese keyboard.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff").split("\n")
    between = _mark(next((line for line in lines if line.strip()), ""))
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=between, strict=True)
    table, begins = [], 1
    try:
        for cells in reader:
            clean = [re.sub(r"\s*\n\s*", " ", cell.strip()) for cell in cells]
            if any(clean):
                table.append((begins, clean))
            begins = reader.line_num + 1
    except csv.Error as error:
        text = _("Line %(n)s: a quotation mark is not closed, or is inside a cell.")
        raise Unreadable([text % {"n": begins}]) from error
    return table


def _mark(first: str) -> str:
    """What stands between the cells of the first line: tabs before commas, Chinese ones too."""
    return next((mark for mark in ("\t", ",", "，", ";") if mark in first), "\t")


def _months(number: int, cells: Sequence[str], today: date) -> list[str]:
    """The months of the head; a spreadsheet shows them as 2026-09, Sep-26, 1-Sep-26, 2026/9/1."""
    months = []
    for cell in cells[:COLUMNS]:
        month = _month(str(fold(cell)))
        if month is None:
            text = _("Line %(n)s: “%(cell)s” is no month such as 2026-05.")
            raise Unreadable([text % {"n": number, "cell": cell}])
        if month > f"{today:%Y-%m}":
            text = _("Line %(n)s: the month %(cell)s has not come yet.")
            raise Unreadable([text % {"n": number, "cell": cell}])
        months.append(month)
    if len(set(months)) != len(months):
        raise Unreadable([_("Line %(n)s: a month is there twice.") % {"n": number}])
    return months


def _month(cell: str) -> str | None:
    year, month = 0, 0
    if match := _MONTH.fullmatch(cell) or _MONTH_AND_DAY.fullmatch(cell):
        year, month = int(match[1]), int(match[2])
    elif (match := _NAMED_MONTH.fullmatch(cell)) and match[1][:3].lower() in _MONTHS:
        year = int(match[2]) + (2000 if len(match[2]) == 2 else 0)
        month = _MONTHS.index(match[1][:3].lower()) + 1
    return f"{year}-{month:02d}" if 1 <= month <= 12 else None


def _centre(cells: Sequence[str], months: Sequence[str], today: date) -> CentreInput:
    if not cells[0] or len(cells[0]) > 80:
        raise ValueError(_("enter the name of the centre, at most 80 characters"))
    days = [_read_day(cell, today) for cell in [*cells[1:FIXED], "", "", ""][: FIXED - 1]]
    counts = cells[FIXED:]
    if len(counts) > len(months) and any(counts[len(months) :]):
        raise ValueError(_("there are more numbers than months in the first line"))
    monthly = {month: _count(cell) for month, cell in zip(months, counts, strict=False) if cell}
    planned_on, opened_on, closes_on = days
    for month, count in monthly.items():
        if count and opened_on and month < f"{opened_on:%Y-%m}":
            values = {"month": month, "day": opened_on}
            raise ValueError(_("%(month)s lies before the opening on %(day)s") % values)
    return CentreInput(cells[0], planned_on, opened_on, closes_on, monthly)


def _read_day(cell: str, today: date) -> date | None:
    if not cell:
        return None
    match = _DAY_NAMED.fullmatch(cell)
    if match and match[2].lower() in _MONTHS:
        year = int(match[3]) + (2000 if len(match[3]) == 2 else 0)
        cell = f"{year}-{_MONTHS.index(match[2].lower()) + 1:02d}-{int(match[1]):02d}"
    try:
        day = parse(cell, today).exact
    except DateError as error:
        raise ValueError(_("“%(cell)s” is no date") % {"cell": cell}) from error
    if day is None:
        raise ValueError(_("“%(cell)s” has no day") % {"cell": cell})
    return day


def _count(cell: str) -> int:
    # A spreadsheet writes 3 as 3.0 and 1200 as 1,200.
    match = re.fullmatch(r"(\d{1,5}|\d{1,2},\d{3})(?:\.0+)?", str(fold(cell)), re.ASCII)
    if not match:
        raise ValueError(_("“%(cell)s” is no count") % {"cell": cell})
    return int(match[1].replace(",", ""))
