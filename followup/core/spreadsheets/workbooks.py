"""Spreadsheets in constant memory, in which no text can become a formula."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import TYPE_CHECKING, Self

from followup.lazy_modules import lazy

if TYPE_CHECKING:
    import xlsxwriter
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet
else:
    xlsxwriter = lazy("xlsxwriter")  # 9 MB, for the few processes that write a spreadsheet

Cell = str | int | float | None
# Signs the name of a sheet cannot hold.
_SHEET_NAME = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
LONGEST = 32_000  # a cell of the format holds 32,767 characters
CUT = " […]"
# Characters XML 1.0 has no place for, shown as a replacement sign.
_CONTROL = {code: "\ufffd" for code in range(32) if chr(code) not in "\t\n\r"}


class Book:
    """A workbook written row by row; `with Book(path, made_at) as book:`."""

    def __init__(self, path: Path, *, title: str, made_at: datetime) -> None:
        self._book = xlsxwriter.Workbook(
            str(path),
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "tmpdir": str(path.parent),
            },
        )
        created = made_at.replace(tzinfo=None, microsecond=0)
        self._book.set_properties({"title": title, "created": created})
        # Marked as text: editing such a cell does not turn "=1+1" into a formula either.
        self._text = self._book.add_format(
            {"quote_prefix": True, "text_wrap": True, "valign": "top"}
        )
        self._figure = self._book.add_format({"valign": "top"})
        self._head = self._book.add_format(
            {"quote_prefix": True, "bold": True, "text_wrap": True, "bg_color": "#EEEEEE"}
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._book.close()

    def sheet(
        self,
        name: str,
        header: Sequence[str],
        rows: Iterable[Sequence[Cell]],
        *,
        widths: Sequence[int] = (),
    ) -> int:
        """One sheet with a frozen, bold head; the number of rows. Widths are in characters."""
        sheet = self._book.add_worksheet(name.translate(_SHEET_NAME)[:31])
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        sheet.freeze_panes(1, 0)
        self._row(sheet, 0, header, self._head)
        count = 0
        for count, row in enumerate(rows, 1):
            self._row(sheet, count, row, self._text)
        if count and header:
            sheet.autofilter(0, 0, count, len(header) - 1)
        return count

    def _row(self, sheet: "Worksheet", number: int, row: Sequence[Cell], form: "Format") -> None:
        for column, value in enumerate(row):
            if value is None or value == "":
                continue  # an empty cell, not a zero
            if isinstance(value, str):
                sheet.write_string(number, column, shown(value), form)
            else:
                sheet.write_number(number, column, value, self._figure)


def shown(text: str) -> str:
    """The text a cell can hold: no control characters, cut visibly where it is too long."""
    clean = text.translate(_CONTROL)
    return clean if len(clean) <= LONGEST else clean[: LONGEST - len(CUT)] + CUT


def single(
    title: str, header: Sequence[str], rows: Iterable[Sequence[Cell]], *, made_at: datetime
) -> bytes:
    """A workbook of one sheet as bytes, for tables of some thousand rows."""
    return several(title, [(title, header, rows)], made_at=made_at)


def several(
    title: str,
    sheets: Iterable[tuple[str, Sequence[str], Iterable[Sequence[Cell]]]],
    *,
    made_at: datetime,
) -> bytes:
    """A workbook of sheets, each with its name, head and rows, as bytes."""
    with TemporaryDirectory(prefix="workbook-") as folder:
        path = Path(folder) / "table.xlsx"
        with Book(path, title=title, made_at=made_at) as book:
            for name, header, rows in sheets:
                book.sheet(name, header, rows)
        return path.read_bytes()
