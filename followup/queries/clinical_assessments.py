"""Assessments of toxicity and response: as they stand, what they say of the patient, the rules."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from followup.core import clock, scope
from followup.core.actor import Actor
from followup.domain.assessments import (
    AssessmentRules,
    DatedResponse,
    LandmarkResponse,
    landmark_response,
    read_assessment_rules,
)
from followup.domain.clinical_assessments import (
    PROGRESSED,
    RESPONSES,
    Answers,
    Assessed,
    CarriedResponse,
    Instrument,
    ScoreTest,
    assess,
    carried_response,
    read_criteria,
    score_tests,
)
from followup.domain.dates import PartialDate
from followup.domain.grading import GradingRules, read_grading_rules
from followup.models import ClinicalAssessment, Infusion, Patient, ReferenceItem, Visit
from followup.queries import reference


@lru_cache(maxsize=8)
def _parsed(item: UUID, _fingerprint: str) -> tuple[GradingRules, AssessmentRules]:
    data = ReferenceItem.objects.get(id=item).data
    return read_grading_rules(data), read_assessment_rules(data)


def rules(actor: Actor) -> tuple[GradingRules, AssessmentRules]:
    """The scales and criteria in force today; NotFound before reference data is loaded."""
    item = reference.current(actor, "document", "grading")
    return _parsed(item.id, item.sha256)


def standing() -> "QuerySet[ClinicalAssessment]":
    """Assessments that were not retracted."""
    return ClinicalAssessment.objects.filter(replaced_by__isnull=True, taken_back=False)


def of_patient(actor: Actor, patient: Patient) -> list[ClinicalAssessment]:
    """The assessments of a patient as they stand, the latest first."""
    rows = scope.visible(actor, standing().filter(patient=patient))
    return list(rows.order_by("-assessed_on_text", "-recorded_at"))


def one(actor: Actor, key: UUID | str) -> ClinicalAssessment:
    """One assessment, whether it stands or not; NotFound otherwise."""
    rows = ClinicalAssessment.objects.select_related(
        "patient__site", "infusion__product", "recorded_by"
    )
    return scope.one(actor, rows, id=key)


def fitting(actor: Actor, infusion: Infusion | None) -> tuple[Instrument, ...]:
    """The criteria of response that fit the disease of the infusion's indication."""
    indication = infusion.indication if infusion else None
    if indication is None:
        return ()
    by_disease = read_criteria(reference.document(actor, "grading"))
    return by_disease.get(indication.disease, ())


def ages_on(patient: Patient, on: PartialDate) -> tuple[int, int] | None:
    """The least and the greatest age in completed years a year of birth allows."""
    if patient.birth_year is None:
        return None
    return max(on.earliest.year - patient.birth_year - 1, 0), on.latest.year - patient.birth_year


def score_tests_of(actor: Actor, patient: Patient) -> tuple[ScoreTest, ...]:
    """The tests of cognition an ICANS assessment of the patient may need, ICE or CAPD or both.

    Any day from the first infusion to today can be assessed; an unknown year of birth gives both.
    """
    seen = scope.visible(actor, Infusion.objects.filter(patient=patient))
    first = seen.order_by("infused_on").values_list("infused_on", flat=True).first()
    today = clock.today()
    young = ages_on(patient, PartialDate.of(first or today))
    old = ages_on(patient, PartialDate.of(today))
    span = (young[0], old[1]) if young and old else None
    return score_tests(span, rules(actor)[0].icans.child_below_age)


def assessed(
    actor: Actor,
    patient: Patient,
    instrument: Instrument,
    *,
    on: PartialDate,
    seen: Answers,
) -> Assessed:
    """What answers come to by the rules in force; AnswersRefused for answers that cannot be."""
    grading, criteria = rules(actor)
    return assess(
        instrument,
        seen,
        grading=grading,
        criteria=criteria,
        ages=ages_on(patient, on),
    )


@dataclass(frozen=True, slots=True)
class ResponseCourse:
    """Response at month 3 and carried to today, after the infusion the patient had last."""

    infusion: Infusion
    landmark: LandmarkResponse
    first_day: int
    carried: CarriedResponse


def course(actor: Actor, patient: Patient) -> ResponseCourse | None:
    """What the responses assessed since the last infusion say; None without one.

    A code the physician stated goes before the one the measurements decide; an assessment that
    has neither is left out. Progression told at a contact counts on its day.
    """
    seen = scope.visible(actor, Infusion.objects.filter(patient=patient))
    infusion = seen.order_by("-infused_on", "-id").first()
    if infusion is None:
        return None
    found = scope.visible(actor, standing().filter(patient=patient, instrument__in=RESPONSES))
    dated = [
        (PartialDate.from_iso(text), stated or result)
        for text, stated, result in found.values_list("assessed_on_text", "stated", "result")
    ]
    # By the days as they stand: an infusion may have been corrected or entered since.
    responses = [
        DatedResponse(on, code) for on, code in dated if code and on.latest >= infusion.infused_on
    ]
    first_day = rules(actor)[1].month_3_first_day
    return ResponseCourse(
        infusion,
        landmark_response(infusion.infused_on, responses, first_day=first_day),
        first_day,
        carried_response(
            responses, told_progressions(actor, patient, infusion.infused_on), clock.today()
        ),
    )


def progressions(actor: Actor, patient: Patient, since: date) -> list[PartialDate]:
    """Days of progression or relapse from a day on, assessed or told at a contact."""
    rows = scope.visible(actor, standing().filter(patient=patient, instrument__in=RESPONSES))
    days = [
        PartialDate.from_iso(text)
        for text, stated, result in rows.values_list("assessed_on_text", "stated", "result")
        if (stated or result) in PROGRESSED
    ]
    return [d for d in days if d.latest >= since] + told_progressions(actor, patient, since)


def told_progressions(actor: Actor, patient: Patient, since: date) -> list[PartialDate]:
    """Days of progression told at contacts after the infusion, the contact's own where none is."""
    rows: Any = scope.visible(
        actor,
        Visit.objects.filter(
            patient=patient,
            disease_status="PROGRESSION",
            undone_at=None,
            replaced_by__isnull=True,
            contact_on__gte=since,
        ),
    )
    days = [
        PartialDate.from_iso(text) if text else PartialDate.of(on)
        for text, on in rows.values_list("progressed_on_text", "contact_on")
    ]
    return [day for day in days if day.latest >= since]
