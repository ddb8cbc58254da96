"""Taking a step: each event asks for what its guards want."""

from typing import Any, cast

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from followup.core import clock
from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.permissions import Perm
from followup.state_machines import Transition
from followup.web import drafts
from followup.web.dates import DateField
from pv.actions import commitments as actions
from pv.domain.approvals import CommitmentEvent, CommitmentState
from pv.queries import commitments as queries
from pv.web.commitments import words
from pv.web.commitments.detail import page_context
from pv.web.commitments.versions import opened_lock, posted, posted_lock

Move = Transition[CommitmentState, CommitmentEvent]
# Which guard wants which field; the day is asked of every step.
_WANTS = {
    "document": "document",
    "reason": "reason",
    "acceptance_number": "acceptance_number",
    "new_deadline": "new_deadline",
}


class StepForm(Form):
    """A step of the commitment; fields no guard asks for are taken away."""

    happened_on = DateField(label=gettext_lazy("Day it happened"), future=False)
    new_deadline = DateField(label=gettext_lazy("New statutory deadline"))
    document = forms.CharField(label=gettext_lazy("Number of the document"), max_length=200)
    acceptance_number = forms.CharField(label=gettext_lazy("Acceptance number"), max_length=60)
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, transition: Move, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        wanted = {_WANTS[name] for name in transition.needs if name in _WANTS}
        for name in set(_WANTS.values()) - wanted:
            if name == "reason":
                self.fields[name].required = False
            else:
                del self.fields[name]


def _transition(found: queries.Detail, name: str) -> Move:
    """The transition of the table for this state; not found where the page offers no such step."""
    offered = {each.event for each in found.steps}
    if name not in offered:
        raise Http404
    state, event = CommitmentState(found.commitment.state), CommitmentEvent(name)
    return found.book.machine.transitions[state, event]


def _gone(row: Any, found: queries.Detail, event: CommitmentEvent) -> str:
    """Why a step is not offered any more."""
    text, column = (
        _("Somebody else changed this commitment meanwhile. Look again."),
        found.book.column,
    )
    if not column.allows(row, event):
        return f"{text} {column.refusal(column.of(row), event)}"
    milestones = [line.row for line in found.lines]
    refusals = queries.against(row, milestones, found.book, event)
    return " ".join([text, *(actions.said(refusal, found.book) for refusal in refusals)])


@require_http_methods(["GET", "POST"])
def step(request: HttpRequest, pk: str, event: str) -> HttpResponse:
    """One step of a commitment."""
    actor = cast(ActingRequest, request).actor
    row = queries.one(actor, pk)
    actor.require(Perm.COMMITMENT_WRITE, product=row.product_id)
    found = queries.detail(actor, row, today=clock.today())
    try:
        transition = _transition(found, event)
    except Http404:
        if request.method != "POST" or event not in set(CommitmentEvent):
            raise
        flash.warn(request, _gone(row, found, CommitmentEvent(event)))
        return redirect("commitment", pk=row.id)
    draft = drafts.of(request, f"commitment-step-{event.lower()}", str(row.pk))
    form = StepForm(posted(request), initial=draft.values, transition=transition)
    lock = posted_lock(request) if request.method == "POST" else opened_lock(row, draft)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        reason = values.pop("reason", "")
        with form.refusals(stale=_("Somebody else changed this commitment meanwhile. Look again.")):
            done = actions.step(
                actor,
                row,
                event=transition.event,
                given=actions.StepInput(**values),
                lock_version=lock,
                reason=reason,
            )
            drafts.saved(request, draft)
            text = _("Recorded. The state is now: %(state)s.")
            flash.saved(request, text % {"state": words.state(done.state, found.book)})
            return redirect("commitment", pk=row.id)
    if form.conflicted:
        lock = row.lock_version
    context = {
        **page_context(request, row, found),
        "form": form,
        "draft": draft,
        "lock": lock,
        "step": words.event(event, found.book),
        "target": words.state(transition.target, found.book),
        "citation": transition.citation,
        "how_sure": words.confidence(transition.confidence),
        "converts": "INDICATION_FULL" in transition.effects
        and found.book.kinds[row.kind].confirmatory,
    }
    status = 409 if form.conflicted else form.status
    return render(request, "pv/commitments/step.html", context, status=status)


urlpatterns = [
    path("commitments/<uuid:pk>/steps/<str:event>/", step, name="commitment-step"),
]
