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
from pv.web import default_rules
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


class ObjectionForm(Form):
    """Why a default rule of seriousness does not hold for the case."""

    prefix = "objection"
    lock_version = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("It then rests on the reporter and on your own assessment alone."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@require_http_methods(["GET", "POST"])
def page(request: HttpRequest, pk: str) -> HttpResponse:
    """Everything a reviewer asks of a version, in one read.

    A post keeps the company's comment, or the assessment that a default rule does not hold.
    """
    actor = cast(ActingRequest, request).actor
    case = cases.one(actor, pk)
    version = cases.version(actor, case)
    start = {"lock_version": case.lock_version, "comment": cases.message(version).text("H.4") or ""}
    objects = "object" in request.POST
    form = CommentForm(None if objects else request.POST or None, initial=start)
    objection = ObjectionForm(request.POST if objects else None, initial=start)
    if request.method == "POST" and _saved(request, case, objection if objects else form):
        return redirect("case-medical-review", pk=case.id)
    defaults, around = default_rules.shown(actor, case), page_context(request, case, version)
    context = {
        **around,
        **shown_summary(case, version),
        "causality": shown_lines(request, case, version),
        "expected": [
            (line, words_of(line.pair.reaction))
            for line in expectedness.lines(actor, case, version)
        ],
        "narrative": _narrative(version),
        "form": form,
        "defaults": defaults,
        "objection": objection
        if defaults and defaults.open_rule and around["assessable"]
        else None,
        "section": "medical-review",
    }
    conflicted = form.conflicted or objection.conflicted
    status = 409 if conflicted else max(form.status, objection.status)
    return render(request, "pv/cases/medical_review.html", context, status=status)


def _saved(request: HttpRequest, case: Any, form: CommentForm | ObjectionForm) -> bool:
    """Whether what was typed was kept; else the form says why not."""
    actor = cast(ActingRequest, request).actor
    if not form.is_valid():
        return False
    with form.refusals(stale=_("Something changed meanwhile. Look again, then save again.")):
        if isinstance(form, ObjectionForm):
            actions.overrule_default_rule(actor, case, **form.cleaned_data)
            flash.saved(request, _("Assessment saved. The clocks follow from it."))
        else:
            actions.comment(actor, case, **form.cleaned_data)
            flash.saved(request, _("Comment saved."))
        return True
    if form.conflicted:
        form.resubmit(lock_version=str(case.lock_version))
    return False


def _narrative(version: Any) -> str:
    """The narrative in the reader's language, else the other one."""
    both = (version.narrative_zh, version.narrative_en)
    return str(next(filter(None, both if reads_chinese() else reversed(both)), ""))


urlpatterns = [path("cases/<uuid:pk>/medical-review/", page, name="case-medical-review")]
