"""A report that a person told the holder, entered as a case."""

from typing import cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from followup.core.forms import NO_YES_UNKNOWN, AnswerField, AnswersField, Form
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from followup.queries import reference
from followup.web import drafts
from followup.web.code_choices import choices
from followup.web.dates import DateField, PartialDateField
from followup.web.events_form import REPORTERS
from pv.actions import direct_reports as actions
from pv.domain.cases.direct_reports import DirectReport
from pv.queries import literature

_SERIOUS = {"YES": True, "NO": False}


class ReportForm(Form):
    """The four elements first; nothing is answered beforehand."""

    way = AnswerField(label=pgettext_lazy("direct report", "How it came in"), choices=actions.WAYS)
    aware_on = DateField(label=gettext_lazy("You learned of it on"), future=False)
    product = forms.ChoiceField(label=gettext_lazy("Product"))
    lot = forms.CharField(label=gettext_lazy("Lot"), max_length=35, required=False)
    verbatim = forms.CharField(
        label=gettext_lazy("Event, in the words of the reporter"),
        max_length=250,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    onset = PartialDateField(
        label=gettext_lazy("Began on"),
        help_text=gettext_lazy("Year or month alone is allowed, for example 2026-11."),
        required=False,
        future=False,
    )
    qualification = AnswerField(
        label=gettext_lazy("The reporter is"),
        choices=REPORTERS,
    )
    reporter = forms.CharField(label=gettext_lazy("Reporter"), max_length=60, required=False)
    organisation = forms.CharField(
        label=pgettext_lazy("direct report", "The reporter's organisation"),
        max_length=60,
        required=False,
    )
    country = forms.CharField(
        label=pgettext_lazy("screening", "Country of occurrence (CN …)"), max_length=2
    )
    initials = forms.CharField(
        label=pgettext_lazy("direct report", "The patient's initials"),
        max_length=60,
        required=False,
    )
    sex = AnswerField(
        label=gettext_lazy("Sex"),
        choices=(
            ("MALE", pgettext_lazy("sex", "male")),
            ("FEMALE", pgettext_lazy("sex", "female")),
        ),
        required=False,
    )
    age_years = forms.IntegerField(label=gettext_lazy("Age in years"), required=False)
    serious = AnswerField(
        label=pgettext_lazy("direct report", "Is it serious?"),
        choices=NO_YES_UNKNOWN,
        required=False,
    )
    criteria = AnswersField(
        label=pgettext_lazy("direct report", "Why it is serious"),
        choices=choices("seriousness"),
        required=False,
    )
    outcome = AnswerField(
        label=gettext_lazy("Outcome"), choices=choices("event_outcome"), required=False
    )
    text = forms.CharField(
        label=pgettext_lazy("direct report", "What was written or said, as it came"),
        help_text=pgettext_lazy("direct report", "It becomes the reporter's comments (H.2)."),
        max_length=20_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
    )


@require_http_methods(["GET", "POST"])
def enter(request: HttpRequest) -> HttpResponse:
    """One page; the case and its clocks are there once it is saved."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.CASE_WRITE)
    draft = drafts.of(request, "direct-report", "new")
    form = ReportForm(request.POST if request.method == "POST" else None, initial=draft.values)
    products = [(str(row.id), localized_name(row)) for row in literature.products(actor)]
    form.offer("product", [("", _("Choose a product")), *products])
    if request.method == "POST" and form.is_valid():
        said = dict(form.cleaned_data)
        product = reference.product(actor, id=said.pop("product"))
        said |= {
            "serious": _SERIOUS.get(said["serious"]),
            "criteria": frozenset(said["criteria"]),
        }
        with form.refusals():
            case = actions.enter(actor, product, given=DirectReport(language="", **said))
            drafts.saved(request, draft)
            flash.saved(request, _("Case %(number)s was made.") % {"number": case.number})
            return redirect("case", pk=case.pk)
    context = {"form": form, "draft": draft}
    return render(request, "pv/inbox/direct.html", context, status=form.status)


urlpatterns = [path("inbox/reports/new/", enter, name="direct-report")]
