"""Figures as a PDF and as a workbook, with what they rest on."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from followup.core import clock
from followup.core.pdf import Column, Report
from followup.core.spreadsheets.workbooks import Book, Cell
from pv.adapters.charts.statements import Figure, Table

UPRIGHT = 0.75  # height by width of a picture that a portrait page holds better
FIGURE = re.compile(r"-?\d+(\.\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Basis:
    """What figures rest on: their title, facts as label and value, and when it was."""

    title: str
    facts: Sequence[tuple[str, str]]
    language: str
    running: str
    at: datetime
    seal: str


def pdf(figures: Sequence[Figure], basis: Basis) -> bytes:
    """The figures one after the other, each with its picture, tables and conventions."""
    at = clock.printed(basis.at)
    pictures = [figure.picture for figure in figures if figure.picture]
    report = Report(
        title=basis.title,
        language=basis.language,
        running=basis.running,
        foot=_("Data as of %(at)s · seal %(seal)s") % {"at": at, "seal": basis.seal},
        landscape=not any(drawn.height > UPRIGHT * drawn.width for drawn in pictures),
    )
    report.facts(basis.facts)
    for figure in figures:
        report.heading(figure.name, figure.finding)
        if figure.picture:
            report.picture(figure.picture)
        for table in figure.tables:
            report.heading(table.name)
            report.table(_columns(table), table.rows)
        if figure.notes:
            report.heading(pgettext("figure", "Conventions"))
            for note in figure.notes:
                report.paragraph(note)
    return report.pdf()


def _columns(table: Table) -> list[Column]:
    longest = [
        max([len(heading), *(min(len(row[at]), 40) for row in table.rows)])
        for at, heading in enumerate(table.headings)
    ]
    return [
        Column(heading, max(longest[at], 6), numeric=at in table.numeric)
        for at, heading in enumerate(table.headings)
    ]


def _figures(table: Table) -> Iterator[list[Cell]]:
    """The rows with plain figures as numbers; ranges, shares and dashes stay text."""
    for row in table.rows:
        yield [
            float(text) if at in table.numeric and FIGURE.fullmatch(text) else text
            for at, text in enumerate(row)
        ]


def xlsx(figures: Sequence[Figure], basis: Basis, path: Path) -> None:
    """What they rest on, then a sheet for each table."""
    with Book(path, title=basis.title, made_at=basis.at) as book:
        facts = [*basis.facts, (_("Seal of the audit trail"), basis.seal)]
        for figure in figures:
            facts.append((figure.name, figure.finding))
            facts += [(pgettext("figure", "Convention"), note) for note in figure.notes]
        headings = (pgettext("sheet", "Item"), pgettext("sheet", "Value"))
        book.sheet(pgettext("sheet", "About"), headings, facts, widths=(40, 90))
        number = 0
        for figure in figures:
            for table in figure.tables:
                number += 1
                name = f"{number} {table.name}"[:31]
                widths = [max(12, min(len(heading) * 2, 40)) for heading in table.headings]
                book.sheet(name, table.headings, _figures(table), widths=widths)
