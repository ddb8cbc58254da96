"""Aggregate reports: the list, a new one, the page of one, its basis, review and files."""

from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from followup.core import clock
from followup.core.forms import Form
from followup.core.forms.refusals import button
from followup.core.http import flash
from followup.core.http.numbers import version_sent
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.http.standby import reads_from_standby
from followup.core.naming import localized_name, reader_language, reads_chinese
from followup.core.permissions import Perm
from followup.queries import data_locks, reference, signatures
from followup.web.dates import DateField
from followup.web.lock_choices import LockField, OtherLockForm, offer_locks
from pv.actions import aggregate_reports as actions
from pv.actions import report_files
from pv.domain.aggregates import Fault
from pv.queries import aggregates
from pv.queries.aggregate_reports import owed as reports_owed
from pv.queries.aggregate_reports import register
from pv.web import report_sections, second_persons

LANGUAGES = dict(register.LANGUAGES)
FAULTS = {
    Fault.GAP: gettext_lazy("No report of this kind covers these days"),
    Fault.OVERLAP: gettext_lazy("Two reports of this kind cover these days"),
}
TONES = {"draft": "due", "reviewed": "open", "approved": "done"}


class BasisForm(Form):
    """The period and the lock the figures rest on."""

    start = DateField(label=pgettext_lazy("period", "From"), future=False)
    end = DateField(label=pgettext_lazy("period", "To (included)"), future=False)
    lock = LockField(label=gettext_lazy("Data lock"), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class NewForm(BasisForm):
    """Which report."""

    field_order = ("kind", "product", "commitment", "start", "end", "lock")
    kind = forms.ChoiceField(label=gettext_lazy("Kind of report"))
    product = forms.ChoiceField(label=gettext_lazy("Product"))
    commitment = forms.ChoiceField(
        label=gettext_lazy("Commitment (progress report and extension only)"), required=False
    )


class ReturnForm(Form):
    """Why a reviewed report goes back."""

    reason = forms.CharField(label=gettext_lazy("What has to be changed"), max_length=500)


def _language(request: HttpRequest) -> str:
    asked = request.GET.get("language", "")
    reader = "zh-hans" if reads_chinese() else "en"
    return asked if asked in LANGUAGES else reader


@require_GET
@reads_from_standby
def listing(request: HttpRequest) -> HttpResponse:
    """Reports that are written or approved, a page by key."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.REPORT_READ)
    kinds, words = register.kinds(), reader_language()
    page = register.page(actor, key=request.GET.get("after", ""))
    rows = [
        (row, kinds[row.kind].names[words] if row.kind in kinds else row.kind, TONES[row.state])
        for row in page.items
    ]
    today = clock.today()
    may = {product.id for product in aggregates.products(actor)}
    context = {
        "rows": rows,
        "next_key": page.next_key,
        "may_write": actor.may(Perm.REPORT_WRITE),
        "owed": [
            (
                each,
                kinds[each.kind].names[words],
                each.days(today),
                urlencode(each.asked) if each.product.id in may else "",
            )
            for each in reports_owed.listing(actor, today=today)
        ],
    }
    return render(request, "pv/aggregate_reports/list.html", context)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Begin a report."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.REPORT_WRITE)
    form = NewForm(request.POST if request.method == "POST" else None, initial=_asked(request))
    words = reader_language()
    kinds = [(code, each.names[words]) for code, each in register.kinds().items()]
    form.offer("kind", [("", _("Choose the kind of report")), *kinds])
    products = [(str(row.id), localized_name(row)) for row in aggregates.products(actor)]
    form.offer("product", [("", _("Choose a product")), *products])
    about = [(str(row.id), row.title) for row in register.commitments(actor)]
    form.offer("commitment", [("", pgettext("commitment", "None")), *about])
    offer_locks(form, actor, first=[("", _("Now, no lock"))])
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        with form.refusals():
            row = actions.open_report(
                actor,
                reference.product(actor, id=data["product"]),
                kind=data["kind"],
                start=data["start"],
                end=data["end"],
                lock=data_locks.chosen(actor, data["lock"]),
                commitment=next(
                    (r for r in register.commitments(actor) if str(r.id) == data["commitment"]),
                    None,
                ),
            )
            if "files" in request.POST:
                report_files.request(actor, row, language=_language(request))
                flash.saved(request, _("The report is being made. You may leave this page."))
                return redirect("jobs")
            flash.saved(request, _("The report is opened."))
            return redirect("aggregate-report", pk=row.pk)
    context = {"form": form}
    return render(request, "pv/aggregate_reports/new.html", context, status=form.status)


def _asked(request: HttpRequest) -> dict[str, str]:
    """What the calendar of duties hands over: no answer of a person."""
    names = ("kind", "product", "commitment", "start", "end")
    return {name: request.GET.get(name, "")[:60] for name in names}


@require_GET
def detail(request: HttpRequest, pk: str) -> HttpResponse:
    """One report: its sections in one language, what it lacks, who reviews, its files."""
    actor, language = cast(ActingRequest, request).actor, _language(request)
    row = register.one(actor, pk)
    of_kind, words = register.kind(row), reader_language()
    texts = register.texts(actor, row, language)
    tables = report_sections.table_words()
    sections = [
        {
            "section": each,
            "name": report_sections.name_in(each, language),
            "version": texts.get(each.code),
            "tables": [tables[code] for code in each.tables],
        }
        for each in of_kind.sections
    ]
    may_write = actor.may(Perm.REPORT_WRITE, product=row.product_id)
    other = OtherLockForm()
    context = {
        "report": row,
        "kind": of_kind.names[words],
        "of_kind": of_kind,
        "tone": TONES[row.state],
        "sections": sections,
        "language": language,
        "languages": register.LANGUAGES,
        "language_name": dict(register.LANGUAGES)[language],
        "lacking": register.lacking(actor, row),
        "faults": [
            (FAULTS[each.kind], each.first, each.last)
            for each in register.coverage_faults(actor, row)
        ],
        "own": actor.id in register.authors(actor, row),
        "second": second_persons.of_report(actor, row) if may_write else None,
        "against_review": register.against_review(actor, row),
        "files": register.files(actor, row),
        "signed": signatures.signers("aggregate_report", [row]).get(str(row.pk), []),
        "may_write": may_write,
        "other": other,
        "others": offer_locks(other, actor, without=row.lock) if may_write and row.lock_id else [],
    }
    return render(request, "pv/aggregate_reports/detail.html", context)


@require_http_methods(["GET", "POST"])
def basis(request: HttpRequest, pk: str) -> HttpResponse:
    """The period and the lock of a report."""
    actor = cast(ActingRequest, request).actor
    row = register.one(actor, pk)
    actor.require(Perm.REPORT_WRITE, product=row.product_id)
    initial = {
        "start": row.period_start,
        "end": row.period_end,
        "lock": str(row.lock_id or ""),
        "version": row.version,
    }
    form = BasisForm(request.POST if request.method == "POST" else None, initial=initial)
    offer_locks(form, actor, row.lock_id, first=[("", _("Now, no lock"))])
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        with form.refusals(stale=_("Somebody has changed this report. Read what changed.")):
            actions.set_basis(
                actor,
                row,
                start=data["start"],
                end=data["end"],
                lock=data_locks.chosen(actor, data["lock"]),
                version=data["version"] or 0,
            )
            flash.saved(request, _("Saved."))
            return redirect("aggregate-report", pk=row.pk)
    context = {"form": form, "report": row}
    return render(request, "pv/aggregate_reports/basis.html", context, status=form.status)


@posted_from("aggregate-report")
def review(request: HttpRequest, pk: str) -> HttpResponse:
    """Pass the report as another person."""
    actor = cast(ActingRequest, request).actor
    row = register.one(actor, pk)
    with button(request):
        actions.review(actor, row, version=version_sent(request.POST.get("version")))
        flash.saved(request, _("The review is recorded. The report is approved by signature."))
    return redirect("aggregate-report", pk=row.pk)


@require_http_methods(["GET", "POST"])
def send_back(request: HttpRequest, pk: str) -> HttpResponse:
    """Send a reviewed report back."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.REPORT_WRITE)
    row = register.one(actor, pk)
    form = ReturnForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            actions.send_back(
                actor,
                row,
                reason=form.cleaned_data["reason"],
                version=version_sent(request.POST.get("version")),
            )
            flash.saved(request, _("The report went back to its author."))
            return redirect("aggregate-report", pk=row.pk)
    context = {"form": form, "report": row}
    return render(request, "pv/aggregate_reports/return.html", context, status=form.status)


@posted_from("aggregate-report")
def produce(request: HttpRequest, pk: str) -> HttpResponse:
    """Ask for the files."""
    actor = cast(ActingRequest, request).actor
    row = register.one(actor, pk)
    report_files.request(actor, row, language=_asked_language(request))
    flash.saved(request, _("The report is being made. You may leave this page."))
    return redirect("jobs")


def _asked_language(request: HttpRequest) -> str:
    return request.POST.get("language", "")


urlpatterns: list[Any] = [
    path("reports/written/", listing, name="aggregate-reports"),
    path("reports/written/new/", new, name="aggregate-report-new"),
    path("reports/written/<uuid:pk>/", detail, name="aggregate-report"),
    path("reports/written/<uuid:pk>/basis/", basis, name="aggregate-report-basis"),
    path("reports/written/<uuid:pk>/review/", review, name="aggregate-report-review"),
    path("reports/written/<uuid:pk>/return/", send_back, name="aggregate-report-return"),
    path("reports/written/<uuid:pk>/files/", produce, name="aggregate-report-files"),
]
