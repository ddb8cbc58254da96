"""Messages of laboratories: how they are sent, what waits, what they say of patients' numbers."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from followup.actions import laboratory as actions
from followup.core import row_permissions
from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.permissions import Perm
from followup.domain.laboratory.messages import ChangeKind
from followup.queries import laboratory

KINDS = {
    ChangeKind.MERGED: pgettext_lazy("identifier finding", "Two numbers are one person"),
    ChangeKind.NUMBER_CHANGED: pgettext_lazy("identifier finding", "The number was replaced"),
    ChangeKind.UNLINKED: pgettext_lazy("identifier finding", "Two numbers were taken apart"),
    ChangeKind.DIED: pgettext_lazy("identifier finding", "The hospital notes a death"),
}


class SetUpForm(Form):
    """How a laboratory sends messages."""

    sender = forms.CharField(
        label=gettext_lazy("Name it sends under"),
        help_text=gettext_lazy("MSH-4 of its messages, or MSH-3 where that is empty."),
        max_length=80,
        required=False,
    )
    charset = forms.ChoiceField(
        label=gettext_lazy("Charset"),
        help_text=gettext_lazy("Left open: what the message says, else UTF-8, else GB 18030."),
        choices=[("", "—"), ("utf-8", "UTF-8"), ("gb18030", "GB 18030")],
        required=False,
    )
    addresses = forms.CharField(
        label=gettext_lazy("Addresses it may connect from"),
        help_text=gettext_lazy("IP addresses or networks, with commas. Empty: from anywhere."),
        max_length=200,
        required=False,
    )


class ReasonForm(Form):
    """A decision on a message and why."""

    verdict = forms.ChoiceField(
        label=gettext_lazy("Decision"),
        choices=[
            ("", "—"),
            ("read", gettext_lazy("Read it all the same")),
            ("set_aside", gettext_lazy("Set it aside")),
        ],
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class AnswerForm(Form):
    """What was done about a finding."""

    text = forms.CharField(
        label=gettext_lazy("What was done, or why nothing had to be"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


@require_http_methods(["GET", "POST"])
def messages(request: HttpRequest, pk: str) -> HttpResponse:
    """The messages of a laboratory, those that wait first, and how it sends them."""
    actor = cast(ActingRequest, request).actor
    source = laboratory.files.source(actor, pk)
    initial = {name: getattr(source, name) for name in ("sender", "charset", "addresses")}
    form = SetUpForm(request.POST or None, initial=initial)
    if request.method == "POST":
        row_permissions.require(actor, source, Perm.VISIT_WRITE)
        if form.is_valid():
            with form.refusals():
                actions.messages.set_up(actor, source, **form.cleaned_data)
                flash.saved(request, _("Saved."))
                return redirect("laboratory-messages", pk=source.id)
    context = {
        "source": source,
        "form": form,
        "waiting": laboratory.messages.waiting(actor, source),
        "latest": laboratory.messages.latest(actor, source),
        "may_write": actor.may(Perm.VISIT_WRITE, site=source.site_id),
    }
    return render(request, "followup/laboratory/messages.html", context, status=form.status)


@require_http_methods(["GET", "POST"])
def message(request: HttpRequest, pk: str) -> HttpResponse:
    """One message as it came, and the decision on one that waits."""
    actor = cast(ActingRequest, request).actor
    row = laboratory.messages.one(actor, pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST":
        row_permissions.require(actor, row, Perm.VISIT_WRITE)
        if form.is_valid():
            with form.refusals():
                actions.messages.decide(actor, row, **form.cleaned_data)
                flash.saved(request, _("Recorded."))
                return redirect("laboratory-message", pk=row.id)
    raw = laboratory.messages.content(row.file) if row.file else b""
    charset = (row.file.charset if row.file else "") or "utf-8"
    context = {
        "row": row,
        "form": form,
        "raw": raw.decode(charset, "replace").replace("\r\n", "\n").replace("\r", "\n")[:20_000],
        "may_write": actor.may(Perm.VISIT_WRITE, site=row.site_id),
    }
    return render(request, "followup/laboratory/message.html", context, status=form.status)


@require_GET
def identifiers(request: HttpRequest) -> HttpResponse:
    """What hospitals say of the numbers of our patients; nothing was merged automatically."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.IDENTITY_READ)
    answered = request.GET.get("box") == "answered"
    rows = laboratory.messages.findings(actor, answered=answered)
    context = {"rows": [(row, KINDS[ChangeKind(row.kind)]) for row in rows], "answered": answered}
    return render(request, "followup/laboratory/identifiers.html", context)


def _shown(request: HttpRequest, row: Any, form: AnswerForm) -> HttpResponse:
    actor = cast(ActingRequest, request).actor
    context = {
        "row": row,
        "kind": KINDS[ChangeKind(row.kind)],
        "told": laboratory.messages.told(row),
        "form": form,
        "may_write": actor.may(Perm.IDENTITY_WRITE, site=row.site_id),
    }
    return render(request, "followup/laboratory/identifier.html", context, status=form.status)


@require_http_methods(["GET", "POST"])
def identifier(request: HttpRequest, pk: str) -> HttpResponse:
    """One finding about a patient's number, and its answer."""
    actor = cast(ActingRequest, request).actor
    row = laboratory.messages.finding(actor, pk)
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            actions.messages.answer(actor, row, text=form.cleaned_data["text"])
            flash.saved(request, _("Answered."))
            return redirect("laboratory-identifiers")
    return _shown(request, row, form)


@posted_from("laboratory-identifier")
def reopen(request: HttpRequest, pk: str) -> HttpResponse:
    """Take the answer to a finding back."""
    actor = cast(ActingRequest, request).actor
    row = laboratory.messages.finding(actor, pk)
    form = AnswerForm()
    with form.refusals():
        actions.messages.reopen(actor, row)
        flash.saved(request, _("The finding waits again."))
    return redirect("laboratory-identifier", pk=row.id)


urlpatterns = [
    path("laboratory/sources/<uuid:pk>/messages/", messages, name="laboratory-messages"),
    path("laboratory/messages/<uuid:pk>/", message, name="laboratory-message"),
    path("laboratory/identifiers/", identifiers, name="laboratory-identifiers"),
    path("laboratory/identifiers/<uuid:pk>/", identifier, name="laboratory-identifier"),
    path("laboratory/identifiers/<uuid:pk>/reopen/", reopen, name="laboratory-identifier-reopen"),
]
