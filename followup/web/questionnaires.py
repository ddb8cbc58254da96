"""Questionnaires on the hospital's side: a link with its paper, and the answers that wait."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from followup.actions import questionnaires as actions
from followup.core import pdf, row_permissions
from followup.core.forms import Form, VersionedForm
from followup.core.forms.refusals import button
from followup.core.http import flash
from followup.core.http.files import pdf_response
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.http.standby import reads_from_standby
from followup.core.permissions import Perm
from followup.core.security import access, one_time_codes, patient_links
from followup.domain.questionnaires import DAYS, REPORTABLE, LinkState, RedFlag
from followup.queries import identity, patients
from followup.queries import questionnaires as queries
from followup.web import questionnaire_words as words
from followup.web.appointments import open_visits

STATES = {
    LinkState.OPEN: ("open", pgettext_lazy("questionnaire", "open")),
    LinkState.ANSWERED: ("done", pgettext_lazy("questionnaire", "answered")),
    LinkState.REVOKED: ("na", pgettext_lazy("questionnaire", "ended")),
    LinkState.EXPIRED: ("overdue", pgettext_lazy("questionnaire", "ran out")),
}


class InviteForm(Form):
    """For which visit, how long, and whom the patient calls."""

    planned = forms.ChoiceField(label=gettext_lazy("For the visit"), required=False)
    days = forms.TypedChoiceField(label=gettext_lazy("The link is open for"), coerce=int)
    call = forms.CharField(
        label=gettext_lazy("Whom the patient calls"),
        max_length=120,
        help_text=gettext_lazy("Name and number; it is printed, and shown when the link ran out."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        days = [(n, ngettext("%(n)s day", "%(n)s days", n) % {"n": n}) for n in DAYS]
        self.offer("days", [("", "—"), *days])


class ReviewForm(VersionedForm):
    """For which visit the answers count, and what the reviewer adds."""

    planned = forms.ChoiceField(label=gettext_lazy("For the visit"), required=False)
    review_note = forms.CharField(
        label=gettext_lazy("Remark of the reviewer"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


@require_http_methods(["GET", "POST"])
def invite(request: HttpRequest, pk: str) -> HttpResponse:
    """Make a link for a patient; an earlier open one ends."""
    actor = cast(ActingRequest, request).actor
    patient = patients.one(actor, pk)
    row_permissions.require(actor, patient, Perm.VISIT_WRITE)
    form = InviteForm(request.POST or None, initial={"planned": request.GET.get("visit", "")})
    choices, planned = open_visits(actor, patient, str(form.data.get("planned", "")))
    form.offer("planned", choices)
    infusions = patients.infusions(actor, patient)
    if request.method == "POST" and form.is_valid() and infusions:
        with form.refusals():
            row = actions.invite(
                actor,
                patient,
                infusion=planned.schedule.infusion if planned else infusions[0],
                planned=planned,
                days=form.cleaned_data["days"],
                call=form.cleaned_data["call"],
            )
            flash.saved(request, _("The link is made. Print it or let the patient scan it."))
            return redirect("questionnaire", pk=row.id)
    context = {
        "form": form,
        "patient": patient,
        "person": identity.masked(actor, [patient.id]).get(patient.id),
        "links": [
            (row, *STATES[queries.state_of(row)]) for row in queries.links_of(actor, patient)
        ],
        "reports": queries.reports_of(actor, patient),
    }
    return render(request, "followup/questionnaires/new.html", context, status=form.status)


@require_safe
def link(request: HttpRequest, pk: str) -> HttpResponse:
    """A link with its QR code, to be scanned at the desk or printed."""
    actor = cast(ActingRequest, request).actor
    row = queries.link(actor, pk)
    state = queries.state_of(row)
    mark, text = STATES[state]
    address = patient_links.address_of(row.id)
    context = {
        "link": row,
        "mark": mark,
        "state": text,
        "open": state is LinkState.OPEN,
        "address": address,
        "symbol": one_time_codes.qr(address),
        "person": identity.masked(actor, [row.patient_id]).get(row.patient_id),
        "may_write": actor.may(Perm.VISIT_WRITE, site=row.site_id),
        "report": getattr(row, "report", None),
    }
    return render(request, "followup/questionnaires/link.html", context)


@require_safe
def paper(request: HttpRequest, pk: str) -> HttpResponse:
    """The paper for the patient: large type, the QR code, no word of the illness; it is logged."""
    actor = cast(ActingRequest, request).actor
    row = queries.link(actor, pk)
    access.record(actor, "print", row.id, reason="questionnaire", site=row.site_id)
    address = patient_links.address_of(row.id)
    context = {"link": row, "address": address, "symbol": one_time_codes.qr(address)}
    content = pdf.render("questionnaire", context, language=get_language() or "zh-hans")
    return pdf_response(content, "questionnaire.pdf")


@posted_from("questionnaire")
def revoke(request: HttpRequest, pk: str) -> HttpResponse:
    """End a link."""
    actor = cast(ActingRequest, request).actor
    row = queries.link(actor, pk)
    with button(request):
        actions.revoke(actor, row)
        flash.saved(request, _("The link is ended."))
    return redirect("questionnaire", pk=row.id)


@require_safe
@reads_from_standby
def listing(request: HttpRequest) -> HttpResponse:
    """Answers that wait for a person, the longest waiting first."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.VISIT_WRITE)
    rows, next_key = queries.waiting(actor, key=request.GET.get("after", "")[:40])
    people = identity.masked(actor, [row.patient_id for row in rows])
    lines = [(row, people.get(row.patient_id), _flags(row)) for row in rows]
    return render(
        request, "followup/questionnaires/list.html", {"lines": lines, "next_key": next_key}
    )


def _flags(row: Any) -> list[str]:
    return [str(actions.FLAGS[RedFlag(code)]) for code in row.red_flags]


@require_http_methods(["GET", "POST"])
def report(request: HttpRequest, pk: str) -> HttpResponse:
    """A patient's answers: taken as a contact, or set aside with the reason."""
    actor = cast(ActingRequest, request).actor
    row = queries.report(actor, pk)
    start = {"version": row.version, "planned": str(row.link.planned_id or "")}
    form = ReviewForm(request.POST or None, initial=start)
    choices, planned = open_visits(actor, row.patient, str(form.data.get("planned", "")))
    form.offer("planned", choices)
    if request.method == "POST" and form.is_valid():
        row_permissions.require(actor, row, Perm.VISIT_WRITE)
        with form.refusals(stale=_("A colleague looked at these answers meanwhile.")):
            return _review(request, row, form, planned)
    context = {
        "report": row,
        "form": form,
        "answers": words.answered(row),
        "flags": _flags(row),
        "asks_event": bool(REPORTABLE & {RedFlag(code) for code in row.red_flags}),
        "person": identity.masked(actor, [row.patient_id]).get(row.patient_id),
        "may_write": actor.may(Perm.VISIT_WRITE, site=row.site_id),
    }
    return render(request, "followup/questionnaires/report.html", context, status=form.status)


def _review(request: HttpRequest, row: Any, form: ReviewForm, planned: Any) -> HttpResponse:
    actor, note = cast(ActingRequest, request).actor, form.cleaned_data["review_note"]
    if request.POST.get("then") == "aside":
        actions.set_aside(actor, row, version=form.seen, review_note=note)
        flash.saved(request, _("The answers are set aside."))
        return redirect("patient-reports")
    visit = actions.take(
        actor,
        row,
        version=form.seen,
        planned=planned,
        review_note=note,
        confirmed=frozenset(form.confirmed),
    )
    flash.saved(request, _("Taken as a contact."), undo=reverse("visit-undo", args=[visit.id]))
    return redirect("contact", pk=visit.id)


urlpatterns = [
    path("patients/<uuid:pk>/questionnaires/new/", invite, name="questionnaire-new"),
    path("questionnaires/", listing, name="patient-reports"),
    path("questionnaires/<uuid:pk>/", link, name="questionnaire"),
    path("questionnaires/<uuid:pk>/paper.pdf", paper, name="questionnaire-paper"),
    path("questionnaires/<uuid:pk>/revoke/", revoke, name="questionnaire-revoke"),
    path("patient-reports/<uuid:pk>/", report, name="patient-report"),
]
