"""Imported tables: background rates and counts, each with its citation and the lines left out."""

from typing import Any, cast

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.http import require_http_methods

from followup.core.forms import Form
from followup.core.forms.refusals import button
from followup.core.http import flash
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.permissions import Perm
from pv.actions import faers
from pv.actions import signals as actions
from pv.queries.signals import tables

LARGEST = 8 * 1024 * 1024


class TableForm(Form):
    """A file with where it comes from."""

    kind = forms.ChoiceField(label=gettext_lazy("What the table holds"))
    name = forms.CharField(label=gettext_lazy("Name of the table"), max_length=80)
    version = forms.CharField(label=gettext_lazy("Version"), max_length=20)
    citation = forms.CharField(label=gettext_lazy("Citation"), max_length=1000)
    file = forms.FileField(label=pgettext_lazy("field", "CSV file"))

    def clean_file(self) -> str:
        """The text of the file: UTF-8, or the coding of Chinese Excel."""
        sent: UploadedFile[Any] = self.cleaned_data["file"]
        if (sent.size or 0) > LARGEST:
            raise forms.ValidationError(_("The file is larger than 8 MB."))
        content: bytes = sent.read()
        for coding in ("utf-8-sig", "gb18030"):
            try:
                return content.decode(coding)
            except UnicodeDecodeError:
                continue
        raise forms.ValidationError(_("The file is no text: save it as CSV."))


@require_http_methods(["GET", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """What is imported, and the form for another table."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.CASE_READ)
    may_write = actor.may(Perm.REPORT_WRITE)
    form = TableForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    kinds = [
        (tables.RATES, _("Background rates by age and sex")),
        (tables.COUNTS, _("Counts of drug and event pairs")),
    ]
    form.offer("kind", [("", _("Choose what it holds")), *kinds])
    if request.method == "POST":
        actor.require(Perm.REPORT_WRITE)
        if form.is_valid():
            data = form.cleaned_data
            write = actions.import_rates if data["kind"] == tables.RATES else actions.import_counts
            with form.refusals():
                found = write(
                    actor,
                    name=data["name"],
                    version=data["version"],
                    citation=data["citation"],
                    text=data["file"],
                )
                text = ngettext("%(n)s line imported.", "%(n)s lines imported.", found.rows)
                said = text % {"n": found.rows}
                if found.faults:
                    lines = ", ".join(str(fault.line) for fault in found.faults[:20])
                    said += " " + _("Left out, lines: %(lines)s.") % {"lines": lines}
                flash.saved(request, said)
                return redirect("signal-tables")
    context = {
        "form": form,
        "may_write": may_write,
        "groups": [(words, tables.imported(actor, kind)) for kind, words in kinds],
        "archives": [path.name for path in faers.archives()] if may_write else [],
    }
    return render(request, "pv/signals/tables.html", context, status=form.status)


@posted_from("signal-tables", alone=True)
def quarterly(request: HttpRequest) -> HttpResponse:
    """Ask for the background set of FDA's quarterly archives in the folder of the server."""
    actor = cast(ActingRequest, request).actor
    with button(request):
        faers.request(actor, without_alike="without_alike" in request.POST)
        flash.saved(request, _("The quarterly data are being loaded. You may leave this page."))
        return redirect("jobs")
    return redirect("signal-tables")


urlpatterns = [
    path("signals/tables/", page, name="signal-tables"),
    path("signals/tables/faers/", quarterly, name="signal-tables-faers"),
]
