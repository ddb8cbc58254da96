"""The inspection pack as one document and one workbook: the same tables in the same order."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from followup.core.pdf.report import Column, Report
from followup.core.spreadsheets.workbooks import Book
from pv.adapters.periodic import note_replaced

NARROWEST, WIDEST = 12.0, 32.0  # Latin letters
SHEET_NAME = 24  # characters, so that a number fits before the title


@dataclass(frozen=True, slots=True)
class Annex:
    """A table with its heading; `left_out` where the reader's role does not read it."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    left_out: bool = False


@dataclass(frozen=True, slots=True)
class About:
    """What the pack rests on: facts for its first page, language, moment and seal of its lock."""

    title: str
    facts: Sequence[tuple[str, str]]
    language: str
    at: datetime
    seal: str


def pdf(target: Path, about: About, annexes: Sequence[Annex]) -> None:
    """Cover with facts and contents, then every annex."""
    report = Report(
        title=about.title,
        language=about.language,
        running=about.title,
        foot=_("Seal of the audit trail") + f" {about.seal}",
    )
    report.facts(about.facts)
    names = [f"{number}. {annex.title}" for number, annex in enumerate(annexes, 1)]
    report.contents(_("Contents"), [(name, 1) for name in names])
    report.page_break()
    for name, annex in zip(names, annexes, strict=True):
        report.heading(name)
        report.reached()
        if annex.left_out:
            report.paragraph(left_out())
        elif not report.table(_columns(annex), annex.rows):
            report.paragraph(_("None."))
    note_replaced(report)
    target.write_bytes(report.pdf())


def _columns(annex: Annex) -> list[Column]:
    """Columns as wide against each other as their longest texts, within bounds."""
    lines = (annex.columns, *annex.rows)
    longest = [max(_width(line[place]) for line in lines) for place in range(len(annex.columns))]
    return [
        Column(text, min(max(width, NARROWEST), WIDEST))
        for text, width in zip(annex.columns, longest, strict=True)
    ]


def _width(text: str) -> float:
    """How wide a text is printed, in Latin letters: a Chinese sign takes two."""
    return float(sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text))


def workbook(target: Path, about: About, annexes: Sequence[Annex]) -> None:
    """What it rests on, then a sheet for each annex."""
    with Book(target, title=about.title, made_at=about.at) as book:
        headings = (pgettext("sheet", "Item"), pgettext("sheet", "Value"))
        book.sheet(pgettext("sheet", "About"), headings, about.facts, widths=(40, 70))
        for number, annex in enumerate(annexes, 1):
            name = f"{number}. {annex.title[:SHEET_NAME]}"
            if annex.left_out:
                book.sheet(name, (annex.title,), [(left_out(),)], widths=(70,))
            else:
                book.sheet(name, annex.columns, annex.rows, widths=[24] * len(annex.columns))


def left_out() -> str:
    """What stands where an annex could not be read."""
    return _("Left out: the role of the person who made this file does not read it.")
