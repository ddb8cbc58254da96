"""Class of a product: the register, the questions one by one, the second person."""

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from followup.core.forms.refusals import Reasons
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.permissions import Perm
from followup.queries import reference
from followup.web.products import CONFIDENCES
from pv.actions import classifications as actions
from pv.domain.classifications import asked, classify, next_question
from pv.queries import classifications
from pv.web import register_documents
from pv.web.entry_decisions import EntryDecision


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Every product with the class that holds, and what waits for a second person."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.REPORT_READ)
    context = {
        "lines": [
            (
                line,
                actor.may(Perm.REPORT_WRITE, product=line.product.id),
                classifications.reason(line.held) if line.held else "",
            )
            for line in classifications.lines(actor)
        ],
        "waiting": [(row, classifications.reason(row)) for row in classifications.waiting(actor)],
        "scheme": classifications.scheme(),
    }
    return render(request, "pv/classifications/list.html", context)


@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, pk: str) -> HttpResponse:
    """The next question, or the row reached with its source; nothing is chosen beforehand."""
    actor = cast(ActingRequest, request).actor
    product = reference.product(actor, id=pk)
    actor.require(Perm.REPORT_WRITE, product=product.id)
    scheme = classifications.scheme()
    sent = request.POST if request.method == "POST" else request.GET
    answers = asked(scheme, classifications.typed({k: str(v) for k, v in sent.items()}))
    reasons = Reasons()
    if request.method == "POST":
        with reasons.refusals():
            version = request.POST.get("scheme_version", "")
            entry = actions.enter(actor, product, answers=answers, scheme_version=version)
            flash.saved(request, _("Entered; it holds once another person confirms it."))
            return redirect("classification", pk=entry.pk)
    name = next_question(scheme, answers)
    row = classify(scheme, answers).row
    context = {
        "product": product,
        "scheme": scheme,
        "question": classifications.questions()[name] if name else None,
        "unanswered": name is not None and "asked" in request.GET and name == request.GET["asked"],
        "given": [(code, classifications.as_typed(value)) for code, value in answers.items()],
        "sayings": classifications.sayings(answers),
        "row": row,
        "reason": classifications.reason(row) if row else "",
        "confidence": CONFIDENCES.get(row.confidence, row.confidence) if row else "",
        "problem": reasons.text,
    }
    return render(
        request, "pv/classifications/ask.html", context, status=422 if reasons.text else 200
    )


@require_http_methods(["GET", "POST"])
def detail(request: HttpRequest, pk: str) -> HttpResponse:
    """One entry with its answers; confirmed or refused by another person."""
    actor = cast(ActingRequest, request).actor
    row = classifications.one(actor, pk)
    decision = EntryDecision(request)
    answer = decision.of_entry(
        actor,
        row,
        actions.confirm,
        actions.refuse,
        confirmed=redirect("classification", pk=row.pk),
        refused=redirect("classifications"),
        confirmed_words=_("The class is confirmed."),
    )
    if answer is not None:
        return answer
    may = actor.may(Perm.REPORT_WRITE, product=row.product_id)
    context: dict[str, Any] = {
        "row": row,
        "sayings": classifications.sayings(dict(row.answers)),
        "reason": classifications.reason(row),
        "confidence": CONFIDENCES.get(row.confidence, row.confidence),
        "old": classifications.is_old(row),
        "entries": [
            (each, classifications.reason(each))
            for each in classifications.of_product(actor, row.product_id)
        ],
        "may_write": may,
        **decision.context(actor, row, Perm.REPORT_WRITE),
        **register_documents.panel(actor, row),
    }
    return render(request, "pv/classifications/detail.html", context, status=decision.status)


urlpatterns = [
    path("classifications/", listing, name="classifications"),
    path("classifications/ask/<uuid:pk>/", ask, name="classification-ask"),
    path("classifications/<uuid:pk>/", detail, name="classification"),
]
