"""A report as PDF, Word document and workbook: three files of the same blocks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from followup.core import clock
from followup.core.pdf import Column, Report
from followup.core.spreadsheets.workbooks import Book
from followup.core.word import WordDocument
from pv.adapters.periodic import note_replaced
from pv.domain.periodic.blocks import Block, FactList, Grid, Heading, Paragraph


@dataclass(frozen=True, slots=True)
class Cover:
    """The first page. `watermark` is empty for an approved report; `signed` names who signed."""

    title: str
    product: str
    period: str
    facts: Sequence[tuple[str, str]]
    signed: Sequence[str]
    watermark: str
    language: str
    made_at: datetime
    data_sha256: str

    @property
    def running(self) -> str:
        """What stands at the head of every page."""
        return f"{self.title} · {self.product} · {self.period}"


def entries(blocks: Sequence[Block]) -> list[tuple[str, int]]:
    """The lines of the contents, with their level."""
    return [(_headed(each), each.level) for each in blocks if isinstance(each, Heading)]


def _headed(block: Heading) -> str:
    return f"{block.number}  {block.text}"


def _signatures(cover: Cover) -> list[tuple[str, str]]:
    none = [_("Not approved: a draft")] if cover.watermark else []
    return [(pgettext("report", "Approval"), text) for text in (*cover.signed, *none)]


def pdf(cover: Cover, blocks: Sequence[Block]) -> bytes:
    """The report as PDF: cover, contents with pages, sections."""
    foot = _("Data of %(at)s · data SHA-256 %(hash)s") % {
        "at": clock.printed(cover.made_at),
        "hash": cover.data_sha256[:16],
    }
    report = Report(
        title=cover.title,
        language=cover.language,
        running=cover.running,
        foot=foot,
        watermark=cover.watermark,
    )
    report.facts([*cover.facts, *_signatures(cover)])
    report.page_break()
    report.contents(_("Contents"), entries(blocks))
    report.page_break()
    for block, after in pairwise((*blocks, None)):
        match block:
            case Heading():
                report.heading(_headed(block), room=50 if isinstance(after, Heading | Grid) else 22)
                report.reached()
            case Paragraph():
                report.paragraph(block.text)
            case FactList():
                report.facts(block.pairs)
            case Grid():
                report.heading(block.title, block.note, room=32)
                report.table(_columns(block), block.rows, groups=block.groups)
    note_replaced(report)
    return report.pdf()


def _columns(grid: Grid) -> list[Column]:
    shares = grid.shares or [1.0] * len(grid.headings)
    return [
        Column(heading, share, numeric=bool(grid.numeric) and place >= grid.numeric)
        for place, (heading, share) in enumerate(zip(grid.headings, shares, strict=True))
    ]


def docx(cover: Cover, blocks: Sequence[Block]) -> bytes:
    """The same as a Word document, for whoever edits it on."""
    document = WordDocument(
        title=cover.title,
        language=cover.language,
        running=cover.running,
        made_at=cover.made_at,
        watermark=cover.watermark,
    )
    document.title(cover.title)
    document.facts([*cover.facts, *_signatures(cover)])
    document.page_break()
    document.contents(_("Contents"), entries(blocks))
    document.page_break()
    for block in blocks:
        match block:
            case Heading():
                document.heading(_headed(block), block.level)
            case Paragraph():
                document.paragraph(block.text, small=block.note)
            case FactList():
                document.facts(block.pairs)
            case Grid():
                document.paragraph(block.title)
                if block.note:
                    document.paragraph(block.note, small=True)
                document.table(
                    block.headings,
                    block.rows,
                    shares=block.shares,
                    groups=block.groups,
                    numeric=block.numeric,
                )
    return document.content()


def xlsx(cover: Cover, blocks: Sequence[Block], path: Path) -> None:
    """The tables of the report, a sheet each, named by section."""
    with Book(path, title=cover.title, made_at=cover.made_at) as book:
        headings = (pgettext("sheet", "Item"), pgettext("sheet", "Value"))
        about = [*cover.facts, *_signatures(cover), ("SHA-256", cover.data_sha256)]
        book.sheet(pgettext("sheet", "About"), headings, about, widths=(40, 70))
        section = ""
        used: list[str] = []
        for block in blocks:
            if isinstance(block, Heading):
                section = block.number
            elif isinstance(block, Grid):
                name = f"{section} {block.title}"[:28]
                number = used.count(name)
                used.append(name)
                rows = [list(row) for row in block.rows]
                title = f"{name} {number}" if number else name
                book.sheet(title, _flat(block), rows, widths=[18] * len(block.headings))


def _flat(grid: Grid) -> list[str]:
    """One line of headings: the group above a column in front of its own."""
    above = [text for text, span in grid.groups for _column in range(span)]
    if not above:
        return list(grid.headings)
    return [f"{a}, {h}" if a else h for a, h in zip(above, grid.headings, strict=True)]
