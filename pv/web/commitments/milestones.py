"""Updating a milestone in a few strokes, and retracting it."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from followup.core import clock
from followup.core.forms import VersionedForm
from followup.core.forms.refusals import button
from followup.core.http import flash
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.permissions import Perm
from followup.web import drafts
from followup.web.dates import DateField
from pv.actions import commitments as actions
from pv.queries import commitments as queries
from pv.web.commitments import words
from pv.web.commitments.detail import page_context
from pv.web.commitments.versions import posted

COLUMNS = ("actual", "forecast", "evidence")
REASONS = (
    gettext_lazy("Centres opened late"),
    gettext_lazy("Enrolment slower than planned"),
    gettext_lazy("Ethics or genetic resources approval took longer"),
    gettext_lazy("Protocol was changed"),
    gettext_lazy("Data cleaning took longer"),
)


class MilestoneForm(VersionedForm):
    """One milestone: fill the day it happened or the day it is expected."""

    version_name = "lock_version"

    actual = DateField(label=gettext_lazy("Actual day"), required=False, future=False)
    forecast = DateField(label=gettext_lazy("Forecast day"), required=False)
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        required=False,
        max_length=1000,
        help_text=gettext_lazy("Needed when it comes later than before or a recorded day changes."),
        widget=forms.TextInput(attrs={"list": "reasons"}),
    )
    evidence = forms.CharField(
        label=gettext_lazy("Evidence (document number or place)"), required=False, max_length=200
    )


def _known(milestone: Any) -> dict[str, Any]:
    return {name: getattr(milestone, name) for name in COLUMNS}


@require_http_methods(["GET", "POST"])
def update(request: HttpRequest, pk: str, milestone_id: str) -> HttpResponse:
    """Set the actual or the forecast day of a milestone."""
    actor, today = cast(ActingRequest, request).actor, clock.today()
    row = queries.one(actor, pk)
    actor.require(Perm.COMMITMENT_WRITE, product=row.product_id)
    milestone = queries.milestone(actor, row, milestone_id)
    found = queries.detail(actor, row, today=today)
    draft = drafts.of(request, "commitment-milestone", str(milestone.pk))
    start = _known(milestone) | {"lock_version": row.lock_version}
    form = MilestoneForm(posted(request), initial=start | draft.values)
    by_step = actions.recorded_by_step(row, milestone, found.book)
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in COLUMNS}
        reason = form.cleaned_data["reason"]
        with form.refusals(known=_known):
            entry = actions.update_milestone(
                actor,
                milestone,
                given=actions.MilestoneInput(**values),
                lock_version=form.seen,
                reason=reason,
            )
            drafts.saved(request, draft)
            undo_at = reverse("commitment-milestone-undo", args=[entry.pk])
            text = _("Saved: %(milestone)s.") % {
                "milestone": words.named_milestone(milestone, found.book)
            }
            flash.saved(request, text, undo=undo_at)
            return redirect("commitment", pk=row.id)
    line = next(item for item in found.lines if item.row.id == milestone.id)
    context = {
        **page_context(request, row, found),
        "form": form,
        "draft": draft,
        "milestone": milestone,
        "name": words.named_milestone(milestone, found.book),
        "line": line,
        "slip": words.slip(line),
        "tag": words.milestone(line.status),
        "basis": words.basis(found.book.milestones[milestone.code]),
        "citation": found.book.milestones[milestone.code].citation,
        "reasons": REASONS,
        "by_step": (by_step, words.event(by_step, found.book)) if by_step else None,
        "others": [
            (other.row, words.named_milestone(other.row, found.book)) for other in found.lines
        ],
    }
    return render(request, "pv/commitments/milestone.html", context, status=form.status)


@posted_from("commitments", alone=True)
def undo(request: HttpRequest, event_id: str) -> HttpResponse:
    """Undo an update just made."""
    actor = cast(ActingRequest, request).actor
    entry: Any = queries.event(actor, event_id)
    with button(request):
        actions.undo_milestone(actor, entry)
        flash.note(request, _("Undone."))
    return redirect("commitment", pk=entry.commitment_id)


urlpatterns = [
    path(
        "commitments/<uuid:pk>/milestones/<uuid:milestone_id>/",
        update,
        name="commitment-milestone",
    ),
    path("commitments/undo/<uuid:event_id>/", undo, name="commitment-milestone-undo"),
]
