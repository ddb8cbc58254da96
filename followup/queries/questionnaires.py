"""Questionnaires of patients: links, the answers that wait, and what a link is good for."""

from dataclasses import fields
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from followup.core import clock, scope
from followup.core.actor import Actor
from followup.core.http import keyset
from followup.domain.dates import PartialDate
from followup.domain.questionnaires import Answers, LinkState, link_state
from followup.domain.visits import SEARCHED, FollowUpState
from followup.models import Patient, PatientReport, QuestionnaireLink
from followup.queries import follow_up_status

MOST = 200
PAGE = 50
_DATES = frozenset({"died_on", "progressed_on"})


def _links(actor: Actor) -> QuerySet[QuestionnaireLink]:
    rows = QuestionnaireLink.objects.select_related(
        "patient", "site", "infusion__product", "planned", "made_by"
    )
    return scope.visible(actor, rows)


def link(actor: Actor, link_id: UUID | str) -> QuestionnaireLink:
    """One link; NotFound otherwise."""
    return scope.one(actor, _links(actor), id=link_id)


def links_of(actor: Actor, patient: Patient) -> list[QuestionnaireLink]:
    """The links of a patient, the latest first."""
    return list(_links(actor).filter(patient=patient).order_by("-made_at")[:MOST])


def state_of(row: QuestionnaireLink) -> LinkState:
    """What a link is good for now: a consent that is withdrawn ends it, one that counts opens it.

    So do a death or a transfer, and a registration that was merged or voided.
    """
    state = link_state(
        expires_at=row.expires_at,
        answered=row.answered_at is not None,
        revoked=row.revoked_at is not None,
        now=clock.now(),
    )
    if state is LinkState.OPEN and not _asked(row.patient):
        return LinkState.REVOKED
    return state


def _asked(patient: Patient) -> bool:
    if FollowUpState(patient.follow_up_state) not in SEARCHED:
        return False
    if not scope.standing(Patient.objects.filter(id=patient.id)).exists():
        return False
    return follow_up_status.agreed(Actor.process("questionnaire"), patient)


def _reports(actor: Actor, *, home: bool = False) -> QuerySet[PatientReport]:
    rows = PatientReport.objects.select_related(
        "patient", "link__infusion__product", "link__planned", "event", "visit", "reviewed_by"
    )
    return scope.visible(actor, rows, home=home)


def report(actor: Actor, report_id: UUID | str) -> PatientReport:
    """One patient's answers; NotFound otherwise."""
    return scope.one(actor, _reports(actor), id=report_id)


def waiting(actor: Actor, *, key: str = "") -> tuple[list[PatientReport], str]:
    """Answers nobody has looked at yet, the longest waiting first, and the key of the next page.

    Their ids are in the order in which they came.
    """
    rows = _reports(actor, home=True).filter(state="WAITING").order_by("id")
    if key := keyset.parse_cursor(key, keyset.UUID_PATTERN):
        rows = rows.filter(id__gt=UUID(key))
    return keyset.page(rows[: PAGE + 1], PAGE, lambda row: str(row.id))


def waiting_locked() -> list[PatientReport]:
    """All answers nobody has looked at yet, the longest waiting first, locked for the caller."""
    rows = PatientReport.objects.filter(state="WAITING").select_related("link__patient")
    return list(rows.select_for_update(of=("self",)).order_by("id"))


def waiting_count(actor: Actor) -> int:
    """How many answers nobody has looked at yet, counting at most 200."""
    rows = scope.counting(actor, PatientReport.objects.filter(state="WAITING"))
    return rows.order_by()[:MOST].count()


def reports_of(actor: Actor, patient: Patient) -> list[PatientReport]:
    """The answers of a patient, the latest first."""
    return list(_reports(actor).filter(patient=patient).order_by("-received_at")[:MOST])


def stored(given: Answers) -> dict[str, str]:
    """The answers as a row keeps them."""
    return {
        each.name: value.isoformat() if isinstance(value, PartialDate) else value or ""
        for each in fields(given)
        for value in (getattr(given, each.name),)
    }


def answers_of(row: PatientReport) -> Answers:
    """The answers as they were given."""
    values: dict[str, Any] = {
        name: (PartialDate.from_iso(text) if text else None) if name in _DATES else text
        for name, text in row.answers.items()
    }
    return Answers(**values)
