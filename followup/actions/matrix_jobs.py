"""The follow-up matrix as a workbook: every patient of the filters, each visit in words."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from followup.core import clock, jobs
from followup.core.actor import Actor
from followup.core.jobs import Progress, Result
from followup.core.models import Job
from followup.core.permissions import Perm
from followup.core.spreadsheets.workbooks import Book, Cell
from followup.core.stored_words import Words
from followup.models.states import PLANNED_VISIT
from followup.queries import matrix
from followup.queries.matrix import Filters

KIND = "matrix-export"


def request(actor: Actor, filters: Filters) -> Job:
    """A job for the matrix of these filters as it is today."""
    asked = {k: str(v) if isinstance(v, UUID) else v for k, v in asdict(filters).items()}
    parameters = {"filters": asked, "on": str(clock.today())}
    return jobs.request(
        actor, KIND, title=Words(gettext_noop("Follow-up matrix")), parameters=parameters
    )


@jobs.handler(KIND, needs=Perm.VISIT_READ)
def make(actor: Actor, parameters: dict[str, Any], progress: Progress) -> Result:
    """One row per visit in calendar order, so that any tool turns it as it likes; no name in it."""
    asked = parameters["filters"]
    product = UUID(asked["product"]) if asked["product"] else None
    filters = Filters(product, asked["state"], asked["gaps"], asked["reach"])
    path = progress.folder / "matrix.xlsx"
    header = [_("Patient"), _("Infusion date"), _("Visit"), _("Window from"), _("Target")]
    header += [_("Window to"), _("Status"), _("Done on")]
    with Book(path, title=_("Follow-up matrix"), made_at=clock.now()) as book:
        count = book.sheet(_("Follow-up matrix"), header, _lines(actor, filters, progress))
    return Result(path, "matrix.xlsx", {"rows": count})


def _lines(actor: Actor, filters: Filters, progress: Progress) -> Iterable[Sequence[Cell]]:
    for number, row in enumerate(matrix.every(actor, filters, today=clock.today())):
        if number % 500 == 0:
            progress.report(number)
        for cell in sorted(row.cells.values(), key=lambda c: (c.target, c.id)):
            state = str(PLANNED_VISIT.states[PLANNED_VISIT.machine.states(cell.state)])
            days = [cell.window_start, cell.target, cell.due]
            yield [
                row.study_code,
                row.day_zero.isoformat(),
                cell.code,
                *(day.isoformat() for day in days),
                state,
                cell.done_on.isoformat() if cell.done_on else None,
            ]
