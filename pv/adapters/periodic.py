"""The periodic report as PDF and as spreadsheet, in Chinese or English."""

from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, fields, replace
from datetime import date, datetime
from pathlib import Path

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from followup.core import clock
from followup.core.pdf import Column, Report
from followup.core.spreadsheets.workbooks import Book, Cell
from pv.domain.periodic import Line, Row, Seriousness, TabulatedSource


@dataclass(frozen=True, slots=True)
class Content:
    """All that a report says; `facts` are label and value, lines are in the report's language."""

    language: str
    product: str
    start: date
    end: date
    produced_at: datetime
    data_sha256: str
    facts: Sequence[tuple[str, str]]
    rows: Sequence[Row]
    total: Row
    lines: Sequence[Line]


def facts(content_counts: dict[str, str], language: str) -> list[tuple[str, str]]:
    """The first lines of a report from its counts, labelled in a language."""
    with translation.override(language):
        labels = {
            "product": _("Product"),
            "holder": _("Marketing authorisation holder"),
            "period": _("Period (both days included)"),
            "cases": _("Cases: period / cumulative"),
            "serious": _("Serious cases: period / cumulative"),
            "unjudged": _("Cases whose seriousness is not assessed: period / cumulative"),
            "fatal": _("Fatal cases: period / cumulative"),
            "late": _("Cases learned of in the period and entered after it"),
            "nullified": _("Nullified cases left out"),
            "nullified_since": _("Cases counted here and nullified since"),
            "exposure": _("Infusions in the register: period / cumulative"),
            "terms": _("Terms"),
            "state": _("Data as of"),
            "lock": _("Data lock"),
            "seal": _("Seal of the audit trail"),
        }
    return [(labels[key], value) for key, value in content_counts.items()]


def terms_note(language: str, *, dictionary: str) -> str:
    """What the terms of the tables are; `dictionary` is empty without a loaded MedDRA."""
    with translation.override(language):
        if dictionary:
            return _("MedDRA %(version)s") % {"version": dictionary}
        return _(
            "MedDRA code of E.i.2.1b as coded, with the reporter's words; no dictionary loaded"
        )


def source_labels() -> dict[str, str]:
    """Words for where a report came from, in the active language."""
    return {
        TabulatedSource.SPONTANEOUS: pgettext("report source", "Spontaneous"),
        TabulatedSource.SOLICITED: pgettext("report source", "Solicited"),
    }


def seriousness_labels() -> dict[str, str]:
    """Words for how serious a reaction is, in the active language."""
    return {
        Seriousness.SERIOUS: pgettext("report", "serious"),
        Seriousness.NON_SERIOUS: pgettext("report", "non-serious"),
        Seriousness.UNKNOWN: pgettext("report", "not assessed"),
    }


def counted_columns(total: Row) -> list[tuple[TabulatedSource, Seriousness]]:
    """The columns that say anything: a source without a single report is said in words."""
    sources = [
        s for s in TabulatedSource if any(total.cell(s, kind).cumulative for kind in Seriousness)
    ]
    return [(s, kind) for s in sources or [TabulatedSource.SPONTANEOUS] for kind in Seriousness]


def column_groups(columns: Sequence[tuple[TabulatedSource, Seriousness]]) -> list[tuple[str, int]]:
    """What stands above each pair of columns, and how many columns it spans."""
    sources, kinds = source_labels(), seriousness_labels()
    named = [(f"{sources[source]}, {kinds[kind]}", 2) for source, kind in columns]
    return [("", 1), *named, (pgettext("report", "Total"), 2)]


def _count_headings(columns: Sequence[tuple[TabulatedSource, Seriousness]]) -> list[str]:
    """One heading for each column of figures, for a sheet that has a single line of them."""
    spans = [text for text, _span in column_groups(columns)[1:]]
    return [f"{text}, {when}" for text in spans for when in period_words()]


def period_words() -> tuple[str, str]:
    return pgettext("report", "period"), pgettext("report", "cumulative")


def figures(row: Row, columns: Sequence[tuple[TabulatedSource, Seriousness]]) -> list[int]:
    cells = [row.cell(source, seriousness) for source, seriousness in columns]
    pairs = [figure for cell in cells for figure in (cell.interval, cell.cumulative)]
    return [*pairs, row.interval, row.cumulative]


def _term(row: Row) -> str:
    more = f" (+{row.wordings - 1})" if row.wordings > 1 else ""
    return f"{row.code} {row.term}{more}".strip() or "—"


def line_headings() -> list[str]:
    return [
        pgettext("listing", "Case"),
        pgettext("listing", "Received"),
        pgettext("listing", "Country"),
        pgettext("listing", "Source"),
        pgettext("listing", "Age / sex"),
        pgettext("listing", "Suspect product, dose, date, batch"),
        pgettext("listing", "Reactions (MedDRA code and reporter's words)"),
        pgettext("listing", "Onset"),
        pgettext("listing", "Days to onset"),
        pgettext("listing", "Seriousness"),
        pgettext("listing", "Outcome"),
        pgettext("listing", "Relatedness"),
        pgettext("listing", "Listedness at the lock"),
    ]


_NOT_IN_REPORTS = ("entered_on", "linked")
_FIELDS = tuple(field.name for field in fields(Line) if field.name not in _NOT_IN_REPORTS)
_LINKED_SHARE = 9.0
SHARES = (7, 7, 5.6, 8, 5.5, 14, 16, 7, 5.2, 12, 8, 9, 7)


def line_columns() -> dict[str, str]:
    """The columns of a line listing by the name of the line's field, headed in the language."""
    columns = dict(zip(_FIELDS, line_headings(), strict=True))
    return columns | {"linked": pgettext("listing", "Linked reports")}


LISTED = (*_FIELDS, "linked")  # every column of a line listing


def line_shares() -> dict[str, float]:
    """The width of each column against the others."""
    return dict(zip(_FIELDS, SHARES, strict=True)) | {"linked": _LINKED_SHARE}


def line_cells(line: Line, end: date) -> list[str]:
    """The texts of a line; a case entered after the end of the period says when."""
    received = line.received_on
    if line.entered_on > end.isoformat():
        received += "\n" + _("(entered %(day)s)") % {"day": line.entered_on}
    values = [str(value) for value in astuple(replace(line, received_on=received, entered_on=""))]
    values[4] = source_labels()[line.source]
    return values[:2] + values[3:-1]


def title(content: Content) -> str:
    """The title in the active language."""
    return _("Periodic safety tabulations: %(product)s") % {"product": content.product}


def pdf(content: Content) -> bytes:
    """The report as PDF. Characters our fonts lack are shown as code points and listed."""
    with translation.override(content.language):
        produced = clock.printed(content.produced_at)
        report = Report(
            title=title(content),
            language=content.language,
            running=f"{content.product} · {content.start} – {content.end}",
            foot=_("Produced %(at)s · data SHA-256 %(hash)s")
            % {"at": produced, "hash": content.data_sha256[:16]},
        )
        report.facts(content.facts)
        report.heading(
            _("Interval and cumulative summary tabulation of reactions"),
            _("Each reaction of each case is counted once; +n: further wordings of the same code."),
        )
        counted = counted_columns(content.total)
        columns = [Column(pgettext("report", "Reaction"), 45)]
        columns += [
            Column(when, 16, numeric=True) for _pair in (*counted, 0) for when in period_words()
        ]
        report.table(columns, _table(content, counted), groups=column_groups(counted))
        if len({source for source, _kind in counted}) < len(TabulatedSource):
            report.paragraph(_("A kind of source without any report has no columns."))
        report.heading(
            _("Listing of serious cases received in the period"),
            _("A case appears once, with all its reactions. Persons are not identified."),
        )
        if content.lines:
            shares = zip(line_headings(), SHARES, strict=True)
            report.table([Column(h, s) for h, s in shares], _lines(content))
        else:
            report.paragraph(_("No serious case was received in the period."))
        note_replaced(report)
        return report.pdf()


def note_replaced(report: Report) -> None:
    """Which rows hold characters that stand as code points; the workbook keeps them as typed."""
    if report.replaced:
        report.heading(
            _("Characters shown as code points"),
            _("The document font does not have them. The spreadsheet keeps them as reported."),
        )
        report.facts(
            (name, " ".join(f"U+{ord(c):04X}" for c in characters))
            for name, characters in report.replaced.items()
        )


def _lines(content: Content) -> Iterator[list[str]]:
    return (line_cells(entry, content.end) for entry in content.lines)


def _table(
    content: Content, counted: Sequence[tuple[TabulatedSource, Seriousness]]
) -> Iterator[list[str]]:
    for row in content.rows:
        yield [_term(row), *map(str, figures(row, counted))]
    yield [pgettext("report", "Total"), *map(str, figures(content.total, counted))]


def xlsx(content: Content, path: Path) -> None:
    """The same as a workbook of three sheets, streamed into a file."""
    with (
        translation.override(content.language),
        Book(path, title=title(content), made_at=content.produced_at) as book,
    ):
        book.sheet(
            pgettext("sheet", "About"),
            (pgettext("sheet", "Item"), pgettext("sheet", "Value")),
            [*content.facts, ("SHA-256", content.data_sha256)],
            widths=(40, 70),
        )
        headings = [pgettext("report", "MedDRA code"), pgettext("report", "Reaction")]
        counted = counted_columns(content.total)
        rows = [_spread(row.code, row, counted) for row in content.rows]
        rows.append(_spread(pgettext("report", "Total"), content.total, counted))
        book.sheet(
            pgettext("sheet", "Tabulation"),
            [*headings, *_count_headings(counted)],
            rows,
            widths=(12, 44),
        )
        book.sheet(
            pgettext("sheet", "Serious cases"),
            line_headings(),
            _lines(content),
            widths=(14, 11, 8, 12, 12, 40, 44, 12, 8, 30, 22, 26, 14),
        )


def _spread(
    code: str, row: Row, counted: Sequence[tuple[TabulatedSource, Seriousness]]
) -> list[Cell]:
    return [code, row.term, *figures(row, counted)]
