"""Expectedness of a case for each receiver: what each label says, and a person's own answer."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from followup.core.actor import Actor
from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from pv.actions import cases as actions
from pv.domain.labels import Why
from pv.domain.periodic.events import words_of
from pv.queries import cases, expectedness, labels
from pv.web.cases import page_context

WHY: dict[Why | None, str | Promise] = {
    Why.LISTED: pgettext_lazy("expectedness", "The label names the event."),
    Why.NOT_LISTED: pgettext_lazy("expectedness", "The label does not name the event."),
    Why.FATAL_NOT_STATED: pgettext_lazy(
        "expectedness", "The label names the event, but not that it may end in death."
    ),
    Why.NO_LABEL: pgettext_lazy("expectedness", "No confirmed label was in force on the day."),
    Why.LABELS_DIFFER: pgettext_lazy(
        "expectedness",
        "The day of the event is uncertain, and the labels in force within it differ.",
    ),
    Why.NOT_CODED: pgettext_lazy("expectedness", "The event is not coded yet."),
    Why.NOT_LOADED: pgettext_lazy(
        "expectedness",
        "The event's MedDRA version is not loaded, so its preferred term is not known.",
    ),
    Why.NO_COUNTRY: pgettext_lazy(
        "expectedness", "The country of occurrence is missing: it decides which label counts."
    ),
    Why.NO_BASIS: pgettext_lazy(
        "expectedness", "No rule is known of which label this receiver asks for."
    ),
}
ANSWERS = (
    ("unexpected", pgettext_lazy("expectedness", "Unexpected")),
    ("expected", pgettext_lazy("expectedness", "Expected")),
    ("label", pgettext_lazy("expectedness", "As the labels say")),
)
_SENT = {"unexpected": True, "expected": False, "label": None}


class DecisionForm(Form):
    """A person's own answer with its reason; nothing is chosen beforehand."""

    lock_version = forms.IntegerField(widget=forms.HiddenInput)
    pair = forms.CharField(widget=forms.HiddenInput)
    receiver = forms.CharField(widget=forms.HiddenInput)
    answer = forms.ChoiceField(
        label=pgettext_lazy("expectedness", "Answer"), choices=[("", "—"), *ANSWERS]
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500)


def open_decision(actor: Actor, case: Any, version: Any) -> tuple[str, DecisionForm] | None:
    """The first event nobody has decided for the authority, in its words, with the form to do so.

    The form is sent to the page of all of them.
    """
    for number, line in enumerate(expectedness.lines(actor, case, version)):
        if line.receiver == expectedness.WRITTEN and line.unexpected is None:
            return words_of(line.pair.reaction), _form(None, case, line, number)
    return None


def _form(sent: QueryDict | None, case: Any, line: expectedness.Line, number: int) -> DecisionForm:
    prefix = f"e{number}"
    start = {"lock_version": case.lock_version, "pair": line.pair.key, "receiver": line.receiver}
    mine = sent if sent and f"{prefix}-answer" in sent else None
    return DecisionForm(mine, initial=start, prefix=prefix)


@require_http_methods(["GET", "POST"])
def page(request: HttpRequest, pk: str) -> HttpResponse:
    """Each pair of product and event for each receiver, with its labels and the way to decide."""
    actor = cast(ActingRequest, request).actor
    case = cases.one(actor, pk)
    version = cases.version(actor, case)
    kinds = dict(labels.kinds())
    stale = _("Something changed meanwhile. Look again, then save again.")
    shown, status = [], 422 if request.method == "POST" else 200
    for number, line in enumerate(expectedness.lines(actor, case, version)):
        form = _form(request.POST, case, line, number)
        if form.is_bound and form.is_valid():
            values = form.cleaned_data
            with form.refusals(stale=stale):
                actions.decide_expectedness(
                    actor,
                    case,
                    pair=values["pair"],
                    receiver=values["receiver"],
                    unexpected=_SENT[values["answer"]],
                    reason=values["reason"],
                    lock_version=values["lock_version"],
                )
                flash.saved(request, _("Decision recorded."))
                summary = request.POST.get("back") == "case"
                return redirect("case" if summary else "case-expectedness", pk=case.id)
            if form.conflicted:
                form.resubmit(lock_version=str(case.lock_version))
                status = 409
        reasons = [
            (answer, kinds[answer.kind.value], WHY[answer.why]) for answer in line.derived.answers
        ]
        words = words_of(line.pair.reaction)
        shown.append((line, words, reasons, WHY.get(line.derived.why, ""), form))
    sent = next((form for *_line, form in shown if form.is_bound), None)
    if request.method == "POST" and sent is None:
        flash.warn(request, stale)
        return redirect("case-expectedness", pk=case.id)
    context = {
        **page_context(request, case, version),
        "section": "expectedness",
        "lines": shown,
        "form": sent,
        "no_product": case.product is None,
    }
    return render(request, "pv/cases/expectedness.html", context, status=status)


urlpatterns = [path("cases/<uuid:pk>/expectedness/", page, name="case-expectedness")]
