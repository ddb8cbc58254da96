"""One section of an aggregate report: written in one language, with every version of its text."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext, pgettext_lazy
from django.views.decorators.http import require_http_methods

from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.permissions import Perm
from followup.core.problems import Conflict, NotFound
from followup.languages import is_chinese
from pv.actions import aggregate_reports as actions
from pv.queries.aggregate_reports import register

LANGUAGES = dict(register.LANGUAGES)


class SectionForm(Form):
    """The text of one section; `number` is the version it was written on."""

    text = forms.CharField(
        label=pgettext_lazy("report", "Text"),
        widget=forms.Textarea(attrs={"rows": 12}),
        required=False,
        max_length=100_000,
        strip=False,
    )
    number = forms.IntegerField(widget=forms.HiddenInput)


def name_in(section: Any, language: str) -> str:
    """The title of a section in the language of the report."""
    return str(section.names["zh" if is_chinese(language) else "en"])


def table_words() -> dict[str, str]:
    """The tables the program sets into a section."""
    return {
        "product": _("Product and period"),
        "certificates": _("Certificates"),
        "label_versions": _("Versions of the label"),
        "exposure": _("Exposure"),
        "coding": _("Dictionary"),
        "cases": _("Counts of cases"),
        "tabulation": _("Cumulative and interval tabulation of reactions"),
        "fatal": _("Fatal cases, cumulative"),
        "topics": _("Special topics"),
        "follow_up": _("Follow-up"),
        "earlier_reports": _("Earlier reports"),
        "since_lock": _("Cases learned of after the period"),
        "signals": _("Signals"),
        "serious": _("Listing of serious cases received in the period"),
        "nullified": _("Nullified cases"),
        "commitments": _("Commitments"),
        "milestones": _("Milestones"),
        "enrolment": _("Enrolment"),
        "forecast": pgettext("section", "Forecast"),
        "condition": _("Condition of the certificate"),
        "slips": _("Milestones that were moved"),
        "risks": _("Safety concerns of the plan"),
        "risk_measures": _("Measures of the plan and their effectiveness"),
        "duties_done": _("Duties done"),
        "evidence": pgettext("register", "Evidence behind an approval"),
        "sources": _("Sources of information"),
    }


@require_http_methods(["GET", "POST"])
def section(request: HttpRequest, pk: str, code: str, language: str) -> HttpResponse:
    """Write one section; every version of its text stands below."""
    actor = cast(ActingRequest, request).actor
    row = register.one(actor, pk)
    found = register.kind(row).section(code)
    if found is None or language not in LANGUAGES:
        raise NotFound()
    may_write = actor.may(Perm.REPORT_WRITE, product=row.product_id)
    versions = register.history(actor, row, code, language)
    present = versions[0] if versions else None
    initial = {
        "text": present.text if present else "",
        "number": present.number if present else 0,
    }
    sent = request.POST.copy() if request.method == "POST" else None
    form = SectionForm(sent, initial=initial)

    def show_theirs(_conflict: Conflict) -> None:
        versions[:] = register.history(actor, row, code, language)
        if sent is not None and versions:
            sent["number"] = str(versions[0].number)  # saving again is a decision on what is read

    if sent is not None:
        actor.require(Perm.REPORT_WRITE, product=row.product_id)
        if form.is_valid():
            stale = _("Somebody else has changed this section. Their text stands below; join both.")
            with form.refusals(stale=stale, on_conflict=show_theirs):
                data = form.cleaned_data
                actions.write(actor, row, code=code, language=language, **data)
                flash.saved(request, _("The section is saved."))
                place = reverse("aggregate-report", args=[row.pk])
                return redirect(f"{place}?language={language}#section-{code}")
    context = {
        "report": row,
        "section": found,
        "name": name_in(found, language),
        "language": language,
        "language_name": LANGUAGES[language],
        "form": form,
        "versions": versions,
        "may_write": may_write,
    }
    status = 409 if form.conflicted else form.status
    return render(request, "pv/aggregate_reports/section.html", context, status=status)


urlpatterns: list[Any] = [
    path(
        "reports/written/<uuid:pk>/<str:code>/<str:language>/",
        section,
        name="aggregate-report-section",
    ),
]
