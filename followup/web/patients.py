"""Patients: the list, and the page everything hangs on."""

from datetime import date
from typing import Any, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from followup.core import clock, row_permissions
from followup.core.http.requests import ActingRequest
from followup.core.http.standby import reads_from_standby
from followup.core.naming import localized_name
from followup.core.permissions import Perm
from followup.domain.visits import RECORDABLE
from followup.queries import (
    call_backs,
    concomitant_care,
    data_queries,
    field_words,
    identity,
    joint_visits,
    registrations,
    samples,
    transfers,
)
from followup.queries import patients as queries
from followup.web import (
    concomitant_care_words,
    follow_up_wording,
    infusion_details,
    timelines,
    visit_states,
)
from followup.web.code_choices import choices, label
from followup.web.contacts_form import DISEASE, MALIGNANCY
from followup.web.data_queries import shown


@require_GET
@reads_from_standby
def listing(request: HttpRequest) -> HttpResponse:
    """Patients in order of study code."""
    actor = cast(ActingRequest, request).actor
    actor.require(Perm.PATIENT_READ)
    state = request.GET.get("state", "")
    found, next_key = queries.page(actor, key=request.GET.get("after", ""), state=state)
    shown = identity.masked(actor, [p.id for p in found], telephones=False)
    states = dict(choices("patient_followup_state")())
    context = {
        "rows": [
            {
                "patient": p,
                "person": shown.get(p.id),
                "state": states.get(p.follow_up_state, p.follow_up_state),
            }
            for p in found
        ],
        "states": [(code, text) for code, text in states.items() if code != "OVERDUE"],
        "next_key": next_key,
        "state": state,
        "may_register": actor.may(Perm.PATIENT_WRITE),
        "waiting": registrations.waiting(actor),
        "arriving": transfers.waiting(actor),
    }
    return render(request, "followup/patients/list.html", context)


_DISEASE, _MALIGNANCY = dict(DISEASE), dict(MALIGNANCY)
CARE_SHOWN = 10  # treatments and stays on the page; the others are on their own


def _plan_row(visit: Any, today: date, *, called: bool, site: UUID) -> dict[str, Any]:
    """A planned visit with its state in words: what is open or overdue follows from its dates.

    One that a hospital kept that is not `site`, where the patient is followed, is recorded there.
    """
    kind, text = visit_states.shown(visit, today, called=called)
    recordable = visit.state in RECORDABLE and visit.window_start <= today
    done = visit.state.startswith("DONE")
    return {
        "visit": visit,
        "kind": kind,
        "text": str(text),
        "recordable": recordable and called and visit.site_id == site,
        "done": done and visit.site_id == site,
    }


def _visit_row(visit: Any) -> dict[str, Any]:
    return {
        "visit": visit,
        "vital": label("vital_status", visit.vital_status),
        "disease": _DISEASE.get(visit.disease_status, "—"),
        "malignancy": _MALIGNANCY.get(visit.new_malignancy, "—"),
    }


def banner_facts(patient: Any, infusions: list[Any], today: date) -> list[str]:
    """The banner: sex and year, product and lot, days since infusion, vital status."""
    facts = [label("sex", patient.sex)]
    if patient.birth_year:
        facts.append(str(patient.birth_year))
    if infusions:
        first = infusions[0]
        days = (today - first.infused_on).days
        facts += [localized_name(first.product), f"{first.infused_on} (D+{days})"]
    if patient.vital_status == "UNKNOWN":  # a death is shown in full under the heading
        facts.append(label("vital_status", patient.vital_status))
    if patient.last_contact_on:
        words = _("alive at the last contact, %(day)s")
        if patient.vital_status != "ALIVE":
            words = _("last contact %(day)s")
        facts.append(words % {"day": patient.last_contact_on})
    return facts


def _not_agreed(consents: list[Any]) -> list[str]:
    """Purposes no consent in force covers, in words."""
    agreed = {code for row in consents if row.withdrawn_on is None for code in row.purposes}
    return [str(text) for code, text in field_words.PURPOSES.items() if code not in agreed]


def _past(row: dict[str, Any], today: date) -> bool:
    """What nobody has to do any more: done, missed, before the register or cancelled."""
    return row["kind"] not in ("overdue", "due", "open") and row["visit"].due < today


def consent_state(consents: list[Any]) -> tuple[str, str]:
    """Kind of mark and words: whether a consent to follow-up is in force, and since when."""
    follow_up = [row for row in consents if "LTFU" in row.purposes]
    current = next((row for row in follow_up if row.withdrawn_on is None), None)
    if current is not None:
        return "done", _("consent to follow-up %(day)s") % {"day": current.signed.isoformat()}
    if follow_up:
        text = _("consent to follow-up withdrawn %(day)s")
        return "withdrawn", text % {"day": follow_up[0].withdrawn_on}
    return "query", _("no consent to follow-up recorded")


def _rights(actor: Any, patient: Any) -> dict[str, Any]:
    """What the reader may do on the page, and the numbers the patient had before."""
    return {
        "may_write": actor.may(Perm.VISIT_WRITE, site=patient.site_id),
        "may_infuse": actor.may(Perm.PATIENT_WRITE, site=patient.site_id),
        "may_identify": actor.may(Perm.IDENTITY_WRITE, site=patient.site_id),
        "may_protect": actor.may(Perm.PRIVACY_WRITE, site=patient.site_id),
        "may_sample": row_permissions.may_read(actor, patient, Perm.SAMPLE_READ),
        "may_audit": actor.may(Perm.AUDIT_READ, site=patient.site_id),
        "appointments": call_backs.appointments_of(actor, patient)[:10],
        "call_backs": call_backs.of_patient(actor, patient),
        "carer": call_backs.carer_of(actor, patient),
        "colleagues": call_backs.colleagues(patient.site_id)
        if actor.may(Perm.VISIT_WRITE, site=patient.site_id)
        else [],
        "former_codes": registrations.former_codes(patient),
        "followed_now": transfers.followed_now(actor, patient),
    }


@require_GET
def detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One patient: where the follow-up stands, what comes next, what happened."""
    actor, today = cast(ActingRequest, request).actor, clock.today()
    patient = queries.standing(actor, pk)
    if patient.id != pk:  # merged since: the address leads to who it is today
        return redirect("patient", pk=patient.id)
    planned = queries.planned(actor, patient)
    infusions = queries.infusions(actor, patient)
    consents = queries.consents(actor, patient)
    closed = follow_up_wording.closed(patient)
    coming = [v for v in planned if v.state == "PLANNED" and not closed]
    every = queries.every_event(actor, patient)
    visits = queries.visits(actor, patient)
    care = concomitant_care.of_patient(actor, patient)
    rows = [_plan_row(v, today, called=not closed, site=patient.site_id) for v in planned]
    context = {
        "patient": patient,
        "person": identity.masked(actor, [patient.id]).get(patient.id),
        "facts": banner_facts(patient, infusions, today),
        "infusions": infusions,
        "given": [(row, infusion_details.shown(row)) for row in infusions],
        "plan": [row for row in rows if not _past(row, today)],
        "past": [row for row in rows if _past(row, today)],
        "asked": [shown(row) for row in data_queries.open_of_patient(actor, patient)],
        "may_ask": actor.may(Perm.QUERY_WRITE, site=patient.site_id),
        "consent": consent_state(consents),
        "story": timelines.story(
            patient,
            infusions=infusions,
            planned=planned,
            visits=visits,
            events=[event for event in every if event.withdrawn_at is None],
            transfers=transfers.of_patient(actor, patient),
            care=care,
            today=today,
            called=not closed,
        ),
        "next_visits": coming[:4],
        "joint": joint_visits.suggestions(actor, patient, today=today)[:3]
        if len(infusions) > 1 and not closed
        else [],
        "call": next((v for v in coming if v.window_start <= today), None),
        "closed": closed,
        "state": follow_up_wording.state(patient),
        "state_kind": follow_up_wording.KINDS.get(patient.follow_up_state, "info"),
        "death": follow_up_wording.death(patient) if patient.vital_status == "DEAD" else "",
        "fatal": any(e.outcome == "FATAL" and e.kind != "DEATH" for e in every),
        "visits": [_visit_row(visit) for visit in visits],
        "care": [concomitant_care_words.line(row) for row in care[:CARE_SHOWN]],
        "more_care": len(care) > CARE_SHOWN,
        "attempts": queries.attempts(actor, patient)[:20],
        "events": [event for event in every if event.withdrawn_at is None],
        "withdrawn": [event for event in every if event.withdrawn_at is not None],
        "samples": samples.of_patient(actor, patient),
        "consents": consents,
        "purposes": field_words.PURPOSES,
        "not_agreed": _not_agreed(consents),
        **_rights(actor, patient),
    }
    return render(request, "followup/patients/detail.html", context)


urlpatterns = [
    path("patients/", listing, name="patients"),
    path("patients/<uuid:pk>/", detail, name="patient"),
]
