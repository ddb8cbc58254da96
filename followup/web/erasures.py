"""What is held about one person: handed out to them, and who they are erased by two persons."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from followup.actions import erasures as actions
from followup.core import naming
from followup.core.actor import Actor
from followup.core.forms import AnswerField, Form
from followup.core.http import flash, keyset
from followup.core.http.requests import ActingRequest
from followup.core.permissions import Perm
from followup.domain.erasures import ErasureGround
from followup.queries import erasures as queries
from followup.queries import patients

PAGE = 50
MARKS = {"ASKED": "due", "DONE": "done", "REFUSED": "na"}
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


def _plan(patient: Any) -> dict[str, Any]:
    """The dry run in words: what goes, what stays, which texts a person has to read."""
    plan = queries.plan(patient)
    return {
        "plan": plan,
        "goes": counted(plan.counts()),
        "handed_out": plan.handed_out,
        "kept": [(naming.table(model._meta.db_table), n) for model, n in plan.kept],
        "texts": [
            (naming.table(text.table), naming.column(text.column, text.table), text.text)
            for text in plan.texts
        ],
    }


def counted(counts: dict[str, int]) -> list[tuple[Any, int]]:
    """The numbers of a plan or of an erasure that was done."""
    words = {
        "identities": _("Identities emptied (merged registrations included)"),
        "values": _("Encrypted values emptied"),
        "keys": _("Keys of people destroyed"),
        "images": _("Earlier values in the audit trail that become unreadable"),
        "files": _("Files of laboratories and cohorts whose content becomes unreadable"),
        "documents": _("Documents of the patient that become unreadable"),
        "drafts": _("Drafts deleted"),
        "results": _("Result files of jobs deleted"),
        "handed_out": _("Downloads before, out of our reach"),
    }
    return [(text, counts.get(name, 0)) for name, text in words.items()]


@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, pk: str) -> HttpResponse:
    """Look at what an erasure takes and leaves, then ask for it."""
    actor = cast(ActingRequest, request).actor
    patient = patients.one(actor, pk)
    actor.require(Perm.PRIVACY_WRITE, site=patient.site_id)
    form = ErasureForm(request.POST or None)
    context: dict[str, Any] = {"form": form, "patient": patient}
    context["waits"] = queries.asked_of(actor, patient)
    look = request.method == "POST" and request.POST.get("then") == "look"
    if look:
        context["dry"] = _plan(patient)
    elif request.method == "POST" and form.is_valid():
        with form.refusals():
            row = actions.ask(
                actor, patient, **form.cleaned_data, confirmed=frozenset(form.confirmed)
            )
            flash.saved(request, _("Asked. Another person of your hospital has to decide."))
            return redirect("erasure", pk=row.id)
    status = 200 if look else form.status
    return render(request, "followup/erasures/ask.html", context, status=status)


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
    flash.saved(request, _("Erased.") if confirm else _("Refused. Nothing was changed."))
    return redirect("erasure", pk=row.id)


@require_http_methods(["GET", "POST"])
def decision(request: HttpRequest, pk: str) -> HttpResponse:
    """One erasure: what it takes and leaves, and the second person's decision."""
    actor = cast(ActingRequest, request).actor
    row = queries.erasure(actor, pk)
    may = actor.may(Perm.PRIVACY_REVIEW, site=row.site_id)
    form = DecisionForm(request.POST or None)
    if request.method == "POST":
        actor.require(Perm.PRIVACY_REVIEW, site=row.site_id)
        if form.is_valid():
            with form.refusals():
                return _decided(request, actor, row, form)
    asked = row.state == "ASKED"
    reads = actor.may(Perm.IDENTITY_READ, site=row.site_id)  # the texts may name the person
    context = {
        **_row(row),
        "form": form,
        "may_decide": may and asked and actor.id != row.asked_by_id,
        "waits": asked and actor.id == row.asked_by_id,
        "dry": _plan(row.patient) if asked and reads else None,
        "went": counted(row.done) if row.state == "DONE" else [],
        "handed_out": queries.handed_out(row) if row.state == "DONE" else [],
        "reads_patient": actor.may(Perm.PATIENT_READ, site=row.site_id),
    }
    return render(request, "followup/erasures/decision.html", context, status=form.status)


urlpatterns = [
    path("patients/<uuid:pk>/erase-identity/", ask, name="erasure-ask"),
    path("personal-data/erasures/", listing, name="erasures"),
    path("personal-data/erasures/<uuid:pk>/", decision, name="erasure"),
]
