"""Registrations that were merged or voided: who stands for them, what waits, what would move."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Model, QuerySet

from followup.core import row_permissions, scope
from followup.core.actor import Actor
from followup.core.permissions import Perm
from followup.domain.registrations import Given, RegistrationState, last_of, same_infusions
from followup.models import (
    AdverseEvent,
    ClinicalAssessment,
    ConcomitantCare,
    Consent,
    ContactAttempt,
    Identity,
    Infusion,
    LaboratoryResult,
    MolecularResult,
    Patient,
    RegistrationDecision,
    RetiredPatient,
    Sample,
    Visit,
)
from followup.queries import infusion_details
from followup.queries.identity import PersonShown, displayed

MOST = 100
SHOWN = (
    *(Infusion, Visit, ContactAttempt, AdverseEvent, Sample, MolecularResult),
    *(LaboratoryResult, ClinicalAssessment, ConcomitantCare),
)
# Tubes that exist somewhere: nobody may lose sight of them.
_NO_TUBE = ("PLANNED", "UNOBTAINABLE", "DESTROYED")


def standing_for(patient_id: UUID) -> UUID | None:
    """The patient a registration counts as today; None when it was voided."""
    chain: dict[UUID, UUID | None] = {}
    key: UUID | None = patient_id
    while key is not None and key not in chain:
        row = RetiredPatient.objects.filter(patient_id=key).values_list("survivor_id").first()
        if row is None:
            break
        chain[key] = row[0]
        key = row[0]
    return last_of(patient_id, chain)


def merged_into(patient_id: UUID) -> list[UUID]:
    """The patient and every registration that was merged into it: one person."""
    people, fresh = [patient_id], [patient_id]
    while fresh:
        rows = RetiredPatient.objects.filter(survivor_id__in=fresh).exclude(patient_id__in=people)
        fresh = list(rows.order_by("patient_id").values_list("patient_id", flat=True))
        people += fresh
    return people


def by_former_codes(codes: Iterable[str], *, start: str = "") -> list[UUID]:
    """Patients who stand for a registration of one of these study numbers, or of one's start."""
    rows = RetiredPatient.objects.filter(survivor__isnull=False)
    rows = (
        rows.filter(study_code__istartswith=start)
        if start
        else rows.filter(study_code__in=list(codes))
    )
    found = [standing_for(key) for key in rows.values_list("patient_id", flat=True)[:MOST]]
    return [key for key in found if key is not None]


def former_codes(patient: Patient) -> list[str]:
    """Study numbers a patient was registered under before."""
    rows = RetiredPatient.objects.filter(survivor=patient)
    return list(rows.order_by("study_code").values_list("study_code", flat=True))


def decisions(actor: Actor) -> QuerySet[RegistrationDecision]:
    """Decisions about registrations of one's own hospital: those that wait first."""
    rows = RegistrationDecision.objects.select_related("survivor", "site", "asked_by", "decided_by")
    return scope.visible(actor, rows.defer("moved")).order_by("-asked_at", "-id")


def waiting(actor: Actor) -> int:
    """How many wait for a second person."""
    if not actor.may(Perm.PATIENT_WRITE):
        return 0
    return decisions(actor).filter(state=RegistrationState.ASKED)[: MOST + 1].count()


def decision(actor: Actor, decision_id: UUID | str) -> RegistrationDecision:
    """One decision; NotFound otherwise."""
    rows = RegistrationDecision.objects.select_related(
        "survivor__site", "site", "asked_by", "decided_by", "undone_by"
    )
    return scope.one(actor, rows, id=decision_id)


@dataclass(frozen=True, slots=True)
class Twin:
    """An infusion two registrations record: its day, and the bag's number as each wrote it."""

    day: date
    leaving: str
    staying: str
    alone: frozenset[str] = frozenset()  # details only the one that leaves records


@dataclass(frozen=True, slots=True)
class Preview:
    """What a merge would do: rows by table, infusions that are the same, who is who."""

    counts: Sequence[tuple[type[Model], int]]
    twins: Sequence[Twin]
    leaving: PersonShown
    staying: PersonShown


def twins(leaving: UUID, staying: UUID) -> dict[UUID, UUID]:
    """Infusions of a registration that are recorded with the other one as well."""
    return same_infusions(_given(leaving), _given(staying))


def twin_numbers(leaving: UUID, staying: UUID) -> list[Twin]:
    """The infusions that are the same with both numbers, by their days."""
    same = twins(leaving, staying)
    rows = Infusion.objects.in_bulk({*same, *same.values()})
    known = {key: infusion_details.recorded(row).recorded() for key, row in rows.items()}
    found = [
        Twin(
            rows[one].infused_on,
            rows[one].chain_of_identity,
            rows[other].chain_of_identity,
            known[one] - known[other],
        )
        for one, other in same.items()
    ]
    return sorted(found, key=lambda twin: (twin.day, twin.leaving))


def _given(patient: UUID) -> list[Given[UUID]]:
    rows = Infusion.objects.filter(patient_id=patient, retired=False)
    return [Given(*values) for values in rows.values_list("id", "product_id", "infused_on")]


def preview(actor: Actor, leaving: Patient, staying: Patient) -> Preview:
    """The dry run of a merge; Denied for who may not know who they are."""
    row_permissions.require(actor, leaving, Perm.IDENTITY_READ)
    counts = [
        (model, scope.visible(actor, model._default_manager.filter(patient_id=leaving.id)).count())
        for model in (*SHOWN, Consent)
    ]
    people = {
        row.patient_id: displayed(row)
        for row in scope.visible(
            actor, Identity.objects.filter(patient_id__in=(leaving.id, staying.id))
        )
    }
    return Preview(
        [(model, n) for model, n in counts if n],
        twin_numbers(leaving.id, staying.id),
        people.get(leaving.id, PersonShown()),
        people.get(staying.id, PersonShown()),
    )


def tubes(patient_id: UUID) -> list[str]:
    """Numbers of tubes of a registration that exist somewhere."""
    rows = Sample.objects.filter(patient_id=patient_id).exclude(state__in=_NO_TUBE)
    return list(rows.order_by("number").values_list("number", flat=True))


def open_decision(patients: Collection[UUID]) -> bool:
    """Whether a decision about one of these waits, from either side."""
    rows = RegistrationDecision.objects.filter(state=RegistrationState.ASKED)
    about = rows.filter(patient_id__in=patients) | rows.filter(survivor_id__in=patients)
    return about.exists()
