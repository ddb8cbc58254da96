"""The day list: who is expected, who is to be called back; appointments booked, kept, moved."""

from datetime import date
from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from followup.actions import appointments as actions
from followup.actions.appointments import AppointmentInput
from followup.core import clock, row_permissions
from followup.core.forms import Form, VersionedForm
from followup.core.http import flash
from followup.core.http.requests import ActingRequest, posted_from
from followup.core.http.standby import reads_from_standby
from followup.core.permissions import Perm
from followup.queries import call_backs as queries
from followup.queries import identity, patients, questionnaires
from followup.web import visit_infusions
from followup.web.dates import DateField

HOURS = ("%H:%M", "%H：%M", "%H%M", "%H.%M")
MARKS = {"BOOKED": "open", "CAME": "done", "NOT_COME": "overdue", "MOVED": "moved"}
_STALE = gettext_lazy("Somebody else changed this appointment meanwhile. Look at it again.")


def hour(label: Any) -> forms.TimeField:
    """An hour as people type it: 9:30, 0930."""
    return forms.TimeField(
        label=label,
        required=False,
        input_formats=HOURS,
        widget=forms.TimeInput(format="%H:%M", attrs={"inputmode": "numeric", "class": "w-small"}),
        error_messages={"invalid": gettext_lazy("Type the hour like 9:30.")},
    )


class AppointmentForm(Form):
    """When and where, for which visit."""

    planned = forms.ChoiceField(label=pgettext_lazy("appointment", "For the visit"), required=False)
    on = DateField(label=pgettext_lazy("appointment", "Day"))
    at = hour(pgettext_lazy("appointment", "Hour"))
    place = forms.CharField(
        label=pgettext_lazy("appointment", "Place"), required=False, max_length=80
    )
    note = forms.CharField(label=gettext_lazy("Remark"), required=False, max_length=200)

    def given(self, planned: Any) -> AppointmentInput:
        """What was typed."""
        data = self.cleaned_data
        return AppointmentInput(data["on"], data["at"], data["place"], data["note"], planned)


class MoveForm(AppointmentForm, VersionedForm):
    """Another day, and why."""

    reason = forms.CharField(
        label=pgettext_lazy("appointment", "Why it is moved"), required=False, max_length=200
    )


class CancelForm(VersionedForm):
    """Why nobody is expected any more."""

    reason = forms.CharField(
        label=pgettext_lazy("appointment", "Why it is cancelled"), max_length=200
    )


def _day(request: HttpRequest) -> date:
    """The day asked for as people type it; today, and why, when it cannot be read."""
    try:
        day: date | None = DateField(required=False).clean(request.GET.get("day", ""))
    except forms.ValidationError as error:
        flash.warn(request, " ".join(error.messages))
        day = None
    return day or clock.today()


@require_GET
@reads_from_standby
def day(request: HttpRequest) -> HttpResponse:
    """Who is expected on a day, and what is to be done by then."""
    return _listed(request, opened=False)


@require_http_methods(["GET", "POST"])
def printed(request: HttpRequest) -> HttpResponse:
    """The same with telephone numbers, to be printed: each number shown is logged."""
    if request.method == "GET":  # a link or Back asks for no number
        return redirect(reverse("day") + _kept(request, _day(request)))
    return _listed(request, opened=True)


def _kept(request: HttpRequest, on: date) -> str:
    """The filters and pages of the list, for the same list with numbers."""
    kept = request.GET.copy()
    kept["day"] = str(on)
    return f"?{kept.urlencode()}"


def _listed(request: HttpRequest, *, opened: bool) -> HttpResponse:
    actor, on = cast(ActingRequest, request).actor, _day(request)
    actor.require(Perm.VISIT_WRITE)
    keys = {name: request.GET.get(name, "")[:70] for name in ("after", "expected", "late")}
    mine = request.GET.get("mine") == "1"
    rows, next_expected = queries.appointments(actor, on=on, key=keys["expected"])
    tasks, next_key = queries.open_page(actor, until=on, mine=mine, key=keys["after"])
    late, next_late = (
        queries.unanswered(actor, key=keys["late"]) if on == clock.today() else ([], "")
    )
    ids = [row.patient_id for each in (rows, tasks, late) for row in each]
    numbers = identity.reveal_telephones(actor, ids, purpose="printed day list") if opened else {}
    people = identity.masked(actor, ids)
    context = {
        "day": on,
        "rows": [_row(row, people, numbers) for row in rows],
        "tasks": [_row(row, people, numbers) for row in tasks],
        "late": [_row(row, people, numbers) for row in late],
        "covers": queries.covers(actor),
        "told": questionnaires.waiting_count(actor),
        "mine": mine,
        "next_key": next_key,
        "kept": _kept(request, on),
        "next_expected": next_expected,
        "next_late": next_late,
        "opened": opened,
        "today": clock.today(),
    }
    return render(request, "followup/agreements/day.html", context)


def _row(row: Any, people: Any, numbers: Any) -> dict[str, Any]:
    person = people.get(row.patient_id)
    masked = person.contacts[0].phone if person and person.contacts else ""
    found = {"row": row, "person": person, "phone": numbers.get(row.patient_id) or masked}
    if hasattr(row, "state"):
        found |= {
            "mark": MARKS.get(row.state, "na"),
            "state": row.get_state_display(),
            "over": row.on <= clock.today() and row.state != "MOVED",
        }
    return found


def open_visits(actor: Any, patient: Any, chosen: str) -> tuple[list[tuple[str, str]], Any]:
    """Open visits to choose from, the next first, and the one that was chosen."""
    rows = [row for row in patients.planned(actor, patient) if row.state == "PLANNED"]
    choices = [("", _("no planned visit"))]
    infusions = visit_infusions.words(actor, patient)
    for row in rows[:12]:
        text = f"{row.code} · {row.window_start} – {row.due}"
        choices.append((str(row.id), text + infusions.get(row.schedule.infusion_id, "")))
    return choices, next((row for row in rows if str(row.id) == chosen), None)


@require_http_methods(["GET", "POST"])
def book(request: HttpRequest, pk: str) -> HttpResponse:
    """Expect a patient on a day."""
    actor = cast(ActingRequest, request).actor
    patient = patients.one(actor, pk)
    row_permissions.require(actor, patient, Perm.VISIT_WRITE)
    form = AppointmentForm(request.POST or None, initial={"planned": request.GET.get("visit", "")})
    choices, planned = open_visits(actor, patient, str(form.data.get("planned", "")))
    form.offer("planned", choices)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            row = actions.book(
                actor, patient, given=form.given(planned), confirmed=frozenset(form.confirmed)
            )
            flash.saved(request, _("Booked for %(day)s.") % {"day": row.on})
            return redirect("patient", pk=patient.id)
    context = {"form": form, "patient": patient, "title": _("Book an appointment")}
    return render(request, "followup/agreements/form.html", context, status=form.status)


@require_http_methods(["GET", "POST"])
def move(request: HttpRequest, pk: str) -> HttpResponse:
    """Another day."""
    actor = cast(ActingRequest, request).actor
    row = queries.appointment(actor, pk)
    row_permissions.require(actor, row, Perm.VISIT_WRITE)
    start = {name: getattr(row, name) for name in ("place", "note", "version")}
    start["planned"] = str(row.planned_id or "")
    form = MoveForm(request.POST or None, initial=start)
    choices, planned = open_visits(actor, row.patient, str(form.data.get("planned", "")))
    form.offer("planned", choices)
    if request.method == "POST" and form.is_valid():
        with form.refusals(stale=str(_STALE)):
            newer = actions.move(
                actor,
                row,
                given=form.given(planned),
                version=form.seen,
                reason=form.cleaned_data["reason"],
                confirmed=frozenset(form.confirmed),
            )
            flash.saved(request, _("Moved to %(day)s.") % {"day": newer.on})
            return redirect("patient", pk=row.patient_id)
    context = {"form": form, "patient": row.patient, "title": _("Move the appointment")}
    return render(request, "followup/agreements/form.html", context, status=form.status)


@require_http_methods(["GET", "POST"])
def cancel(request: HttpRequest, pk: str) -> HttpResponse:
    """Nobody is expected any more."""
    actor = cast(ActingRequest, request).actor
    row = queries.appointment(actor, pk)
    row_permissions.require(actor, row, Perm.VISIT_WRITE)
    form = CancelForm(request.POST or None, initial={"version": row.version})
    if request.method == "POST" and form.is_valid():
        with form.refusals(stale=str(_STALE)):
            actions.cancel(actor, row, version=form.seen, reason=form.cleaned_data["reason"])
            flash.saved(request, _("The appointment is cancelled."))
            return redirect("patient", pk=row.patient_id)
    context = {"form": form, "patient": row.patient, "title": _("Cancel the appointment")}
    return render(request, "followup/agreements/form.html", context, status=form.status)


@posted_from("day", alone=True)
def note(request: HttpRequest, pk: str) -> HttpResponse:
    """Came, or did not come: one press on the day list."""
    actor = cast(ActingRequest, request).actor
    row = queries.appointment(actor, pk)
    came = request.POST.get("came") == "1"
    actions.note(actor, row, came=came, version=row.version)
    text = _("%(code)s came.") if came else _("%(code)s did not come. Move the appointment.")
    flash.saved(request, text % {"code": row.patient.study_code})
    return redirect(f"{reverse('day')}?day={row.on}")


urlpatterns = [
    path("day/", day, name="day"),
    path("day/numbers/", printed, name="day-numbers"),
    path("patients/<uuid:pk>/appointments/new/", book, name="appointment-book"),
    path("appointments/<uuid:pk>/move/", move, name="appointment-move"),
    path("appointments/<uuid:pk>/cancel/", cancel, name="appointment-cancel"),
    path("appointments/<uuid:pk>/note/", note, name="appointment-note"),
]
