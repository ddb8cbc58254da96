"""Documents beside an entry of a register: added, opened, removed."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.files import document_response
from followup.core.http.requests import ActingRequest
from followup.core.permissions import Perm
from followup.domain.files import MOST_BYTES
from pv.actions import register_documents as actions
from pv.queries import register_documents as queries


class DocumentForm(Form):
    """What the document is, and the file."""

    title = forms.CharField(label=pgettext_lazy("register document", "What it is"), max_length=120)
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("PDF, JPEG or PNG, 10 MB at most. Its SHA-256 is kept."),
        widget=forms.FileInput(attrs={"accept": "application/pdf,image/jpeg,image/png"}),
    )


class RemovalForm(Form):
    """Why a document does not belong to the entry."""

    reason = forms.CharField(
        label=gettext_lazy("Why it is removed"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


def panel(actor: Any, row: Any) -> dict[str, Any]:
    """What the page of an entry shows of its documents."""
    return {
        "documents": queries.of(actor, row),
        "document_register": queries.register_of(row),
        "may_add_document": actor.may(Perm.REPORT_WRITE, product=row.product_id),
    }


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, register: str, pk: str) -> HttpResponse:
    """Attach a document to an entry."""
    actor = cast(ActingRequest, request).actor
    row = queries.record(actor, register, pk)
    actor.require(Perm.REPORT_WRITE, product=row.product_id)
    form = DocumentForm(request.POST or None, request.FILES or None)
    back = reverse(queries.page(register), args=[row.pk])
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        with form.refusals():
            content = file.read(MOST_BYTES + 1)
            title = form.cleaned_data["title"]
            actions.add(actor, row, title=title, name=file.name, content=content)
            flash.saved(request, _("The document is attached."))
            return redirect(back)
    context = {"form": form, "row": row, "cancel": back}
    return render(request, "pv/registers/document_new.html", context, status=form.status)


@require_safe
def content(request: HttpRequest, pk: str) -> HttpResponse:
    """The bytes of a document, as what it was found to be."""
    actor = cast(ActingRequest, request).actor
    row = queries.one(actor, pk)
    return document_response(queries.open_content(actor, row), row.media_type, row.name)


@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, pk: str) -> HttpResponse:
    """Remove a document, with the reason."""
    actor = cast(ActingRequest, request).actor
    document = queries.one(actor, pk)
    actor.require(Perm.REPORT_WRITE, product=document.product_id)
    form = RemovalForm(request.POST if request.method == "POST" else None)
    back = reverse(queries.page(document.register), args=[document.record])
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            actions.remove(actor, document, reason=form.cleaned_data["reason"])
            flash.saved(request, _("The document is removed."))
            return redirect(back)
    context = {"form": form, "document": document, "cancel": back}
    return render(request, "pv/registers/document_remove.html", context, status=form.status)


urlpatterns = [
    path("register-documents/<str:register>/<uuid:pk>/", new, name="register-document-new"),
    path("register-documents/<uuid:pk>/", content, name="register-document"),
    path("register-documents/<uuid:pk>/remove/", remove, name="register-document-remove"),
]
