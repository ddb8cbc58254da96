"""Data locks: the list, one with its versions and counts, and what changed between two."""

from typing import cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from followup.actions import data_locks as actions
from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.http.standby import reads_from_standby
from followup.core.permissions import Perm
from followup.queries import data_locks, signatures
from followup.web.lock_choices import OtherLockForm, offer_locks


class LockForm(Form):
    """What the lock is called and what it is for."""

    name = forms.CharField(label=gettext_lazy("Name of the lock"), max_length=80)
    purpose = forms.CharField(label=gettext_lazy("What it is for"), max_length=200, required=False)


@require_http_methods(["GET", "POST"])
def listing(request: HttpRequest) -> HttpResponse:
    """All locks, a page by key, and the form for a new one."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.REPORT_READ)
    may_lock = actor.may(Perm.REPORT_WRITE)
    form = LockForm(request.POST or None)
    if request.method == "POST":
        actor.require(Perm.REPORT_WRITE)
        if form.is_valid():
            with form.refusals():
                row = actions.make(actor, **form.cleaned_data)
                flash.saved(request, _("The lock is made."))
                return redirect("lock", pk=row.pk)
    name = request.GET.get("name", "")
    page = data_locks.page(actor, name=name, key=request.GET.get("after", ""))
    signed = signatures.signers("data_lock", page.items)
    locks = [(row, signed.get(str(row.pk), [])) for row in page.items]
    context = {
        "form": form,
        "may_lock": may_lock,
        "locks": locks,
        "next_key": page.next_key,
        "name": name,
    }
    return render(request, "followup/locks/list.html", context, status=form.status)


@require_GET
def detail(request: HttpRequest, pk: str) -> HttpResponse:
    """One lock: its versions, what it holds, and the way to compare it."""
    actor = cast(ActingRequest, request).actor
    row, other = data_locks.lock(actor, pk), OtherLockForm()
    context = {
        "lock": row,
        "counts": data_locks.counts(actor, row, row),
        "other": other,
        "others": offer_locks(other, actor, without=row),
    }
    return render(request, "followup/locks/detail.html", context)


@require_GET
@reads_from_standby
def compare(request: HttpRequest, pk: str, other: str) -> HttpResponse:
    """What changed between two locks: count by count, and row by row for who reads the trail."""
    actor = cast(ActingRequest, request).actor
    pair = data_locks.lock(actor, pk), data_locks.lock(actor, other)
    first, second = sorted(pair, key=lambda row: row.seq)
    may_read, key = actor.may(Perm.AUDIT_READ), request.GET.get("after", "")[:160]
    rows, next_key = data_locks.changed(actor, first, second, key=key) if may_read else ([], "")
    context = {
        "first": first,
        "second": second,
        "counts": data_locks.counts(actor, first, second),
        "may_read": may_read,
        "rows": rows,
        "next_key": next_key,
        "versions": _version_changes(first.versions, second.versions),
    }
    return render(request, "followup/locks/compare.html", context)


def _version_changes(
    first: dict[str, dict[str, str]], second: dict[str, dict[str, str]]
) -> list[tuple[str, str, str]]:
    """Reference documents whose version differs: name, first, second."""
    old, new = first.get("reference") or {}, second.get("reference") or {}
    return [
        (name, old.get(name, ""), new.get(name, ""))
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name)
    ]


@require_GET
def choose(request: HttpRequest, pk: str) -> HttpResponse:
    """From the choice on a lock's page to the comparison."""
    actor = cast(ActingRequest, request).actor
    row, form = data_locks.lock(actor, pk), OtherLockForm(request.GET)
    offer_locks(form, actor, without=row)
    if form.is_valid():
        return redirect("lock-compare", pk=row.pk, other=form.cleaned_data["lock"])
    context = {"form": form, "lock": row}
    return render(request, "followup/locks/choose.html", context, status=form.status)


urlpatterns = [
    path("locks/", listing, name="locks"),
    path("locks/<uuid:pk>/", detail, name="lock"),
    path("locks/<uuid:pk>/compare/", choose, name="lock-choose"),
    path("locks/<uuid:pk>/compare/<uuid:other>/", compare, name="lock-compare"),
]
