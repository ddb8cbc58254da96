"""Taking up a cohort: the template, the file, what its columns hold, dry run and import."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from django.views.decorators.http import require_http_methods

from followup.actions import cohort_files as actions
from followup.actions import cohort_jobs
from followup.core import clock, jobs, row_permissions
from followup.core.forms import Form
from followup.core.forms.refusals import button
from followup.core.http import flash
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.naming import localized_name, reads_chinese
from followup.core.permissions import Perm
from followup.core.stored_words import Words
from followup.domain.cohort_columns import COLUMNS
from followup.domain.cohorts import propose
from followup.queries import cohorts as queries
from followup.queries import reference
from followup.web.dates import DateField
from followup.web.jobs import line_about

PREVIEW = 8


class FileForm(Form):
    """A file of patients and past visits."""

    site = forms.ChoiceField(label=gettext_lazy("Hospital"))
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("CSV (UTF-8 or GB 18030) or xlsx, 5 MB at most."),
    )


class PrepareForm(Form):
    """Which heading holds what, and since when the hospital answers for its follow-up here."""

    adopted_on = DateField(
        label=gettext_lazy("The hospital answers for follow-up in this register since"),
        future=False,
        help_text=gettext_lazy(
            "Windows that closed before this day are “before register” and never missed."
        ),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, headings: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        once = [text for text in headings if text and headings.count(text) == 1]
        choices = [("", "—"), *((text, text) for text in once)]
        chinese = reads_chinese()
        added = {
            f"column_{column.code}": forms.ChoiceField(
                label=column.zh if chinese else column.en,
                choices=choices,
                required=column.needed,
            )
            for column in COLUMNS
        }
        self.fields |= added
        self.style(added)

    @property
    def columns(self) -> dict[str, str]:
        """Column to heading, as chosen."""
        return {c.code: self.cleaned_data[f"column_{c.code}"] for c in COLUMNS}


@require_http_methods(["GET", "POST"])
def listing(request: HttpRequest) -> HttpResponse:
    """Files that were taken up, and a new one."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.PATIENT_WRITE)
    sites = list(reference.sites(actor, needs=Perm.PATIENT_WRITE))
    start = {"site": str(sites[0].id)} if len(sites) == 1 else {}
    form = FileForm(request.POST or None, request.FILES or None, initial=start)
    form.offer("site", [("", "—"), *((str(site.id), localized_name(site)) for site in sites)])
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data["file"]
        with form.refusals():
            site = reference.site(actor, id=form.cleaned_data["site"])
            row = actions.receive(actor, site, name=sent.name, content=sent.read())
            return redirect("adoption", pk=row.id)
    context = {"form": form, "files": queries.files(actor)[: queries.MOST]}
    return render(request, "followup/cohorts/list.html", context, status=form.status)


def _counts(counts: dict[str, int]) -> list[tuple[str, int]]:
    words = {
        "rows": _("Rows"),
        "patients": _("Patients"),
        "patients_refused": _("Patients refused"),
        "visits": _("Past visits"),
        "visits_refused": _("Past visits refused"),
        "rows_refused": _("Rows refused"),
        "deaths": _("Deaths"),
    }
    return [(text, counts.get(name, 0)) for name, text in words.items()]


@require_http_methods(["GET", "POST"])
def file(request: HttpRequest, pk: str) -> HttpResponse:
    """One file: its first rows, what its columns hold, what the dry run counted."""
    actor = cast(ActingRequest, request).actor
    row = queries.file(actor, pk)
    row_permissions.require(actor, row, Perm.PATIENT_WRITE)
    sheet = queries.sheet(row)
    start: dict[str, Any] = {
        f"column_{code}": text for code, text in (row.columns or propose(sheet.headings)).items()
    }
    start |= {"adopted_on": row.adopted_on or clock.today(), "version": row.version}
    form = PrepareForm(request.POST or None, initial=start, headings=sheet.headings)
    if request.method == "POST" and form.is_valid():
        with form.refusals(stale=_("Somebody has confirmed other columns: open it again.")):
            data = form.cleaned_data
            row = actions.prepare(
                actor,
                row,
                columns=form.columns,
                adopted_on=data["adopted_on"],
                version=data["version"],
            )
            cohort_jobs.request(actor, row, dry=True)
            flash.saved(request, _("Dry run started. The refused rows come as a file of the job."))
            return redirect("adoption", pk=row.id)
    context = {
        "form": form,
        "file": row,
        "line": line_about(request, cohort_jobs.KIND, file=str(row.id)),
        "headings": sheet.headings,
        "rows": [[cell.text for cell in cells] for cells in sheet.rows[1 : PREVIEW + 1]],
        "total": len(sheet.rows) - 1,
        "tried": _counts(row.tried) if row.tried_at else [],
        "counts": _counts(row.counts) if row.applied_at else [],
    }
    return render(request, "followup/cohorts/file.html", context, status=form.status)


@posted_from("adoption")
def start(request: HttpRequest, pk: str) -> HttpResponse:
    """Start the dry run again, or the import."""
    actor = cast(ActingRequest, request).actor
    row = queries.file(actor, pk)
    with button(request):
        cohort_jobs.request(actor, row, dry=request.POST.get("then") != "import")
        flash.saved(request, _("Started. The refused rows come back as a file of the job."))
        return redirect("jobs")
    return redirect("adoption", pk=row.id)


@posted_from("adoptions", alone=True)
def template(request: HttpRequest) -> HttpResponse:
    """The empty workbook, in the reader's language."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.PATIENT_WRITE)
    jobs.request(
        actor,
        cohort_jobs.TEMPLATE,
        title=Words(gettext_noop("Template of a cohort")),
        parameters={"on": str(clock.today())},
    )
    return redirect("jobs")


urlpatterns = [
    path("adoptions/", listing, name="adoptions"),
    path("adoptions/template/", template, name="adoption-template"),
    path("adoptions/<uuid:pk>/", file, name="adoption"),
    path("adoptions/<uuid:pk>/start/", start, name="adoption-start"),
]
