"""Periodic reports: pick product, period and language; the produced ones with their files."""

from datetime import date
from typing import Any, cast

from django import forms
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from followup.core import clock, pdf
from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.files import pdf_response
from followup.core.http.requests import ActingRequest
from followup.core.naming import reads_chinese
from followup.core.permissions import Perm
from followup.core.problems import NotFound
from followup.queries import data_locks, signatures
from followup.web.dates import DateField
from followup.web.lock_choices import LockField, offer_locks
from pv.actions import reports
from pv.queries import aggregates, produced_reports

LANGUAGES = (("zh-hans", "中文"), ("en", "English"))


class ReportForm(Form):
    """Which report."""

    product = forms.ChoiceField(label=gettext_lazy("Product"))
    start = DateField(label=pgettext_lazy("period", "From"), future=False)
    end = DateField(label=pgettext_lazy("period", "To (included)"), future=False)
    language = forms.ChoiceField(label=gettext_lazy("Language of the report"), choices=LANGUAGES)
    lock = LockField(label=gettext_lazy("Data as of"), required=False)

    def __init__(self, *args: Any, products: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chinese = reads_chinese()
        named = [(str(p.id), p.generic_zh if chinese else p.inn) for p in products]
        empty = [] if len(named) == 1 else [("", _("Choose a product"))]
        cast(forms.ChoiceField, self.fields["product"]).choices = [*empty, *named]


def _last_year() -> tuple[date, date]:
    """The last full calendar year: the period most often asked for, and the simplest to change."""
    year = clock.today().year - 1
    return date(year, 1, 1), date(year, 12, 31)


def _form(request: HttpRequest, products: list[Any]) -> ReportForm:
    start, end = _last_year()
    language = get_language() or "zh-hans"
    initial = {"start": start, "end": end, "language": language}
    typed = request.POST if request.method == "POST" else None
    form = ReportForm(typed, initial=initial, products=products)
    actor = cast(ActingRequest, request).actor
    offer_locks(form, actor, first=[("", _("Now, no lock"))])
    return form


@require_http_methods(["GET", "POST"])
def listing(request: HttpRequest) -> HttpResponse:
    """The form, and what was produced before."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.REPORT_READ)
    may_write = actor.may(Perm.REPORT_WRITE)
    form = _form(request, aggregates.products(actor) if may_write else [])
    if request.method == "POST":
        actor.require(Perm.REPORT_WRITE)
        if form.is_valid():
            given = form.cleaned_data
            with form.refusals():
                reports.request(
                    actor,
                    product_id=given["product"],
                    start=given["start"],
                    end=given["end"],
                    language=given["language"],
                    lock=data_locks.chosen(actor, given["lock"]),
                )
                flash.saved(request, _("The report is being made. You may leave this page."))
                return redirect("jobs")
    page = produced_reports.page(actor, key=request.GET.get("after", ""))
    signed = signatures.signers("report", page.items)
    context = {
        "form": form,
        "may_write": may_write,
        "reports": [(row, signed.get(str(row.pk), [])) for row in page.items],
        "languages": dict(LANGUAGES),
        "language": get_language() or "en",
        "can_be_signed": pdf.can_be_signed(),
        "next_key": page.next_key,
    }
    return render(request, "pv/reports/list.html", context, status=422 if form.errors else 200)


@require_GET
def file(request: HttpRequest, pk: str) -> FileResponse:
    """A produced report: PDF, spreadsheet and manifest in one archive."""
    row, place = produced_reports.file_of(cast(ActingRequest, request).actor, pk)
    response = FileResponse(place.open("rb"), as_attachment=True, filename=row.file_name)
    response["X-SHA256"] = row.sha256
    return response


@require_GET
def signed(request: HttpRequest, pk: str) -> HttpResponse:
    """The PDF of a produced report, signed now with the certificate of the installation.

    The archive stays as it was produced: the signature carries the time, so it is of the copy.
    """
    if not pdf.can_be_signed():
        raise NotFound()
    actor = cast(ActingRequest, request).actor
    row, content = produced_reports.document_of(actor, pk)
    name = row.file_name.removesuffix(".zip")
    return pdf_response(pdf.signed(content, reason=name), f"{name}.pdf")


urlpatterns = [
    path("reports/", listing, name="reports"),
    path("reports/<uuid:pk>/file/", file, name="report-file"),
    path("reports/<uuid:pk>/signed/", signed, name="report-signed"),
]
