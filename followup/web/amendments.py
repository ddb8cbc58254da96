"""Moving patients to another version of their protocol: state it, dry run, look, move, go back."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from followup.actions import amendment_jobs
from followup.actions import amendments as actions
from followup.core.forms import Form
from followup.core.forms.refusals import button
from followup.core.http import flash
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from followup.queries import amendments as queries
from followup.queries import reference
from followup.web.jobs import line_about


class AmendmentForm(Form):
    """Whose patients move, from which version to which, and why."""

    product = forms.ChoiceField(label=gettext_lazy("Product"))
    site = forms.ChoiceField(label=gettext_lazy("Hospital"), required=False)
    source = forms.ChoiceField(label=gettext_lazy("From version"))
    target = forms.ChoiceField(label=gettext_lazy("To version"))
    purpose = forms.CharField(label=gettext_lazy("Why the patients are moved"), max_length=500)


class UndoForm(Form):
    """Why patients go back."""

    purpose = forms.CharField(label=gettext_lazy("Why the patients are moved"), max_length=500)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """State which patients move to which version."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.PROTOCOL_WRITE)
    use = queries.use(actor)
    versions = queries.versions(actor)
    everywhere = any(grant.all_sites for grant in actor.granting(Perm.PROTOCOL_WRITE))
    sites = [(str(site.id), localized_name(site)) for site in queries.sites(actor)]
    form = AmendmentForm(request.POST or None, initial={"target": request.GET.get("to", "")})
    form.offer(
        "product", [("", "—"), *((str(p.id), localized_name(p)) for p in queries.products(actor))]
    )
    form.offer("site", [("", _("all hospitals") if everywhere else "—"), *sites])
    form.offer(
        "source",
        [("", "—"), *((str(v.id), f"{v.code} {v.version}") for v in versions if use.get(v.id))],
    )
    form.offer("target", [("", "—"), *((str(v.id), f"{v.code} {v.version}") for v in versions)])
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        with form.refusals():
            row = actions.propose(
                actor,
                reference.product(actor, id=data["product"]),
                site=reference.site(actor, id=data["site"]) if data["site"] else None,
                source=queries.version(actor, data["source"]),
                target=queries.version(actor, data["target"]),
                purpose=data["purpose"],
            )
            amendment_jobs.request(actor, row, trial=True)
            return redirect("amendment", pk=row.id)
    context = {"form": form, "none": not use}
    return render(request, "followup/protocols/amend.html", context, status=form.status)


def _counts(counts: dict[str, int]) -> list[tuple[Any, int]]:
    words = {
        "schedules": _("Schedules"),
        "changed": _("Schedules with a change"),
        "moved": _("Visits moved"),
        "added": _("Visits added"),
        "dropped": _("Visits dropped"),
        "untouched": _("Open visits unchanged"),
        "past": _("New visits not asked for, their window has closed"),
    }
    return [(text, counts.get(name, 0)) for name, text in words.items()]


@require_GET
def detail(request: HttpRequest, pk: str) -> HttpResponse:
    """One move: what the dry run counted, what was changed, the way on and the way back."""
    actor = cast(ActingRequest, request).actor
    return _page(request, actor, queries.amendment(actor, pk), UndoForm(), 200)


def _page(request: HttpRequest, actor: Any, row: Any, form: Form, status: int) -> HttpResponse:
    kinds = (amendment_jobs.TRIAL, amendment_jobs.MOVE)
    context = {
        "amendment": row,
        "line": None if row.applied_at else line_about(request, *kinds, amendment=str(row.id)),
        "waiting": 0 if row.applied_at else queries.waiting(actor, row).count(),
        "tried": _counts(row.tried) if row.tried_at else [],
        "counts": _counts(row.counts) if row.applied_at else [],
        "undoable": queries.undoable(row),
        "form": form,
    }
    return render(request, "followup/protocols/amendment.html", context, status=status)


@posted_from("amendment")
def start(request: HttpRequest, pk: str) -> HttpResponse:
    """Start the dry run or the move as a job."""
    actor = cast(ActingRequest, request).actor
    row = queries.amendment(actor, pk)
    trial = request.POST.get("then") != "move"
    with button(request):
        amendment_jobs.request(actor, row, trial=trial)
        if trial:
            flash.saved(request, _("Dry run started. The patients come as a file of the job."))
        else:
            flash.saved(request, _("Started. You can leave this page."))
        return redirect("jobs")
    return redirect("amendment", pk=row.id)


@posted_from("amendment")
def undo(request: HttpRequest, pk: str) -> HttpResponse:
    """State the way back; it has a dry run of its own."""
    actor = cast(ActingRequest, request).actor
    row = queries.amendment(actor, pk)
    form = UndoForm(request.POST)
    if form.is_valid():
        with form.refusals():
            made = actions.propose_undo(actor, row, purpose=form.cleaned_data["purpose"])
            amendment_jobs.request(actor, made, trial=True)
            return redirect("amendment", pk=made.id)
    return _page(request, actor, row, form, 422)


urlpatterns = [
    path("protocols/amendments/new/", new, name="amendment-new"),
    path("protocols/amendments/<uuid:pk>/", detail, name="amendment"),
    path("protocols/amendments/<uuid:pk>/start/", start, name="amendment-start"),
    path("protocols/amendments/<uuid:pk>/undo/", undo, name="amendment-undo"),
]
