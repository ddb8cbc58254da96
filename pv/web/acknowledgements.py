"""Acknowledgements of receivers: files taken in, what waits for a person, its decision."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from followup.core.forms import Form
from followup.core.forms.refusals import Reasons
from followup.core.http import flash
from followup.core.http.files import document_response, download_response
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.core.stored_words import told
from followup.domain.files import type_of
from pv.actions import acknowledgements as actions
from pv.domain.e2b.acknowledgements import WAITING, InboundState
from pv.queries import acknowledgements

STATES = (
    ("waiting", pgettext_lazy("acknowledgement", "Waiting for a person")),
    ("applied", pgettext_lazy("acknowledgement", "Applied")),
    ("repeated", pgettext_lazy("acknowledgement", "Repeated: nothing changed")),
    ("set_aside", pgettext_lazy("acknowledgement", "Set aside")),
    ("filed", pgettext_lazy("acknowledgement", "Proofs of filings by hand")),
    ("", pgettext_lazy("acknowledgement", "All")),
)
EFFECTS = {
    "moved": pgettext_lazy("acknowledgement effect", "The submission moved."),
    "repeated": pgettext_lazy("acknowledgement effect", "Said before: nothing changed."),
    "conflict": pgettext_lazy("acknowledgement effect", "Contradicts an earlier answer."),
    "not_ours": pgettext_lazy("acknowledgement effect", "Not applied."),
    "silent": pgettext_lazy("acknowledgement effect", "Says no result."),
}


# ICH E2B(R3) acknowledgement, ACK.A.4: what became of the batch as a whole.
CODES = {
    "AA": pgettext_lazy("acknowledgement code", "every message was loaded"),
    "AE": pgettext_lazy("acknowledgement code", "not every message was loaded"),
    "AR": pgettext_lazy("acknowledgement code", "the batch was not loaded"),
}


class Files(forms.FileInput):
    """A field that takes more than one file."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """A list of files, at least one."""

    widget = Files

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Each file as a single one is cleaned."""
        one = super().clean
        return [one(each, initial) for each in data or [None]]


class FileForm(Form):
    """Files of a receiver, one or more."""

    file = FilesField(
        label=gettext_lazy("Acknowledgements (.ack, .xml)"),
        help_text=gettext_lazy("Choose files, or drag them onto this page."),
        allow_empty_file=True,
    )


def received_words(received: actions.Received) -> str:
    """What became of a file, in one sentence."""
    if received.repeated:
        return _("This file was here before: nothing changed.")
    row = received.acknowledgement
    words = {
        "applied": _("The acknowledgement is applied."),
        "repeated": _("The acknowledgement says what was known: nothing changed."),
        "unknown": _("The acknowledgement is kept and waits: it names no file of ours."),
        "unclear": _("The acknowledgement is about a file of ours, is not clear and waits."),
        "partly": _("The acknowledgement is applied in part; the rest waits."),
        "conflict": _("The acknowledgement contradicts an earlier one and waits for a person."),
        "unreadable": _("The file is kept and waits: it cannot be read."),
    }
    said = words.get(row.state, str(row.get_state_display()))
    return f"{said} {row.problem_told}".strip()


@require_http_methods(["GET", "POST"])
def listing(request: HttpRequest) -> HttpResponse:
    """Acknowledgements by state, and the door for files."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.CASE_READ)
    form, status = FileForm(), 200
    lines: list[tuple[str, Any, str]] = []
    if request.method == "POST":
        actor.require(Perm.ICSR_IMPORT)
        form = FileForm(request.POST, request.FILES)
        status = 200 if form.is_valid() else 422
        for file in form.cleaned_data["file"] if form.is_valid() else ():
            try:
                data = file.read(actions.MOST_BYTES + 1)
                received = actions.receive(actor, data, file_name=file.name or "")
            except Refused as refused:
                lines.append((file.name or "", None, str(refused)))
                status = 422
            else:
                lines.append((file.name or "", received.acknowledgement, received_words(received)))
    state = request.GET.get("state", "waiting")
    context = {
        "page": acknowledgements.page(actor, state=state, key=request.GET.get("after", "")),
        "state": state,
        "states": [
            (code, text, acknowledgements.waiting(actor) if code == "waiting" else None)
            for code, text in STATES
        ],
        "form": form,
        "lines": lines,
        "may_import": actor.may(Perm.ICSR_IMPORT),
    }
    return render(request, "pv/acknowledgements/list.html", context, status=status)


def _shown(request: HttpRequest, pk: Any, problem: str = "") -> HttpResponse:
    actor = cast(ActingRequest, request).actor
    row = acknowledgements.one(actor, pk)
    context = {
        "row": row,
        "lines": [
            (line, EFFECTS.get(line["effect"], ""), told(line.get("words") or {}, line["problem"]))
            for line in row.lines
        ],
        "waits": row.state in WAITING,
        "readable": row.state != InboundState.UNREADABLE,
        "code_words": CODES.get(row.code, ""),
        "problem": problem,
        "may_import": actor.may(Perm.ICSR_IMPORT),
        "reason": request.POST.get("reason", ""),
    }
    status = 422 if problem else 200
    return render(request, "pv/acknowledgements/detail.html", context, status=status)


@require_GET
def detail(request: HttpRequest, pk: str) -> HttpResponse:
    """One acknowledgement: what it says, what became of each message."""
    return _shown(request, pk)


@posted_from("acknowledgement")
def decide(request: HttpRequest, pk: str) -> HttpResponse:
    """Apply a waiting acknowledgement all the same, or set it aside; both with a reason."""
    actor = cast(ActingRequest, request).actor
    row = acknowledgements.one(actor, pk)
    decide = actions.set_aside if request.POST.get("verdict") == "set_aside" else actions.rework
    reasons = Reasons()
    with reasons.refusals():
        decide(actor, row, reason=request.POST.get("reason", ""))
        flash.saved(request, _("Recorded."))
        return redirect("acknowledgement", pk=row.id)
    return _shown(request, pk, reasons.text)


@require_GET
def raw(request: HttpRequest, pk: str) -> HttpResponse:
    """The file as it came, byte for byte."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.CASE_READ)
    row = acknowledgements.one(actor, pk)
    content = bytes(row.file.content)
    if row.state == InboundState.FILED:
        response = document_response(content, type_of(content), row.file.file_name)
    else:
        response = download_response(content, f"acknowledgement-{row.id}.ack")
    response["X-SHA256"] = row.file.sha256
    return response


urlpatterns = [
    path("acknowledgements/", listing, name="acknowledgements"),
    path("acknowledgements/<uuid:pk>/", detail, name="acknowledgement"),
    path("acknowledgements/<uuid:pk>/decide/", decide, name="acknowledgement-decide"),
    path("acknowledgements/<uuid:pk>/file/", raw, name="acknowledgement-file"),
]
