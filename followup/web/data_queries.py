"""Questions about recorded data: the list, the thread, asking beside a field."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from followup.actions import data_queries as actions
from followup.core import clock, naming, row_permissions
from followup.core.actor import Actor
from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.http.standby import reads_from_standby
from followup.core.permissions import Perm
from followup.queries import data_queries as queries
from followup.queries import patients
from followup.web.code_choices import label

FIELDS = (
    *("contact_on", "contact_type", "informant", "vital_status", "disease_status"),
    *("progressed_on_text", "new_malignancy", "other_event", "new_therapy", "therapy_note", "note"),
)
RULES = {
    "NOT_ASKED": gettext_lazy("This question has no answer and no reason why not."),
    "MALIGNANCY_UNKNOWN": gettext_lazy(
        "New malignancy is “not known”: please ask again or look into the chart."
    ),
    "PROGRESSION_UNDATED": gettext_lazy("Relapse or progression has no date."),
    "THERAPY_UNNAMED": gettext_lazy("A new therapy is stated and not named."),
}
KINDS = {
    "ASK": pgettext_lazy("query", "Asked"),
    "ANSWER": pgettext_lazy("query", "Answered"),
    "REOPEN": pgettext_lazy("query", "Asked again"),
    "CLOSE": pgettext_lazy("query", "Closed"),
    "RESOLVE": pgettext_lazy("query", "Settled by a correction"),
}
MARKS = {"OPEN": "query", "ANSWERED": "partial", "CLOSED": "done"}


class AskForm(Form):
    """What is to be checked, about which field."""

    field = forms.ChoiceField(label=gettext_lazy("About"), required=False)
    text = forms.CharField(
        label=gettext_lazy("What is to be checked"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class EntryForm(Form):
    """One more entry of the thread."""

    text = forms.CharField(
        label=gettext_lazy("Explanation"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


def field_name(field: str, table: str = "followup_visit") -> str:
    """A column of a contact in words; the whole record without one."""
    return naming.column(field, table) if field else _("the whole record")


def _about(row: Any) -> str:
    """What a question is about, in words."""
    if row.event is not None:
        text = _("Adverse event: %(event)s") % {"event": row.event.verbatim[:60]}
        return f"{text} · {field_name(row.field, 'followup_adverseevent')}" if row.field else text
    # A field of the patient or an infusion is named in the text of the question.
    return field_name(row.field if row.visit is not None else "")


def shown(row: Any) -> dict[str, Any]:
    """A question as lists show it."""
    late = row.due_on is not None and row.state == "OPEN" and row.due_on < clock.today()
    return {
        "query": row,
        "field": _about(row),
        "late": late,
        "text": str(RULES.get(row.rule, "")),
        "days": (clock.today() - row.raised_on).days,
        "mark": MARKS[row.state],
        "state": queries.state_word(row.state),
    }


@require_GET
@reads_from_standby
def listing(request: HttpRequest) -> HttpResponse:
    """Open questions of one's own hospitals, the oldest first."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.VISIT_READ)
    state = request.GET.get("state", "")
    state = state if state in MARKS else ""
    rows, next_key = queries.page(actor, state=state, key=request.GET.get("after", ""))
    context = {
        "rows": [shown(row) for row in rows],
        "next_key": next_key,
        "state": state,
        "states": queries.states(),
        "counts": queries.counts(actor),
    }
    return render(request, "followup/data_queries/list.html", context)


def _page(request: HttpRequest, actor: Actor, row: Any, form: Form, status: int) -> HttpResponse:
    # What the holder asked is closed by the holder.
    own = not row.by_holder and actor.may(Perm.QUERY_WRITE, site=row.site_id)
    context = {
        **shown(row),
        "entries": [
            {"entry": e, "kind": KINDS[e.kind], "text": _words(row, e)}
            for e in queries.entries(row)
        ],
        "value": _value(row),
        "asked_for": [named.get(naming.reader_language(), "") for named in row.asked_for],
        "form": form,
        "may_answer": row.state == "OPEN" and actor.may(Perm.VISIT_WRITE, site=row.site_id),
        "may_correct": actor.may(Perm.EVENT_WRITE, site=row.site_id, product=row.product_id),
        "may_close": row.state != "CLOSED" and own,
        "may_reopen": row.state != "OPEN" and own,
        "next": queries.following(actor, row),
    }
    return render(request, "followup/data_queries/thread.html", context, status=status)


def _words(row: Any, entry: Any) -> str:
    """What was written; what a rule says is in the reader's language, whoever set it off."""
    if entry.kind == "RESOLVE":
        return _("The record was corrected.")
    return entry.text or str(RULES.get(row.rule, ""))


def _value(row: Any) -> str:
    """The value asked about, in words."""
    if row.visit is None or not row.field:
        return ""
    raw = getattr(row.visit, row.field)
    words, listed = naming.value(str(raw), row.field, "followup_visit")
    if not words and listed:
        words = label(listed, str(raw))
    return words or (str(raw) if raw not in (None, "") else "—")


@require_http_methods(["GET", "POST"])
def thread(request: HttpRequest, pk: str) -> HttpResponse:
    """One question with its thread; answering goes on with the next one."""
    actor = cast(ActingRequest, request).actor
    row = queries.one(actor, pk)
    form = EntryForm(request.POST or None, initial={"version": row.version})
    if request.method == "POST" and form.is_valid():
        then = {"reopen": actions.reopen, "close": actions.close}
        act = then.get(request.POST.get("then", ""), actions.answer)
        following = queries.following(actor, row)
        with form.refusals(stale=_("Somebody else wrote on this question: read it again.")):
            data = form.cleaned_data
            act(actor, row, text=data["text"], version=data["version"])
            flash.saved(request, _("Saved."))
            if act is actions.answer and following is not None:
                return redirect("query", pk=following.id)
            return redirect("query", pk=row.id)
    return _page(request, actor, row, form, form.status)


@require_http_methods(["GET", "POST"])
def ask_visit(request: HttpRequest, pk: str) -> HttpResponse:
    """Ask about a contact or one field of it."""
    actor = cast(ActingRequest, request).actor
    visit = patients.visit(actor, pk)
    row_permissions.require(actor, visit, Perm.QUERY_WRITE)
    form = AskForm(request.POST or None, initial={"field": request.GET.get("field", "")})
    whole = ("", _("the whole record"))
    form.offer("field", [whole, *((name, field_name(name)) for name in FIELDS)])
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            row = actions.ask(actor, visit.patient, visit=visit, **form.cleaned_data)
            flash.saved(request, _("Asked. The hospital sees it in its list."))
            return redirect("query", pk=row.id)
    context = {"form": form, "visit": visit, "patient": visit.patient}
    return render(request, "followup/data_queries/ask.html", context, status=form.status)


@require_http_methods(["GET", "POST"])
def ask_patient(request: HttpRequest, pk: str) -> HttpResponse:
    """Ask about a patient as a whole."""
    actor = cast(ActingRequest, request).actor
    patient = patients.one(actor, pk)
    row_permissions.require(actor, patient, Perm.QUERY_WRITE)
    form = AskForm(request.POST or None)
    del form.fields["field"]
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            row = actions.ask(actor, patient, text=form.cleaned_data["text"])
            flash.saved(request, _("Asked. The hospital sees it in its list."))
            return redirect("query", pk=row.id)
    context = {"form": form, "patient": patient}
    return render(request, "followup/data_queries/ask.html", context, status=form.status)


urlpatterns = [
    path("queries/", listing, name="queries"),
    path("queries/<uuid:pk>/", thread, name="query"),
    path("contacts/<uuid:pk>/queries/new/", ask_visit, name="query-ask-contact"),
    path("patients/<uuid:pk>/queries/new/", ask_patient, name="query-ask-patient"),
]
