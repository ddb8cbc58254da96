"""Agreements with partners: the register, a new entry, the second person."""

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.http.standby import reads_from_standby
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from followup.queries import reference
from followup.web.dates import DateField
from pv.actions import agreements as actions
from pv.queries import agreements, authorisations, rules
from pv.web import clock_changes
from pv.web.entry_decisions import EntryDecision


def _days(text: Any) -> forms.IntegerField:
    return forms.IntegerField(label=text, required=False, min_value=0, max_value=actions.MOST_DAYS)


class AgreementForm(Form):
    """What the agreement says; a class without days is not owed."""

    product = forms.ChoiceField(label=gettext_lazy("Product"))
    partner = forms.CharField(label=pgettext_lazy("agreement", "Short code"), max_length=12)
    partner_name = forms.CharField(label=pgettext_lazy("agreement", "Partner"), max_length=120)
    sender = forms.CharField(
        label=pgettext_lazy("agreement", "Identifier in its messages (N.2.r.2)"),
        max_length=100,
        required=False,
    )
    receiver = forms.ChoiceField(label=pgettext_lazy("agreement", "Receiver of our files"))
    number = forms.CharField(
        label=pgettext_lazy("agreement", "Title or number, with its version"), max_length=120
    )
    to_fatal_days = _days(
        pgettext_lazy("agreement", "We owe fatal or life-threatening cases within (days)")
    )
    to_serious_days = _days(pgettext_lazy("agreement", "We owe serious cases within (days)"))
    to_other_days = _days(pgettext_lazy("agreement", "We owe non-serious cases within (days)"))
    from_fatal_days = _days(
        pgettext_lazy("agreement", "The partner owes fatal or life-threatening cases within (days)")
    )
    from_serious_days = _days(
        pgettext_lazy("agreement", "The partner owes serious cases within (days)")
    )
    from_other_days = _days(
        pgettext_lazy("agreement", "The partner owes non-serious cases within (days)")
    )
    day_zero_rule = forms.ChoiceField(label=pgettext_lazy("agreement", "Our days count from"))
    territory = forms.CharField(
        label=pgettext_lazy("agreement", "Countries of occurrence"),
        help_text=gettext_lazy("Two letters with commas between; empty means everywhere."),
        max_length=300,
        required=False,
    )
    valid_from = DateField(label=pgettext_lazy("agreement", "Valid from"))
    valid_to = DateField(label=pgettext_lazy("agreement", "Last day"), required=False)
    document = forms.FileField(
        label=pgettext_lazy("agreement", "Signed document"),
        help_text=gettext_lazy("Its SHA-256 is kept, so that everyone compares the same text."),
    )


@require_GET
@reads_from_standby
def listing(request: HttpRequest) -> HttpResponse:
    """What holds of each partner, and what waits for a second person."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.CASE_READ)
    context = {
        "held": agreements.held(actor),
        "waiting": [(row, row.entered_by_id != actor.id) for row in agreements.waiting(actor)],
        "may_write": bool(authorisations.products(actor)),
    }
    return render(request, "pv/agreements/list.html", context)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Enter an agreement, or a change of one."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.CASE_READ)
    sent = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = AgreementForm(*sent)
    offered = [(str(row.id), localized_name(row)) for row in authorisations.products(actor)]
    form.offer("product", [("", _("Choose a product")), *offered])
    known = rules.receiver_names()
    named = [(code, known[code]) for code in agreements.receivers()]
    form.offer("receiver", [("", "—"), *named])
    form.offer("day_zero_rule", [("", "—"), *agreements.choices()])
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        product = reference.product(actor, id=values.pop("product"))
        file = values.pop("document")
        with form.refusals():
            content = file.read(actions.MOST_BYTES + 1)
            row = actions.enter(actor, product, values=values, name=file.name, content=content)
            flash.saved(request, _("Entered; it holds once another person confirms it."))
            return redirect("agreement", pk=row.pk)
    return render(request, "pv/agreements/new.html", {"form": form}, status=form.status)


@require_http_methods(["GET", "POST"])
def detail(request: HttpRequest, pk: str) -> HttpResponse:
    """One entry with its versions; confirmed or refused by another person."""
    actor = cast(ActingRequest, request).actor
    row = agreements.one(actor, pk)
    if request.method == "POST" and "trial" in request.POST:
        return clock_changes.trial(request, "agreement", row)
    decision = EntryDecision(request)
    answer = decision.of_entry(
        actor,
        row,
        actions.confirm,
        actions.refuse,
        confirmed=redirect("agreement", pk=row.pk),
        refused=redirect("agreements"),
        confirmed_words=_("The entry is confirmed; the clocks towards the partner follow."),
    )
    if answer is not None:
        return answer
    fields = AgreementForm.base_fields
    words = {
        "receiver": rules.receiver_names().get(row.receiver, row.receiver),
        "day_zero_rule": row.get_day_zero_rule_display(),
        "document": row.document_name,
    }
    context = {
        "row": row,
        "facts": [
            (fields[name].label, words.get(name, getattr(row, name, "")))
            for name in fields
            if name != "product"
        ],
        "versions": agreements.versions(actor, row),
        **decision.context(actor, row, *authorisations.KEEPERS, also=Perm.CASE_READ),
    }
    return render(request, "pv/agreements/detail.html", context, status=decision.status)


urlpatterns = [
    path("partners/", listing, name="agreements"),
    path("partners/new/", new, name="agreement-new"),
    path("partners/<uuid:pk>/", detail, name="agreement"),
]
