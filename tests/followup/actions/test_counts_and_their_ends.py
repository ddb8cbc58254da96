"""Findings of counts follow what ends the counting of days, and the infusion the days are of.

Expected grades: ICAHT (Rejeski et al., Blood 2023), days and time points read by hand.
"""

from datetime import timedelta
from typing import Any

import pytest

from followup.actions import clinical_assessments, concomitant_care, infusions, visits
from followup.actions.follow_up_status import death
from followup.actions.patients import InfusionInput
from followup.actions.visits import VisitInput
from followup.core import clock, confirmations
from followup.domain.clinical_assessments import Instrument
from followup.domain.concomitant_care import Care, CareKind
from followup.domain.dates import PartialDate
from followup.models import Infusion, LaboratoryFinding, Patient, Visit
from followup.queries import laboratory
from tests import factories
from tests.followup.actions.test_laboratory_values import DAY0, put

pytestmark = pytest.mark.django_db
LATE, EARLY = "LATE_NEUTROPENIA", "EARLY_NEUTROPENIA"


@pytest.fixture
def patient(nurse):
    site = factories.Site.objects.get(id=nurse.grants[0].site)
    return factories.register(nurse, site, infused_on=day(0))


def day(number: int):
    return clock.today() - timedelta(days=DAY0 - number)


def low_at(nurse, patient, *days: int, text: str = "0.4") -> None:
    for number in days:
        put(nurse, patient, number, "anc", text)


def standing(patient, rule: str = LATE) -> list[tuple[str, int, int | None]]:
    rows = LaboratoryFinding.objects.filter(patient=patient, rule=rule).order_by("id")
    return [(row.state, row.level, row.grade) for row in rows]


def page(nurse, patient, scale: str) -> list[tuple[int | None, int, int]]:
    """The grade the page gives, by infusion, the latest first."""
    found = laboratory.haematotoxicity.of_patient(nurse, Patient.objects.get(id=patient.id))
    return [
        (each.grade.grade, each.grade.at_least, each.at_most)
        for infusion in found
        for each in infusion.scales
        if each.grade.scale.value == scale
    ]


def progressed(nurse, patient, on: int) -> Any:
    given = {"on": PartialDate.of(day(on)), "answers": {}, "stated": "PD"}
    return clinical_assessments.record(nurse, patient, instrument=Instrument.LUGANO_PET, **given)


def test_progression_ends_a_finding_and_retracted_it_is_raised_again(nurse, patient) -> None:
    low_at(nurse, patient, 60, 70)
    assert standing(patient) == [("OPEN", 3, 3)]
    told = progressed(nurse, patient, 65)
    assert standing(patient) == [("CORRECTED", 3, 3)]
    assert page(nurse, patient, "ICAHT_LATE")[0][0] is None  # one time point left
    clinical_assessments.take_back(nurse, told, reason="误填")
    assert standing(patient) == [("OPEN", 3, 3)]


def test_nothing_is_found_of_counts_after_the_end(nurse, patient) -> None:
    progressed(nurse, patient, 65)
    low_at(nurse, patient, 60, 70, 80)
    assert standing(patient) == []


def test_progression_told_at_a_contact_and_corrected_away(nurse, patient) -> None:
    low_at(nurse, patient, 60, 70)
    said = {"informant": "PATIENT", "vital_status": "ALIVE", "contact_on": day(100)}
    told = said | {"disease_status": "PROGRESSION", "progressed_on": PartialDate.of(day(62))}
    visit = factories.call(nurse, patient, **told)
    assert standing(patient) == [("CORRECTED", 3, 3)]
    given = VisitInput(**said | {"disease_status": "REMISSION"})
    visits.correct(nurse, visit, given=given, version=1, reason="听错")
    assert standing(patient) == [("OPEN", 3, 3)]


def test_death_and_its_retraction(nurse, patient) -> None:
    low_at(nurse, patient, 60, 70)
    factories.call(
        nurse,
        patient,
        informant="FAMILY",
        vital_status="DEAD",
        died_on=PartialDate.of(day(70)),
        contact_on=day(100),
    )
    assert standing(patient) == [("CORRECTED", 3, 3)]
    died = Patient.objects.get(id=patient.id)
    death.retract(nurse, died, vital_status="ALIVE", reason="同名患者")
    assert standing(patient) == [("OPEN", 3, 3)]


def test_a_therapy_without_a_day_opens_the_finding_as_the_page_says_it(nurse, patient) -> None:
    low_at(nurse, patient, 60, 70)
    said = {"disease_status": "REMISSION", "contact_on": day(100)}
    visit = factories.call(nurse, patient, **said | {"new_therapy": "YES"})
    assert standing(patient) == [("OPEN", 0, None)]
    assert page(nurse, patient, "ICAHT_LATE") == [(None, 0, 3)]
    visits.undo(nurse, Visit.objects.get(id=visit.id))
    assert standing(patient) == [("OPEN", 3, 3)]


def again(nurse, patient, on: int) -> Infusion:
    first = Infusion.objects.filter(patient=patient).earliest("infused_on")
    given = InfusionInput(
        product=first.product,
        indication=first.indication,
        lot="B9",
        infused_on=day(on),
        chain_of_identity="COI-again",
    )
    return infusions.reinfuse(nurse, patient, given=given, confirmed=confirmations.ALL_CONFIRMED)


def test_counts_entered_before_a_further_infusion_count_from_its_day(nurse, patient) -> None:
    low_at(nurse, patient, *range(100, 114))  # late of the first infusion, as it seemed
    assert standing(patient) == [("OPEN", 3, 3)]
    second = again(nurse, patient, 100)  # entered late: the counts are its first 14 days
    assert standing(patient) == [("CORRECTED", 3, 3)]
    assert standing(patient, EARLY) == [("OPEN", 3, None)]  # days 14 to 30 are not measured
    row = LaboratoryFinding.objects.get(patient=patient, rule=EARLY)
    assert row.infusion_id == second.id
    assert page(nurse, patient, "ICAHT_EARLY") == [(None, 3, 4)]
    columns = laboratory.grid(nurse, Patient.objects.get(id=patient.id)).columns
    assert [column.day for column in columns][-1] == 13
    assert page(nurse, patient, "ICAHT_LATE") == []
    infusions.withdraw(nurse, second, reason="另一位患者")  # the counts hang on no wrong infusion
    assert standing(patient, EARLY) == [("CORRECTED", 3, None)]
    assert standing(patient) == [("OPEN", 3, 3)]
    assert page(nurse, patient, "ICAHT_LATE") == [(3, 3, 3)]


def test_a_corrected_infusion_date_counts_the_days_again(nurse, patient) -> None:
    low_at(nurse, patient, 25, 29, text="0.4")
    assert standing(patient) == []
    row = factories.infusion_of(patient)
    values = {
        name: getattr(row, name)
        for name in ("product", "indication", "lot", "chain_of_identity", "dose_cells")
    }
    given = InfusionInput(
        **values, infused_on=day(-10), lymphodepletion="FLUDARABINE+CYCLOPHOSPHAMIDE"
    )
    infusions.correct(
        nurse, row, given=given, version=1, reason="抄错", confirmed=confirmations.ALL_CONFIRMED
    )
    assert standing(patient) == [("OPEN", 3, 3)]  # days 35 and 39 after the right day
    assert page(nurse, patient, "ICAHT_LATE") == [(3, 3, 3)]
    assert [r[1] for r in standing(patient, "CYTOPENIA")] == [4]


def test_a_later_therapy_with_its_day_ends_the_counts_until_it_is_retracted(nurse, patient) -> None:
    low_at(nurse, patient, 60, 70)
    assert standing(patient) == [("OPEN", 3, 3)]
    care = Care(
        kind=CareKind.SUBSEQUENT_THERAPY,
        detail="CHEMO",
        mutagenic="YES",
        started=PartialDate.of(day(65)),
    )
    row = concomitant_care.record(nurse, patient, given=care)
    assert standing(patient) == [("CORRECTED", 3, 3)]
    assert page(nurse, patient, "ICAHT_LATE")[0][0] is None  # one time point left
    concomitant_care.take_back(nurse, row, reason="误填")
    assert standing(patient) == [("OPEN", 3, 3)]


def test_a_therapy_told_without_a_day_is_the_recorded_one(nurse, patient) -> None:
    said = {"contact_on": day(100), "informant": "PATIENT", "therapy_note": "化疗"}
    factories.call(nurse, patient, **said | {"new_therapy": "YES"})
    infusions = laboratory.infusions_of(patient.id)
    ends = laboratory.haematotoxicity.ends
    assert [end.last for end in ends(nurse, infusions, infusions[0])] == [None]
    care = Care(
        kind=CareKind.SUBSEQUENT_THERAPY,
        detail="CHEMO",
        mutagenic="YES",
        started=PartialDate.of(day(90)),
    )
    concomitant_care.record(nurse, patient, given=care)
    dated = ends(nurse, infusions, infusions[0])
    assert [(end.first, end.last) for end in dated] == [(day(90), day(90))]
