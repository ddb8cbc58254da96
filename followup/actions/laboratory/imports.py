"""The job that reads a laboratory's file: with progress, a dry run, refused rows in a workbook."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from followup.actions import row_refusals
from followup.actions.laboratory.files import FileOutcome, import_rows
from followup.actions.laboratory.sheet_words import PROBLEMS
from followup.core import clock, jobs
from followup.core.actor import Actor
from followup.core.jobs import Progress, Result
from followup.core.models import Job
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.core.spreadsheets.workbooks import Book
from followup.core.stored_words import Words
from followup.domain.laboratory import SheetFault, read_rows
from followup.models import LaboratoryFile
from followup.queries.laboratory import files

KIND = "laboratory-import"
BLOCK = 200


def request(actor: Actor, row: LaboratoryFile, *, dry: bool) -> Job:
    """A job for this file under the columns as they are confirmed now."""
    actor.require(Perm.VISIT_WRITE, site=row.site_id)
    names = {"file": row.name}
    title = Words(
        gettext_noop("Dry run of %(file)s") if dry else gettext_noop("Import of %(file)s"), names
    )
    version = row.source.version
    parameters = {"file": str(row.id), "dry": dry, "version": version}
    return jobs.request(actor, KIND, title=title, parameters=parameters)


@jobs.handler(KIND, needs=Perm.VISIT_WRITE, names_people=True)
def make(actor: Actor, parameters: dict[str, Any], progress: Progress) -> Result:
    """Read the file row by row; what is refused comes back in a workbook with cell and reason."""
    row = files.file(actor, parameters["file"])
    sheet = files.sheet(row)
    columns = files.columns(row.source, sheet.headings)
    if columns is None:
        text = gettext_noop("The headings of this file are others: confirm its columns first.")
        raise Refused(Words(text))
    rows, faults = read_rows(sheet, columns)
    out = FileOutcome(faults=list(faults), rows=len(faults))
    total = len(rows)
    for start in range(0, total, BLOCK):
        progress.report(start, total)
        block = rows[start : start + BLOCK]
        import_rows(actor, row, rows=block, dry=bool(parameters["dry"]), out=out)
    progress.report(total, total)
    path = progress.folder / "refused.xlsx"
    out.faults.sort(key=lambda fault: fault.number)
    with Book(path, title=_("Refused rows"), made_at=clock.now()) as book:
        reason = row_refusals.spoken(lambda: _("Reason"))
        header = [_("Row"), _("Column"), _("Cell"), *reason]
        book.sheet(_("Refused rows"), header, _lines(out.faults), widths=(8, 20, 30, 80, 80))
    counts = {
        "rows": out.rows,
        "known": out.known,
        "refused": len(out.faults),
        **{state.lower(): count for state, count in sorted(out.states.items())},
    }
    dry = bool(parameters["dry"])
    return Result(path, "refused.xlsx", counts | {"dry": dry}, problem=_told(counts))


def _told(counts: Mapping[str, int]) -> Words:
    """The counts in words: a dry run is asked for because of them."""
    text = gettext_noop(
        "Rows: %(rows)s. For review: %(review)s. Without a confirmed code: %(unmapped)s. "
        "Unreadable value: %(unreadable)s. Not kept: %(ignored)s. Here before: %(known)s. "
        "Refused: %(refused)s."
    )
    names = ("rows", "review", "unmapped", "unreadable", "ignored", "known", "refused")
    return Words(text, {name: str(counts.get(name, 0)) for name in names})


def _lines(faults: Iterable[SheetFault]) -> Iterable[list[str | int]]:
    for fault in faults:
        reasons = row_refusals.spoken(partial(str, PROBLEMS[fault.problem]))
        yield [fault.number, fault.heading, fault.text, *reasons]
