"""A death recorded later than what is dated after it asks which of the two days is wrong."""

from datetime import timedelta

import pytest

from followup.actions import clinical_assessments, concomitant_care, laboratory, samples, visits
from followup.actions.laboratory import Specimen, ValueInput
from followup.actions.visits import VisitInput
from followup.core import clock
from followup.core.problems import Refused
from followup.domain.clinical_assessments import Instrument
from followup.domain.concomitant_care import Care, CareKind
from followup.domain.dates import PartialDate
from followup.domain.samples import Moment
from followup.models import PlannedVisit
from followup.queries import after_death
from tests import factories

pytestmark = pytest.mark.django_db
TODAY = clock.today()
DAY = timedelta(days=1)


@pytest.fixture
def patient(nurse, site):
    return factories.register(nurse, site, purposes=("LTFU", "SAMPLES"))


@pytest.fixture
def full(nurse, patient):
    """A row of each kind, all within the last ten days."""
    made = samples.plan_visit(nurse, PlannedVisit.objects.get(patient=patient, code="M3"))
    when = Moment(TODAY - 2 * DAY)
    samples.record_steps(nurse, made, step="COLLECT", happened_at=when, place="门诊")
    laboratory.record(
        nurse,
        patient,
        specimen=Specimen(on=TODAY - 3 * DAY),
        values=[ValueInput(measure="igg", text="6.1", unit="g/L")],
    )
    clinical_assessments.record(
        nurse,
        patient,
        instrument=Instrument.CTCAE_CRS,
        on=PartialDate.of(TODAY - 4 * DAY),
        answers={"ctcae_crs": "FEVER_ONLY"},
    )
    factories.malignancy(nurse, patient, onset=PartialDate.of(TODAY - 5 * DAY))
    return patient, treated(nurse, patient, TODAY - 6 * DAY)


def treated(nurse, patient, *days, **more):
    start, *end = (PartialDate.of(day) for day in days)
    care = Care(
        kind=CareKind.IMMUNOGLOBULIN, detail="IV", started=start, ended=end[0] if end else None
    )
    return concomitant_care.record(nurse, patient, given=care)


def death(nurse, patient, day: PartialDate, confirmed=()):
    return factories.call(
        nurse,
        patient,
        vital_status="DEAD",
        informant="FAMILY",
        died_on=day,
        confirmed=confirmed,
    )


def asked(nurse, patient, day: PartialDate) -> set[str]:
    with pytest.raises(Refused) as caught:
        death(nurse, patient, day)
    assert {question.field for question in caught.value.questions} == {"died_on"}
    return {question.key for question in caught.value.questions}


def test_every_kind_is_asked_about_with_its_day_and_then_taken(nurse, full) -> None:
    patient, _care = full
    keys = asked(nurse, patient, PartialDate.of(TODAY - 9 * DAY))
    assert keys == {
        f"sample_after_death:{TODAY - 2 * DAY}",
        f"laboratory_after_death:{TODAY - 3 * DAY}",
        f"assessment_after_death:{TODAY - 4 * DAY}",
        f"event_after_death:{TODAY - 5 * DAY}",
        f"treatment_after_death:{TODAY - 6 * DAY}",
    }
    death(nurse, patient, PartialDate.of(TODAY - 9 * DAY), keys)
    patient.refresh_from_db()
    assert patient.died_on_text


def test_the_day_of_death_itself_is_asked_nothing(nurse, full) -> None:
    patient, _care = full
    assert asked(nurse, patient, PartialDate.of(TODAY - 3 * DAY)) == {
        f"sample_after_death:{TODAY - 2 * DAY}"
    }
    death(nurse, patient, PartialDate.of(TODAY - 2 * DAY))


def test_a_date_known_in_part_is_after_only_where_every_day_of_it_is(nurse, full) -> None:
    patient, _care = full
    assert after_death.dated_after(patient.id, PartialDate(TODAY.year).latest) == {}
    death(nurse, patient, PartialDate(TODAY.year))


def test_what_was_retracted_asks_nothing_and_the_end_of_a_treatment_does(nurse, patient) -> None:
    row = treated(nurse, patient, TODAY - 20 * DAY, TODAY - DAY)
    day = PartialDate.of(TODAY - 9 * DAY)
    assert asked(nurse, patient, day) == {f"treatment_after_death:{TODAY - DAY}"}
    concomitant_care.take_back(nurse, row, reason="误填")
    death(nurse, patient, day)


def test_a_corrected_day_of_death_is_asked_about_too(nurse, patient) -> None:
    visit = death(nurse, patient, PartialDate.of(TODAY))
    treated(nurse, patient, TODAY - 2 * DAY)
    given = VisitInput(
        contact_on=TODAY,
        informant="FAMILY",
        vital_status="DEAD",
        died_on=PartialDate.of(TODAY - 9 * DAY),
    )
    with pytest.raises(Refused) as caught:
        visits.correct(nurse, visit, given=given, version=1, reason="日期误填")
    assert [q.key for q in caught.value.questions] == [f"treatment_after_death:{TODAY - 2 * DAY}"]
