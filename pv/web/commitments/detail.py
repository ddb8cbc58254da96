"""One commitment: condition, milestones with their picture, history, and what comes next."""

from datetime import date
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from followup.core import clock
from followup.core.http.requests import ActingRequest
from followup.core.permissions import Perm
from pv.actions import commitments as actions
from pv.queries import commitments as queries
from pv.web import register_documents
from pv.web.commitments import words
from pv.web.commitments.gantt import GanttData, gantt


@require_GET
def detail(request: HttpRequest, pk: str) -> HttpResponse:
    """The page of a commitment."""
    actor, today = cast(ActingRequest, request).actor, clock.today()
    row = queries.one(actor, pk)
    found = queries.detail(actor, row, today=today)
    final = queries.last_milestone([line.row for line in found.lines], found.book, row.kind)
    context = {
        **page_context(request, row, found),
        "today": today,
        "rows": [_milestone(line, found.book) for line in found.lines],
        "faults": [_fault(fault, found.book) for fault in found.faults],
        "history": [_event(entry, found.book) for entry in found.events],
        "deadlines": found.deadlines,
        "steps": [
            (
                step.event,
                words.event(step.event, found.book),
                [actions.said(refusal, found.book) for refusal in step.against],
            )
            for step in found.steps
        ],
        "chart": _chart(row, found, final, today),
        "finding": finding(row, found, final),
        "enrolment": queries.enrolment(actor, row),
        "comments": queries.comments(actor, row),
        "person": actor.id,
        **register_documents.panel(actor, row),
    }
    return render(request, "pv/commitments/detail.html", context)


def page_context(request: HttpRequest, row: Any, found: queries.Detail) -> dict[str, Any]:
    """What every page of a commitment shows at its head."""
    actor = cast(ActingRequest, request).actor
    return {
        "commitment": row,
        "timing": found.status,
        "status": words.outlook(found.status),
        "sale": found.sale,
        "sale_text": queries.text(found.sale.name, words.language()) if found.sale else "",
        "closed": found.status.group is queries.CommitmentGroup.CLOSED,
        "state": words.state(row.state, found.book),
        "kind": queries.text(found.book.kinds[row.kind].name, words.language()),
        "approval": queries.partial(row.approved_on, row.approved_precision),
        "may_write": actor.may(Perm.COMMITMENT_WRITE, product=row.product_id),
        "may_audit": actor.may(Perm.AUDIT_READ, product=row.product_id),
        "assumptions": found.book.assumptions,
        "confidence": words.confidence(found.book.assumptions.confidence),
    }


def _milestone(line: queries.MilestoneLine, book: queries.Rulebook) -> dict[str, Any]:
    """One line of the milestone table."""
    return {
        "line": line,
        "row": line.row,
        "name": words.named_milestone(line.row, book),
        "basis": words.basis(book.milestones[line.row.code]),
        "citation": book.milestones[line.row.code].citation,
        "slip": words.slip(line),
        "late": bool(line.slip_days and line.slip_days > 0),
        "status": words.milestone(line.status),
    }


def _event(entry: Any, book: queries.Rulebook) -> dict[str, Any]:
    """One entry of the history."""
    return {
        "entry": entry,
        "name": words.event(entry.event, book),
        "milestone": words.named_milestone(entry.milestone, book) if entry.milestone else "",
        "to": words.state(entry.to_state, book) if entry.to_state else "",
    }


def _fault(fault: Any, book: queries.Rulebook) -> str:
    """A fault in the order of the milestones, as a sentence."""
    values = {
        "later": book.milestone_name(fault.code, words.language()),
        "earlier": book.milestone_name(fault.other, words.language()),
    }
    if fault.kind == "predecessor_open":
        return _("“%(later)s” is done, but “%(earlier)s” before it has no day.") % values
    return _("The day of “%(later)s” is before that of “%(earlier)s”.") % values


def _chart(row: Any, found: queries.Detail, final: Any, today: date) -> Any:
    """The picture of the milestones."""
    p50, p80 = queries.expected(row, final)
    return gantt(
        GanttData(
            lines=found.lines,
            names={
                line.row.pk: words.named_milestone(line.row, found.book) for line in found.lines
            },
            definitions=found.book.milestones,
            approved_on=row.approved_on,
            legal_end=row.legal_end,
            legal_end_latest=row.legal_end_latest,
            today=today,
            p50=p50 if row.forecast_on else None,
            p80=p80,
            forecast_label=_("Forecast of the submission"),
        )
    )


def finding(row: Any, found: queries.Detail, final: Any) -> str:
    """What the picture says, in one sentence."""
    _kind, status = words.outlook(found.status)
    late = [line for line in found.lines if line.slip_days and line.slip_days > 0]
    slipped = ngettext(
        "%(n)s of %(all)s milestone is later than planned",
        "%(n)s of %(all)s milestones are later than planned",
        len(found.lines),
    ) % {"n": len(late), "all": len(found.lines)}
    return _("%(status)s; %(slipped)s; the statutory deadline is %(end)s.") % {
        "status": status,
        "slipped": slipped,
        "end": row.legal_end,
    }


urlpatterns = [path("commitments/<uuid:pk>/", detail, name="commitment")]
