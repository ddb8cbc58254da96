"""The two jobs of an amendment: the dry run with its workbook, and the move itself."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from followup.actions import amendments as actions
from followup.core import clock, jobs
from followup.core.actor import Actor
from followup.core.jobs import Progress, Result
from followup.core.models import Job
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.core.spreadsheets.workbooks import Book
from followup.core.stored_words import Words
from followup.models import ProtocolAmendment
from followup.queries import amendments, revisions

TRIAL, MOVE = "amendment-trial", "amendment-move"
BLOCK = 2000
MOST_LINES = 1_000_000  # a sheet holds 1,048,576 rows


def request(actor: Actor, row: ProtocolAmendment, *, trial: bool) -> Job:
    """A job for the dry run, or for the move once a dry run was made."""
    actor.require(Perm.PROTOCOL_WRITE)
    if row.applied_at:
        raise Refused(_("These patients were moved already."))
    if not trial:
        _must_be_tried(row)
    names = {"code": row.target.code, "version": row.target.version}
    if trial:
        title = Words(gettext_noop("Dry run: patients to %(code)s %(version)s"), names)
    else:
        title = Words(gettext_noop("Patients to %(code)s %(version)s"), names)
    # A dry run is of its day: asked for again it is made again.
    asked = {"amendment": str(row.id), "on": str(clock.today())}
    if trial:
        asked["tried"] = str(row.tried_at)
    return jobs.request(actor, TRIAL if trial else MOVE, title=title, parameters=asked)


def _must_be_tried(row: ProtocolAmendment) -> None:
    """Windows open and close with a day, so a dry run speaks for its own day only."""
    if row.tried_at is None:
        raise Refused(gettext_lazy("Make the dry run first and look at what it changes."))
    if row.tried_at.astimezone(clock.SHANGHAI).date() != clock.today():
        raise Refused(gettext_lazy("The dry run is of another day: make it again."))


def _blocks(ids: Sequence[UUID], progress: Progress) -> Iterator[Sequence[UUID]]:
    for start in range(0, len(ids), BLOCK):
        progress.report(start, len(ids))
        yield ids[start : start + BLOCK]
    progress.report(len(ids), len(ids))


def _lines(found: Sequence[revisions.Situation]) -> Iterator[list[str | int]]:
    """Each patient with what changes: visits by code with the dates before and after."""
    codes = amendments.study_codes([key for one in found for key in one.schedules])
    for one in found:
        change = one.change
        cells: list[str | int] = [
            len(change.moved),
            len(change.added),
            len(change.dropped),
            change.untouched,
            "\n".join(
                f"{m.after.code}: {m.before.target} ({m.before.window_start} – "
                f"{m.before.window_end}) → {m.after.target} ({m.after.window_start} – "
                f"{m.after.window_end})"
                for m in change.moved
            ),
            "\n".join(
                f"{v.code}: {v.target} ({v.window_start} – {v.window_end})" for v in change.added
            ),
            "\n".join(f"{v.code}: {v.target}" for v in change.dropped),
        ]
        for key in one.schedules:
            yield [codes.get(key, ""), *cells]


@jobs.handler(TRIAL, needs=Perm.PROTOCOL_WRITE)
def trial(actor: Actor, parameters: dict[str, Any], progress: Progress) -> Result:
    """Count what the move would change and list it patient by patient; nothing is written."""
    row = amendments.amendment(actor, parameters["amendment"])
    on = date.fromisoformat(parameters["on"])
    ids = list(amendments.waiting(actor, row).values_list("id", flat=True))
    counts: Counter[str] = Counter(schedules=0)
    path = progress.folder / "dry-run.xlsx"
    header = [_("Patient"), _("Visits moved"), _("Visits added"), _("Visits dropped")]
    header += [_("Unchanged"), _("Dates before → after"), _("New visits"), _("Dropped visits")]

    def lines() -> Iterator[list[str | int]]:
        left = MOST_LINES
        for block in _blocks(ids, progress):
            found = revisions.situations(block, row.target, on)
            counts.update(revisions.counted(found))
            for line in _lines(found):
                if left:
                    left -= 1
                    yield line

    with Book(path, title=row.target.code, made_at=clock.now()) as book:
        book.sheet(_("Dry run"), header, lines(), widths=(14, 10, 10, 10, 10, 60, 40, 30))
    actions.note_trial(actor, row, counts=dict(counts))
    return Result(path, "dry-run.xlsx", dict(counts))


@jobs.handler(MOVE, needs=Perm.PROTOCOL_WRITE)
def move(actor: Actor, parameters: dict[str, Any], progress: Progress) -> Result:
    """Move the patients block by block; started again it goes on with those who still wait."""
    row = amendments.amendment(actor, parameters["amendment"])
    _must_be_tried(row)
    ids = list(amendments.waiting(actor, row).values_list("id", flat=True))
    for block in _blocks(ids, progress):
        actions.move(actor, row, ids=block, on=clock.today())
    # On the actor's behalf: a holder may not see who practises, and nobody is told.
    actions.move_practice(replace(actor, system=True), row, on=clock.today())
    counts = actions.finish(actor, row).counts
    path = progress.folder / "moved.xlsx"
    with Book(path, title=row.target.code, made_at=clock.now()) as book:
        header = [_("What"), _("Number")]
        book.sheet(_("Patients moved"), header, [[k, n] for k, n in sorted(counts.items())])
    return Result(path, "moved.xlsx", counts)
