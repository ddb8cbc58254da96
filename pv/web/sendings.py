"""Whether and when a released file went to its receiver: noted, retracted, the case nullified."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_http_methods

from followup.core import clock
from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.permissions import Perm
from followup.domain.files import MOST_BYTES
from followup.web.dates import DateField
from pv.actions import cases as actions
from pv.actions import icsr
from pv.actions.portal_receipts import PortalReceipt
from pv.queries import cases
from pv.web import second_persons
from pv.web.cases import page_context, seen_version

_LINES = forms.Textarea(attrs={"rows": 3})


class SentForm(Form):
    """The day a file went out; a proof in words or as a file where it was filed by hand."""

    on = DateField(label=gettext_lazy("Sent on"), future=False)
    proof = forms.CharField(
        label=gettext_lazy("Receipt or proof"),
        help_text=gettext_lazy(
            "Number or words of the receipt. Needed for a day before the file was made, unless "
            "the receipt itself is attached."
        ),
        required=False,
        max_length=2000,
        widget=_LINES,
    )
    file = forms.FileField(
        label=gettext_lazy("What the portal showed"),
        help_text=gettext_lazy("PDF, JPEG or PNG, 10 MB at most. Its SHA-256 is kept."),
        required=False,
        widget=forms.FileInput(attrs={"accept": "application/pdf,image/jpeg,image/png"}),
    )
    reason = forms.CharField(
        label=gettext_lazy("Why it is sent although the plan does not ask for it"),
        help_text=gettext_lazy("Needed only where the submission plan names no such report."),
        required=False,
        max_length=500,
        widget=_LINES,
    )


class ReasonForm(Form):
    """The reason of a step that is retracted."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=2000, widget=_LINES)


def step_page(
    request: HttpRequest,
    case: Any,
    form: Form,
    *,
    title: str,
    text: str = "",
    back: str = "case",
    save_label: str = "",
    second: dict[str, Any] | None = None,
) -> HttpResponse:
    """One step of a case with its form."""
    version = cases.version(cast(ActingRequest, request).actor, case)
    context = {
        **page_context(request, case, version),
        "form": form,
        "title": title,
        "text": text,
        "back": back,
        "save_label": save_label,
        "second": second,
        "section": "step",
    }
    return render(request, "pv/cases/step.html", context, status=form.status)


@require_http_methods(["GET", "POST"])
def sent(request: HttpRequest, pk: str) -> HttpResponse:
    """Note the day a file went out; a press of the button without a form means today."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.ICSR_EXPORT)
    row = cases.submission(actor, pk)
    today = clock.today()
    plain = request.method == "POST" and "on" not in request.POST
    form = SentForm(
        {"on": today.isoformat()} if plain else request.POST or None, request.FILES or None
    )
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        with form.refusals():
            icsr.mark_sent(
                actor,
                row,
                on=values["on"] or today,
                proof=values["proof"],
                receipt=_receipt(values["file"]),
                reason=values["reason"],
            )
            flash.saved(request, _sent_words(row))
            return redirect("case-submit", pk=row.case_id)
    title = _("Mark as sent: %(file)s") % {"file": row.file_name}
    text = "" if row.authority else _("This receiver is no authority: no report clock is met.")
    case = cases.one(actor, row.case_id)
    return step_page(request, case, form, title=title, text=text, back="case-submit")


def _receipt(file: Any) -> PortalReceipt | None:
    """The file of the form as the action takes it; of one that is too large no more is read."""
    return PortalReceipt(file.name or "", file.read(MOST_BYTES + 1)) if file else None


def _sent_words(row: Any) -> str:
    if row.authority:
        return _("Noted as sent; the report clocks of %(authority)s are met.") % {
            "authority": row.authority
        }
    return _("Noted as sent; this receiver is no authority, so no report clock is met.")


@require_http_methods(["GET", "POST"])
def take_back(request: HttpRequest, pk: str) -> HttpResponse:
    """Retract that a file was sent; its clocks are open again."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.ICSR_EXPORT)
    row = cases.submission(actor, pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            icsr.take_back(actor, row, reason=form.cleaned_data["reason"])
            flash.saved(request, _("Undone; the report clocks it met are open again."))
            return redirect("case-submit", pk=row.case_id)
    title = _("Not sent after all: %(file)s") % {"file": row.file_name}
    return step_page(request, cases.one(actor, row.case_id), form, title=title, back="case-submit")


@require_http_methods(["GET", "POST"])
def nullify(request: HttpRequest, pk: str) -> HttpResponse:
    """Nullify a case, or set it aside where nothing was sent; asks why."""
    actor = cast(ActingRequest, request).actor
    case = cases.one(actor, pk)
    actor.require(Perm.CASE_WRITE, site=case.site_id, product=case.product_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form.refusals(stale=_("Somebody else changed this case meanwhile. Look again.")):
            lock = seen_version(request)
            actions.nullify(actor, case, reason=form.cleaned_data["reason"], lock_version=lock)
            flash.saved(request, _("Case %(number)s is nullified.") % {"number": case.number})
            return redirect("case", pk=case.id)
    was_sent = any(file.sent_on for file in cases.submissions(actor, case))
    text = (
        _("A report was sent: its nullification becomes a new version to export and send.")
        if was_sent
        else _("Nothing was sent: the case is set aside without a message.")
    )
    title = pgettext("heading", "Nullify the case") if was_sent else _("Not a case")
    return step_page(request, case, form, title=title, text=text)


@require_http_methods(["GET", "POST"])
def unlock(request: HttpRequest, pk: str) -> HttpResponse:
    """Unlock the signed or released version of a case; asks why."""
    actor = cast(ActingRequest, request).actor
    case = cases.one(actor, pk)
    actor.require(Perm.CASE_WRITE, site=case.site_id, product=case.product_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form.refusals(stale=_("Somebody else changed this case meanwhile. Look again.")):
            lock = seen_version(request)
            actions.unlock(actor, case, reason=form.cleaned_data["reason"], lock_version=lock)
            flash.saved(request, _("Unlocked: the case is in entry again."))
            return redirect("case", pk=case.id)
    title = pgettext("heading", "Unlock this version")
    text = _(
        "Its signatures and the files that were not sent hold no more. The case passes quality "
        "check and medical review again."
    )
    label = pgettext("button", "Unlock")
    second = second_persons.of_unlocking(actor, case)
    return step_page(request, case, form, title=title, text=text, save_label=label, second=second)


urlpatterns = [
    path("cases/<uuid:pk>/unlock/", unlock, name="case-unlock"),
    path("submissions/<uuid:pk>/sent/", sent, name="submission-sent"),
    path("submissions/<uuid:pk>/taken-back/", take_back, name="submission-taken-back"),
    path("cases/<uuid:pk>/nullify/", nullify, name="case-nullify"),
]
