"""The malignancy work-up of a case: where it stands, what the evidence says, what comes next."""

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from followup.core.forms import NO_YES_UNKNOWN, AnswerField, AnswersField, Form, VersionedForm
from followup.core.forms.refusals import Reasons
from followup.core.http import flash
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.naming import localized_name
from followup.core.problems import Refused
from followup.queries import samples
from followup.web import drafts
from followup.web.samples.words import PAIRS
from pv.actions import adjudications
from pv.actions import workups as actions
from pv.domain.malignancies import WhyAsked, questions
from pv.queries import cases, workups
from pv.queries.work_up_questions import (
    MISSING,
    NOT_TESTED,
    QUESTIONS,
    SUSPICIONS,
    SUSPICIOUS,
    WHY_ASKED,
    derivation,
)
from pv.web import adjudications as adjudication_pages
from pv.web import work_up_tasks
from pv.web.cases import page_context

BUTTONS: Mapping[str, str | Promise] = {
    "TRIAGE": pgettext_lazy("work-up button", "Triage done"),
    "REQUEST_SAMPLES": pgettext_lazy("work-up button", "Request the samples"),
    "RESULTS_COMPLETE": pgettext_lazy("work-up button", "Results are complete"),
    "CLOSE": pgettext_lazy("work-up button", "Close the work-up"),
    "REOPEN": pgettext_lazy("work-up button", "Reopen"),
    "SAMPLES_LOST": pgettext_lazy("work-up button", "No sample can be had"),
    "EXCLUDE": pgettext_lazy("work-up button", "Exclude"),
    "REFUSE_CONSENT": pgettext_lazy("work-up button", "Consent refused"),
}
CLOSE = "CLOSE"
HELD = {
    "YES": ("done", gettext_lazy("Material from before treatment is held")),
    "NO": ("failed", gettext_lazy("No material from before treatment is held")),
    "UNKNOWN": ("query", gettext_lazy("Not known whether material from before treatment is held")),
}


class _EvidenceHead(VersionedForm):
    """What stands above the questions."""

    suspicions = AnswersField(label=SUSPICIOUS, choices=SUSPICIONS, required=False)


class _EvidenceTail(Form):
    """What stands below them."""

    not_tested_reason = forms.ChoiceField(label=NOT_TESTED, required=False)


def evidence_form(asked: Mapping[str, WhyAsked]) -> type[VersionedForm]:
    """What a person assesses; nothing is answered beforehand, and "not known" is an answer."""
    questions: dict[str, Any] = {
        name: AnswerField(
            label=QUESTIONS[name], choices=NO_YES_UNKNOWN, required=False, help_text=WHY_ASKED[why]
        )
        for name, why in asked.items()
    }
    middle = type("_Questions", (Form,), questions)
    # Fields are collected from the last base to the first, which gives the order on the page.
    return type("EvidenceForm", (_EvidenceTail, middle, _EvidenceHead), {})


def _known(work_up: Any) -> dict[str, Any]:
    """The answers as the form shows them."""
    names = (*QUESTIONS, "not_tested_reason")
    return {
        **{name: work_up.evidence.get(name, "") for name in names},
        "suspicions": work_up.evidence.get("suspicions", []),
    }


def _view(request: HttpRequest, case: Any, form: Form) -> dict[str, Any]:
    actor = cast(ActingRequest, request).actor
    found = workups.of_case(actor, case)
    if found is None:  # `workups.one` has found it a moment ago
        raise Refused(_("This case has no work-up."))
    work_up = found.work_up
    reasoning = work_up.reasoning
    classes = workups.classes()
    agreed = adjudication_pages.agreed(work_up)
    rules = samples.rules(actor)
    reason = reasoning.get("attribution", {}).get("reason") or ""
    return {
        "view": found,
        "suspected": dict(NO_YES_UNKNOWN).get(work_up.event.t_cell_suspected, ""),
        "form": form,
        "held": HELD[found.pre_treatment.value],
        "pairs": [(pair.pairing, *PAIRS[pair.state.value]) for pair in found.pairs],
        "needed": [MISSING.get(n, n) for n in reasoning.get("level", {}).get("needed", ())],
        "class": classes.get(agreed or work_up.attribution),
        "class_agreed": bool(agreed),
        "why_untested": rules.words.get(reason) or reason,
        "reasons": derivation(work_up),
        "citation": reasoning.get("attribution", {}).get("citation", ""),
        "flags": [
            (workups.flags().get(name), {True: "YES", False: "NO", None: ""}[value])
            for name, value in reasoning.get("flags", {}).items()
        ],
        "history": workups.steps(actor, work_up),
        "tasks": work_up_tasks.timeline(actor, work_up),
        "closable": CLOSE in dict(workups.possible(work_up)),
        "possible": [
            (code, BUTTONS.get(code, code), needs_reason)
            for code, needs_reason in workups.possible(work_up)
        ],
    }


def _asked(work_up: Any) -> dict[str, WhyAsked]:
    """What a person is asked now, each with what the answer changes."""
    tested = workups.attribution_evidence(work_up).tested is True
    return questions(workups.evidence(work_up), tested=tested, answered=work_up.evidence)


def _evidence(
    request: HttpRequest, work_up: Any, *, posted: bool
) -> tuple[VersionedForm, drafts.FormDraft]:
    draft = drafts.of(request, "work-up", str(work_up.case_id))
    start = {**_known(work_up), "version": work_up.version, **draft.values}
    reasons = [
        (row.code, localized_name(row))
        for row in samples.rules(cast(ActingRequest, request).actor).assays.reasons
    ]
    asked = _asked(work_up)
    # What another page still asked is read too: an answer is never dropped without a word.
    sent = (name for name in QUESTIONS if posted and name in request.POST and name not in asked)
    asked |= dict.fromkeys(sent, WhyAsked.ANSWERED)
    form = evidence_form(asked)(request.POST if posted else None, initial=start)
    form.offer("not_tested_reason", [("", "—"), *reasons])
    return form, draft


def _shown(
    request: HttpRequest,
    case: Any,
    form: Form,
    *,
    status: int = 200,
    reading: adjudication_pages.ReadingForm | None = None,
    **more: Any,
) -> HttpResponse:
    actor = cast(ActingRequest, request).actor
    context = {
        **page_context(request, case, cases.version(actor, case)),
        **_view(request, case, form),
        "section": "work-up",
        **adjudication_pages.page_context(actor, case, reading),
        **more,
    }
    return render(request, "pv/workups/detail.html", context, status=status)


@require_http_methods(["GET", "POST"])
def detail(request: HttpRequest, pk: str) -> HttpResponse:
    """The work-up of a case; saving the answers reassesses level and class."""
    actor = cast(ActingRequest, request).actor
    case = cases.one(actor, pk)
    work_up = workups.one(actor, case)
    form, draft = _evidence(request, work_up, posted=request.method == "POST")
    if request.method == "POST" and form.is_valid():
        with form.refusals(known=_known):
            actions.answer(actor, work_up, answers=form.cleaned_data, version=form.seen)
            drafts.saved(request, draft)
            flash.saved(request, _("Answers recorded; level and class reassessed."))
            return redirect("work-up", pk=case.id)
    return _shown(request, case, form, status=form.status, conflict=form.collided, draft=draft)


@posted_from("work-up")
def advance(request: HttpRequest, pk: str) -> HttpResponse:
    """Take the next step of the work-up; what was refused stands beside its button again."""
    actor = cast(ActingRequest, request).actor
    case = cases.one(actor, pk)
    work_up = workups.one(actor, case)
    event, reason = request.POST.get("event", ""), request.POST.get("reason", "")
    reasons = Reasons()
    with reasons.refusals():
        actions.advance(actor, work_up, event=event, reason=reason)
        flash.saved(request, _("Work-up moved to the next step."))
        return redirect("work-up", pk=pk)
    if event not in {code for code, needs_reason in workups.possible(work_up) if needs_reason}:
        flash.give_back(request)  # the step has no box on this page
    form, draft = _evidence(request, work_up, posted=False)
    asked = {"event": event, "reason": reason, "problem": reasons.text}
    return _shown(request, case, form, status=422, asked=asked, draft=draft)


@posted_from("work-up")
def read(request: HttpRequest, pk: str) -> HttpResponse:
    """Keep what one reader made of the evidence."""
    actor = cast(ActingRequest, request).actor
    case = cases.one(actor, pk)
    work_up = workups.one(actor, case)
    form = adjudication_pages.reading_form(request.POST)
    stale = _("Something changed meanwhile. Look again, then save again.")
    if form.is_valid():
        with form.refusals(stale=stale):
            adjudications.read(actor, work_up, **form.cleaned_data)
            flash.saved(request, _("Your reading is recorded."))
            return redirect("work-up", pk=pk)
    if form.conflicted:
        form.resubmit(version=str(work_up.version))
    status = 409 if form.conflicted else 422
    evidence, draft = _evidence(request, work_up, posted=False)
    evidence.beside = (form,)
    return _shown(request, case, evidence, status=status, reading=form, draft=draft)


urlpatterns = [
    path("cases/<uuid:pk>/work-up/", detail, name="work-up"),
    path("cases/<uuid:pk>/work-up/advance/", advance, name="work-up-advance"),
    path("cases/<uuid:pk>/work-up/readings/", read, name="work-up-read"),
]
