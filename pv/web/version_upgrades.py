"""The open cases of a product moved to another dictionary release: preview, report, undo; and the
synonyms an organisation keeps."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.http import require_http_methods

from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.naming import localized_name, reader_language
from followup.core.permissions import Perm
from followup.queries import reference
from pv.actions import coding_synonyms as synonym_actions
from pv.actions import version_upgrades as actions
from pv.domain.e2b.trail import instance_name
from pv.queries import coding_synonyms, dictionaries, version_upgrades

MOST_ROWS = 500


class UpgradeForm(Form):
    """Which cases, from which version to which."""

    product = forms.ChoiceField(label=gettext_lazy("Product"))
    before = forms.ChoiceField(label=pgettext_lazy("upgrade", "From MedDRA"))
    after = forms.ChoiceField(label=pgettext_lazy("upgrade", "To MedDRA"))


def _outcome(taken_over: int) -> str:
    if not taken_over:
        return _("No code could be taken over: each is coded again by a person.")
    text = ngettext("%(n)d code was taken over.", "%(n)d codes were taken over.", taken_over)
    return text % {"n": taken_over}


def _form(request: HttpRequest, actor: Any) -> UpgradeForm:
    asked = request.POST if request.method == "POST" else request.GET
    form = UpgradeForm(asked if "after" in asked else None)
    offered = [(str(row.id), localized_name(row)) for row in version_upgrades.products(actor)]
    form.offer("product", [("", _("Choose a product")), *offered])
    versions = [("", _("Choose a version")), *((v, v) for v in dictionaries.versions())]
    form.offer("before", versions)
    form.offer("after", versions)
    return form


@require_http_methods(["GET", "POST"])
def listing(request: HttpRequest) -> HttpResponse:
    """The moves that were made, and the preview of a new one, which a second press makes."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.CASE_READ)
    may_write = actor.may(Perm.CASE_WRITE)
    form, planned = _form(request, actor), None
    if request.method == "POST":
        actor.require(Perm.CASE_WRITE)
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        product = reference.product(actor, id=data["product"])
        with form.refusals():
            if request.method == "POST":
                row = actions.upgrade(actor, product, before=data["before"], after=data["after"])
                flash.saved(request, _outcome(row.lines.filter(taken_over=True).count()))
                return redirect("version-upgrade", pk=row.pk)
            if may_write:
                planned = version_upgrades.plan(actor, product, data["before"], data["after"])
    words = version_upgrades.outcomes()
    context = {
        "form": form,
        "planned": None
        if planned is None
        else [(row, words[row.outcome.value]) for row in planned[:MOST_ROWS]],
        "count": len(planned or ()),
        "taken_over": sum(1 for row in planned or () if row.taken_over),
        "made": version_upgrades.made(actor),
        "may_read_cases": True,
        "may_write": may_write,
    }
    status = form.status if request.method == "POST" else 200
    return render(request, "pv/coding/upgrades.html", context, status=status)


@require_http_methods(["GET", "POST"])
def detail(request: HttpRequest, pk: str) -> HttpResponse:
    """The report of a move, and the way back."""
    actor = cast(ActingRequest, request).actor
    row = version_upgrades.one(actor, pk)
    if request.method == "POST":
        count = actions.undo(actor, row)
        text = ngettext("%(n)d code was given back.", "%(n)d codes were given back.", count)
        flash.saved(request, text % {"n": count})
        return redirect("version-upgrade", pk=row.pk)
    lines = version_upgrades.lines(actor, row)
    names = version_upgrades.names(row, [line.code for line in lines])
    context = {
        "row": row,
        "lines": [
            (line, instance_name(line.path, reader_language()), names.get(line.code, ""))
            for line in lines
        ],
        "may_write": actor.may(Perm.CASE_WRITE, product=row.product_id),
    }
    return render(request, "pv/coding/upgrade.html", context)


@require_http_methods(["GET", "POST"])
def synonyms(request: HttpRequest) -> HttpResponse:
    """The words that are always coded alike; each can be ended."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.CASE_READ)
    if request.method == "POST":
        row = coding_synonyms.one(actor, request.POST.get("synonym", ""))
        synonym_actions.end(actor, row)
        flash.saved(request, _("The synonym is no longer offered."))
        return redirect("synonyms")
    rows = coding_synonyms.held(actor)
    newest = next(iter(dictionaries.versions()), "")
    names = dictionaries.terms(newest, reader_language(), [row.code for row in rows])
    context = {
        "rows": [(row, names.get(row.code)) for row in rows],
        "may_read_cases": True,
        "may_write": actor.may(Perm.CASE_WRITE),
    }
    return render(request, "pv/coding/synonyms.html", context)


urlpatterns = [
    path("dictionaries/upgrades/", listing, name="version-upgrades"),
    path("dictionaries/upgrades/<uuid:pk>/", detail, name="version-upgrade"),
    path("dictionaries/synonyms/", synonyms, name="synonyms"),
]
