"""Whose case it is, and who stands in for whom."""

from typing import Any, cast
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from followup.core.forms import Form
from followup.core.http import flash
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.web.dates import DateField
from pv.actions import assignments as actions
from pv.queries import assignments, cases
from pv.web.cases import case_button


def chosen_owner(text: str) -> tuple[UUID | None, bool]:
    """The person chosen in a list, None for nobody; whether the text is either."""
    if not text:
        return None, True
    try:
        return UUID(text), True
    except ValueError:
        return None, False


class AbsenceForm(Form):
    """One's own days away and who deputises."""

    deputy = forms.ChoiceField(label=gettext_lazy("Deputy"))
    starts_on = DateField(label=gettext_lazy("First day away"))
    ends_on = DateField(label=gettext_lazy("Last day away"))

    def __init__(self, people: list[Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = [(str(person.id), str(person)) for person in people]
        cast(forms.ChoiceField, self.fields["deputy"]).choices = [("", "—"), *rows]


@require_http_methods(["GET", "POST"])
def absences(request: HttpRequest) -> HttpResponse:
    """Who is away when, and one's own absence."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.CASE_READ)
    others = [person for person in assignments.colleagues(actor) if person.id != actor.id]
    form = AbsenceForm(others, request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        with form.refusals():
            actions.record_absence(
                actor,
                deputy=UUID(values["deputy"]),
                starts_on=values["starts_on"],
                ends_on=values["ends_on"],
            )
            flash.saved(request, _("Saved: your cases appear in your deputy's list on these days."))
            return redirect("absences")
    context = {
        "form": form,
        "rows": assignments.absences(actor),
        "me": actor.id,
        "may_write": actor.may(Perm.CASE_WRITE),
    }
    return render(request, "pv/inbox/absences.html", context, status=form.status)


@posted_from("absences", alone=True)
def end_absence(request: HttpRequest, pk: str) -> HttpResponse:
    """End one's own absence."""
    actor = cast(ActingRequest, request).actor
    with case_button(request):
        actions.end_absence(actor, assignments.absence(actor, pk))
        flash.saved(request, _("Ended."))
    return redirect("absences")


@posted_from("case")
def assign(request: HttpRequest, pk: str) -> HttpResponse:
    """Give one case to a person or a team."""
    actor = cast(ActingRequest, request).actor
    case = cases.one(actor, pk)
    owner, valid = chosen_owner(request.POST.get("owner", ""))
    with case_button(request):
        if not valid:
            raise Refused(_("Choose a person who works on this case."))
        actions.assign(actor, case, owner=owner, team=request.POST.get("team", ""))
        flash.saved(request, _("Assigned."))
    return redirect("case", pk=case.id)


urlpatterns = [
    path("absences/", absences, name="absences"),
    path("absences/<uuid:pk>/end/", end_absence, name="absence-end"),
    path("cases/<uuid:pk>/assign/", assign, name="case-assign"),
]
