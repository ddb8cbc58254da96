"""The submissions ledger: every file, its receiver's answer, the timeline of each."""

from collections.abc import Callable, Iterator
from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from followup.core import clock
from followup.core.actor import Actor
from followup.core.forms import Form
from followup.core.forms.refusals import Reasons
from followup.core.http import flash
from followup.core.http.files import csv_stream
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.http.standby import reads_from_standby
from followup.core.permissions import Perm
from pv.actions import acknowledgements, transmissions
from pv.domain.cases import sections as case_forms
from pv.queries import acknowledgements as inbound
from pv.queries import cases, channels, rules, version_unlocks
from pv.queries import plans as planned
from pv.queries import transmissions as ledger
from pv.web import plans
from pv.web.acknowledgements import FileForm, received_words
from pv.web.case_tags import file_state
from pv.web.channel_problems import in_words

STATES = {
    "generated": pgettext_lazy("submission state", "Generated"),
    "sent": pgettext_lazy("submission state", "Sent"),
    "received": pgettext_lazy("submission state", "Received"),
    "accepted": pgettext_lazy("submission state", "Accepted"),
    "accepted_with_warnings": pgettext_lazy("submission state", "Accepted with warnings"),
    "rejected": pgettext_lazy("submission state", "Rejected"),
}
FOLDERS = (
    ("", pgettext_lazy("ledger", "All")),
    ("unsent", pgettext_lazy("ledger", "Not sent")),
    ("unanswered", pgettext_lazy("ledger", "Unanswered")),
    ("late", pgettext_lazy("ledger", "Answer is late")),
    ("rejected", pgettext_lazy("ledger", "Rejected")),
    ("held", pgettext_lazy("ledger", "Held up")),
    ("ambiguous", pgettext_lazy("ledger", "In doubt")),
    ("disputed", pgettext_lazy("ledger", "Contradicting answers")),
    ("unplanned", pgettext_lazy("ledger", "Not in the plan")),
)
# How the news of a file came or went: a person, a door, the kind of a channel.
CHANNELS = {
    "manual": pgettext_lazy("transmission channel", "by hand"),
    "page": pgettext_lazy("inbound door", "Page"),
    "command": pgettext_lazy("inbound door", "Command"),
    "api": pgettext_lazy("inbound door", "API"),
    "folder": pgettext_lazy("inbound door", "Folder"),
    "as2": pgettext_lazy("inbound door", "AS2"),
    "sftp": pgettext_lazy("inbound door", "SFTP"),
    "fda": pgettext_lazy("inbound door", "FDA ESG NextGen"),
}
EVENTS = {
    "sent": pgettext_lazy("transmission event", "Noted as sent"),
    "retracted": pgettext_lazy("transmission event", "Retracted"),
    "queued": pgettext_lazy("transmission event", "Queued"),
    "attempted": pgettext_lazy("transmission event", "Sending began"),
    "placed": pgettext_lazy("transmission event", "Placed in the folder of the gateway"),
    "ambiguous": pgettext_lazy("transmission event", "Sent, nobody knows if it arrived"),
    "failed": pgettext_lazy("transmission event", "Did not arrive"),
    "receipt": pgettext_lazy("transmission event", "Receipt proven (MDN)"),
    "receipt_unproven": pgettext_lazy("transmission event", "Receipt without proof (MDN)"),
    "acknowledged": pgettext_lazy("transmission event", "Acknowledged"),
    "settled": pgettext_lazy("transmission event", "Settled by a person"),
}
DECISIONS = ("accepted", "accepted_with_warnings", "rejected")


class SettleForm(Form):
    """Which of two decisions holds; nothing is chosen in advance."""

    decision = forms.ChoiceField(
        label=gettext_lazy("What the receiver decided in the end"),
        choices=[("", "—"), *((code, STATES[code]) for code in DECISIONS)],
    )
    reason = forms.CharField(
        label=gettext_lazy("How it is known"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


def _code(row: Any) -> str:
    """The receiver of a file as data, with the partner it is made for."""
    return f"{row.profile}/{row.partner}" if row.partner else row.profile


def _receiver(row: Any, receivers: dict[str, str]) -> str:
    """The receiver of a file, with the partner it is made for."""
    name = receivers[row.profile]
    return f"{name} · {row.partner}" if row.partner else name


@require_GET
@reads_from_standby
def listing(request: HttpRequest) -> HttpResponse:
    """The ledger with its folders."""
    actor, today = cast(ActingRequest, request).actor, clock.today()
    actor.require(Perm.CASE_READ)
    kind, profile = request.GET.get("box", ""), request.GET.get("receiver", "")
    numbers = ledger.counts(actor, today=today)
    page = ledger.ledger(
        actor, today=today, kind=kind, profile=profile, key=request.GET.get("after", "")
    )
    receivers = rules.receiver_names()
    context = {
        "page": page,
        "rows": [(row, file_state(row), _receiver(row, receivers)) for row in page.items],
        "today": today,
        "box": kind,
        "receiver": profile,
        "receivers": list(receivers.items()),
        "folders": [(code, text, numbers.get(code)) for code, text in FOLDERS],
        "waiting": inbound.waiting(actor),
    }
    return render(request, "pv/transmissions/list.html", context)


@require_GET
@reads_from_standby
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The ledger as a table, with the hash of each file."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.ICSR_EXPORT)
    kind, profile = request.GET.get("box", ""), request.GET.get("receiver", "")
    rows = ledger.every(actor, today=clock.today(), kind=kind, profile=profile)
    head = [
        _("Case"),
        _("Version"),
        _("File"),
        _("Receiver"),
        "SHA-256",
        _("Size in bytes"),
        _("State"),
        _("Sent on"),
        _("Answer due"),
        _("Answered on"),
        _("Case due"),
        _("Reason outside the plan"),
    ]

    def lines() -> Iterator[list[Any]]:
        yield head
        for row in rows:
            values = [row.case.number, row.version.number, row.file_name, _code(row), row.sha256]
            values += [row.size, str(file_state(row)), row.sent_on, row.answer_due]
            yield [*values, row.answered_on, row.case.next_due, row.unplanned_because]

    return csv_stream(lines(), "submissions.csv")


def _remarks(actor: Any, row: Any) -> list[dict[str, Any]]:
    """Rejections and warnings of the answer, each with the field of its element."""
    entry = row.acknowledgement or {}
    if not (entry.get("rejections") or entry.get("warnings")):
        return []
    case = cases.one(actor, row.case_id)
    root = cases.message(cases.version(actor, case)).root
    remarks = []
    for kind in ("rejections", "warnings"):
        for remark in entry.get(kind, ()):
            places = [
                (code, case_forms.section_of(code), case_forms.place_of(root, code))
                for code in remark["elements"]
            ]
            error = kind == "rejections"
            remarks.append({"error": error, "text": remark["text"], "places": places})
    return remarks


def _came_by(event: Any) -> tuple[Any, str]:
    """The way an event came or went by, and what was said of it; a person's words as they are."""
    return CHANNELS.get(event.channel, event.channel), in_words(event.text)


def shown(
    request: HttpRequest,
    pk: Any,
    *,
    settle: SettleForm | None = None,
    form: FileForm | None = None,
    problem: str = "",
) -> HttpResponse:
    """The page of one submission, with what was refused."""
    actor = cast(ActingRequest, request).actor
    row = cases.submission(actor, pk)
    events = ledger.timeline(actor, row)
    void = row.sent_on is None and version_unlocks.is_void(row)
    may_go = row.state == "generated" and not row.ambiguous and not void
    receivers = rules.receiver_names()
    order = ("generated", "sent", "received", row.state if row.answered_on else "accepted")
    context = {
        "row": row,
        "state": STATES[row.state],
        "order": [(code, STATES[code]) for code in order],
        "reached": order.index(row.state) if row.state in order else 0,
        "receiver": _receiver(row, receivers),
        "followed": ledger.followed_by(actor, row) if row.state == "rejected" else None,
        "events": [(e, EVENTS[e.kind], STATES.get(e.decision, ""), *_came_by(e)) for e in events],
        "remarks": _remarks(actor, row),
        "waiting_answers": inbound.waiting_about(actor, row),
        "today": clock.today(),
        "sending": (sending := channels.transmission(row)),
        "sending_problem": in_words(sending.problem) if sending else "",
        "void": void,
        "channels": channels.offered(actor, row) if may_go else [],
        **plans.shown(actor, row.case),
        "asked_for": planned.asks_for(row.case, row.profile, row.partner),
        "settle": settle or SettleForm(),
        "form": form or FileForm(),
        "problem": problem,
        "typed": request.POST.get("reason", ""),
        "chosen": request.POST.get("channel", ""),
        "may_export": actor.may(Perm.ICSR_EXPORT, site=row.site_id, product=row.product_id),
        "may_import": actor.may(Perm.ICSR_IMPORT, site=row.site_id, product=row.product_id),
        "may_write": actor.may(Perm.CASE_WRITE, site=row.site_id, product=row.product_id),
    }
    bound = problem or (settle is not None) or (form is not None)
    return render(request, "pv/transmissions/detail.html", context, status=422 if bound else 200)


@require_http_methods(["GET", "POST"])
def timeline(request: HttpRequest, pk: str) -> HttpResponse:
    """One submission: its events, its answer; a POST takes in an acknowledgement."""
    actor = cast(ActingRequest, request).actor
    if request.method == "GET":
        return shown(request, pk)
    cases.submission(actor, pk)
    actor.require(Perm.ICSR_IMPORT)
    form = FileForm(request.POST, request.FILES)
    if form.is_valid():
        with form.refusals(at={"": "file"}):
            for file in form.cleaned_data["file"]:
                received = acknowledgements.receive(
                    actor, file.read(acknowledgements.MOST_BYTES + 1), file_name=file.name
                )
                flash.saved(request, received_words(received))
            return redirect("transmission", pk=pk)
    return shown(request, pk, form=form)


@posted_from("transmission")
def settle(request: HttpRequest, pk: str) -> HttpResponse:
    """Say which of two contradicting answers holds."""
    actor = cast(ActingRequest, request).actor
    row = cases.submission(actor, pk)
    form = SettleForm(request.POST)
    if form.is_valid():
        with form.refusals():
            transmissions.settle(actor, row, **form.cleaned_data)
            flash.saved(request, _("Settled; the report clocks follow."))
            return redirect("transmission", pk=row.id)
    return shown(request, pk, settle=form)


def pressed(
    request: HttpRequest, pk: str, act: Callable[[Actor, Any, str], Any], done: str
) -> HttpResponse:
    """A button with a reason beside a file; what is refused is shown on the page of the file."""
    actor = cast(ActingRequest, request).actor
    row = cases.submission(actor, pk)
    reasons = Reasons()
    with reasons.refusals():
        act(actor, row, request.POST.get("reason", ""))
        flash.saved(request, done)
        return redirect("transmission", pk=row.id)
    return shown(request, pk, problem=reasons.text)


@posted_from("transmission")
def not_arrived(request: HttpRequest, pk: str) -> HttpResponse:
    """Say that a sending in doubt did not arrive."""
    return pressed(
        request,
        pk,
        lambda actor, row, reason: transmissions.not_arrived(actor, row, reason=reason),
        _("Recorded; the file may be sent again."),
    )


urlpatterns = [
    path("submissions/", listing, name="submissions"),
    path("submissions/table/", export, name="submissions-export"),
    path("submissions/<uuid:pk>/timeline/", timeline, name="transmission"),
    path("submissions/<uuid:pk>/settle/", settle, name="transmission-settle"),
    path("submissions/<uuid:pk>/not-arrived/", not_arrived, name="transmission-not-arrived"),
]
