"""Files beside a patient, a contact, an event or a sample: listed, added, shown, removed."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from followup.actions import files as actions
from followup.actions.files import FileInput
from followup.core import row_permissions
from followup.core.forms import Form, VersionedForm
from followup.core.forms.refusals import button
from followup.core.http import flash
from followup.core.http.files import document_response
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.permissions import Perm
from followup.core.problems import NotFound
from followup.domain.files import MOST_BYTES, FileFault
from followup.queries import files as queries
from followup.queries import identity, patients, samples
from followup.web import file_words

KINDS = [("", "—"), *((kind.value, text) for kind, text in file_words.KINDS.items())]
ACCEPTED = "application/pdf,image/jpeg,image/png"


class UploadForm(Form):
    """What the document is, and the file: chosen, or taken with the camera of a telephone."""

    kind = forms.ChoiceField(label=pgettext_lazy("document", "What it is"), choices=KINDS)
    title = forms.CharField(
        label=pgettext_lazy("document", "Title"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("Left empty, it is called what it is."),
    )
    file = forms.FileField(
        label=gettext_lazy("File"),
        required=False,
        help_text=gettext_lazy("PDF, JPEG or PNG, 10 MB at most."),
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
    )
    photograph = forms.FileField(
        label=gettext_lazy("Or take a photograph"),
        required=False,
        help_text=gettext_lazy("On a telephone or tablet this opens the camera."),
        widget=forms.FileInput(attrs={"accept": "image/*", "capture": "environment"}),
    )

    def clean(self) -> dict[str, Any]:
        """One file, not larger than what is kept: a larger one is not even read."""
        data = super().clean() or self.cleaned_data
        sent = [f for f in (data.get("file"), data.get("photograph")) if f]
        if len(sent) > 1:
            self.add_error("photograph", _("Send one at a time: the file or the photograph."))
        elif not sent and not {"file", "photograph"} & set(self.errors):
            self.add_error("file", _("Choose the file, or take a photograph."))
        elif sent and sent[0].size > MOST_BYTES:
            self.add_error("file", str(actions.FAULTS[FileFault.TOO_LARGE]))
        return data

    @property
    def sent(self) -> Any:
        """The one file."""
        return self.cleaned_data["file"] or self.cleaned_data["photograph"]


class ReasonForm(VersionedForm):
    """Why a file is removed."""

    reason = forms.CharField(
        label=gettext_lazy("Why it is removed"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


@require_safe
def listing(request: HttpRequest, pk: str) -> HttpResponse:
    """Every file of a patient, wherever it stands, and what was removed."""
    actor = cast(ActingRequest, request).actor
    patient = patients.one(actor, pk)
    row_permissions.require_read(actor, patient, Perm.IDENTITY_READ)
    keys = {name: request.GET.get(name, "")[:40] for name in ("after", "removed")}
    rows, next_key = queries.page_of_patient(actor, patient, key=keys["after"])
    removed, next_removed = queries.page_of_patient(
        actor, patient, removed=True, key=keys["removed"]
    )
    context = {
        "patient": patient,
        "person": identity.masked(actor, [patient.id]).get(patient.id),
        "rows": [file_words.row(row) for row in rows],
        "next_key": next_key,
        "removed": [file_words.row(row) for row in removed],
        "next_removed": next_removed,
        "may_add": actor.may(Perm.IDENTITY_WRITE, site=patient.site_id),
    }
    return render(request, "followup/files/list.html", context)


def _beside(actor: Any, patient: Any, asked: Any) -> dict[str, Any]:
    """The record a file is to stand beside, by the address of the form."""
    finders: dict[str, Any] = {
        "visit": patients.visit,
        "event": patients.event,
        "sample": samples.one,
    }
    found = {name: find(actor, asked[name]) for name, find in finders.items() if asked.get(name)}
    if len(found) > 1 or any(row.patient_id != patient.id for row in found.values()):
        raise NotFound()
    return found


def _back(patient: Any, beside: dict[str, Any]) -> str:
    """The page of the record."""
    pages = {"visit": "contact", "event": "event", "sample": "sample"}
    for name, row in beside.items():
        return reverse(pages[name], args=[row.pk])
    return reverse("patient-files", args=[patient.pk])


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, pk: str) -> HttpResponse:
    """Add a file; by script its progress is shown, and the answer says where to go on."""
    actor = cast(ActingRequest, request).actor
    patient = patients.one(actor, pk)
    row_permissions.require(actor, patient, Perm.IDENTITY_WRITE)
    beside = _beside(actor, patient, request.GET)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            row = actions.add(
                actor,
                patient,
                given=FileInput(
                    name=form.sent.name,
                    content=form.sent.read(),
                    kind=form.cleaned_data["kind"],
                    title=form.cleaned_data["title"],
                    **beside,
                ),
            )
            flash.saved(request, _("Added: %(name)s.") % {"name": file_words.row(row)["title"]})
            target = _back(patient, beside)
            if request.headers.get("X-Upload"):
                return HttpResponse(status=204, headers={"X-Upload-Done": target})
            return redirect(target)
    context = {
        "form": form,
        "patient": patient,
        "person": identity.masked(actor, [patient.id]).get(patient.id),
        "beside": beside,
        "cancel": _back(patient, beside),
    }
    return render(request, "followup/files/new.html", context, status=form.status)


@require_safe
def detail(request: HttpRequest, pk: str) -> HttpResponse:
    """One file: a picture shown, a PDF a press away, where it came from and who reads it."""
    actor = cast(ActingRequest, request).actor
    file = queries.one(actor, pk)
    context = {
        **file_words.row(file),
        "patient": file.patient,
        "person": identity.masked(actor, [file.patient_id]).get(file.patient_id),
        "release": queries.released_now(file),
        "agreed": queries.may_be_read_by_holder(actor, file.patient),
        "may_write": actor.may(Perm.IDENTITY_WRITE, site=file.site_id),
        "may_audit": actor.may(Perm.AUDIT_READ, site=file.site_id),
    }
    return render(request, "followup/files/detail.html", context)


@require_safe
def content(request: HttpRequest, pk: str) -> HttpResponse:
    """The bytes; of a removed file nothing."""
    actor = cast(ActingRequest, request).actor
    file = queries.one(actor, pk)
    if file.removed_at:
        raise NotFound()
    return document_response(queries.open_content(actor, file), file.media_type, file.name)


@require_safe
def thumbnail(request: HttpRequest, pk: str) -> HttpResponse:
    """A picture in small."""
    file = queries.one(cast(ActingRequest, request).actor, pk)
    small = b"" if file.removed_at else queries.thumbnail(file)
    if not small:
        raise NotFound()
    return document_response(small, "image/jpeg", "small.jpg")


@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, pk: str) -> HttpResponse:
    """Remove a file, with the reason; it can be restored."""
    actor = cast(ActingRequest, request).actor
    file = queries.one(actor, pk)
    row_permissions.require(actor, file, Perm.IDENTITY_WRITE)
    form = ReasonForm(request.POST or None, initial={"version": file.version})
    if request.method == "POST" and form.is_valid():
        with form.refusals(stale=_("Somebody else changed this file meanwhile. Look again.")):
            actions.remove(actor, file, version=form.seen, reason=form.cleaned_data["reason"])
            undo = reverse("file-restore", args=[file.id])
            flash.saved(request, _("The file is removed."), undo=undo)
            return redirect("patient-files", pk=file.patient_id)
    context = {
        "form": form,
        "file": file,
        "title": _("Remove file"),
        "save_label": _("Remove file"),
        "lede": _("It is shown to nobody any more, and can be restored from the list of files."),
    }
    return render(request, "followup/files/form.html", context, status=form.status)


@posted_from("file")
def restore(request: HttpRequest, pk: str) -> HttpResponse:
    """Undo a removal."""
    actor = cast(ActingRequest, request).actor
    file = queries.one(actor, pk)
    with button(request):
        actions.restore(actor, file, version=file.version)
        flash.saved(request, _("The file is restored."))
    return redirect("patient-files", pk=file.patient_id)


urlpatterns = [
    path("patients/<uuid:pk>/files/", listing, name="patient-files"),
    path("patients/<uuid:pk>/files/new/", new, name="file-new"),
    path("files/<uuid:pk>/", detail, name="file"),
    path("files/<uuid:pk>/content/", content, name="file-content"),
    path("files/<uuid:pk>/thumbnail/", thumbnail, name="file-thumbnail"),
    path("files/<uuid:pk>/remove/", remove, name="file-remove"),
    path("files/<uuid:pk>/restore/", restore, name="file-restore"),
]
