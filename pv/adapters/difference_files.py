"""The comparison of a report at two locks as a workbook: figures, and the cases behind them."""

import io
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from followup.core.spreadsheets.workbooks import Book, Cell


def workbook(
    *,
    about: Sequence[tuple[str, str]],
    figures: Sequence[Sequence[Cell]],
    cases: Sequence[Sequence[Cell]],
    made_at: datetime,
) -> bytes:
    """Three sheets: what is compared, every figure, every case that counts otherwise."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "comparison.xlsx"
        with Book(path, title=_("Comparison of two locks"), made_at=made_at) as book:
            headings = (pgettext("sheet", "Item"), pgettext("sheet", "Value"))
            book.sheet(pgettext("sheet", "About"), headings, about, widths=(40, 70))
            name = pgettext("column", "Figure")
            when = pgettext("column", "Counts")
            first, second = pgettext("locks", "First"), pgettext("locks", "Second")
            changed = pgettext("locks", "Difference")
            sheet = pgettext("sheet", "Figures")
            book.sheet(
                sheet, [name, when, first, second, changed], figures, widths=(50, 14, 10, 10, 12)
            )
            columns = [name, when, pgettext("column", "Case"), pgettext("locks", "Why")]
            columns += [
                pgettext("locks", "First version"),
                pgettext("locks", "Second version"),
                changed,
            ]
            sheet = pgettext("sheet", "Cases behind them")
            book.sheet(sheet, columns, cases, widths=(50, 14, 14, 34, 12, 12, 12))
        return io.BytesIO(path.read_bytes()).getvalue()
