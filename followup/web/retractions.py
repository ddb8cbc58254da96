"""An event entered by mistake: the pages that withdraw, restore or move it."""

from collections.abc import Callable
from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from followup.actions import retractions as actions
from followup.core import row_permissions
from followup.core.forms import Form, VersionedForm
from followup.core.http import flash
from followup.core.http.requests import ActingRequest
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from followup.core.problems import Refused
from followup.core.texts import storable
from followup.queries import identity, patients

_STALE = gettext_lazy(
    "Somebody else changed this event meanwhile. Look at it again before you save."
)


class ReasonForm(VersionedForm):
    """Why the event is withdrawn or restored."""

    reason = forms.CharField(
        label=gettext_lazy("Reason for the change"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class MoveForm(ReasonForm):
    """Whose event it is: the patient by study code, and the infusion where there are several."""

    study_code = forms.CharField(
        label=gettext_lazy("Study code of the right patient"), max_length=30
    )
    infusion = forms.ChoiceField(
        label=gettext_lazy("Infusion"),
        required=False,
        help_text=gettext_lazy("Needed only when the patient has several infusions."),
    )

    field_order = ("study_code", "infusion", "reason")


def _page(
    request: HttpRequest, event: Any, form: Form, title: str | Promise, lede: str | Promise
) -> HttpResponse:
    actor = cast(ActingRequest, request).actor
    patient = event.patient
    context = {
        "form": form,
        "event": event,
        "patient": patient,
        "person": identity.masked(actor, [patient.id]).get(patient.id),
        "title": title,
        "lede": lede,
    }
    return render(request, "followup/events/retract.html", context, status=form.status)


def _event(request: HttpRequest, pk: str) -> Any:
    actor = cast(ActingRequest, request).actor
    event = patients.event(actor, pk)
    row_permissions.require(actor, event, Perm.EVENT_WRITE)
    return event


def _with_reason(
    request: HttpRequest,
    pk: str,
    act: Callable[..., Any],
    *,
    title: str,
    lede: str,
    said: str,
) -> HttpResponse:
    """Ask why, then withdraw or restore the event."""
    actor, event = cast(ActingRequest, request).actor, _event(request, pk)
    form = ReasonForm(request.POST or None, initial={"version": event.version})
    if request.method == "POST" and form.is_valid():
        with form.refusals(stale=str(_STALE)):
            act(actor, event, version=form.seen, reason=form.cleaned_data["reason"])
            flash.saved(request, said)
            return redirect("event", pk=event.id)
    return _page(request, event, form, title, lede)


@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, pk: str) -> HttpResponse:
    """Say that it was no event."""
    return _with_reason(
        request,
        pk,
        actions.withdraw,
        title=_("Withdraw adverse event"),
        lede=_(
            "The event leaves lists and counts and stays readable. Safety decides about its case."
        ),
        said=_("Withdrawn. Safety has been informed."),
    )


@require_http_methods(["GET", "POST"])
def restore(request: HttpRequest, pk: str) -> HttpResponse:
    """Retract a withdrawal."""
    return _with_reason(
        request,
        pk,
        actions.restore,
        title=_("Restore adverse event"),
        lede=_("The event counts again as it stood when it was withdrawn."),
        said=_("Restored. Safety has been informed."),
    )


def _target(actor: Any, event: Any, form: MoveForm) -> Any:
    """The infusion meant; Refused with the field that does not say which."""
    found = patients.infusions_of_code(actor, form.cleaned_data["study_code"])
    if not found:
        raise Refused({"study_code": _("No patient has this study code. Check it.")})
    fitting = [row for row in found if row.id != event.infusion_id] or found
    if len(fitting) == 1:
        return fitting[0]
    form.offer("infusion", _choices(fitting))
    chosen = {str(row.id): row for row in fitting}.get(str(form.data.get("infusion", "")))
    if chosen is None:
        raise Refused({"infusion": _("The patient has several infusions: choose one.")})
    return chosen


def _choices(rows: list[Any]) -> list[tuple[str, str]]:
    texts = [(str(row.id), f"{row.infused_on} · {localized_name(row.product)}") for row in rows]
    return [("", "—"), *texts]


@require_http_methods(["GET", "POST"])
def move(request: HttpRequest, pk: str) -> HttpResponse:
    """Bring the event to the patient it belongs to."""
    actor, event = cast(ActingRequest, request).actor, _event(request, pk)
    form = MoveForm(request.POST or None, initial={"version": event.version})
    if form.is_bound:  # what can be chosen depends on the code typed beside it
        known = patients.infusions_of_code(actor, storable(str(form.data.get("study_code", ""))))
        form.offer("infusion", _choices(known))
    if request.method == "POST" and form.is_valid():
        with form.refusals(stale=str(_STALE)):
            actions.move(
                actor,
                event,
                to=_target(actor, event, form),
                version=form.seen,
                reason=form.cleaned_data["reason"],
                confirmed=frozenset(form.confirmed),
            )
            flash.saved(request, _("Moved with its case. Safety has been informed."))
            return redirect("event", pk=event.id)
    lede = _("For an event recorded for the wrong patient or infusion. Both histories keep it.")
    return _page(request, event, form, _("Move adverse event"), lede)


urlpatterns = [
    path("events/<uuid:pk>/withdraw/", withdraw, name="event-withdraw"),
    path("events/<uuid:pk>/restore/", restore, name="event-restore"),
    path("events/<uuid:pk>/move/", move, name="event-move"),
]
