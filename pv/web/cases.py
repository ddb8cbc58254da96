"""Cases: the worklist of safety, and one case with its sections, sources and clock."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from followup.core import clock
from followup.core.forms.refusals import Refusals, button
from followup.core.http import flash
from followup.core.http.numbers import version_sent
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.http.standby import reads_from_standby
from followup.core.naming import reader_language
from followup.core.permissions import Perm
from followup.queries import reference
from pv.actions import cases as actions
from pv.domain.cases.next_steps import NextStep, Standing, following, next_step
from pv.domain.cases.stages import CaseStage
from pv.domain.e2b.submissions import Delivery
from pv.queries import (
    assignments,
    cases,
    follow_up_requests,
    offers,
    received,
    standardised_queries,
    version_unlocks,
    workups,
)
from pv.web import clock_changes, second_persons

SECTIONS = {
    "general": pgettext_lazy("section", "General"),
    "reporter": pgettext_lazy("section", "Reporter and sender"),
    "patient": pgettext_lazy("section", "Patient"),
    "event": pgettext_lazy("section", "Event"),
    "tests": pgettext_lazy("section", "Tests"),
    "product": pgettext_lazy("section", "Product"),
    "narrative": pgettext_lazy("section", "Narrative"),
}
STAGES = (
    ("drafted", pgettext_lazy("stage", "Drafted")),
    ("entry", pgettext_lazy("stage", "Entry")),
    ("quality", pgettext_lazy("stage", "Quality check")),
    ("medical", pgettext_lazy("stage", "Medical review")),
    ("submission", pgettext_lazy("stage", "Submission")),
    ("closed", pgettext_lazy("stage", "Closed")),
)
BOXES = (
    ("open", pgettext_lazy("box", "Open")),
    ("inbox", pgettext_lazy("box", "Inbox")),
    ("mine", pgettext_lazy("box", "Mine")),
    ("review", pgettext_lazy("box", "Medical review")),
    ("submission", pgettext_lazy("box", "To submit")),
    ("overdue", pgettext_lazy("box", "Overdue")),
    ("all", pgettext_lazy("box", "All")),
    ("nullified", pgettext_lazy("stage", "Nullified")),
)


@require_GET
@reads_from_standby
def listing(request: HttpRequest) -> HttpResponse:
    """The case worklist: the earliest open clock first."""
    actor, today = cast(ActingRequest, request).actor, clock.today()
    actor.require(Perm.CASE_READ)
    box = request.GET.get("box", "open")
    try:
        product: UUID | None = UUID(request.GET.get("product", ""))
    except ValueError:
        product = None
    filters = cases.Filters(box=box, product=product, text=request.GET.get("q", ""))
    smqs = standardised_queries.choices(reader_language())
    if request.GET.get("smq") in dict(smqs):
        filters = replace(filters, smq=request.GET["smq"])
    page = cases.page(actor, today=today, filters=filters, key=request.GET.get("after", ""))
    counts = cases.boxes(actor, today=today)
    numbers = {name: getattr(counts, name, None) for name, _text in BOXES}
    context = {
        "page": page,
        "filters": filters,
        "smqs": smqs,
        "boxes": [(name, text, numbers[name]) for name, text in BOXES],
        "products": reference.products_for(actor, Perm.CASE_READ),
        "stages": dict(STAGES) | {"nullified": pgettext_lazy("stage", "Nullified")},
        "may_write": actor.may(Perm.CASE_WRITE),
        "may_export": actor.may(Perm.ICSR_EXPORT),
        "received": received.waiting(actor),
        "broken_off": clock_changes.broken_off(actor),
    }
    return render(request, "pv/cases/list.html", context)


def page_context(request: HttpRequest, case: Any, version: Any) -> dict[str, Any]:
    """What every page of a case shows: stage, clock, sections, sources."""
    actor, today = cast(ActingRequest, request).actor, clock.today()
    clocks = cases.clocks(actor, case)
    submissions = cases.submissions(actor, case)
    sources = cases.sources(actor, case)
    reports = received.of_case(actor, case)
    withdrawal = cases.withdrawal(actor, case)
    holds = version_unlocks.holds(actor, case, version)
    place = {"site": case.site_id, "product": case.product_id}
    may_write, may_assess = (
        actor.may(perm, **place) for perm in (Perm.CASE_WRITE, Perm.CASE_ASSESS)
    )
    ended = case.stage in ("closed", "nullified")
    steps = cases.steps(actor, case)
    return {
        "may_unlock": holds and not any(file.sent_on for file in mine_of(submissions, version)),
        "signed_lock": holds and version.locked_at is None,
        "case": case,
        "version": version,
        "language": get_language() or "en",
        "stages": STAGES,
        "stage_index": [name for name, _text in STAGES].index(case.stage)
        if case.stage != "nullified"
        else -1,
        "next_stage": _next_stage(case.stage),
        "next_step": _next_step(case, version, sources, reports, submissions, withdrawal).value,
        "offered": next((source for source in sources if _offers(source, version)), None),
        "clocks": [(c, (c.due - today).days) for c in clocks],
        "open_clock": next(
            ((c, (c.due - today).days) for c in clocks if not c.met_on and not c.stopped_at), None
        ),
        "sections": SECTIONS.items(),
        "sources": sources,
        "received": reports,
        "to_review": next((row for row in reports if row.state == "to_review"), None),
        "withdrawal": withdrawal,
        "submissions": submissions,
        "rejected": cases.rejected(submissions),
        # Once more when the receiver refused the nullification.
        "may_nullify": case.stage != "nullified"
        or (version.locked_at is not None and bool(cases.rejected(submissions))),
        "work_up": workups.of_case(actor, case),
        "may_write": may_write,
        "teams": assignments.teams(),
        "case_owners": assignments.owners(actor, case),
        "may_assess": may_assess,
        "requested": follow_up_requests.counts(actor, case, today),
        "back_to": STAGES[1][0] if case.stage in ("quality", "medical", "submission") else "",
        "steps": steps,
        "second_reviewer": second_persons.of_review(actor, case, steps),
        "may_export": actor.may(Perm.ICSR_EXPORT, **place),
        "may_audit": actor.may(Perm.AUDIT_READ, **place),
        "unlocks": version_unlocks.of_version(actor, version),
        "editable": not holds and (not ended or version.kind == "nullification"),
        # A nullification is repaired, but nothing is assessed in it.
        "assessable": not holds and not ended and (may_write or may_assess),
    }


def mine_of(submissions: Any, version: Any) -> list[Any]:
    """The files of one version."""
    return [row for row in submissions if row.version.number == version.number]


def _next_stage(stage: str) -> tuple[str, Any] | None:
    after = following(CaseStage(stage))
    return next((row for row in STAGES if row[0] == after), None)


def _offers(source: Any, version: Any) -> bool:
    """Whether a source has values that the version lacks and nobody decided about."""
    if source.adopted_at or source.overtaken:
        return False
    return any(offer.differs for offer in offers.of(source, version))


def _next_step(
    case: Any, version: Any, sources: Any, reports: Any, submissions: Any, withdrawal: Any
) -> NextStep:
    mine = mine_of(submissions, version)
    standing = Standing(
        CaseStage(case.stage),
        locked=version.locked_at is not None,
        received=any(row.state == "to_review" for row in reports),
        rejected=bool(cases.rejected(submissions)),
        withdrawn=withdrawal is not None,
        offered=any(_offers(source, version) for source in sources),
        unsent=any(row.state == Delivery.GENERATED and not row.void for row in mine),
        unanswered=any(row.state in (Delivery.SENT, Delivery.RECEIVED) for row in mine),
        owed=case.next_due is not None,
    )
    return next_step(standing)


def seen_version(request: HttpRequest) -> int:
    """The version the reader saw; 0, which never fits, when the form says none or no number."""
    return version_sent(request.POST.get("lock_version", ""))


@posted_from("case")
def accept(request: HttpRequest, pk: str) -> HttpResponse:
    """Take a drafted case into work."""
    actor = cast(ActingRequest, request).actor
    case = cases.one(actor, pk)
    with case_button(request):
        actions.accept(actor, case, lock_version=seen_version(request))
        flash.saved(request, _("Case %(number)s is yours.") % {"number": case.number})
    return redirect("case", pk=case.id)


def case_button(request: HttpRequest) -> Refusals:
    """A button of one press leads back to the case, with the reason above it."""
    return button(request, changed=_("Somebody else changed this case meanwhile. Look again."))


def undone(request: HttpRequest, undo: Callable[..., Any], made: Any, page: str) -> HttpResponse:
    """Undo what was made of a case, with the reason posted, and go back to the page it is on."""
    with case_button(request):
        undo(
            cast(ActingRequest, request).actor,
            made,
            reason=request.POST.get("reason", ""),
            lock_version=seen_version(request),
        )
        flash.saved(request, _("Undone."))
    return redirect(page, pk=made.case_id)


@posted_from("case")
def advance(request: HttpRequest, pk: str) -> HttpResponse:
    """Move the case to its next stage, or back with a reason."""
    actor = cast(ActingRequest, request).actor
    case = cases.one(actor, pk)
    with case_button(request):
        actions.advance(
            actor,
            case,
            to=request.POST.get("to", ""),
            lock_version=seen_version(request),
            reason=request.POST.get("reason", ""),
        )
        flash.saved(request, _("Case moved to the next stage."))
    return redirect("case", pk=case.id)


@posted_from("case")
def review(request: HttpRequest, pk: str) -> HttpResponse:
    """The medical review: approve the case, or send it back with a comment."""
    actor = cast(ActingRequest, request).actor
    case = cases.one(actor, pk)
    approve = request.POST.get("verdict") == "approve"
    with case_button(request):
        actions.review(
            actor,
            case,
            approve=approve,
            lock_version=seen_version(request),
            comment=request.POST.get("comment", ""),
        )
        text = _("Approved: the case can be submitted.") if approve else _("Sent back to entry.")
        flash.saved(request, text)
    return redirect("case", pk=case.id)


urlpatterns = [
    path("cases/", listing, name="cases"),
    path("cases/<uuid:pk>/accept/", accept, name="case-accept"),
    path("cases/<uuid:pk>/advance/", advance, name="case-advance"),
    path("cases/<uuid:pk>/review/", review, name="case-review"),
]
