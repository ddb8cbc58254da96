"""Possible duplicates of a case side by side, and what a person decides of each."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.naming import reader_language
from pv.actions import duplicates as actions
from pv.domain.e2b.elements import label
from pv.queries import cases, duplicates
from pv.web.cases import page_context

FIELDS: dict[str, str | Promise] = {
    "report_ids": gettext_lazy("Identifiers of the report"),
    "person_key": gettext_lazy("Patient of the register"),
    "initials": gettext_lazy("Initials"),
    "birth_date": gettext_lazy("Birth date"),
    "age_years": gettext_lazy("Age in years"),
    "sex": gettext_lazy("Sex"),
    "country": gettext_lazy("Country of occurrence"),
    "site_key": gettext_lazy("Hospital"),
    "product_code": gettext_lazy("Product"),
    "lot": gettext_lazy("Lot"),
    "infused_on": gettext_lazy("Infused on"),
    "terms": gettext_lazy("Terms of the event"),
    "onset": gettext_lazy("Onset"),
    "died_on": gettext_lazy("Died on"),
    "outcome": gettext_lazy("Outcome"),
}
AGREEMENTS = {
    "IDENTICAL": ("done", pgettext_lazy("agreement", "same")),
    "COMPATIBLE": ("partial", pgettext_lazy("agreement", "could agree")),
    "DIFFERENT": ("failed", pgettext_lazy("agreement", "different")),
    "MISSING": ("na", pgettext_lazy("agreement", "not known")),
}
VERDICTS = {
    "PROBABLE": ("overdue", pgettext_lazy("duplicate", "Probably the same case")),
    "SUSPECT": ("due", pgettext_lazy("duplicate", "Possibly the same case")),
}
# Fields that are kept as codes of the standard, by the element that has the words.
CODED = {"sex": "D.5", "outcome": "E.i.7", "country": "E.i.9"}
# Keys of the register are compared, never shown: they are no value a person reads.
KEYS = frozenset({"person_key", "site_key"})


class DecisionForm(Form):
    """The reason, and one of four answers, each a button: nothing is chosen beforehand."""

    lock_version = forms.IntegerField(widget=forms.HiddenInput)
    other = forms.UUIDField(widget=forms.HiddenInput)
    outcome = forms.ChoiceField(
        label=pgettext_lazy("duplicate", "Decision"),
        choices=actions.Outcome.choices,
    )
    reason = forms.CharField(label=pgettext_lazy("duplicate", "Reason"), max_length=500)


def _sides(code: str, candidate: duplicates.Candidate) -> tuple[str, str]:
    """Both values of a field as a person reads them."""
    mine, theirs = ("", "") if code in KEYS else candidate.values.get(code, ("", ""))
    return _worded(code, mine), _worded(code, theirs)


def _worded(code: str, value: str) -> str:
    known = label(CODED[code], value, reader_language()) if code in CODED else None
    return known or value


def _lines(candidate: duplicates.Candidate) -> list[tuple[Any, ...]]:
    """Every field that could be compared: both values, how they agree, what it adds."""
    return [
        (
            FIELDS.get(field.code, field.code),
            *_sides(field.code, candidate),
            *AGREEMENTS[field.agreement.value],
            field.bits,
        )
        for field in candidate.score.fields
        if field.code in candidate.values
    ]


def _form(request: HttpRequest, case: Any, candidate: duplicates.Candidate) -> DecisionForm:
    prefix = f"c{candidate.case.id.hex}"
    start = {"lock_version": case.lock_version, "other": candidate.case.id}
    sent = request.method == "POST" and f"{prefix}-other" in request.POST
    return DecisionForm(request.POST if sent else None, initial=start, prefix=prefix)


@require_http_methods(["GET", "POST"])
def page(request: HttpRequest, pk: str) -> HttpResponse:
    """The cases that look like this one, explained field by field, with four answers each."""
    actor = cast(ActingRequest, request).actor
    case = cases.one(actor, pk)
    result = duplicates.search(actor, case)
    stale = _("Something changed meanwhile. Look again, then save again.")
    shown, status = [], 422 if request.method == "POST" else 200
    for candidate in result.candidates:
        form = _form(request, case, candidate)
        if form.is_bound and form.is_valid():
            values = form.cleaned_data
            with form.refusals(stale=stale):
                actions.decide(
                    actor,
                    case,
                    candidate.case,
                    outcome=values["outcome"],
                    reason=values["reason"],
                    lock_version=values["lock_version"],
                )
                flash.saved(request, _("Decision recorded."))
                return redirect("case-duplicates", pk=case.id)
            if form.conflicted:
                form.resubmit(lock_version=str(case.lock_version))
                status = 409
        verdict = VERDICTS[candidate.score.verdict.value]
        shown.append((candidate, verdict, _lines(candidate), form))
    sent = next((form for *_line, form in shown if form.is_bound), None)
    if request.method == "POST" and sent is None:
        flash.warn(request, _("These two cases do not look alike any more."))
        return redirect("case-duplicates", pk=case.id)
    context = {
        **page_context(request, case, cases.version(actor, case)),
        "section": "duplicates",
        "candidates": shown,
        "form": sent,
        "hidden": result.hidden,
        "outcomes": actions.Outcome.choices,
    }
    return render(request, "pv/cases/duplicates.html", context, status=status)


urlpatterns = [path("cases/<uuid:pk>/duplicates/", page, name="case-duplicates")]
