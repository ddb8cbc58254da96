"""Received ICSRs: a file taken in, what waits for review, and the decision on one."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from followup.core.actor import Actor
from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from followup.queries import reference
from followup.web.dates import DateField
from pv.actions import receptions as actions
from pv.domain.cases import receptions
from pv.queries import cases, icsr_files, received
from pv.web import default_rules
from pv.web.cases import page_context, seen_version

MOST_BYTES = 50_000_000
STATES = (
    ("to_review", pgettext_lazy("received report", "To review")),
    ("accepted", pgettext_lazy("received report", "Accepted")),
    ("rejected", pgettext_lazy("received report", "Rejected")),
    ("history", pgettext_lazy("received report", "Kept as history")),
    ("", pgettext_lazy("received report", "All")),
)
OUTCOMES = {
    actions.ReceptionOutcome.NEW_CASE: gettext_lazy("A new case, to be reviewed."),
    actions.ReceptionOutcome.OFFERED: gettext_lazy("News of a known case, to be reviewed."),
    actions.ReceptionOutcome.HISTORY: gettext_lazy(
        "Older than what the case has: kept as history."
    ),
    actions.ReceptionOutcome.REPEATED: gettext_lazy("Already taken in: nothing changed."),
    actions.ReceptionOutcome.OURS: gettext_lazy("Our own report came back: nothing changed."),
}


class FileForm(Form):
    """A file of E2B(R3) messages."""

    file = forms.FileField(
        label=gettext_lazy("File of E2B(R3), or of E2B(R2) (XML)"), allow_empty_file=True
    )


class RejectForm(Form):
    """Why a report is rejected; nothing is chosen beforehand."""

    code = forms.ChoiceField(label=pgettext_lazy("received report", "Reason"))
    reason = forms.CharField(
        label=gettext_lazy("In your own words"), max_length=500, required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer("code", [("", "—"), *received.reasons()])


class AcceptForm(Form):
    """What only a person can say of a received report."""

    product = forms.ChoiceField(label=gettext_lazy("Product"), required=False)
    aware_on = DateField(label=gettext_lazy("We became aware on"), future=False)

    def __init__(self, actor: Actor, *args: Any, needs_product: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["product"].required = needs_product
        rows = [
            (str(row.id), localized_name(row))
            for row in reference.products_for(actor, Perm.CASE_WRITE)
        ]
        cast(forms.ChoiceField, self.fields["product"]).choices = [("", "—"), *rows]


@require_http_methods(["GET", "POST"])
def listing(request: HttpRequest) -> HttpResponse:
    """Received reports, and the door for a file."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.CASE_READ)
    form, lines, status = FileForm(), [], 200
    if request.method == "POST":
        actor.require(Perm.ICSR_IMPORT)
        form = FileForm(request.POST, request.FILES)
        if form.is_valid() and form.cleaned_data["file"].size > MOST_BYTES:
            form.add_error("file", _("The file is too large."))
        if form.is_valid():
            file = form.cleaned_data["file"]
            lines = list(
                actions.import_icsrs(actor, icsr_files.messages_in(file), file_name=file.name)
            )
        status = 422 if not form.is_valid() or any(line.refused for line in lines) else 200
    state, reason = request.GET.get("state", "to_review"), request.GET.get("reason", "")[:30]
    key = request.GET.get("after", "")
    page, reasons = received.page(actor, state=state, reason=reason, key=key), received.reasons()
    words = dict(reasons)
    context = {
        "page": page,
        "rows": [(row, words.get(row.reason_code, row.reason_code)) for row in page.items],
        "state": state,
        "reason": reason,
        "reasons": reasons,
        "states": [
            (code, text, received.waiting(actor) if code == "to_review" else None)
            for code, text in STATES
        ],
        "form": form,
        "lines": [(line, OUTCOMES[line.taken.outcome] if line.taken else "") for line in lines],
        "may_import": actor.may(Perm.ICSR_IMPORT),
    }
    return render(request, "pv/receptions/list.html", context, status=status)


def _shown(
    request: HttpRequest,
    report_id: str,
    form: AcceptForm | None = None,
    rejection: RejectForm | None = None,
) -> HttpResponse:
    actor = cast(ActingRequest, request).actor
    row = received.one(actor, report_id)
    case, content = cases.one(actor, row.case_id), received.content(row)
    start = {"product": str(case.product_id or "")}
    form = form or AcceptForm(actor, initial=start, needs_product=case.product_id is None)
    # Both forms of the page: each field has its own id.
    form.beside = (rejection or RejectForm(auto_id="id_reject_%s"),)
    context = {
        **page_context(request, case, cases.version(actor, case)),
        "row": row,
        "form": form,
        "rejection": form.beside[0],
        "reason_words": dict(received.reasons()).get(row.reason_code, row.reason_code),
        "changes": received.changes(case, row, get_language() or "en")
        if row.state == "to_review"
        else [],
        "defaults": default_rules.awaited(row) if row.state == "to_review" else None,
        "unplaced": content.unplaced,
        "original": [(item, item in content.unplaced) for item in content.original],
        "linked": received.linked(actor, row),
        "section": "received",
        "informed": receptions.day(row.information),
    }
    return render(
        request,
        "pv/receptions/detail.html",
        context,
        status=422 if request.method == "POST" else 200,
    )


@require_http_methods(["GET", "POST"])
def detail(request: HttpRequest, pk: str) -> HttpResponse:
    """One received report: what it would change, and its acceptance."""
    actor = cast(ActingRequest, request).actor
    if request.method == "GET":
        return _shown(request, pk)
    row = received.one(actor, pk)
    form = AcceptForm(actor, request.POST, needs_product=row.case.product_id is None)
    if not form.is_valid():
        return _shown(request, pk, form)
    chosen = form.cleaned_data["product"]
    product = reference.products_for(actor, Perm.CASE_WRITE).get(id=chosen) if chosen else None
    stale = _("Somebody else changed this case meanwhile. Look again.")
    with form.refusals(stale=stale):
        case = actions.accept(
            actor,
            row,
            product=product,
            aware_on=form.cleaned_data["aware_on"],
            lock_version=seen_version(request),
        )
        text = _("Accepted as version %(number)s.") % {"number": case.current_version}
        flash.saved(request, text)
        return redirect("case", pk=case.id)
    return _shown(request, pk, form)


@posted_from("received-report")
def reject(request: HttpRequest, pk: str) -> HttpResponse:
    """Refuse a received report for a reason of the list."""
    actor = cast(ActingRequest, request).actor
    row = received.one(actor, pk)
    form = RejectForm(request.POST, auto_id="id_reject_%s")
    if form.is_valid():
        with form.refusals():
            case = actions.reject(actor, row, **form.cleaned_data)
            flash.saved(request, _("Rejected; the report stays readable."))
            return redirect("case", pk=case.id)
    return _shown(request, pk, rejection=form)


urlpatterns = [
    path("received/", listing, name="received"),
    path("received/<uuid:pk>/", detail, name="received-report"),
    path("received/<uuid:pk>/reject/", reject, name="received-reject"),
]
