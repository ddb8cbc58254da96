"""Files of laboratories: bytes to rows of cells, the roles of columns, what a spreadsheet broke.

The product's own rule.
"""

import csv
import io
import re
import zipfile
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from followup.domain import archives
from followup.lazy_modules import lazy

if TYPE_CHECKING:
    import openpyxl
else:
    openpyxl = lazy("openpyxl")

MOST_ROWS, MOST_COLUMNS = 20_000, 100


class SheetProblem(StrEnum):
    """Why a file, or a row of it, is refused; what a spreadsheet destroyed is never repaired."""

    NOT_READABLE = "not_readable"
    TOO_LARGE = "too_large"
    EMPTY = "empty"
    NUMBER_ROUNDED = "number_rounded"
    ZEROS_LOST = "zeros_lost"
    VALUE_TURNED_DATE = "value_turned_date"
    RANGE_TURNED_DATE = "range_turned_date"
    FORMULA = "formula"
    DIGITS_INVENTED = "digits_invented"
    NO_PATIENT = "no_patient"
    NO_DAY = "no_day"
    NO_ITEM = "no_item"
    NO_VALUE = "no_value"


@dataclass(frozen=True, slots=True)
class SheetCell:
    """One cell as text; `number` when the spreadsheet held a number, `day` when it held a date."""

    text: str
    number: bool = False
    day: datetime | None = None
    formula: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file's rows, the heading first; `charset` is what a text file was decoded with."""

    rows: tuple[tuple[SheetCell, ...], ...]
    charset: str
    numbers: tuple[int, ...]  # of each row in the file, where an empty row counts too

    @property
    def headings(self) -> list[str]:
        """The first row."""
        return [cell.text.strip() for cell in self.rows[0]]


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One line of a laboratory with where it stood; times only where the file gives them.

    `numeric` when the number of the patient was a number of a spreadsheet, which keeps no zeros.
    """

    number: int
    patient: str
    on: date
    at: time | None
    item: str
    value: str
    unit: str
    range_text: str
    flag: str
    specimen_kind: str = ""
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class SheetFault:
    """A row that is refused: its number, the cell, its text, the reason."""

    number: int
    heading: str
    text: str
    problem: SheetProblem


def read_sheet(content: bytes, *, least: int = 1) -> Sheet:
    """Rows of a CSV or xlsx file, `least` below the headings; else ValueError of a SheetProblem."""
    if content[:4] == b"PK\x03\x04":
        sheet = _workbook(content)
    else:
        text, charset = decode(content)
        rows, numbers = _lines(text)
        sheet = Sheet(rows, charset, numbers)
    if len(sheet.rows) < 1 + least:
        raise ValueError(SheetProblem.EMPTY)
    return sheet


def decode(content: bytes) -> tuple[str, str]:
    """Text and charset: a byte-order mark decides, else strict UTF-8, else GB 18030.

    Nothing is guessed from frequencies: a detector takes a short Chinese file for UTF-16 or
    Korean. ValueError for bytes that are neither.
    """
    for mark, charset in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16")):
        if content.startswith(mark):
            return _decoded(content, charset), charset
    if content.startswith(b"\xfe\xff"):
        return _decoded(content, "utf-16"), "utf-16"
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return _decoded(content, "gb18030"), "gb18030"


def _decoded(content: bytes, charset: str) -> str:
    try:
        return content.decode(charset)
    except UnicodeDecodeError as error:
        raise ValueError(SheetProblem.NOT_READABLE) from error


def _lines(text: str) -> tuple[tuple[tuple[SheetCell, ...], ...], tuple[int, ...]]:
    if "\0" in text:
        raise ValueError(SheetProblem.NOT_READABLE)
    head = text.split("\n", 1)[0]
    mark = max(",;\t|，", key=head.count)
    if mark == "，":
        text, mark = text.replace("，", ","), ","
    rows, numbers = [], []
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
        for number, row in enumerate(reader, 1):
            if any(part.strip() for part in row):
                rows.append(tuple(SheetCell(part.strip()) for part in row))
                numbers.append(number)
            if len(rows) > MOST_ROWS or len(row) > MOST_COLUMNS:
                raise ValueError(SheetProblem.TOO_LARGE)
    except csv.Error as error:
        raise ValueError(SheetProblem.NOT_READABLE) from error
    return tuple(rows), tuple(numbers)


def _workbook(content: bytes) -> Sheet:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            archives.check(archive, archives.WORKBOOK)
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=False)
        sheet: Any = book.worksheets[0]
        sheet.reset_dimensions()
        rows, numbers = [], []
        for number, row in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS + 1), 1):
            cells = tuple(_cell(cell) for cell in row)
            if any(cell.text for cell in cells):
                rows.append(cells)
                numbers.append(number)
            if len(rows) > MOST_ROWS or any(cell.text for cell in cells[MOST_COLUMNS:]):
                raise ValueError(SheetProblem.TOO_LARGE)
    except archives.ArchiveTooLarge as error:
        raise ValueError(SheetProblem.TOO_LARGE) from error
    except ValueError as error:
        if error.args and isinstance(error.args[0], SheetProblem):
            raise
        raise ValueError(SheetProblem.NOT_READABLE) from error
    except Exception as error:  # a zip that is no workbook fails in many ways
        raise ValueError(SheetProblem.NOT_READABLE) from error
    held = [place for row in rows for place, cell in enumerate(row, 1) if cell.text]
    width = max(held, default=0)  # rows are read to the widest a file may be
    return Sheet(tuple(row[:width] for row in rows), "xlsx", tuple(numbers))


def _cell(cell: Any) -> SheetCell:
    value = cell.value
    if value is None:
        return SheetCell("")
    if isinstance(value, datetime):
        return SheetCell(value.isoformat(sep=" "), day=value)
    if isinstance(value, date):
        return SheetCell(value.isoformat(), day=datetime.combine(value, time()))
    if isinstance(value, bool) or not isinstance(value, int | float):
        text = str(value).strip()
        return SheetCell(text, formula=cell.data_type == "f")
    return SheetCell(_written(value, str(cell.number_format or "")), number=True)


def _written(value: int | float, form: str) -> str:
    """A number as the sheet shows it where its format only fixes decimals; else in full."""
    exact = Decimal(repr(value))
    if found := re.fullmatch(r"0(?:\.(0+))?(?:_ )?", form):
        places = len(found[1] or "")
        shown = exact.quantize(Decimal(1).scaleb(-places))
        if shown == exact:
            return f"{shown:f}"
    return f"{exact:f}"
