"""Break-glass to an identity: ask, see it while it lasts, and assess it afterwards."""

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from followup.actions import identity_reveals as actions
from followup.core import clock
from followup.core.forms import AnswerField, Form
from followup.core.http import flash, keyset
from followup.core.http.requests import ActingRequest
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.core.security import access
from followup.queries import access_rules, reference
from followup.queries import identity_reveals as queries
from followup.queries.second_persons import entitled
from followup.web.second_persons import shown as words

PAGE = 50
GROUNDS = (
    ("treatment", pgettext_lazy("ground", "I treat this patient at another hospital")),
    ("danger", pgettext_lazy("ground", "Danger to the patient or to others")),
    ("inspection", pgettext_lazy("ground", "An inspection compares with the source")),
)
ANSWERS = (
    ("yes", pgettext_lazy("reveal", "Justified")),
    ("no", pgettext_lazy("reveal", "Not justified")),
)


class AskForm(Form):
    """Of whom, on what ground, and why."""

    study_code = forms.CharField(label=gettext_lazy("Study code"), max_length=30)
    ground = AnswerField(label=pgettext_lazy("reveal", "Ground"), choices=GROUNDS)
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class AssessForm(Form):
    """Whether it was justified, and why."""

    justified = AnswerField(label=gettext_lazy("Was it justified?"), choices=ANSWERS)
    assessment = forms.CharField(label=gettext_lazy("Reason"), max_length=500)


@require_http_methods(["GET", "POST"])
def listing(request: HttpRequest) -> HttpResponse:
    """Ask for one patient; what one asked for; what one's hospital has to assess."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.IDENTITY_REVEAL)
    form = AskForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form.refusals(on_refusal=lambda refused: _note_refusal(actor, refused)):
            row = actions.ask(actor, **form.cleaned_data)
            return redirect("identity-reveal", pk=row.id)
    names = {site.id: localized_name(site) for site in reference.sites(actor)}
    after = keyset.parse_cursor(request.GET.get("after", ""), keyset.UUID_PATTERN)
    found: Iterable[Any] = ()
    if actor.may(Perm.PRIVACY_READ):
        found = queries.reveals(actor, after=after)[: PAGE + 1]
    rows, end = keyset.page(found, PAGE, lambda row: str(row.id))
    context = {
        "form": form,
        "own": queries.own(actor),
        "rows": [(row, names.get(row.site_id, "")) for row in rows],
        "next_key": end,
        "now": clock.now(),
        "minutes": int(access_rules.rules().reveal_for.total_seconds() // 60),
        "grounds": dict(GROUNDS),
    }
    return render(request, "followup/identity_reveals/list.html", context, status=form.status)


def _note_refusal(actor: Any, refused: Refused) -> None:
    """What was refused is logged too: a row of guesses must be seen."""
    if refused.code != actions.RUNNING:
        access.record(actor, "identity.reveal-refused", "", reason=str(refused))


@require_http_methods(["GET", "POST"])
def detail(request: HttpRequest, pk: str) -> HttpResponse:
    """The person while one's own reveal lasts; else the facts of it and its assessment."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.IDENTITY_REVEAL)
    if request.method == "GET" and (lasting := queries.lasting(actor, pk)):
        row, person = queries.opened(actor, lasting.id)
        context = {"row": row, "person": person, "grounds": dict(GROUNDS)}
        return render(request, "followup/identity_reveals/person.html", context)
    row = queries.reveal(actor, pk)
    may_assess = actor.may(Perm.PRIVACY_REVIEW, site=row.site_id) and row.assessed_at is None
    form = AssessForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            actions.assess(
                actor,
                row,
                justified=form.cleaned_data["justified"] == "yes",
                assessment=form.cleaned_data["assessment"],
            )
            flash.saved(request, _("The assessment is recorded."))
            return redirect("identity-reveals")
    own = [row.asked_by_id]
    found = entitled(actor, Perm.PRIVACY_REVIEW, site=row.site_id, besides=own)
    second = words(found) if row.assessed_at is None else None
    shown = form if may_assess and row.asked_by_id != actor.id else None
    context = {"row": row, "form": shown, "grounds": dict(GROUNDS), "second": second}
    status = form.status
    return render(request, "followup/identity_reveals/detail.html", context, status=status)


urlpatterns = [
    path("identity-reveals/", listing, name="identity-reveals"),
    path("identity-reveals/<uuid:pk>/", detail, name="identity-reveal"),
]
