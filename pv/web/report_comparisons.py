"""A report at its lock and at another: which figures changed, by which cases; page and workbook."""

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from followup.core.http.requests import ActingRequest
from followup.core.http.standby import reads_from_standby
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from followup.core.problems import NotFound
from followup.queries import data_locks
from followup.web.lock_choices import OtherLockForm, offer_locks
from pv.adapters import difference_files
from pv.queries.aggregate_reports import differences, register

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_GET
def choose(request: HttpRequest, pk: str) -> HttpResponse:
    """From the choice on the page of a report to the comparison."""
    actor = cast(ActingRequest, request).actor
    row, form = register.one(actor, pk), OtherLockForm(request.GET)
    if row.lock is None:
        raise NotFound()
    offer_locks(form, actor, without=row.lock)
    if form.is_valid():
        return redirect("aggregate-report-compare", pk=pk, other=form.cleaned_data["lock"])
    context = {"form": form, "report": row, "lock": row.lock}
    return render(request, "followup/locks/choose.html", context, status=form.status)


@require_GET
@reads_from_standby
def compare(request: HttpRequest, pk: str, other: str) -> HttpResponse:
    """Every figure that differs with the cases behind it; all figures in the workbook."""
    actor = cast(ActingRequest, request).actor
    row = register.one(actor, pk)
    actor.require(Perm.REPORT_WRITE, product=row.product_id)
    if row.lock is None:
        raise NotFound()
    pair = row.lock, data_locks.lock(actor, other)
    first, second = sorted(pair, key=lambda lock: lock.seq)
    found = differences.differences(actor, row, first, second)
    words, why = differences.figure_words(), differences.why_words()
    figures = [(*differences.figure_name(each.figure, words), each) for each in found]
    if request.GET.get("format") == "xlsx":
        about = [
            (_("Product"), register.product_name(row.product)),
            (_("Period (both days included)"), f"{row.period_start} – {row.period_end}"),
            *(
                (_("Data lock"), f"{lock.name} · {lock.seq} · {lock.chain}")
                for lock in (first, second)
            ),
        ]
        content = difference_files.workbook(
            about=about,
            figures=[[n, w, each.first, each.second, each.difference] for n, w, each in figures],
            cases=[
                [n, w, c.number, why[c.why], c.first_version, c.second_version, c.amount]
                for n, w, each in figures
                for c in each.cases
            ],
            made_at=second.made_at,
        )
        name = f"{row.product.code}-{first.seq}-{second.seq}.xlsx"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return HttpResponse(content, content_type=XLSX, headers=headers)
    context: dict[str, Any] = {
        "report": row,
        "product": localized_name(row.product),
        "first": first,
        "second": second,
        "changed": [
            (name, when, each, [(case, why[case.why]) for case in each.cases])
            for name, when, each in figures
            if each.cases
        ],
        "same": sum(not each.cases for _name, _when, each in figures),
    }
    return render(request, "pv/aggregate_reports/compare.html", context)


urlpatterns = [
    path("reports/written/<uuid:pk>/compare/", choose, name="aggregate-report-compare-with"),
    path(
        "reports/written/<uuid:pk>/compare/<uuid:other>/",
        compare,
        name="aggregate-report-compare",
    ),
]
