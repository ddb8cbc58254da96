"""A document of an event is released to safety or withdrawn; safety opens it."""

from typing import cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from followup.actions import files as actions
from followup.core import row_permissions
from followup.core.forms import VersionedForm
from followup.core.forms.refusals import button
from followup.core.http import flash
from followup.core.http.files import document_response
from followup.core.http.numbers import version_sent
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.permissions import Perm
from followup.core.problems import NotFound
from followup.domain.files import DocumentKind, FileType, stored_name
from followup.queries import files as queries
from followup.web import file_words


class ReleaseForm(VersionedForm):
    """The title safety reads, and the word that the document names nobody."""

    title = forms.CharField(
        label=gettext_lazy("Title for safety"),
        max_length=120,
        help_text=gettext_lazy("Such as “pathology report, November 2026”. No name, no number."),
    )
    names_nobody = forms.BooleanField(
        label=gettext_lazy(
            "I looked at every page: no name, face, address, number of the patient or of a relative"
        ),
        required=False,
    )


@require_http_methods(["GET", "POST"])
def release(request: HttpRequest, pk: str) -> HttpResponse:
    """Release a document of an event, after a look at all of it."""
    actor = cast(ActingRequest, request).actor
    file = queries.one(actor, pk)
    if file.event_id is None:  # only a document of an event goes to safety
        raise NotFound()
    row_permissions.require(actor, file, Perm.IDENTITY_WRITE)
    start = {"version": file.version, "title": file_words.KINDS[DocumentKind(file.kind)]}
    form = ReleaseForm(request.POST or None, initial=start)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        with form.refusals(stale=_("Somebody else changed this file meanwhile. Look again.")):
            actions.release(
                actor,
                file,
                version=form.seen,
                title=data["title"],
                names_nobody=data["names_nobody"],
            )
            flash.saved(request, _("Released. Safety reads it with the event."))
            return redirect("file", pk=file.id)
    context = {
        "form": form,
        "file": file,
        "title": _("Release to safety"),
        "lede": _(
            "If a page names the patient, cover it, add the copy as a new file and release that."
        ),
        "save_label": _("Release to safety"),
    }
    return render(request, "followup/files/form.html", context, status=form.status)


@posted_from("file")
def withdraw(request: HttpRequest, pk: str) -> HttpResponse:
    """Withdraw a released document."""
    actor = cast(ActingRequest, request).actor
    file = queries.one(actor, pk)
    seen = version_sent(request.POST.get("version", ""))
    with button(request, changed=_("Somebody else changed this file meanwhile. Look again.")):
        actions.withdraw_release(actor, file, version=seen)
        flash.saved(request, _("Withdrawn. Safety no longer reads it."))
    return redirect("file", pk=file.id)


@require_safe
def content(request: HttpRequest, pk: str) -> HttpResponse:
    """A released document, under its title."""
    actor = cast(ActingRequest, request).actor
    row = queries.released(actor, pk)
    name = stored_name(row.title, FileType(row.media_type))
    return document_response(queries.open_released(actor, row), row.media_type, name)


urlpatterns = [
    path("files/<uuid:pk>/release/", release, name="file-release"),
    path("files/<uuid:pk>/withdraw/", withdraw, name="file-release-withdraw"),
    path("released-files/<uuid:pk>/", content, name="released-file"),
]
