"""The table of centres as people paste it from a spreadsheet, and back."""

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
    lines = [line for line in text.replace("\r\n", "\n").split("\n") if line.strip()]
    if not lines:
        return []
    if len(lines) > LINES:
        raise Unreadable([_("There are more than %(n)s lines.") % {"n": LINES}])
    between = "\t" if "\t" in lines[0] else ","
    table = [[cell.strip() for cell in line.split(between)] for line in lines]
    months = _months(table[0][FIXED:])
    found, problems = [], list[str]()
    for number, cells in enumerate(table[1:], start=2):
        try:
            found.append(_centre(cells, months, today))
        except ValueError as error:
            problems.append(_("Line %(n)s: %(error)s") % {"n": number, "error": error})
    if problems:
        raise Unreadable(problems[:20])
    return found


def _months(cells: Sequence[str]) -> list[str]:
    months = []
    for cell in cells[:COLUMNS]:
        match = _MONTH.fullmatch(str(fold(cell)))
        if not match or not 1 <= int(match[2]) <= 12:
            raise Unreadable([_("“%(cell)s” is no month such as 2026-05.") % {"cell": cell}])
        months.append(f"{match[1]}-{int(match[2]):02d}")
    if len(set(months)) != len(months):
        raise Unreadable([_("A month is there twice.")])
    return months


def _centre(cells: Sequence[str], months: Sequence[str], today: date) -> CentreInput:
    if not cells[0] or len(cells[0]) > 80:
        raise ValueError(_("enter the name of the centre, at most 80 characters"))
    days = [_read_day(cell, today) for cell in [*cells[1:FIXED], "", "", ""][: FIXED - 1]]
    counts = cells[FIXED:]
    if len(counts) > len(months) and any(counts[len(months) :]):
        raise ValueError(_("there are more numbers than months in the first line"))
    monthly = {month: _count(cell) for month, cell in zip(months, counts, strict=False) if cell}
    planned_on, opened_on, closes_on = days
    return CentreInput(cells[0], planned_on, opened_on, closes_on, monthly)


def _read_day(cell: str, today: date) -> date | None:
    if not cell:
        return None
    try:
        day = parse(cell, today).exact
    except DateError as error:
        raise ValueError(_("“%(cell)s” is no date") % {"cell": cell}) from error
    if day is None:
        raise ValueError(_("“%(cell)s” has no day") % {"cell": cell})
    return day


def _count(cell: str) -> int:
    digits = str(fold(cell))
    if not re.fullmatch(r"\d{1,5}", digits, re.ASCII):
        raise ValueError(_("“%(cell)s” is no count") % {"cell": cell})
    return int(digits)
