"""The job that takes up a cohort: dry run or import, refused rows back in a workbook to mend."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from followup.actions import cohort_files, row_refusals
from followup.actions import cohorts as actions
from followup.actions.cohorts import ImportOutcome, RowFault
from followup.core import clock, jobs
from followup.core.actor import Actor
from followup.core.jobs import Progress, Result
from followup.core.models import Job
from followup.core.naming import reads_chinese
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.core.spreadsheets.workbooks import Book, Cell
from followup.core.stored_words import Words
from followup.domain.cohort_columns import BY_CODE, COLUMNS, CellKind
from followup.domain.cohorts import DISEASE, read_cohort
from followup.domain.laboratory import Sheet
from followup.models import CohortFile
from followup.queries import codes, cohorts
from followup.queries.field_words import PURPOSES

KIND, TEMPLATE = "cohort-adoption", "cohort-template"
BLOCK = 50


def request(actor: Actor, row: CohortFile, *, dry: bool) -> Job:
    """A job for this file under its columns as they are; the import needs a dry run first."""
    actor.require(Perm.PATIENT_WRITE, site=row.site_id)
    if row.adopted_on is None:
        raise Refused(_("Say what the columns hold first."))
    if row.applied_at:
        raise Refused(_("This file was taken over already."))
    if not dry and not row.tried_at:
        raise Refused(_("Make the dry run first and look at what it would do."))
    names = {"file": row.name}
    title = Words(
        gettext_noop("Dry run of %(file)s") if dry else gettext_noop("Import of %(file)s"), names
    )
    parameters = {"file": str(row.id), "dry": dry, "version": row.version}
    if dry:
        parameters["tried"] = str(row.tried_at)
    return jobs.request(actor, KIND, title=title, parameters=parameters)


@jobs.handler(KIND, needs=Perm.PATIENT_WRITE, names_people=True)
def make(actor: Actor, parameters: dict[str, Any], progress: Progress) -> Result:
    """Take the patients over block by block; what is refused comes back with the reason."""
    row = cohorts.file(actor, parameters["file"])
    dry = bool(parameters["dry"])
    if row.version != parameters["version"] or row.applied_at:
        raise Refused(Words(gettext_noop("The columns were changed meanwhile: start again.")))
    sheet = cohorts.sheet(row)
    records, faults = read_cohort(sheet, row.columns, cohorts.words(), clock.today())
    out = ImportOutcome(faults=[_in_words(fault) for fault in faults])
    for start in range(0, len(records), BLOCK):
        progress.report(start, len(records))
        actions.adopt(actor, row, records=records[start : start + BLOCK], dry=dry, out=out)
    progress.report(len(records), len(records))
    counts = dict(out.counts) | {
        "rows": len(sheet.rows) - 1,
        "rows_refused": len({fault.number for fault in out.faults}),
        "deaths": len(out.deaths),
    }
    cohort_files.note(actor, row, counts=counts, dry=dry)
    path = progress.folder / "refused.xlsx"
    with Book(path, title=_("Refused rows"), made_at=clock.now()) as book:
        reasons = _reasons(out.faults)
        reason = row_refusals.spoken(lambda: _("Reason"))
        header = [*sheet.headings, _("Row"), *reason]
        book.sheet(_("Refused rows"), header, _refused(sheet, reasons))
        book.sheet(_("Deaths"), [_("Patient")], [[code] for code in out.deaths])
    return Result(path, "refused.xlsx", counts | {"dry": dry})


def _in_words(fault: Any) -> RowFault:
    def words() -> str:
        column = BY_CODE[fault.column]
        name = column.zh if reads_chinese() else column.en
        said = {"column": name, "text": fault.text or "—", "why": actions.fault_text(fault.fault)}
        return _("%(column)s: “%(text)s”. %(why)s") % said

    return RowFault(fault.number, row_refusals.spoken(words))


def _reasons(faults: Iterable[RowFault]) -> dict[int, list[str]]:
    """Every reason of a row, a text in each language."""
    found: dict[int, list[tuple[str, ...]]] = {}
    for fault in faults:
        found.setdefault(fault.number, []).append(fault.reasons)
    return {
        number: ["\n".join(each) for each in zip(*rows, strict=True)]
        for number, rows in found.items()
    }


def _refused(sheet: Sheet, reasons: dict[int, list[str]]) -> Iterable[Sequence[Cell]]:
    """Rows as they came, so that they are mended in place and sent again."""
    width, rows = len(sheet.headings), dict(zip(sheet.numbers, sheet.rows, strict=True))
    for number in sorted(reasons):
        cells = [cell.text for cell in rows[number]][:width]
        yield [*cells, *[""] * (width - len(cells)), number, *reasons[number]]


@jobs.handler(TEMPLATE, needs=Perm.PATIENT_WRITE)
def template(actor: Actor, parameters: dict[str, Any], progress: Progress) -> Result:
    """An empty sheet to fill in, an example, and the words of the coded columns."""
    chinese = reads_chinese()
    path = progress.folder / "cohort.xlsx"
    heads = [column.zh if chinese else column.en for column in COLUMNS]
    with Book(path, title=_("Cohort"), made_at=clock.now()) as book:
        book.sheet(_("Cohort"), heads, [], widths=[18] * len(heads))
        book.sheet(
            _("Columns"), [_("Column"), _("Needed"), _("How to fill it in")], _columns(chinese)
        )
        book.sheet(_("Codes"), [_("Column"), _("Word"), _("Code")], _codes(chinese))
    return Result(path, "cohort.xlsx", {})


def _columns(chinese: bool) -> Iterable[Sequence[Cell]]:
    how = {
        CellKind.TEXT: _("Text"),
        CellKind.DAY: _("Full date, year-month-day"),
        CellKind.PARTIAL: _("Date, or year and month, or the year"),
        CellKind.CODE: _("A word or code of the sheet of codes"),
        CellKind.NUMBER: _("Number"),
        CellKind.TIME: _("Time of day in China, for example 14:30"),
        CellKind.TICK: _("yes, or empty"),
    }
    for column in COLUMNS:
        name = column.zh if chinese else column.en
        yield [name, _("needed") if column.needed else "", how[column.kind]]


def _codes(chinese: bool) -> Iterable[Sequence[Cell]]:
    for column in COLUMNS:
        if column.kind is CellKind.CODE:
            items = DISEASE if column.codes == "disease_status" else codes.items(column.codes)
            for code, en, zh in items:
                yield [column.zh if chinese else column.en, zh if chinese else en, code]
    purposes = BY_CODE["consent_purposes"]
    for purpose, words in PURPOSES.items():
        yield [purposes.zh if chinese else purposes.en, str(words), purpose.value]
    product = BY_CODE["product"]
    for row in sorted({p.code: p for p in cohorts.products().values()}.items()):
        yield [product.zh if chinese else product.en, str(row[1]), row[0]]
