"""Call-backs, whose patient somebody is, and cover during leave."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from followup.actions import call_backs as actions
from followup.core import row_permissions
from followup.core.forms import Form, VersionedForm
from followup.core.http import flash
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.permissions import Perm
from followup.queries import call_backs as queries
from followup.queries import patients, reference
from followup.web.appointments import hour
from followup.web.dates import DateField

_STALE = gettext_lazy("Somebody else changed this meanwhile. Look at it again.")


class CallBackForm(Form):
    """What is to be done, when, by whom."""

    about = forms.CharField(label=gettext_lazy("What is to be done"), max_length=200)
    due_on = DateField(label=pgettext_lazy("appointment", "Day"))
    due_at = hour(pgettext_lazy("appointment", "Hour"))
    owner = forms.ChoiceField(label=gettext_lazy("Who does it"), required=False)

    def values(self, site: Any) -> dict[str, Any]:
        """What was typed, as the action takes it."""
        data = self.cleaned_data
        return {
            **{name: data[name] for name in ("about", "due_on", "due_at")},
            "owner": queries.colleague(site, data["owner"]),
        }


class ChangeForm(CallBackForm, VersionedForm):
    """The same, of a recorded one."""


class OutcomeForm(VersionedForm):
    """What came of it."""

    outcome = forms.CharField(
        label=gettext_lazy("What came of it"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class CoverForm(Form):
    """Who is away, who is the deputy, from when to when."""

    absent = forms.ChoiceField(label=gettext_lazy("Who is away"))
    deputy = forms.ChoiceField(label=pgettext_lazy("cover during leave", "Deputy"))
    first = DateField(label=gettext_lazy("First day"))
    last = DateField(label=gettext_lazy("Last day"))


def _staff(site: Any, nobody: str) -> list[tuple[str, str]]:
    return [("", nobody), *((str(user.id), str(user)) for user in queries.colleagues(site))]


@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, pk: str) -> HttpResponse:
    """Put something on somebody's list."""
    actor = cast(ActingRequest, request).actor
    patient = patients.one(actor, pk)
    row_permissions.require(actor, patient, Perm.VISIT_WRITE)
    form = CallBackForm(request.POST or None)
    form.offer("owner", _staff(patient.site_id, _("whoever sees it first")))
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            row = actions.ask(actor, patient, **form.values(patient.site_id))
            flash.saved(request, _("On the list for %(day)s.") % {"day": row.due_on})
            return redirect("patient", pk=patient.id)
    context = {"form": form, "patient": patient, "title": _("Call back")}
    return render(request, "followup/agreements/form.html", context, status=form.status)


def _one(request: HttpRequest, pk: str) -> tuple[Any, Any]:
    actor = cast(ActingRequest, request).actor
    row = queries.one(actor, pk)
    row_permissions.require(actor, row, Perm.VISIT_WRITE)
    return actor, row


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, pk: str) -> HttpResponse:
    """Another day, hour or owner."""
    actor, row = _one(request, pk)
    start = {name: getattr(row, name) for name in ("due_on", "due_at", "version")}
    start |= {"about": row.text, "owner": str(row.owner_id or "")}
    form = ChangeForm(request.POST or None, initial=start)
    form.offer("owner", _staff(row.site_id, _("whoever sees it first")))
    if request.method == "POST" and form.is_valid():
        with form.refusals(stale=str(_STALE)):
            actions.change(actor, row, version=form.seen, **form.values(row.site_id))
            flash.saved(request, _("Changed."))
            return redirect("day")
    context = {"form": form, "patient": row.patient, "title": _("Call back")}
    return render(request, "followup/agreements/form.html", context, status=form.status)


@require_http_methods(["GET", "POST"])
def finish(request: HttpRequest, pk: str) -> HttpResponse:
    """Say what came of it."""
    actor, row = _one(request, pk)
    form = OutcomeForm(request.POST or None, initial={"version": row.version})
    if request.method == "POST" and form.is_valid():
        with form.refusals(stale=str(_STALE)):
            actions.finish(actor, row, outcome=form.cleaned_data["outcome"], version=form.seen)
            undo = reverse("call-back-reopen", args=[row.id])
            flash.saved(request, _("Done."), undo=undo)
            return redirect("day")
    context = {"form": form, "patient": row.patient, "title": row.text}
    return render(request, "followup/agreements/form.html", context, status=form.status)


@posted_from("day", alone=True)
def reopen(request: HttpRequest, pk: str) -> HttpResponse:
    """Take "done" back."""
    actor, row = _one(request, pk)
    actions.reopen(actor, row)
    flash.note(request, _("Undone. It is on the list again."))
    return redirect("day")


@posted_from("patient")
def care(request: HttpRequest, pk: str) -> HttpResponse:
    """Whose patient this is."""
    actor = cast(ActingRequest, request).actor
    patient = patients.one(actor, pk)
    carer = queries.colleague(patient.site_id, request.POST.get("carer", ""))
    actions.care(actor, patient, carer=carer)
    flash.saved(request, _("Saved."))
    return redirect("patient", pk=patient.id)


@require_http_methods(["GET", "POST"])
def cover(request: HttpRequest) -> HttpResponse:
    """Leave: whose patients a deputy sees beside one's own."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.VISIT_WRITE)
    sites = list(reference.sites(actor, needs=Perm.VISIT_WRITE))
    site = reference.chosen(sites, request.GET.get("site", ""))
    form = CoverForm(request.POST or None)
    staff = _staff(site.id, "—") if site else []
    form.offer("absent", staff)
    form.offer("deputy", staff)
    if request.method == "POST" and form.is_valid() and site:
        data = form.cleaned_data
        with form.refusals():
            people: dict[str, Any] = {
                name: queries.colleague(site.id, data[name]) for name in ("absent", "deputy")
            }
            actions.cover(actor, site, first=data["first"], last=data["last"], **people)
            flash.saved(request, _("Saved."))
            return redirect("day")
    context = {"form": form, "title": _("Cover during leave"), "sites": sites, "site": site}
    return render(request, "followup/agreements/cover.html", context, status=form.status)


@posted_from("cover", alone=True)
def end_cover(request: HttpRequest, pk: str) -> HttpResponse:
    """The colleague is back."""
    actor = cast(ActingRequest, request).actor
    actions.end_cover(actor, queries.one_cover(actor, pk))
    flash.saved(request, _("Saved."))
    return redirect("day")


urlpatterns = [
    path("patients/<uuid:pk>/call-backs/new/", ask, name="call-back-ask"),
    path("call-backs/<uuid:pk>/change/", change, name="call-back-change"),
    path("call-backs/<uuid:pk>/done/", finish, name="call-back-finish"),
    path("call-backs/<uuid:pk>/reopen/", reopen, name="call-back-reopen"),
    path("patients/<uuid:pk>/carer/", care, name="patient-carer"),
    path("cover/", cover, name="cover"),
    path("cover/<uuid:pk>/end/", end_cover, name="cover-end"),
]
