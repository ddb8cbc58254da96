"""Centres: visits due and done month by month, overdue by age, when data last came; a reminder."""

from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from followup.core import clock
from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.http.standby import reads_from_standby
from followup.core.permissions import Perm
from followup.queries import reference
from pv.actions import centre_reminders as actions
from pv.queries import centre_reminders, centres, cohorts
from pv.web.cohorts import choice


class ReminderForm(Form):
    """What the people of a centre are asked to do."""

    text = forms.CharField(
        label=pgettext_lazy("centre reminder", "What the centre is asked to do"),
        help_text=pgettext_lazy("centre reminder", "No name and nothing that points to a patient."),
        max_length=actions.LONGEST_REMINDER,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@require_GET
@reads_from_standby
def listing(request: HttpRequest) -> HttpResponse:
    """The heat table of the last twelve months."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.REPORT_READ)
    chosen, found = choice(request, actor), None
    asked: Mapping[UUID, Any] = {}
    if chosen.filters:
        with cohorts.reading(chosen.filters):
            found = centres.performance(actor, chosen.filters)
        asked = centre_reminders.latest(actor, chosen.filters.product)
    product = chosen.filters.product if chosen.filters else None
    may = product is not None and actor.may(Perm.REPORT_WRITE, product=product.id)
    context = {
        "form": chosen.form,
        "filters": chosen.filters,
        "found": found,
        "reminded": [
            (each, last, may and not (last and last.today))
            for each in (found.centres if found else ())
            for last in (asked.get(each.site.id),)
        ],
    }
    return render(request, "pv/cohorts/centres.html", context, status=200 if found else 422)


@require_http_methods(["GET", "POST"])
def remind(request: HttpRequest, product: str, site: str) -> HttpResponse:
    """Remind the people of a centre."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.REPORT_WRITE)
    of = reference.product(actor, id=product)
    place = centre_reminders.centre(actor, of, site)
    form = ReminderForm(request.POST if request.method == "POST" else None)
    back = f"{reverse('centres')}?product={of.id}"
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            actions.remind(actor, of, place, text=form.cleaned_data["text"])
            flash.saved(
                request, _("The centre is reminded; its people find it among the reminders.")
            )
            return redirect(back)
    context = {"form": form, "product": of, "site": place, "back": back}
    return render(request, "pv/cohorts/remind.html", context, status=form.status)


@require_GET
def reminder(request: HttpRequest, pk: str) -> HttpResponse:
    """One reminder, for the centre and the holder."""
    actor = cast(ActingRequest, request).actor
    row = centre_reminders.one(actor, pk)
    context = {"row": row, "day": row.sent_at.astimezone(clock.SHANGHAI)}
    return render(request, "pv/cohorts/reminder.html", context)


urlpatterns = [
    path("centres/", listing, name="centres"),
    path("centres/<uuid:product>/<uuid:site>/remind/", remind, name="centre-remind"),
    path("centres/reminders/<uuid:pk>/", reminder, name="centre-reminder"),
]
