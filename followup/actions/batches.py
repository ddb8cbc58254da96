"""Recording contacts in a batch: good rows in, bad rows back with the reason; undoing a batch."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from followup.actions import row_refusals, visits
from followup.actions.cohorts import fault_text
from followup.actions.laboratory.sheet_words import PROBLEMS
from followup.actions.visits import VisitInput
from followup.core import clock
from followup.core.action import action, part
from followup.core.actor import Actor
from followup.core.limits import within
from followup.core.permissions import Perm
from followup.core.problems import Conflict, Refused
from followup.domain.batches import FIELDS, MOST_ROWS, BatchRow, left_empty, read_row, texts
from followup.domain.laboratory import SheetProblem, read_sheet
from followup.models import Patient, Site, Visit, VisitBatch, VisitBatchRow
from followup.queries import batch_visits, fields
from followup.queries import batches as queries

MOST_BYTES = 2_000_000


@dataclass(frozen=True, slots=True)
class RowFault:
    """A row that was refused, with its reason in each of `row_refusals.LANGUAGES`."""

    number: int
    reasons: tuple[str, ...]


@dataclass
class Outcome:
    """What was recorded or would be, and every row that was refused."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: list[RowFault] = field(default_factory=list)


@action("batch.receive", needs=Perm.VISIT_WRITE)
def receive(actor: Actor, site: Site, *, name: str, content: bytes) -> VisitBatch:
    """Keep the rows of a sheet or of what was pasted; nothing is recorded yet."""
    if len(content) > MOST_BYTES:
        raise Refused({"file": _("The file is too large: send at most 1,000 rows.")})
    try:
        sheet = read_sheet(content)
    except ValueError as error:
        text = PROBLEMS[SheetProblem(error.args[0])]
        raise Refused({"file": str(text)}) from error
    rows = texts(sheet, queries.headings())
    if not rows or not any("study_code" in row for _number, row in rows):
        raise Refused({"file": _("No column of the template is in it: the first row names them.")})
    return keep(actor, site, name=name, rows=rows)


@action("batch.keep", needs=Perm.VISIT_WRITE)
def keep(
    actor: Actor, site: Site, *, name: str, rows: Sequence[tuple[int, Mapping[str, str]]]
) -> VisitBatch:
    """Keep rows by number, as texts of the fields of the dictionary."""
    if len(rows) > MOST_ROWS:
        raise Refused({"file": _("The file is too large: send at most 1,000 rows.")})
    return VisitBatch.objects.create(
        site=site,
        name=name.strip()[-120:] or "-",
        rows=[[number, dict(row)] for number, row in rows],
        made_by_id=actor.id,
        made_at=clock.now(),
    )


@action("batch.enter", needs=Perm.VISIT_WRITE)
def enter(
    actor: Actor, site: Site, *, name: str, rows: Sequence[tuple[int, Mapping[str, str]]]
) -> Outcome:
    """Record the rows of a grid at once; where no row can be recorded no batch is kept."""
    out = Outcome()
    with transaction.atomic():
        made = keep(actor, site, name=name, rows=rows)
        apply(actor, made, rows=rows, dry=False, out=out)
        if out.counts["recorded"]:
            note(actor, made, counts=dict(out.counts), dry=False)
        else:
            transaction.set_rollback(True)
    return out


@action("batch.apply", needs=Perm.VISIT_WRITE)
def apply(
    actor: Actor,
    batch: VisitBatch,
    *,
    rows: Sequence[tuple[int, Mapping[str, str]]],
    dry: bool,
    out: Outcome,
) -> None:
    """Record contacts row by row; a row that is refused leaves the others alone."""
    with transaction.atomic():
        _apply(actor, batch, rows, out)
        if dry:
            transaction.set_rollback(True)


@part
def _apply(
    actor: Actor,
    batch: VisitBatch,
    rows: Sequence[tuple[int, Mapping[str, str]]],
    out: Outcome,
) -> None:
    words, today = queries.words(), clock.today()
    known = queries.patients(actor, batch.site, [row.get("study_code", "") for _n, row in rows])
    done = queries.numbers(batch)
    for number, row in rows:
        if number in done:  # by a worker that was lost
            out.counts["recorded"] += 1
            continue
        if left_empty(row):
            out.counts["empty"] += 1
            continue
        entry, faults = read_row(number, row, words, today)
        if faults:
            out.counts["refused"] += 1
            out.faults += [
                RowFault(number, row_refusals.spoken(partial(_in_words, fault))) for fault in faults
            ]
            continue
        _made, reasons = row_refusals.tried(partial(_recorded, actor, batch, entry, known))
        if reasons:
            out.counts["refused"] += 1
            out.faults.append(RowFault(number, reasons))
        else:
            out.counts["recorded"] += 1


@part
def _recorded(
    actor: Actor, batch: VisitBatch, entry: BatchRow, known: Mapping[str, Patient]
) -> None:
    try:
        _record(actor, batch, entry, known)
    except Conflict as conflict:
        raise Refused(_("This visit is recorded already.")) from conflict


def _in_words(fault: Any) -> str:
    column = next(each for each in FIELDS if each.name == fault.column)
    words = {
        "column": fields.words(column),
        "text": fault.text or "—",
        "why": fault_text(fault.fault),
    }
    return _("%(column)s: “%(text)s”. %(why)s") % words


@part
def _record(actor: Actor, batch: VisitBatch, entry: BatchRow, known: Mapping[str, Patient]) -> None:
    values: dict[str, Any] = dict(entry.values)
    patient = known.get(values["study_code"])
    if patient is None:
        raise Refused(_("This hospital has no patient %(code)s.") % {"code": values["study_code"]})
    on: date = values["contact_on"]
    outside = bool(values.get("counts_outside"))
    planned = batch_visits.meant(patient, values.get("visit_code", ""), on, outside=outside)
    infusion = planned.schedule.infusion if planned else queries.infusion(patient, on)
    if infusion is None:
        raise Refused(_("The patient has no infusion."))
    given = VisitInput(
        contact_on=on,
        informant=values["informant"],
        vital_status=values["vital_status"],
        contact_type=values["contact_type"],
        died_on=values.get("died_on_text"),
        death_cause=values.get("death_cause", ""),
        death_cause_code=values.get("death_cause_code", ""),
        autopsy=values.get("autopsy", ""),
        death_related=values.get("death_related", ""),
        disease_status=values.get("disease_status", ""),
        progressed_on=values.get("progressed_on_text"),
        new_malignancy=values.get("new_malignancy", ""),
        other_event=values.get("other_event", ""),
        new_therapy=values.get("new_therapy", ""),
        unanswered_reason=values.get("unanswered_reason", ""),
        note=values.get("note", ""),
        counts_outside=outside,
    )
    _once(patient, given)
    visit = visits.record(actor, infusion, given=given, planned=planned)
    VisitBatchRow.objects.create(
        batch=batch,
        number=entry.number,
        visit=visit,
        patient_id=visit.patient_id,
        site_id=visit.site_id,
        product_id=visit.product_id,
    )


def _once(patient: Patient, given: VisitInput) -> None:
    """A contact of the same day in the same way is taken for the same contact."""
    same = Visit.objects.filter(
        patient=patient,
        contact_on=given.contact_on,
        contact_type=given.contact_type,
        undone_at__isnull=True,
    )
    if same.exists():
        raise Refused(_("A contact of this day and way is recorded already."))


@action("batch.note", needs=Perm.VISIT_WRITE)
def note(actor: Actor, batch: VisitBatch, *, counts: Mapping[str, int], dry: bool) -> None:
    """Keep what a dry run or the import counted."""
    row = VisitBatch.objects.select_for_update(of=("self",)).get(id=batch.id)
    if dry:
        row.tried, row.tried_at = dict(counts), clock.now()
    else:
        row.counts, row.applied_at = dict(counts), clock.now()
    row.save(update_fields=["tried", "tried_at", "counts", "applied_at"])


@action("batch.undo", needs=Perm.VISIT_WRITE)
def undo(actor: Actor, batch: VisitBatch, *, reason: str) -> Counter[str]:
    """Retract every contact of a batch that still stands as it came.

    One that was corrected since, told of a death or carries an event stays: safety knows of it, or
    somebody has worked on it. Refused without a reason, and the second time.
    """
    text = reason.strip()
    if not text:
        raise Refused({"reason": _("Say why the batch is undone.")})
    row = VisitBatch.objects.select_for_update(of=("self",)).get(id=batch.id)
    if row.applied_at is None or row.undone_at is not None:
        raise Refused(_("There is nothing to undo."))
    counts: Counter[str] = Counter()
    for entry in queries.recorded(row).iterator(chunk_size=200):
        try:
            with transaction.atomic():
                visits.retract(actor, entry.visit)
        except Refused:
            counts["left"] += 1
        else:
            counts["undone"] += 1
    row.undone_at, row.undone_because = clock.now(), within(text, 500)
    row.counts = row.counts | dict(counts)
    row.save(update_fields=["undone_at", "undone_because", "counts"])
    return counts
