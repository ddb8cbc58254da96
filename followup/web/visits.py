"""Phone follow-up: six questions, nothing answered beforehand; not reached; undo; why due."""

from datetime import date, timedelta
from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from followup.actions import calls, visits
from followup.actions.visits import VisitInput
from followup.core import clock, flash
from followup.core.forms import AnswerField, ChoiceButtons, Form
from followup.core.problems import Conflict, Refused
from followup.core.requests import ActingRequest
from followup.queries import identity, patients, protocols, worklist
from followup.web import drafts as typed
from followup.web.coded import choices, label
from followup.web.dates import DateField, PartialDateField, anchored
from followup.web.events_form import KEPT, YES_NO, EventForm

FORM = "visit-call"


class CallForm(Form):
    """The core of a phone follow-up."""

    contact_on = DateField(label=gettext_lazy("Contact date"), future=False)
    informant = AnswerField(
        label=gettext_lazy("1 Who answered?"),
        choices=(
            ("PATIENT", pgettext_lazy("informant", "Patient")),
            ("FAMILY", pgettext_lazy("informant", "Family")),
            ("OTHER", pgettext_lazy("informant", "Other")),
        ),
    )
    vital_status = AnswerField(
        label=gettext_lazy("2 Vital status"),
        choices=choices("vital_status"),
        widget=ChoiceButtons(grave={"DEAD"}, opens={"DEAD": "block-death"}),
    )
    died_on = PartialDateField(label=gettext_lazy("Date of death"), required=False, future=False)
    death_cause = forms.CharField(
        label=gettext_lazy("Cause of death"), required=False, max_length=2000
    )
    disease_status = AnswerField(
        label=gettext_lazy("3 Disease status"),
        choices=(
            ("REMISSION", pgettext_lazy("disease", "Still in remission")),
            ("PROGRESSION", pgettext_lazy("disease", "Relapse or progression")),
            ("NOT_ASSESSED", pgettext_lazy("disease", "Not assessed")),
        ),
        required=False,
        widget=ChoiceButtons(opens={"PROGRESSION": "block-progression"}),
    )
    progressed_on = PartialDateField(
        label=gettext_lazy("Date of relapse or progression"), required=False, future=False
    )
    new_malignancy = AnswerField(
        label=gettext_lazy("4 New malignancy, T-cell malignancy included"),
        choices=(
            ("NO", pgettext_lazy("answer", "None")),
            ("YES", pgettext_lazy("answer", "Yes, or suspected")),
            ("UNKNOWN", pgettext_lazy("answer", "Not known")),
        ),
        required=False,
        widget=ChoiceButtons(grave={"YES"}, opens={"YES": "block-new-malignancy"}),
    )
    other_event = AnswerField(
        label=gettext_lazy("5 Another adverse event to record"),
        choices=YES_NO,
        required=False,
        widget=ChoiceButtons(opens={"YES": "block-other-event"}),
    )
    new_therapy = AnswerField(
        label=gettext_lazy("6 New anti-tumour treatment, or pregnancy"),
        choices=YES_NO,
        required=False,
        widget=ChoiceButtons(opens={"YES": "block-therapy"}),
    )
    therapy_note = forms.CharField(
        label=gettext_lazy("Which treatment, since when; or details of the pregnancy"),
        required=False,
        max_length=2000,
    )
    note = forms.CharField(
        label=gettext_lazy("Remarks"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def given(self) -> VisitInput:
        """The action's input; a block whose question was answered otherwise is ignored."""
        clean = self.cleaned_data
        dead = clean["vital_status"] == "DEAD"
        progressed = clean["disease_status"] == "PROGRESSION"
        return VisitInput(
            contact_on=clean["contact_on"],
            informant=clean["informant"],
            vital_status=clean["vital_status"],
            died_on=clean["died_on"] if dead else None,
            death_cause=clean["death_cause"] if dead else "",
            disease_status=clean["disease_status"] or "",
            progressed_on=clean["progressed_on"] if progressed else None,
            new_malignancy=clean["new_malignancy"] or "",
            other_event=clean["other_event"] or "",
            new_therapy=clean["new_therapy"] or "",
            therapy_note=clean["therapy_note"] if clean["new_therapy"] == "YES" else "",
            note=clean["note"],
        )


def _event_forms(
    request: HttpRequest, day: date, start: dict[str, Any], draft: typed.FormDraft
) -> list[EventForm]:
    """The three blocks; one the answers left closed sends nothing and keeps its start."""
    malignancy, event, pregnancy = (
        request.POST if asked else None for asked in _opened(request.POST)
    )

    def begun(block: str) -> dict[str, Any]:
        return {"initial": start | draft.under(block), "prefix": block}

    made = [
        EventForm(malignancy, malignancy=True, **begun("malignancy")),
        EventForm(event, **begun("event")),
        EventForm(pregnancy, pregnancy=True, **begun("pregnancy")),
    ]
    for event_form in made:
        event_form.anchor(day)
    return made


def _opened(answers: Any) -> tuple[bool, bool, bool]:
    """Which event blocks the answers opened: malignancy, another event, pregnancy."""
    return (
        answers.get("new_malignancy") == "YES",
        answers.get("other_event") == "YES",
        answers.get("new_therapy") == "YES"
        and answers.get("pregnancy-pregnancy_of") in ("PATIENT", "PARTNER"),
    )


@require_http_methods(["GET", "POST"])
def call(request: HttpRequest, pk: int) -> HttpResponse:
    """Record a phone follow-up of a planned visit."""
    actor = cast(ActingRequest, request).actor
    planned = worklist.one(actor, pk)
    infusion = planned.schedule.infusion
    today = clock.today()
    draft = typed.of(request, FORM, str(pk))
    form = CallForm(request.POST or None, initial={"contact_on": today, **draft.values})
    anchored(form, "contact_on", infusion.infused_on)
    reporter = {"aware_on": today, "reporter_name": str(request.user)}
    event_forms = _event_forms(request, infusion.infused_on, reporter, draft)
    if request.method == "POST":
        answer = _save(request, planned, form, event_forms)
        if answer is not None:
            typed.saved(request, draft)
            return answer
    context = {"draft": draft, **_context(request, planned, form, event_forms)}
    return render(
        request, "followup/visits/call.html", context, status=422 if form.is_bound else 200
    )


def _save(
    request: HttpRequest, planned: Any, form: CallForm, event_forms: list[EventForm]
) -> HttpResponse | None:
    actor = cast(ActingRequest, request).actor
    asked = [event_form for event_form in event_forms if event_form.is_bound]
    form.beside = asked
    if not all([form.is_valid(), *(f.is_valid() for f in asked)]):
        return None
    try:
        visit, events = calls.record(
            actor,
            planned.schedule.infusion,
            given=form.given(),
            planned=planned,
            heard=[f.given() for f in asked],
        )
    except Refused as refused:
        form.refuse(refused)
        return None
    except Conflict:
        form.add_error(None, _("This visit was recorded by somebody else meanwhile."))
        return None
    if events:
        flash.saved(request, _("Saved. Safety has been told at once."))
        return redirect("event", pk=events[0].id)
    return _saved(request, planned, visit)


def _saved(request: HttpRequest, planned: Any, visit: Any) -> HttpResponse:
    actor = cast(ActingRequest, request).actor
    text = _("Saved: %(patient)s %(code)s.") % {
        "patient": planned.patient.study_code,
        "code": planned.code,
    }
    undo = reverse("visit-undo", args=[visit.id]) if visit.vital_status != "DEAD" else ""
    flash.saved(request, text, undo=undo)
    if request.POST.get("then") == "next":
        following = worklist.next_after(actor, planned, today=clock.today())
        if following is not None:
            return redirect("visit-call", pk=following)
    return redirect("worklist")


def _context(
    request: HttpRequest, planned: Any, form: CallForm, event_forms: list[EventForm]
) -> dict[str, Any]:
    actor = cast(ActingRequest, request).actor
    infusion = planned.schedule.infusion
    last = patients.last_visit(actor, planned.patient)
    person = identity.opened(actor, planned.patient, purpose="phone follow-up")
    return {
        "planned": planned,
        "infusion": infusion,
        "form": form,
        "malignancy_form": event_forms[0],
        "event_form": event_forms[1],
        "pregnancy_form": event_forms[2],
        "person": person,
        "last": last,
        "last_status": label("vital_status", last.vital_status) if last else "",
        "days_since": (clock.today() - infusion.infused_on).days,
        "kept": KEPT,
    }


@require_POST
def not_reached(request: HttpRequest, pk: int) -> HttpResponse:
    """Nobody answered: count the try and set the next one."""
    actor = cast(ActingRequest, request).actor
    planned = worklist.one(actor, pk)
    days = request.POST.get("days", "")
    if not (days.isascii() and days.isdigit() and 1 <= int(days[:3]) <= 366):
        raise Refused({"days": _("Choose when to try again.")})
    day = clock.today() + timedelta(days=int(days[:3]))
    attempt = visits.not_reached(actor, planned, next_try_on=day)
    text = _("Not reached: %(patient)s. Next try %(day)s.") % {
        "patient": planned.patient.study_code,
        "day": day.isoformat(),
    }
    flash.saved(request, text, undo=reverse("attempt-undo", args=[attempt.id]))
    return redirect("worklist")


@require_POST
def undo(request: HttpRequest, pk: str) -> HttpResponse:
    """Take back a contact just recorded and open its form again."""
    actor = cast(ActingRequest, request).actor
    visit = patients.visit(actor, pk)
    visits.undo(actor, visit)
    flash.note(request, _("Taken back. Nothing was recorded."))
    if visit.planned_id:
        return redirect("visit-call", pk=visit.planned_id)
    return redirect("worklist")


@require_POST
def undo_attempt(request: HttpRequest, pk: str) -> HttpResponse:
    """Take back a try just recorded."""
    actor = cast(ActingRequest, request).actor
    visits.undo_not_reached(actor, patients.attempt(actor, pk))
    flash.note(request, _("Taken back. Nothing was recorded."))
    return redirect("worklist")


@require_GET
def why(request: HttpRequest, pk: int) -> HttpResponse:
    """Why a visit is due: its rule, its protocol, its citation."""
    actor = cast(ActingRequest, request).actor
    planned = worklist.one(actor, pk)
    protocol = protocols.of(planned.schedule.protocol)
    point = protocols.point(protocol, planned.code, planned.schedule.day_zero)
    context = {"planned": planned, "protocol": protocol, "visit": point}
    return render(request, "followup/visits/why.html", context)


urlpatterns = [
    path("visits/<int:pk>/call/", call, name="visit-call"),
    path("visits/<int:pk>/not-reached/", not_reached, name="visit-not-reached"),
    path("visits/<int:pk>/why/", why, name="visit-why"),
    path("contacts/<uuid:pk>/undo/", undo, name="visit-undo"),
    path("attempts/<uuid:pk>/undo/", undo_attempt, name="attempt-undo"),
]
