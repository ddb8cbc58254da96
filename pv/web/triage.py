"""Triage of one case: what becomes of it, why, and undoing that."""

from collections.abc import Collection
from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from followup.core.actor import Actor
from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.permissions import Perm
from followup.core.problems import NotFound, Refused
from pv.actions import triage as actions
from pv.queries import cases, triage
from pv.web import second_persons
from pv.web.cases import page_context, seen_version, undone


class TriageForm(Form):
    """The decision, its reason from the list, and words of one's own. Nothing is preselected."""

    kind = forms.ChoiceField(
        label=pgettext_lazy("triage", "Decision"),
        choices=[("", "—"), *actions.Kind.choices],
    )
    reason = forms.ChoiceField(label=pgettext_lazy("triage", "Reason"))
    other = forms.CharField(
        label=gettext_lazy("Number of the other case"),
        help_text=gettext_lazy("For a follow-up or a duplicate, as C26-0017."),
        required=False,
        max_length=20,
    )
    note = forms.CharField(
        label=gettext_lazy("In your own words"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offer(actions.Kind.choices)

    def _offer(self, kinds: list[tuple[str, Any]]) -> None:
        known = triage.reasons()
        groups = [
            (label, [(code, words) for code, words, fits in known if kind in fits])
            for kind, label in kinds
        ]
        self.offer("kind", [("", "—"), *kinds])
        self.offer("reason", [("", "—"), *groups])

    def leave_out(self, kinds: Collection[str]) -> None:
        """Show no decision that cannot follow any more; the one that was sent stays."""
        sent = str(self.data.get("kind", ""))
        rows = actions.Kind.choices
        self._offer([row for row in rows if row[0] not in kinds or row[0] == sent])


def _decision(actor: Actor, values: dict[str, Any]) -> actions.TriageInput:
    other = None
    if number := values["other"].strip():
        try:
            other = cases.by_number(actor, number.upper())
        except NotFound:
            raise Refused({"other": _("Not found, or you may not see it.")}) from None
    return actions.TriageInput(values["kind"], values["reason"], values["note"], other)


@require_http_methods(["GET", "POST"])
def page(request: HttpRequest, pk: str) -> HttpResponse:
    """The decisions made about a case, and the next one."""
    actor = cast(ActingRequest, request).actor
    case = cases.one(actor, pk)
    form = TriageForm(request.POST or None)
    if request.method == "POST":
        actor.require(Perm.CASE_WRITE, site=case.site_id, product=case.product_id)
    if request.method == "POST" and form.is_valid():
        with form.refusals(stale=_("Somebody else changed this case meanwhile. Look again.")):
            decision = _decision(actor, form.cleaned_data)
            actions.decide(actor, case, decision=decision, lock_version=seen_version(request))
            flash.saved(request, _("Decision recorded."))
            return redirect("case-triage", pk=case.id)
    # What was sent has been read against every decision: its refusal says why it cannot follow.
    form.is_valid()
    why_not = {kind: triage.why_not(case, kind) for kind in actions.Kind.values}
    form.leave_out([kind for kind, why in why_not.items() if why])
    words = {code: text for code, text, _fits in triage.reasons()}
    decisions = triage.of_case(actor, case)
    context = {
        **page_context(request, case, cases.version(actor, case)),
        "form": form,
        "decidable": not all(why_not.values()),
        "why_not": why_not[actions.Kind.NOT_REPORTABLE],
        "decisions": [(row, words.get(row.reason, row.reason)) for row in decisions],
        "undoable": decisions[0] if decisions and decisions[0].undone_at is None else None,
        "proposal": triage.proposal(actor, case),
        "second": second_persons.of_proposal(actor, case),
        "section": "triage",
    }
    return render(request, "pv/cases/triage.html", context, status=form.status)


@posted_from("case-triage")
def undo(request: HttpRequest, pk: str, decision_id: str) -> HttpResponse:
    """Undo the last decision with a reason."""
    made = triage.one(cast(ActingRequest, request).actor, decision_id)
    return undone(request, actions.undo, made, "case-triage")


urlpatterns = [
    path("cases/<uuid:pk>/triage/", page, name="case-triage"),
    path("cases/<uuid:pk>/triage/<uuid:decision_id>/undo/", undo, name="case-triage-undo"),
]
