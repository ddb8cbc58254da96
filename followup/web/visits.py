"""Recording a contact, a planned visit's or an unscheduled one; why a visit is due."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from followup.actions import calls
from followup.actions.identity import telephones
from followup.core import clock, row_permissions
from followup.core.forms.refusals import Refusals
from followup.core.http import flash
from followup.core.http.numbers import whole_number
from followup.core.http.requests import ActingRequest
from followup.core.permissions import Perm
from followup.core.problems import Conflict, Refused
from followup.domain.visits import RECORDABLE
from followup.queries import identity, patients, worklist
from followup.web import assessments, follow_up_wording
from followup.web import drafts as typed
from followup.web.code_choices import label
from followup.web.contact_attempts import NextAttemptForm
from followup.web.contact_problems import name_the_rest
from followup.web.contacts_form import INFORMANTS, ContactForm
from followup.web.events_form import KEPT, EventForm

FORM, UNSCHEDULED = "visit-call", "contact"


@dataclass(frozen=True, slots=True)
class _Opened:
    """What is recorded on a page: for whom, after which infusion, for which planned visit."""

    patient: Any
    infusion: Any
    planned: Any = None

    @property
    def subject(self) -> str:
        return str(self.planned.id if self.planned else self.infusion.id)

    @property
    def code(self) -> str:
        return self.planned.code if self.planned else _("unscheduled contact")


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
    """Record a contact for a planned visit; of a done one its record is shown."""
    actor = cast(ActingRequest, request).actor
    planned = worklist.one(actor, pk)
    row_permissions.require(actor, planned, Perm.VISIT_WRITE)
    if request.method == "GET" and planned.state not in RECORDABLE:
        record = patients.records(actor, planned)[:1]
        if record:
            return redirect("contact", pk=record[0].id)
        flash.note(request, _("This visit is not open."))
        return redirect("patient", pk=planned.patient_id)
    return _page(request, _Opened(planned.patient, planned.schedule.infusion, planned))


@require_http_methods(["GET", "POST"])
def unscheduled(request: HttpRequest, pk: str) -> HttpResponse:
    """Record a contact that no planned visit asked for."""
    actor = cast(ActingRequest, request).actor
    infusion = patients.infusion(actor, pk)
    row_permissions.require(actor, infusion, Perm.VISIT_WRITE)
    return _page(request, _Opened(infusion.patient, infusion))


def _page(request: HttpRequest, opened: _Opened) -> HttpResponse:
    actor, today = cast(ActingRequest, request).actor, clock.today()
    closed = follow_up_wording.closed(opened.patient)
    if closed and request.method == "GET" and "anyway" not in request.GET:
        context = {"opened": opened, "patient": opened.patient, "closed": closed}
        return render(request, "followup/visits/closed.html", context)
    draft = typed.of(request, FORM if opened.planned else UNSCHEDULED, opened.subject)
    start = {"contact_on": today, "contact_type": _way(request), **draft.values}
    form = ContactForm(request.POST or None, initial=start, **_asked(actor, request, opened, today))
    reporter = {"aware_on": today, "reporter_name": str(request.user)}
    event_forms = _event_forms(request, opened.infusion.infused_on, reporter, draft)
    if request.method == "POST":
        answer = _save(request, opened, form, event_forms)
        if answer is not None:
            typed.saved(request, draft)
            return answer
    context = {
        "draft": draft,
        "closed": closed,
        **_context(request, opened, form, event_forms),
    }
    return render(request, "followup/visits/call.html", context, status=form.status)


def _way(request: HttpRequest) -> str:
    """Whoever pressed "record call" has called; another way is chosen."""
    return "ON_SITE" if request.GET.get("how") == "ON_SITE" else "PHONE"


def _asked(actor: Any, request: HttpRequest, opened: _Opened, today: date) -> dict[str, Any]:
    planned = opened.planned
    outside = planned is not None and not planned.window_start <= today <= planned.due
    return {
        "infused_on": opened.infusion.infused_on,
        "ticks": assessments.ticks(actor, planned) if planned else (),
        "outside": outside or (planned is not None and request.method == "POST"),
    }


def _save(
    request: HttpRequest, opened: _Opened, form: ContactForm, event_forms: list[EventForm]
) -> HttpResponse | None:
    actor = cast(ActingRequest, request).actor
    asked = [event_form for event_form in event_forms if event_form.is_bound]
    form.beside = asked
    sound = all([form.is_valid(), *(f.is_valid() for f in asked)])

    def refuse(refused: Refused) -> None:
        (form if refused.part is None else asked[refused.part]).refuse(refused)

    def collide(_conflict: Conflict) -> None:
        text = _(
            "A colleague recorded this visit meanwhile; nothing of yours is saved yet. Keep yours "
            "as an unscheduled contact, or correct the colleague's record."
        )
        form.add_error("stands_for" if "stands_for" in form.fields else None, text)

    recorded = None
    with Refusals(refuse, collide):
        recorded = sound and calls.record(
            actor,
            opened.infusion,
            given=form.given(),
            planned=None if form.unscheduled else opened.planned,
            heard=[replace(f.given(), confirmed=form.confirmed) for f in asked],
        )
    if not recorded:
        name_the_rest(opened.infusion, opened.planned, form, asked, sound=sound)
        return None
    visit, events = recorded
    _note_answered(request, opened, visit)
    return _saved(request, opened, visit, events)


def _note_answered(request: HttpRequest, opened: _Opened, visit: Any) -> None:
    """Which number answered, as it was ticked beside the list the page showed."""
    actor = cast(ActingRequest, request).actor
    place = whole_number(request.POST.get("answered", ""), most=99)
    if not place or follow_up_wording.closed(opened.patient):
        return
    person = identity.reveal(actor, opened.patient, purpose="phone follow-up")
    if place <= len(person.contacts):
        phone = person.contacts[place - 1].phone
        telephones.answered(actor, opened.patient, phone=phone, on=visit.contact_on)


def _saved(request: HttpRequest, opened: _Opened, visit: Any, events: Any) -> HttpResponse:
    actor = cast(ActingRequest, request).actor
    if visit.vital_status == "DEAD":
        flash.saved(request, _("The death is recorded. Safety has been informed."))
        return redirect("patient", pk=visit.patient_id)
    text = _outcome(actor, opened, visit)
    if events:
        flash.saved(request, _("%(text)s Safety has been informed.") % {"text": text})
        return redirect("event", pk=events[0].id)
    flash.saved(request, text, undo=reverse("visit-undo", args=[visit.id]))
    if opened.planned is None:
        return redirect("patient", pk=visit.patient_id)
    if request.GET.get("then") == "sections":
        return redirect("visit-sections", pk=opened.planned.pk)
    if request.POST.get("then") == "next":
        following = worklist.next_after(actor, opened.planned, today=clock.today())
        if following is not None:
            return redirect("visit-call", pk=following)
    return redirect("worklist")


def _outcome(actor: Any, opened: _Opened, visit: Any) -> str:
    """What was saved and what became of the planned visit, without claiming more."""
    words = {"patient": opened.patient.study_code, "code": opened.code}
    if visit.vital_status == "UNKNOWN":
        text = _(
            "Recorded as a contact attempt: nobody knew how %(patient)s is. That is no contact."
        )
        return text % words
    if opened.planned is None:
        return _("Saved: %(patient)s, unscheduled contact.") % words
    if visit.planned_id is None:
        text = _("Saved as an unscheduled contact of %(patient)s. %(code)s stays open.")
        return text % words
    left = assessments.missing(actor, worklist.one(actor, visit.planned_id))
    if not left:
        return _("Saved: %(patient)s %(code)s.") % words
    text = _("Saved: %(patient)s %(code)s. The visit stays open; missing: %(missing)s.")
    return text % (words | {"missing": "; ".join(left)})


def _context(
    request: HttpRequest, opened: _Opened, form: ContactForm, event_forms: list[EventForm]
) -> dict[str, Any]:
    actor, planned = cast(ActingRequest, request).actor, opened.planned
    last = patients.last_visit(actor, opened.patient)
    person = identity.PersonShown()
    if not follow_up_wording.closed(opened.patient):
        person = identity.reveal(actor, opened.patient, purpose="phone follow-up")
    return {
        "opened": opened,
        "patient": opened.patient,
        "planned": planned,
        "infusion": opened.infusion,
        "form": form,
        "malignancy_form": event_forms[0],
        "event_form": event_forms[1],
        "pregnancy_form": event_forms[2],
        "person": person,
        "numbers": [_number(contact) for contact in person.contacts],
        "last": last,
        "last_status": label("vital_status", last.vital_status) if last else "",
        "days_since": (clock.today() - opened.infusion.infused_on).days,
        "kept": KEPT,
        "records": patients.records(actor, planned) if planned else [],
        "missing": assessments.missing(actor, planned) if planned else [],
        "next_attempt": NextAttemptForm(prefix=None, auto_id="next_%s"),
        "ways": assessments.ways(planned) if planned else "",
        "by_phone": planned is None or assessments.by_phone(planned),
        "not_open_yet": planned is not None and planned.window_start > clock.today(),
        "over": planned is not None and planned.due < clock.today(),
    }


def _number(contact: identity.ContactShown) -> dict[str, Any]:
    """A number with whose it is, and as a telephone dials it: an extension after a pause."""
    return {
        "phone": contact.phone,
        "dialled": contact.phone.replace("x", ",").replace(" ", ""),
        "whose": str(dict(INFORMANTS).get(contact.whose, contact.whose)),
        "note": contact.note,
        "hours": contact.hours,
        "answered_on": contact.answered_on,
    }


urlpatterns = [
    path("visits/<int:pk>/call/", call, name="visit-call"),
    path("infusions/<uuid:pk>/contact/", unscheduled, name="contact-record"),
]
