"""Jobs of a batch: dry run or import with the refused rows back, the template to fill in."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from followup.actions import batches as actions
from followup.actions import row_refusals
from followup.actions.batches import Outcome
from followup.core import clock, jobs
from followup.core.actor import Actor
from followup.core.jobs import Progress, Result
from followup.core.models import Job
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.core.spreadsheets.workbooks import Book, Cell
from followup.core.stored_words import Words
from followup.domain.batches import FIELDS, NEEDED
from followup.domain.fields import Kind
from followup.models import Site, VisitBatch
from followup.queries import batches, fields, reference
from followup.queries.field_words import KINDS

KIND, TEMPLATE = "visit-batch", "visit-batch-template"
BLOCK = 50


def request(actor: Actor, row: VisitBatch, *, dry: bool) -> Job:
    """A job for this batch; the import needs a dry run first."""
    actor.require(Perm.VISIT_WRITE, site=row.site_id)
    if row.applied_at:
        raise Refused(_("This batch was recorded already."))
    if not dry and not row.tried_at:
        raise Refused(_("Make the dry run first and look at what it would do."))
    names = {"file": row.title}
    title = Words(
        gettext_noop("Dry run of %(file)s") if dry else gettext_noop("Import of %(file)s"), names
    )
    parameters = {"batch": str(row.id), "dry": dry}
    if dry:
        parameters["tried"] = str(row.tried_at)
    return jobs.request(actor, KIND, title=title, parameters=parameters)


@jobs.handler(KIND, needs=Perm.VISIT_WRITE, names_people=True)
def make(actor: Actor, parameters: dict[str, Any], progress: Progress) -> Result:
    """Record block by block; what is refused comes back with the reason in both languages."""
    row, dry = batches.batch(actor, parameters["batch"]), bool(parameters["dry"])
    if row.applied_at:
        raise Refused(Words(gettext_noop("This batch was recorded already.")))
    out = Outcome()
    for start in range(0, len(row.rows), BLOCK):
        progress.report(start, len(row.rows))
        block = row.rows[start : start + BLOCK]
        actions.apply(actor, row, rows=block, dry=dry, out=out)
    progress.report(len(row.rows), len(row.rows))
    counts = {"rows": len(row.rows), **{k: out.counts[k] for k in ("recorded", "refused")}}
    counts |= {"empty": out.counts["empty"]} if out.counts["empty"] else {}
    actions.note(actor, row, counts=counts, dry=dry)
    path = progress.folder / "refused.xlsx"
    with Book(path, title=_("Refused rows"), made_at=clock.now()) as book:
        heads = [fields.words(field) for field in FIELDS]
        head = [*heads, _("Row"), *row_refusals.spoken(lambda: _("Reason"))]
        book.sheet(_("Refused rows"), head, _refused(row, out))
    return Result(path, "refused.xlsx", counts | {"dry": dry})


def _refused(row: VisitBatch, out: Outcome) -> Iterable[Sequence[Cell]]:
    """Rows as they came, so that they are mended in place and sent again."""
    reasons: dict[int, list[tuple[str, ...]]] = {}
    for fault in out.faults:
        reasons.setdefault(fault.number, []).append(fault.reasons)
    for number, texts in row.rows:
        if number in reasons:
            words = ["\n".join(lines) for lines in zip(*reasons[number], strict=True)]
            yield [*(texts.get(field.name, "") for field in FIELDS), number, *words]


def request_template(actor: Actor, site: Site, *, code: str) -> Job:
    """A job for the template with the visits that are due at a hospital."""
    actor.require(Perm.VISIT_WRITE, site=site.id)
    parameters = {
        "site": str(site.id),
        "code": code[:12],
        "at": clock.now().replace(second=0, microsecond=0).isoformat(),
    }
    return jobs.request(
        actor, TEMPLATE, title=Words(gettext_noop("Template of a batch")), parameters=parameters
    )


@jobs.handler(TEMPLATE, needs=Perm.VISIT_WRITE)
def template(actor: Actor, parameters: dict[str, Any], progress: Progress) -> Result:
    """A row for each visit that is due, nothing answered; how to fill it in, and the codes."""
    site = reference.site(actor, id=parameters["site"])
    actor.require(Perm.VISIT_WRITE, site=site.id)
    today = clock.today()
    path = progress.folder / "batch.xlsx"
    rows = batches.asked(actor, site, today=today, code=parameters["code"])
    with Book(path, title=_("Contacts"), made_at=clock.now()) as book:
        heads = [fields.words(field) for field in FIELDS]
        empty = [""] * (len(FIELDS) - 2)
        lines = ([row.study_code, row.code, *empty] for row in rows)
        book.sheet(_("Contacts"), heads, lines, widths=[18] * len(heads))
        book.sheet(_("Columns"), [_("Column"), _("Needed"), _("How to fill it in")], _columns())
        book.sheet(_("Codes"), [_("Column"), _("Code"), _("English"), _("Chinese")], _codes())
    return Result(path, "batch.xlsx", {"rows": len(rows)})


def _columns() -> Iterable[Sequence[Cell]]:
    for field in FIELDS:
        needed = _("needed") if field.name in NEEDED else ""
        yield [fields.words(field), needed, str(KINDS[field.kind])]


def _codes() -> Iterable[Sequence[Cell]]:
    for field in FIELDS:
        if field.kind is Kind.CODE:
            for code, english, chinese in fields.answers(field):
                yield [fields.words(field), code, english, chinese]
