"""Requests for follow-up information: the list across cases, those of one case, asking."""

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from followup.core import clock
from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.http.standby import reads_from_standby
from followup.core.permissions import Perm
from followup.web.dates import DateField
from pv.actions import follow_up_requests as actions
from pv.domain.cases.follow_up_requests import RequestState, answer_due
from pv.queries import cases, follow_up_letters
from pv.queries import follow_up_requests as requests
from pv.web.case_summaries import asked_of
from pv.web.cases import page_context

BOXES = {
    "waiting": pgettext_lazy("request box", "No answer yet"),
    "overdue": pgettext_lazy("request box", "Overdue"),
    "escalated": pgettext_lazy("request box", "Tried often enough"),
    "answered": pgettext_lazy("request box", "Answers to assess"),
    "ended": pgettext_lazy("request box", "Closed"),
}
WAYS = {
    "hospital": pgettext_lazy("request way", "Question to the hospital"),
    "letter": pgettext_lazy("request way", "Letter to the reporter"),
}
MARKS = {"open": "query", "answered": "partial", "closed": "done", "withdrawn": "na"}


class ElementsForm(Form):
    """What is asked for, in whatever way."""

    elements = forms.MultipleChoiceField(
        label=pgettext_lazy("request", "Missing of the report"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    recorded = forms.MultipleChoiceField(
        label=pgettext_lazy("request", "Recorded, to be confirmed"),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 6}),
    )
    due_on = DateField(
        label=pgettext_lazy("request", "Answer awaited until"),
        help_text=gettext_lazy("Left empty: the days of the reference data from today."),
        required=False,
    )

    def paths(self) -> list[str]:
        """The instance paths that are asked for, in order."""
        return [*self.cleaned_data.get("elements", ()), *self.cleaned_data["recorded"]]


class AskForm(ElementsForm):
    """A question to the hospital."""

    text = forms.CharField(
        label=pgettext_lazy("request", "Question in your own words"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    field_order = ("elements", "recorded", "text", "due_on")


class LetterForm(ElementsForm):
    """A letter, drafted from its template and written on by a person."""

    recipient = forms.CharField(
        label=pgettext_lazy("letter", "Recipient: name and address"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    subject = forms.CharField(label=pgettext_lazy("letter", "Subject"), max_length=200)
    text = forms.CharField(
        label=pgettext_lazy("letter", "Text of the letter"),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 14}),
    )
    template = forms.CharField(widget=forms.HiddenInput)
    language = forms.CharField(widget=forms.HiddenInput)


def shown(row: Any) -> dict[str, Any]:
    """A request as lists show it."""
    today = clock.today()
    return {
        "row": row,
        "way": WAYS[row.way],
        "mark": MARKS[row.state],
        "late": row.state == RequestState.OPEN and row.due_on < today,
        "days": (row.due_on - today).days,
        "names": [requests.name(each) for each in row.elements],
    }


def _missing(case: Any, version: Any) -> list[str]:
    """The places the report lacks that have a name to ask for."""
    missing = asked_of(case, version, cases.message(version).root).missing
    return [place for place, _code in missing if requests.names(place)]


def _draft(case: Any, version: Any, wanted: Mapping[str, Any]) -> follow_up_letters.LetterDraft:
    """The letter with what is ticked and the day the answer is awaited until."""
    elements = [*wanted.get("elements", ()), *wanted.get("recorded", ())]
    return follow_up_letters.draft(
        case,
        version,
        template=wanted["template"],
        language=wanted["language"],
        elements=[each for each in elements if requests.names(each)],
        due=wanted.get("due_on") or answer_due(requests.rhythm(), clock.today()),
    )


def _offer(form: Form, case: Any, version: Any) -> None:
    """The elements that can be asked for: what is missing, what is recorded and to be confirmed."""
    root = cases.message(version).root
    named = [(place, requests.name(place)) for place in _missing(case, version)]
    recorded = [
        (place, f"{requests.name(place)} {place}")
        for place, _node, _code, _value in root.walk()
        if requests.names(place) and place[0] in "DEFG"
    ]
    if named:
        form.offer("elements", named)
    else:  # a heading over nothing
        del form.fields["elements"]
    form.offer("recorded", recorded)


@require_GET
@reads_from_standby
def listing(request: HttpRequest) -> HttpResponse:
    """Requests across cases, the earliest due day first."""
    actor, today = cast(ActingRequest, request).actor, clock.today()
    actor.require(Perm.CASE_READ)
    box = request.GET.get("box", "waiting")
    box = box if box in BOXES else "waiting"
    rows, next_key = requests.page(actor, box=box, today=today, key=request.GET.get("after", ""))
    counts = requests.box_counts(actor, today)
    context = {
        "rows": [shown(row) for row in rows],
        "next_key": next_key,
        "box": box,
        "boxes": [(code, text, counts.get(code)) for code, text in BOXES.items()],
    }
    return render(request, "pv/follow_up_requests/list.html", context)


@require_http_methods(["GET", "POST"])
def of_case(request: HttpRequest, pk: str) -> HttpResponse:
    """The requests of a case, and a question to its hospital."""
    actor = cast(ActingRequest, request).actor
    case = cases.one(actor, pk)
    version = cases.version(actor, case)
    form = AskForm(request.POST or None)
    _offer(form, case, version)
    if request.method == "POST":
        actor.require(Perm.CASE_WRITE, site=case.site_id, product=case.product_id)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            row = actions.ask_hospital(
                actor,
                case,
                elements=form.paths(),
                text=form.cleaned_data["text"],
                due_on=form.cleaned_data["due_on"],
            )
            flash.saved(request, _("Asked. The hospital sees it in its list."))
            return redirect("follow-up-request", pk=row.id)
    context = {
        **page_context(request, case, version),
        "form": form,
        "rows": [shown(row) for row in requests.of_case(actor, case)],
        "asks_hospital": requests.event_of(case) is not None,
        "templates": requests.choices("templates"),
        "section": "requests",
    }
    return render(request, "pv/follow_up_requests/case.html", context, status=form.status)


@require_http_methods(["GET", "POST"])
def letter(request: HttpRequest, pk: str) -> HttpResponse:
    """Write a letter to a reporter who is no user: from a template, in the reporter's language."""
    actor = cast(ActingRequest, request).actor
    case = cases.one(actor, pk)
    actor.require(Perm.CASE_WRITE, site=case.site_id, product=case.product_id)
    version = cases.version(actor, case)
    template, language = request.GET.get("template", ""), request.GET.get("language", "")
    start: dict[str, Any] = {}
    if request.method == "GET":
        start = {"template": template, "language": language}
        start["elements"] = request.GET.getlist("elements") or _missing(case, version)
        draft = _draft(case, version, start)
        start |= {"recipient": draft.recipient, "subject": draft.subject, "text": draft.text}
    form = LetterForm(request.POST or None, initial=start)
    _offer(form, case, version)
    again = request.POST.get("then") == "draft"
    if again and form.is_valid():
        start = {**form.cleaned_data, "text": _draft(case, version, form.cleaned_data).text}
        form = LetterForm(initial=start)
        _offer(form, case, version)
    elif request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        written = actions.LetterInput(
            *(data[name] for name in ("template", "language", "recipient", "subject", "text"))
        )
        with form.refusals():
            row = actions.write_letter(
                actor, case, letter=written, elements=form.paths(), due_on=data["due_on"]
            )
            flash.saved(request, _("The letter is on the case: print it, and note each attempt."))
            return redirect("follow-up-request", pk=row.id)
    context = {**page_context(request, case, version), "form": form, "section": "requests"}
    return render(request, "pv/follow_up_requests/letter.html", context, status=form.status)


urlpatterns = [
    path("follow-up-requests/", listing, name="follow-up-requests"),
    path("cases/<uuid:pk>/requests/", of_case, name="case-requests"),
    path("cases/<uuid:pk>/requests/letter/", letter, name="case-letter"),
]
