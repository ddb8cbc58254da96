"""The thread of one request: attempts, the answer and what it is to the case, its end."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from followup.core.actor import Actor
from followup.core.forms import Form
from followup.core.forms.refusals import button
from followup.core.http import flash
from followup.core.http.files import pdf_response, word_response
from followup.core.http.numbers import version_sent
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.permissions import Perm
from followup.web.dates import DateField
from pv.actions import follow_up_requests as actions
from pv.domain.cases.follow_up_requests import RequestState
from pv.queries import cases, follow_up_letters
from pv.queries import follow_up_requests as requests
from pv.web.cases import page_context
from pv.web.follow_up_requests import shown

KINDS = {
    "ASK": pgettext_lazy("request entry", "Asked"),
    "ASK_AGAIN": pgettext_lazy("request entry", "Asked again"),
    "ATTEMPT": pgettext_lazy("request entry", "Attempt"),
    "UNDO": pgettext_lazy("request entry", "Attempt undone"),
    "ANSWER": pgettext_lazy("request entry", "Answer"),
    "ASSESS": pgettext_lazy("request entry", "Assessed"),
    "WITHDRAW": pgettext_lazy("request entry", "Withdrawn"),
    "CLOSE": pgettext_lazy("request entry", "Closed"),
}
BEARINGS = {
    "new": pgettext_lazy("answer", "New information: its follow-up clock runs from this day"),
    "nothing_new": pgettext_lazy("answer", "Nothing new on the case: no clock"),
}
_STALE = gettext_lazy("Somebody else changed this request meanwhile. Look again.")


class ThreadForm(Form):
    """A step of the thread, at the version it was opened with."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class AttemptForm(ThreadForm):
    """One attempt to get an answer."""

    on = DateField(label=pgettext_lazy("attempt", "Day"), future=False)
    channel = forms.ChoiceField(label=pgettext_lazy("attempt", "Channel"))
    outcome = forms.ChoiceField(label=pgettext_lazy("attempt", "Outcome"))
    text = forms.CharField(label=gettext_lazy("Remarks"), max_length=1000, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("channel", "outcome"):
            self.offer(name, [("", "—"), *requests.choices(f"{name}s")])


class AnswerForm(ThreadForm):
    """An answer that came by letter or telephone."""

    on = DateField(label=pgettext_lazy("answer", "It reached us on"), future=False)
    text = forms.CharField(
        label=pgettext_lazy("answer", "What was answered"),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )


class AssessForm(ThreadForm):
    """What an answer is to the case; nothing is chosen beforehand."""

    bearing = forms.ChoiceField(
        label=pgettext_lazy("answer", "What the answer is to the case"),
        choices=list(BEARINGS.items()),
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        label=pgettext_lazy("answer", "Reason, needed where nothing is new"),
        max_length=1000,
        required=False,
    )


class AgainForm(ThreadForm):
    """The same question once more."""

    text = forms.CharField(
        label=pgettext_lazy("request", "What you still want to know"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    due_on = DateField(label=pgettext_lazy("request", "Answer awaited until"), required=False)


class WithdrawForm(ThreadForm):
    """Why a question is withdrawn."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=1000)


class CloseForm(ThreadForm):
    """Why a request is closed."""

    closure = forms.ChoiceField(label=gettext_lazy("Reason"))
    text = forms.CharField(label=gettext_lazy("Remarks"), max_length=1000, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer("closure", [("", "—"), *requests.choices("closures")])


# Step: its form, what it does, what is said when it is done.
STEPS: dict[str, tuple[type[ThreadForm], Any, Any]] = {
    "assess": (AssessForm, actions.assess, gettext_lazy("Assessed.")),
    "attempt": (AttemptForm, actions.attempt, gettext_lazy("Attempt noted.")),
    "answer": (AnswerForm, actions.record_answer, gettext_lazy("The answer is on the thread.")),
    "again": (AgainForm, actions.ask_again, gettext_lazy("Asked again.")),
    "close": (CloseForm, actions.close, gettext_lazy("Closed.")),
    "withdraw": (WithdrawForm, actions.withdraw, gettext_lazy("Withdrawn.")),
}


def _possible(row: Any) -> list[str]:
    """The steps a request can take now."""
    open_now, answered = row.state == RequestState.OPEN, row.state == RequestState.ANSWERED
    steps = {
        "assess": row.source is not None,
        "attempt": open_now,
        "answer": open_now,
        "again": not open_now,
        "close": open_now or answered,
        "withdraw": open_now,
    }
    return [name for name, possible in steps.items() if possible]


def _line(line: requests.ThreadLine) -> dict[str, Any]:
    words = {
        **BEARINGS,
        **dict(requests.choices("channels")),
        **dict(requests.choices("outcomes")),
    }
    closures = dict(requests.choices("closures"))
    entry = line.entry
    coded = closures.get(entry.code) if entry.kind == "CLOSE" else BEARINGS.get(entry.code)
    return {
        "entry": entry,
        "kind": KINDS[entry.kind],
        "coded": coded,
        "channel": words.get(entry.channel, entry.channel),
        "outcome": words.get(entry.outcome, entry.outcome),
        "undone": line.undone,
    }


def _page(request: HttpRequest, actor: Actor, row: Any, bound: dict[str, Form]) -> HttpResponse:
    case = cases.one(actor, row.case_id)
    may_write = actor.may(Perm.CASE_WRITE, site=row.site_id, product=row.product_id)
    steps = _possible(row) if may_write else []
    kept = [name for name in bound if name not in steps]
    step_forms = [
        (name, bound.get(name) or STEPS[name][0](prefix=name, initial={"version": row.version}))
        for name in [*steps, *kept]
    ]
    changed = [
        (source, [requests.name(path) for path in paths])
        for source, paths in requests.changed_meanwhile(actor, row)
    ]
    context = {
        **page_context(request, case, cases.version(actor, case)),
        **shown(row),
        "thread": [_line(line) for line in requests.thread(actor, row)],
        "changed": changed,
        "step_forms": dict(step_forms),
        "bearing": BEARINGS.get(row.bearing),
        "section": "requests",
    }
    status = next((form.status for form in bound.values()), 200)
    return render(request, "pv/follow_up_requests/thread.html", context, status=status)


@require_http_methods(["GET", "POST"])
def thread(request: HttpRequest, pk: str) -> HttpResponse:
    """One request with its thread and the next step."""
    actor = cast(ActingRequest, request).actor
    row = requests.one(actor, pk)
    step = request.POST.get("then", "")
    if request.method != "POST" or step not in STEPS:
        return _page(request, actor, row, {})
    actor.require(Perm.CASE_WRITE, site=row.site_id, product=row.product_id)
    kind, act, done = STEPS[step]
    form = kind(request.POST, prefix=step)
    if form.is_valid():
        with form.refusals(stale=str(_STALE)):
            act(actor, row, **form.cleaned_data)
            flash.saved(request, str(done))
            return redirect("follow-up-request", pk=row.id)
    return _page(request, actor, requests.one(actor, pk), {step: form})


@posted_from("follow-up-request")
def undo_attempt(request: HttpRequest, pk: str, entry_id: str) -> HttpResponse:
    """Undo an attempt noted by mistake."""
    actor = cast(ActingRequest, request).actor
    row = requests.one(actor, pk)
    with button(request, changed=str(_STALE)):
        actions.undo_attempt(
            actor,
            row,
            entry=requests.entry(actor, row, entry_id),
            reason=request.POST.get("reason", ""),
            version=version_sent(request.POST.get("version", "")),
        )
        flash.saved(request, _("Undone."))
    return redirect("follow-up-request", pk=row.id)


@require_GET
def printed(request: HttpRequest, pk: str, kind: str) -> HttpResponse:
    """The letter as PDF or Word document."""
    actor = cast(ActingRequest, request).actor
    document = follow_up_letters.printed(actor, requests.one(actor, pk), kind=kind)
    answer = pdf_response if kind == "pdf" else word_response
    return answer(document.content, document.name)


urlpatterns = [
    path("follow-up-requests/<uuid:pk>/", thread, name="follow-up-request"),
    path(
        "follow-up-requests/<uuid:pk>/entries/<uuid:entry_id>/undo/",
        undo_attempt,
        name="follow-up-attempt-undo",
    ),
    path("follow-up-requests/<uuid:pk>/letter.<str:kind>", printed, name="follow-up-letter"),
]
