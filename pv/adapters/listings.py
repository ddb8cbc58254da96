"""A line listing as workbook, CSV and PDF: the same rows in the same order."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from followup.core import clock
from followup.core.pdf import Column, Report
from followup.core.spreadsheets import csv_export
from followup.core.spreadsheets.workbooks import Book
from pv.adapters.periodic import line_columns, line_shares, note_replaced

Groups = Sequence[tuple[str, Sequence[Sequence[str]]]]


@dataclass(frozen=True, slots=True)
class About:
    """What a listing rests on."""

    product: str
    start: date
    end: date
    at: datetime
    lock: str
    seal: str
    language: str

    def facts(self, count: int) -> list[tuple[str, str]]:
        """Label and value, in the active language."""
        return [
            (_("Product"), self.product),
            (_("Period (both days included)"), f"{self.start} – {self.end}"),
            (_("Data lock"), self.lock or _("None")),
            (_("Data as of"), clock.printed(self.at)),
            (_("Seal of the audit trail"), self.seal),
            (_("Cases"), str(count)),
        ]


def _flat(groups: Groups) -> Iterator[list[str]]:
    """Every row, with its group in front where there is one."""
    named = any(value for value, _rows in groups)
    for value, rows in groups:
        for row in rows:
            yield [value, *row] if named else list(row)


def _headings(columns: Sequence[str], groups: Groups) -> list[str]:
    words = line_columns()
    first = [pgettext("listing", "Group")] if any(value for value, _rows in groups) else []
    return [*first, *(words[name] for name in columns)]


def _count(groups: Groups) -> int:
    return sum(len(rows) for _value, rows in groups)


def _xlsx(path: Path, about: About, columns: Sequence[str], groups: Groups) -> None:
    with Book(path, title=_("Line listing"), made_at=about.at) as book:
        headings = (pgettext("sheet", "Item"), pgettext("sheet", "Value"))
        book.sheet(
            pgettext("sheet", "About"), headings, about.facts(_count(groups)), widths=(40, 70)
        )
        names = _headings(columns, groups)
        widths = [20] * len(names)
        book.sheet(pgettext("sheet", "Listing"), names, _flat(groups), widths=widths)


def _csv(path: Path, about: About, columns: Sequence[str], groups: Groups) -> None:
    csv_export.write(path, _headings(columns, groups), _flat(groups))


def _pdf(path: Path, about: About, columns: Sequence[str], groups: Groups) -> None:
    report = Report(
        title=_("Line listing"),
        language=about.language,
        running=f"{about.product} · {about.start} – {about.end}",
        foot=_("Seal of the audit trail") + f" {about.seal}",
    )
    report.facts(about.facts(_count(groups)))
    words, shares = line_columns(), line_shares()
    for value, rows in groups:
        if value:
            report.heading(value)
        report.table([Column(words[name], shares[name]) for name in columns], rows)
    note_replaced(report)
    path.write_bytes(report.pdf())


Writer = Callable[[Path, About, Sequence[str], Groups], None]
WRITERS: dict[str, Writer] = {"xlsx": _xlsx, "csv": _csv, "pdf": _pdf}
