"""Reviews of access: the list, one review with its rights, and its spreadsheet."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from followup.actions import access_reviews as actions
from followup.core import clock
from followup.core.forms import AnswerField, Form
from followup.core.http import flash
from followup.core.http.files import workbook_response
from followup.core.http.requests import ActingRequest
from followup.core.permissions import Perm
from followup.core.security import access
from followup.core.spreadsheets import workbooks
from followup.queries import access_reviews as queries
from followup.queries import access_rules
from followup.web.users_form import GrantNames

DECISIONS = (
    ("keep", pgettext_lazy("right", "Keep")),
    ("end", pgettext_lazy("right", "End")),
)


class DecisionForm(Form):
    """What is decided about the chosen rights, and why."""

    decision = AnswerField(label=pgettext_lazy("right", "Decision"), choices=DECISIONS)
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500)


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Every review, the latest first."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.USER_READ)
    today = clock.today()
    context = {
        "rows": [
            {"review": row, "overdue": queries.is_overdue(row, today)}
            for row in queries.reviews(actor)
        ],
        "months": access_rules.rules().review_months,
    }
    return render(request, "followup/users/access_reviews.html", context)


def _lines(actor: Any, review: Any, chosen: set[str]) -> list[dict[str, Any]]:
    names, boxed = GrantNames(actor), access_rules.rules().time_boxed
    return [
        {
            **names.line(line.held),
            "line": line,
            "lacks_end": line.held.role in boxed and line.held.ends_on is None,
            "decidable": line.decision != "end" and line.held.user_id != actor.id,
            "chosen": str(line.id) in chosen,
        }
        for line in queries.lines(actor, review)
    ]


@require_http_methods(["GET", "POST"])
def detail(request: HttpRequest, pk: str) -> HttpResponse:
    """One review: its rights, what was decided, and the decision about several together."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.USER_READ)
    review = queries.review(actor, pk)
    chosen = set(request.POST.getlist("lines"))
    lines = _lines(actor, review, chosen)
    if request.GET.get("format") == "xlsx":
        access.record(actor, "export", "access_review", reason=str(review.period_from))
        return _workbook(review, lines)
    deciding = actor.may(Perm.USER_WRITE) and review.signed_at is None
    form = DecisionForm(request.POST or None) if deciding else None
    if request.method == "POST" and (form is None or form.is_valid()):
        actor.require(Perm.USER_WRITE)
        if form is None:  # signed meanwhile: the action says so
            actions.decide(actor, review, lines=[], decision="", reason="")
            return redirect("access-review", pk=review.id)
        with form.refusals():
            picked = [line["line"] for line in lines if line["chosen"]]
            count = actions.decide(actor, review, lines=picked, **form.cleaned_data)
            flash.saved(request, _("Decided: %(count)s rights.") % {"count": count})
            return redirect("access-review", pk=review.id)
    context = {
        "review": review,
        "overdue": queries.is_overdue(review, clock.today()),
        "lines": lines,
        "form": form,
    }
    status = form.status if form is not None else 200
    return render(request, "followup/users/access_review.html", context, status=status)


def _day(value: Any) -> str:
    return value.astimezone(clock.SHANGHAI).date().isoformat() if value else ""


def _workbook(review: Any, lines: list[dict[str, Any]]) -> HttpResponse:
    header = (
        pgettext("account", "User name"),
        _("Name of the person"),
        _("Role"),
        _("At"),
        _("For"),
        pgettext("column", "Since"),
        _("Last day"),
        pgettext("column", "Last use"),
        pgettext("column", "Decision"),
        _("Reason"),
        pgettext("column", "Decided by"),
        pgettext("column", "Decided on"),
    )
    decisions = dict(DECISIONS)
    rows = [
        (
            line["row"].user.username,
            line["row"].user.display_name,
            str(line["role"]),
            str(line["site"]),
            str(line["product"]),
            _day(line["row"].granted_at),
            str(line["row"].ends_on or ""),
            _day(line["line"].last_used_at),
            str(decisions.get(line["line"].decision, "")),
            line["line"].reason,
            str(line["line"].decided_by or ""),
            _day(line["line"].decided_at),
        )
        for line in lines
    ]
    title = pgettext("signature", "Review of access")
    content = workbooks.single(title, header, rows, made_at=clock.now())
    return workbook_response(content, f"access-review-{review.period_from}.xlsx")


urlpatterns = [
    path("users/reviews/", listing, name="access-reviews"),
    path("users/reviews/<uuid:pk>/", detail, name="access-review"),
]
