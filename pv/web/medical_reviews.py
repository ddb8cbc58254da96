"""The medical review of a case: one page to read, assess, comment on, sign or send back."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.naming import reads_chinese
from pv.actions import cases as actions
from pv.domain.periodic.events import words_of
from pv.queries import cases, expectedness
from pv.web.case_summaries import shown_summary
from pv.web.cases import page_context
from pv.web.causality import shown_lines


class CommentForm(Form):
    """The company's comment, which is sent as H.4."""

    lock_version = forms.IntegerField(widget=forms.HiddenInput)
    comment = forms.CharField(
        label=pgettext_lazy("medical review", "Company comment"),
        help_text=gettext_lazy("It is sent with every file of this version (H.4)."),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )


@require_http_methods(["GET", "POST"])
def page(request: HttpRequest, pk: str) -> HttpResponse:
    """Everything a reviewer asks of a version, in one read; a post keeps the company's comment."""
    actor = cast(ActingRequest, request).actor
    case = cases.one(actor, pk)
    version = cases.version(actor, case)
    start = {"lock_version": case.lock_version, "comment": cases.message(version).text("H.4") or ""}
    form = CommentForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        with form.refusals(stale=_("Something changed meanwhile. Look again, then save again.")):
            actions.comment(actor, case, **form.cleaned_data)
            flash.saved(request, _("Comment saved."))
            return redirect("case-medical-review", pk=case.id)
        if form.conflicted:
            form.resubmit(lock_version=str(case.lock_version))
    context = {
        **page_context(request, case, version),
        **shown_summary(case, version),
        "causality": shown_lines(request, case, version),
        "expected": [
            (line, words_of(line.pair.reaction))
            for line in expectedness.lines(actor, case, version)
        ],
        "narrative": _narrative(version),
        "form": form,
        "section": "medical-review",
    }
    status = 409 if form.conflicted else form.status
    return render(request, "pv/cases/medical_review.html", context, status=status)


def _narrative(version: Any) -> str:
    """The narrative in the reader's language, else the other one."""
    both = (version.narrative_zh, version.narrative_en)
    return str(next(filter(None, both if reads_chinese() else reversed(both)), ""))


urlpatterns = [path("cases/<uuid:pk>/medical-review/", page, name="case-medical-review")]
