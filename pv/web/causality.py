"""Causality of a case: opinions side by side, and a method's questions with their answers."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from followup.core.forms import AnswerField, Form
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.naming import reader_language
from followup.core.problems import NotFound
from pv.actions import cases as actions
from pv.domain.cases.causality_opinions import shown
from pv.domain.causality import CausalityRules, OpinionFlag
from pv.queries import cases, causality
from pv.web.cases import page_context

FLAGS: dict[OpinionFlag, str | Promise] = {
    OpinionFlag.DEFAULT_RELATED: pgettext_lazy(
        "causality", "The reporter gave no opinion: the report counts as related."
    ),
    OpinionFlag.REPORTER_KEPT: pgettext_lazy(
        "causality", "A weaker opinion is reported beside it and does not lower it."
    ),
    OpinionFlag.RAISED_BY_HOLDER: pgettext_lazy(
        "causality", "The holder's opinion is the stronger one and counts."
    ),
    OpinionFlag.RAISED_BY_AUTHORITY: pgettext_lazy(
        "causality", "The authority's opinion is the stronger one and counts."
    ),
}


def _assessment(rules: CausalityRules, row: Any, half: str) -> dict[str, Any]:
    """One stored assessment in words: its answers, the rule, and the result that counts."""
    grades = dict(causality.grades(rules, row.method, half))
    answers = []
    for question in rules.questions[row.method]:
        given = {one["code"]: one[half] for one in question["answers"]}
        code = row.method_answers.get(question["code"])
        points = question["scores"].get(code) if "scores" in question and code else None
        answers.append((question[half], given.get(code, ""), points))
    reason = rules.reasons.get(row.rule, {})
    return {
        "row": row,
        "who": row.assessed_by.display_name if row.assessed_by else row.assessed_by_name,
        "answers": answers,
        "computed": grades.get(row.computed, ""),
        "result": grades.get(row.final_result, ""),
        "own": row.final_result != row.computed,
        "rule": reason.get(half, row.rule),
        "citation": rules.citations[row.method],
    }


def shown_lines(request: HttpRequest, case: Any, version: Any) -> list[dict[str, Any]]:
    """Each drug and event with the opinions of reporter, holder and authority, in words."""
    actor, half = cast(ActingRequest, request).actor, reader_language()
    rules = causality.causality_rules()
    root = cases.message(version).root
    found = []
    for line in causality.lines(actor, case, root, version=version.number):
        opinion = line.opinion
        found.append(
            {
                "pair": line.pair,
                "words": line.words,
                "columns": [
                    (
                        column,
                        [shown(rules, one, half)[1:] for one in column.stated],
                        [_assessment(rules, row, half) for row in column.assessments],
                    )
                    for column in line.columns
                ],
                "unnamed": [shown(rules, one, half) for one in line.unnamed],
                "differs": line.differs,
                "governs": rules.texts[opinion.grade.value][half] if opinion.grade else "",
                "related": opinion.related,
                "flags": [FLAGS[flag] for flag in opinion.flags],
                "citation": opinion.citation,
            }
        )
    return found


@require_GET
def page(request: HttpRequest, pk: str) -> HttpResponse:
    """Every drug and event of the current version with its opinions and what governs."""
    actor = cast(ActingRequest, request).actor
    case = cases.one(actor, pk)
    version = cases.version(actor, case)
    rules, half = causality.causality_rules(), reader_language()
    lines = shown_lines(request, case, version)
    words = {line["pair"].key: line["words"] for line in lines}
    context = {
        **page_context(request, case, version),
        "section": "causality",
        "causality": lines,
        "methods": causality.methods(),
        "history": [
            (words.get(row.pair, ""), _assessment(rules, row, half))
            for row in causality.of_case(actor, case)
        ],
    }
    return render(request, "pv/cases/causality.html", context)


class _Head(Form):
    """What is asked beside the questions; nothing is answered beforehand."""

    lock_version = forms.IntegerField(widget=forms.HiddenInput)


class _Tail(Form):
    """A result of one's own and why."""

    result = forms.ChoiceField(
        label=pgettext_lazy("causality", "Another result than the answers give"),
        help_text=gettext_lazy(
            "Leave it empty to take what the answers give. The reason is needed for another one,"
            " and for an opinion that came without answers: say where it is from."
        ),
        required=False,
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


def _form_class(asks: Sequence[Mapping[str, Any]], half: str) -> type[Form]:
    """The questions of a method in their order; "unknown" is an answer, no answer is none."""
    asked: dict[str, Any] = {
        question["code"]: AnswerField(
            label=question[half],
            choices=[(one["code"], one[half]) for one in question["answers"]],
            required=False,
        )
        for question in asks
    }
    middle = type("_Questions", (Form,), asked)
    # Fields are collected from the last base to the first, which gives the order on the page.
    return type("AssessmentForm", (_Tail, middle, _Head), {})


@require_http_methods(["GET", "POST"])
def assess(request: HttpRequest, pk: str) -> HttpResponse:
    """The questions of one method for one drug, event and assessor."""
    actor, half = cast(ActingRequest, request).actor, reader_language()
    case = cases.one(actor, pk)
    version = cases.version(actor, case)
    key, assessor, method = (request.GET.get(name, "") for name in ("pair", "assessor", "method"))
    lines = causality.lines(actor, case, cases.message(version).root, version=version.number)
    line = next((one for one in lines if one.pair.key == key), None)
    rules = causality.causality_rules()
    if line is None or not causality.is_known(rules, assessor, method):
        raise NotFound("causality")
    before = causality.latest(case).get((key, assessor, method))
    start = {"lock_version": case.lock_version, **(before.method_answers if before else {})}
    asks, grades = rules.questions[method], causality.grades(rules, method, half)
    form = _form_class(asks, half)(request.POST or None, initial=start)
    form.offer("result", [("", "—"), *grades])
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        answers = {q["code"]: answer for q in asks if (answer := values[q["code"]])}
        with form.refusals(stale=_("Something changed meanwhile. Look again, then save again.")):
            made = actions.assess_causality(
                actor,
                case,
                given=actions.CausalityInput(key, assessor, method, answers, values["result"]),
                reason=values["reason"],
                lock_version=values["lock_version"],
            )
            word = dict(grades).get(made.final_result)
            text = _("Assessment saved: %(result)s.") if word else _("Assessment saved: open.")
            flash.saved(request, text % {"result": word})
            return redirect("case-causality", pk=case.id)
        if form.conflicted:
            form.resubmit(lock_version=str(case.lock_version))
    context = {
        **page_context(request, case, version),
        "section": "causality",
        "form": form,
        "words": line.words,
        "assessor": dict(causality.assessors())[assessor],
        "method": dict(causality.methods())[method],
        "before": _assessment(rules, before, half) if before else None,
        "citation": rules.citations[method],
    }
    status = 409 if form.conflicted else form.status
    return render(request, "pv/cases/causality_assess.html", context, status=status)


urlpatterns = [
    path("cases/<uuid:pk>/causality/", page, name="case-causality"),
    path("cases/<uuid:pk>/causality/assess/", assess, name="case-causality-assess"),
]
