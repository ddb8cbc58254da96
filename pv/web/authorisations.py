"""Authorisations in other markets: the register, a new entry, the second person."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from django.views.decorators.http import require_http_methods

from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from followup.queries import reference
from followup.web.dates import DateField
from pv.actions import authorisations as actions
from pv.queries import authorisations
from pv.web import clock_changes
from pv.web.entry_decisions import EntryDecision
from pv.web.plans import MARKETS


class AuthorisationForm(Form):
    """What the authorisation says."""

    product = forms.ChoiceField(label=gettext_lazy("Product"))
    market = forms.ChoiceField(label=pgettext_lazy("authorisation", "Market"))
    setting = forms.ChoiceField(label=pgettext_lazy("authorisation", "What it is"))
    number = forms.CharField(label=pgettext_lazy("certificate", "Number"), max_length=60)
    authorised_on = DateField(
        label=pgettext_lazy("authorisation", "Stands since"),
        future=False,
        help_text=gettext_lazy("Of an IND the day it went into effect."),
    )
    ended_on = DateField(label=pgettext_lazy("authorisation", "Ended on"), required=False)
    source = forms.CharField(label=gettext_lazy("Document this was taken from"), max_length=300)
    owner_name = forms.CharField(
        label=pgettext_lazy("duty", "Owner"), max_length=120, required=False
    )
    born_on = DateField(
        label=gettext_lazy("International birth date"),
        required=False,
        future=False,
        help_text=gettext_lazy(
            "The periodic reports of an authorisation are counted by this day. Of a trial it is "
            "the development international birth date: a DSUR is then counted by it."
        ),
    )
    launched_on = DateField(
        label=pgettext_lazy("authorisation", "First placed on this market"),
        required=False,
        future=False,
        help_text=gettext_lazy("In the EU the half-yearly and yearly reports count from this day."),
    )
    set_months = forms.IntegerField(
        label=pgettext_lazy("authorisation", "Months of a cycle the authority set"),
        required=False,
        min_value=1,
        max_value=240,
        help_text=gettext_lazy("As the EURD list or a waiver of the FDA states it."),
    )
    set_lock = DateField(
        label=pgettext_lazy("authorisation", "One data lock point of that cycle"), required=False
    )
    set_from = DateField(
        label=pgettext_lazy("authorisation", "The cycle took effect on"),
        required=False,
        help_text=gettext_lazy("Empty: from the beginning."),
    )


def _words(row: Any) -> dict[str, Any]:
    return {"row": row, "market": MARKETS.get(row.market, row.market)}


@require_http_methods(["GET", "POST"])
def listing(request: HttpRequest) -> HttpResponse:
    """What holds, what waits for a second person, and a new entry."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.CASE_READ)
    offered = authorisations.products(actor)
    form = AuthorisationForm(request.POST if request.method == "POST" else None)
    named = [(str(row.id), localized_name(row)) for row in offered]
    form.offer("product", [("", _("Choose a product")), *named])
    known = [(code, MARKETS.get(code, code)) for code in authorisations.markets()]
    form.offer("market", [("", "—"), *known])
    form.offer("setting", [("", "—"), *authorisations.settings()])
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        product = reference.product(actor, id=values.pop("product"))
        with form.refusals():
            actions.enter(actor, product, values=values)
            flash.saved(request, _("Entered; it holds once another person confirms it."))
            return redirect("authorisations")
    context = {
        "form": form,
        "held": [_words(row) for row in authorisations.held(actor)],
        "waiting": [
            {**_words(row), "other": row.entered_by_id != actor.id}
            for row in authorisations.waiting(actor)
        ],
        "may_write": bool(offered),
        "may_export": actor.may(Perm.REPORT_READ),
    }
    return render(request, "pv/authorisations/list.html", context, status=form.status)


@require_http_methods(["GET", "POST"])
def decide(request: HttpRequest, pk: str) -> HttpResponse:
    """One entry; confirmed or refused by another person than the one who made it."""
    actor = cast(ActingRequest, request).actor
    row = authorisations.one(actor, pk)
    if request.method == "POST" and "trial" in request.POST:
        return clock_changes.trial(request, "authorisation", row)
    decision = EntryDecision(request)
    answer = decision.of_entry(
        actor,
        row,
        actions.confirm,
        actions.refuse,
        confirmed=redirect("authorisations"),
        refused=redirect("authorisations"),
        confirmed_words=_("The entry is confirmed; the report clocks follow."),
    )
    if answer is not None:
        return answer
    fields = AuthorisationForm.base_fields
    values = {
        "market": MARKETS.get(row.market, row.market),
        "setting": row.get_setting_display(),
    }
    names = [name for name in fields if name != "product"]
    facts = [(fields[name].label, values.get(name, getattr(row, name))) for name in names]
    context = {
        "row": row,
        "facts": [(pgettext("column", "Product"), localized_name(row.product)), *facts],
        **decision.context(actor, row, *authorisations.KEEPERS, also=Perm.CASE_READ),
    }
    return render(request, "pv/authorisations/decide.html", context, status=decision.status)


urlpatterns = [
    path("authorisations/", listing, name="authorisations"),
    path("authorisations/<uuid:pk>/", decide, name="authorisation"),
]
