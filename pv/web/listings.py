"""Line listing: columns, filters and groups are in the URL, which can be kept and shared."""

from datetime import date
from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import get_language, gettext_lazy, pgettext, pgettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from followup.core import clock
from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.naming import localized_name, reader_language
from followup.core.permissions import Perm
from followup.core.problems import NotFound
from followup.queries import data_locks, reference
from followup.web import saved_reports
from followup.web.dates import DateField
from followup.web.lock_choices import LockField, offer_locks
from pv.actions import listings as actions
from pv.adapters.periodic import line_columns
from pv.queries import aggregates, listings, standardised_queries
from pv.queries.cohorts import day_of
from pv.queries.listings import ListingChoice


class ListingForm(Form):
    """What is listed, and how."""

    product = forms.ChoiceField(label=gettext_lazy("Product"))
    start = DateField(label=pgettext_lazy("period", "From"), future=False)
    end = DateField(label=pgettext_lazy("period", "To (included)"), future=False)
    lock = LockField(label=gettext_lazy("Data as of"), required=False)
    serious = forms.ChoiceField(label=pgettext_lazy("listing", "Seriousness"), required=False)
    words = forms.CharField(
        label=gettext_lazy("Event contains, or MedDRA code"), max_length=100, required=False
    )
    smq = forms.ChoiceField(label=gettext_lazy("Standardised query (SMQ)"), required=False)
    group = forms.ChoiceField(label=gettext_lazy("Group by"), required=False)
    columns = forms.MultipleChoiceField(
        label=gettext_lazy("Columns"), required=False, widget=forms.CheckboxSelectMultiple
    )


def _form(request: HttpRequest) -> ListingForm:
    actor = cast(ActingRequest, request).actor
    offered = sorted(aggregates.products(actor), key=lambda row: (not row.is_car_t, row.code))
    if not offered:
        raise NotFound()
    latest = data_locks.locks(actor).first()
    today = clock.today()
    asked = request.GET.copy()
    usual: dict[str, Any] = {
        "product": str(offered[0].id),
        "start": date(today.year, 1, 1).isoformat(),
        "end": (day_of(latest) if latest else today).isoformat(),
        "lock": str(latest.id) if latest else "",
    }
    for name, value in usual.items():
        if name not in asked:
            asked[name] = value
    if "columns" not in asked:
        asked.setlist("columns", list(listings.DEFAULT))
    form = ListingForm(asked)
    form.offer("product", [(str(row.id), localized_name(row)) for row in offered])
    offer_locks(form, actor, first=[("", _("Now, no lock"))])
    answers = [("yes", pgettext("report", "serious")), ("no", pgettext("report", "non-serious"))]
    answers.append(("unknown", pgettext("report", "not assessed")))
    form.offer("serious", [("", _("All")), *answers])
    form.offer("smq", [("", _("All")), *standardised_queries.choices(reader_language())])
    words = line_columns()
    form.offer("group", [(name, words.get(name, _("None"))) for name in listings.GROUPS])
    cast(forms.MultipleChoiceField, form.fields["columns"]).choices = list(words.items())
    return form


@require_http_methods(["GET", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """The first lines of the listing, and its files as jobs."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.REPORT_WRITE)
    form, rows, choice = _form(request), [], None
    if form.is_valid():
        data = form.cleaned_data
        choice = ListingChoice(
            product=data["product"],
            start=data["start"],
            end=data["end"],
            lock=data["lock"] or None,
            serious=data["serious"],
            words=data["words"],
            smq=data["smq"],
            columns=listings.chosen(data["columns"]),
            group=data["group"],
            language=get_language() or "zh-hans",
        )
        with form.refusals():
            if request.method == "POST":
                product = reference.product(actor, id=choice.product)
                if answer := saved_reports.handled(request, actor, actions.KIND, product):
                    return answer
                actions.request(actor, choice, request.POST.get("format", ""))
                flash.saved(request, _("The listing is being made. You may leave this page."))
                return redirect("jobs")
            found = listings.preview(actor, choice)
            rows = [
                (value, [listings.cells(each, choice) for each in lines])
                for value, lines in listings.grouped(found, choice)
            ]
    words = line_columns()
    context = {
        "form": form,
        "headings": [words[name] for name in choice.columns] if choice else [],
        "groups": rows,
        "formats": actions.FORMATS,
        "count": sum(len(lines) for _value, lines in rows),
        "most": listings.PREVIEW,
        **saved_reports.context(actor, actions.KIND),
    }
    return render(request, "pv/listings/page.html", context, status=422 if form.errors else 200)


urlpatterns = [path("listings/", page, name="listings")]
