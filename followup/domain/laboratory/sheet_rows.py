"""The rows of a laboratory's file, each as a line or refused with the cell that is broken.

The product's own rule.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, time

from followup.domain.laboratory.columns import Role
from followup.domain.laboratory.readings import says_nothing
from followup.domain.laboratory.spreadsheets import (
    Sheet,
    SheetCell,
    SheetFault,
    SheetProblem,
    SheetRow,
)

_ROUNDED = re.compile(r"\d(?:\.\d+)?[eE]\+?\d+")


def read_rows(sheet: Sheet, columns: Mapping[Role, int]) -> tuple[list[SheetRow], list[SheetFault]]:
    """Every row below the heading as a line of a laboratory, or refused with its cell."""
    rows: list[SheetRow] = []
    faults: list[SheetFault] = []
    for number, cells in zip(sheet.numbers[1:], sheet.rows[1:], strict=True):
        try:
            rows.append(_row(number, cells, columns))
        except _Broken as broken:
            place = columns.get(broken.role, 0)
            heading = sheet.headings[place] if place < len(sheet.headings) else ""
            faults.append(SheetFault(number, heading, broken.text, broken.problem))
    return rows, faults


class _Broken(Exception):
    def __init__(self, role: Role, cell: SheetCell, problem: SheetProblem) -> None:
        super().__init__(problem)
        self.role, self.text, self.problem = role, cell.text, problem


def _row(number: int, cells: Sequence[SheetCell], columns: Mapping[Role, int]) -> SheetRow:
    empty = SheetCell("")

    def at(role: Role) -> SheetCell:
        place = columns.get(role, -1)
        return cells[place] if 0 <= place < len(cells) else empty

    for role in Role:
        if at(role).formula:
            raise _Broken(role, at(role), SheetProblem.FORMULA)
    on, hour = _moment(at(Role.SPECIMEN))
    return SheetRow(
        number,
        _patient(at(Role.PATIENT)),
        on,
        hour,
        _item(at(Role.ITEM)),
        _value(at(Role.VALUE)),
        at(Role.UNIT).text,
        _range(at(Role.RANGE)) or _limits(at(Role.RANGE_LOW), at(Role.RANGE_HIGH)),
        at(Role.FLAG).text,
        at(Role.SPECIMEN_KIND).text,
        at(Role.PATIENT).number,
    )


def _patient(cell: SheetCell) -> str:
    if not cell.text:
        raise _Broken(Role.PATIENT, cell, SheetProblem.NO_PATIENT)
    long = cell.number and len(re.sub(r"\D", "", cell.text)) > 15
    if long or _ROUNDED.fullmatch(cell.text) or cell.day:
        raise _Broken(Role.PATIENT, cell, SheetProblem.NUMBER_ROUNDED)
    return unicodedata.normalize("NFKC", cell.text).strip()


def _item(cell: SheetCell) -> str:
    if not cell.text:
        raise _Broken(Role.ITEM, cell, SheetProblem.NO_ITEM)
    return cell.text


def _value(cell: SheetCell) -> str:
    if cell.day:
        raise _Broken(Role.VALUE, cell, SheetProblem.VALUE_TURNED_DATE)
    if not cell.text:
        raise _Broken(Role.VALUE, cell, SheetProblem.NO_VALUE)
    if cell.number and len(cell.text.replace(".", "").lstrip("0")) > 12:
        # 0.30000000000000004: arithmetic of the spreadsheet, not a figure of the laboratory.
        raise _Broken(Role.VALUE, cell, SheetProblem.DIGITS_INVENTED)
    return cell.text


def _range(cell: SheetCell) -> str:
    if cell.day or cell.number:
        raise _Broken(Role.RANGE, cell, SheetProblem.RANGE_TURNED_DATE)
    return cell.text


def _limits(low: SheetCell, high: SheetCell) -> str:
    """Limits in columns of their own, as one range; a limit that is none stays open."""
    for role, cell in ((Role.RANGE_LOW, low), (Role.RANGE_HIGH, high)):
        if cell.day:
            raise _Broken(role, cell, SheetProblem.RANGE_TURNED_DATE)
    ends = ["" if says_nothing(cell.text) else cell.text for cell in (low, high)]
    if all(ends):
        return "-".join(ends)
    return f">={ends[0]}" if ends[0] else f"<={ends[1]}" if ends[1] else ""


_DAY = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]+(\d{1,2}):(\d{2})(?::\d{2}(?:\.\d+)?)?)?"
    r"|(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(?:\d{2})?)?"
)


def _moment(cell: SheetCell) -> tuple[date, time | None]:
    """Day and time; midnight of a date cell is a day without a time."""
    if cell.day:
        at = cell.day.time()
        return cell.day.date(), at.replace(second=0) if at != time() else None
    found = None if cell.number else _DAY.fullmatch(cell.text)
    if found is None:
        raise _Broken(Role.SPECIMEN, cell, SheetProblem.NO_DAY)
    parts = [part for part in found.groups() if part is not None]
    try:
        day = date(*map(int, parts[:3]))
        return day, time(int(parts[3]), int(parts[4])) if len(parts) > 3 else None
    except ValueError as error:
        raise _Broken(Role.SPECIMEN, cell, SheetProblem.NO_DAY) from error
