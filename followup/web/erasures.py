"""What is held about one person: handed out to them, and who they are erased by two persons."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from followup.actions import erasures as actions
from followup.actions.erasure_jobs import counted
from followup.core import jobs, naming, row_permissions
from followup.core.actor import Actor
from followup.core.forms import AnswerField, Form
from followup.core.forms.refusals import button
from followup.core.http import flash, keyset
from followup.core.http.requests import ActingRequest, posted_from, unattended
from followup.core.permissions import Perm
from followup.domain.erasures import ErasureGround
from followup.queries import erasures as queries
from followup.queries import patients
from followup.queries.second_persons import entitled
from followup.web.second_persons import shown

PAGE = 50
STOP_POLLING = 286  # htmx: swap this answer in and ask no more
MARKS = {"ASKED": "due", "ERASING": "running", "DONE": "done", "REFUSED": "na"}
GROUNDS = {
    ErasureGround.REQUEST.value: pgettext_lazy("erasure", "The person asks for it"),
    ErasureGround.WITHDRAWN.value: pgettext_lazy("erasure", "The consent was withdrawn"),
    ErasureGround.PURPOSE_ENDED.value: pgettext_lazy(
        "erasure", "Its purpose is reached, or the time it is kept is over"
    ),
    ErasureGround.UNLAWFUL.value: pgettext_lazy("erasure", "It should not have been collected"),
}


class ErasureForm(Form):
    """On what ground the identity goes, and why."""

    ground = AnswerField(label=pgettext_lazy("erasure", "Ground"), choices=list(GROUNDS.items()))
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


class DecisionForm(Form):
    """What the second person says; a refusal needs it."""

    note = forms.CharField(
        label=gettext_lazy("Remark"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


def _found(actor: Actor, row: Any, *, reads: bool, key: str) -> dict[str, Any]:
    """What the search found, in words: what goes, what stays, which texts a person has to read.

    Names of files and texts only for who `reads` identities: they may name the person.
    """
    found = row.found
    files, end = queries.files(actor, found["files"], key=key) if reads else ([], "")
    return {
        "goes": counted(found["counts"]),
        "files": files,
        "next_key": end,
        "handed_out": queries.handed_out(found) if reads else [],
        "kept": [(naming.table(table), n) for table, n in found["kept"]],
        "texts": [
            (naming.table(text.table), naming.column(text.column, text.table), text.text)
            for text in (queries.texts(row) if reads else [])
        ],
        "named": found["counts"]["texts"],
        "texts_read": found["texts_read"],
        "searched": found["searched"],
        "unread": len(found["unread"]),
        "seal": found["seal"].partition(":")[0],
        "outdated": queries.outdated(row),
    }


def _second(actor: Actor, site: Any, asked_by: Any) -> dict[str, Any]:
    return shown(
        entitled(
            actor,
            Perm.PRIVACY_REVIEW,
            asks=Perm.PRIVACY_WRITE,
            site=site,
            besides=[asked_by],
        )
    )


@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, pk: str) -> HttpResponse:
    """Ask for an erasure; what it takes and leaves is searched for then, and shown on its page."""
    actor = cast(ActingRequest, request).actor
    patient = patients.one(actor, pk)
    row_permissions.require(actor, patient, Perm.PRIVACY_WRITE)
    form = ErasureForm(request.POST or None)
    context: dict[str, Any] = {"form": form, "patient": patient}
    context["waits"] = queries.open_of(actor, patient)
    context["second"] = _second(actor, patient.site_id, actor.id)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            row = actions.ask(
                actor, patient, **form.cleaned_data, confirmed=frozenset(form.confirmed)
            )
            flash.saved(request, _("Asked. Another person of your hospital has to decide."))
            return redirect("erasure", pk=row.id)
    return render(request, "followup/erasures/ask.html", context, status=form.status)


def _row(row: Any) -> dict[str, Any]:
    return {
        "erasure": row,
        "mark": MARKS[row.state],
        "state": row.get_state_display(),
        "ground": GROUNDS[row.ground],
    }


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Every erasure of one's hospitals: those that wait, and those that were made."""
    actor = cast(ActingRequest, request).actor
    if not actor.may(Perm.PRIVACY_READ):
        actor.require(Perm.PRIVACY_WRITE)
    found = queries.erasures(actor)
    if after := keyset.parse_cursor(request.GET.get("after", ""), keyset.UUID_PATTERN):
        found = found.filter(id__lt=after)
    rows, end = keyset.page(found[: PAGE + 1], PAGE, lambda row: str(row.id))
    context = {"rows": [_row(row) for row in rows], "next_key": end}
    return render(request, "followup/erasures/list.html", context)


def _decided(request: HttpRequest, actor: Actor, row: Any, form: DecisionForm) -> HttpResponse:
    confirm = request.POST.get("then") == "erase"
    actions.decide(actor, row, confirm=confirm, note=form.cleaned_data["note"])
    text = _("The erasure has begun. You may leave this page.")
    flash.saved(request, text if confirm else _("Refused. Nothing was changed."))
    return redirect("erasure", pk=row.id)


@require_http_methods(["GET", "POST"])
def decision(request: HttpRequest, pk: str) -> HttpResponse:
    """One erasure: what a search found, the second person's decision, and how far it is made."""
    actor = cast(ActingRequest, request).actor
    row = queries.erasure(actor, pk)
    may = actor.may(Perm.PRIVACY_REVIEW, site=row.site_id)
    form = DecisionForm(request.POST or None)
    if request.method == "POST":
        row_permissions.require(actor, row, Perm.PRIVACY_REVIEW)
        if form.is_valid():
            with form.refusals():
                return _decided(request, actor, row, form)
    asked = row.state == "ASKED"
    job = queries.job_of(row) if row.state in queries.OPEN else None
    search = queries.search_of(row, job)
    reads = actor.may(Perm.IDENTITY_READ, site=row.site_id)
    key = request.GET.get("after", "")
    context = {
        **_row(row),
        "form": form,
        "line": _line(request, row, job) if job and job.state != "done" else None,
        "search": search,
        "may_search": asked and actor.may(Perm.PRIVACY_WRITE, site=row.site_id),
        "may_decide": may and asked and actor.id != row.asked_by_id,
        "may_erase": search == "DONE" or (search == "FAILED" and row.searched_at),
        "may_go_on": may and row.state == "ERASING" and search == "FAILED",
        "waits": asked and actor.id == row.asked_by_id,
        "second": _second(actor, row.site_id, row.asked_by_id) if asked else None,
        "found": _found(actor, row, reads=reads, key=key) if asked and row.searched_at else None,
        "went": counted(row.done) if row.state == "DONE" else [],
        "handed_out": queries.handed_out(row.done) if row.state == "DONE" else [],
        "reads": reads,
        "reads_patient": actor.may(Perm.PATIENT_READ, site=row.site_id),
    }
    return render(request, "followup/erasures/decision.html", context, status=form.status)


def _line(request: HttpRequest, row: Any, job: Any, *, buttons: str = "") -> dict[str, Any]:
    """The job of an erasure as `parts/job.html` wants it."""
    return {
        "job": job,
        "progress": job.progress,
        "active": job.state in queries.ACTIVE,
        "poll": reverse("erasure-job", args=[row.id]),
        "seconds_left": jobs.seconds_left(job),
        "buttons": buttons,
    }


@unattended
@require_GET
def status(request: HttpRequest, pk: str) -> HttpResponse:
    """The job of an erasure again; the last answer ends the polling."""
    row = queries.erasure(cast(ActingRequest, request).actor, pk)
    job = queries.job_of(row)
    if job is None or not cast(ActingRequest, request).htmx:
        return redirect("erasure", pk=row.id)
    if job.state in queries.ACTIVE:
        context = {"line": _line(request, row, job)}
        return render(request, "followup/jobs/line.html", context)
    buttons = render_to_string("followup/erasures/ended.html", {"erasure": row}, request)
    context = {"line": _line(request, row, job, buttons=buttons)}
    return render(request, "followup/jobs/line.html", context, status=STOP_POLLING)


@posted_from("erasure")
def search(request: HttpRequest, pk: str) -> HttpResponse:
    """Search again what the erasure takes away."""
    actor = cast(ActingRequest, request).actor
    with button(request):
        actions.search_again(actor, queries.erasure(actor, pk))
        flash.saved(request, _("The search has been started. You may leave this page."))
    return redirect("erasure", pk=pk)


@posted_from("erasure")
def go_on(request: HttpRequest, pk: str) -> HttpResponse:
    """Go on with an erasure whose job failed or was stopped."""
    actor = cast(ActingRequest, request).actor
    with button(request):
        actions.go_on(actor, queries.erasure(actor, pk))
        flash.saved(request, _("The erasure goes on. You may leave this page."))
    return redirect("erasure", pk=pk)


urlpatterns = [
    path("patients/<uuid:pk>/erase-identity/", ask, name="erasure-ask"),
    path("personal-data/erasures/", listing, name="erasures"),
    path("personal-data/erasures/<uuid:pk>/", decision, name="erasure"),
    path("personal-data/erasures/<uuid:pk>/job/", status, name="erasure-job"),
    path("personal-data/erasures/<uuid:pk>/search/", search, name="erasure-search"),
    path("personal-data/erasures/<uuid:pk>/continue/", go_on, name="erasure-continue"),
]
