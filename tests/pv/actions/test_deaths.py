"""A death reaches safety whether or not a case is open, and being taken back reaches it too."""

from datetime import timedelta

import pytest

from followup.actions import calls, visits
from followup.actions.events import EventInput
from followup.actions.follow_up_status import death
from followup.actions.visits import VisitInput
from followup.core import clock
from followup.domain.dates import PartialDate
from followup.domain.events import EventCategory
from followup.models import AdverseEvent
from pv.domain.cases import pairing
from pv.domain.e2b.message import Null
from pv.models import Case
from pv.queries import cases as queries
from tests import factories

pytestmark = pytest.mark.django_db
TODAY = clock.today()
DIED = PartialDate.of(TODAY - timedelta(days=2))


@pytest.fixture
def patient(nurse, site):
    return factories.register(nurse, site)


def dead(**more):
    values = {"informant": "FAMILY", "vital_status": "DEAD", "died_on": DIED}
    return VisitInput(contact_on=TODAY, **values | more)


def tell(nurse, patient, heard=(), **more):
    infusion = factories.infusion_of(patient)
    return calls.record(nurse, infusion, given=dead(**more), heard=heard)


def test_a_death_without_an_open_case_is_drafted_for_judging(nurse, patient):
    tell(nurse, patient, death_cause="脑出血", death_related="UNKNOWN")
    case = Case.objects.get(patient=patient)
    assert (case.stage, case.serious, case.fatal) == (Case.Stage.DRAFTED, True, True)
    assert case.day_zero == TODAY
    assert "CN-D" in set(case.clocks.values_list("rule", flat=True))
    assert "脑出血" in case.title
    event = AdverseEvent.objects.get(patient=patient)
    assert (event.kind, event.outcome, event.seriousness) == (
        EventCategory.DEATH,
        "FATAL",
        ["DEATH"],
    )
    assert event.onset_text == DIED.isoformat()
    values = queries.message(case.versions.get()).root.values
    assert values["D.9.1"] == DIED.e2b()


def test_the_case_of_a_death_has_the_code_of_its_cause_and_the_autopsy(nurse, patient):
    tell(nurse, patient, death_cause="脑出血", death_cause_code="i619", autopsy="YES")
    case = Case.objects.get(patient=patient)
    root = queries.message(case.versions.get()).root
    assert root.text("D.9.3") == "true"
    assert [node.values for node in root.each("D.9.2.r")] == [
        {"D.9.2.r.2": "脑出血 (ICD-10 I61.9)"}
    ]
    assert root.each("D.9.4.r") == []
    event = AdverseEvent.objects.get(patient=patient)
    assert event.verbatim == "死亡（原因：脑出血，ICD-10 I61.9，已行尸检）"


def test_a_corrected_autopsy_is_offered_to_the_case(nurse, patient):
    visit, _events = tell(nurse, patient, death_cause="脑出血")
    case = Case.objects.get(patient=patient)
    assert queries.message(case.versions.get()).root.values["D.9.3"] == Null("UNK")
    given = dead(death_cause="脑出血", death_cause_code="I61.9", autopsy="NO")
    visits.correct(nurse, visit, given=given, version=1, reason="家属补充")
    source = case.sources.filter(kind="death").latest("taken_at")
    assert pairing.offered(source.values)["D.9.3"] == "false"
    patient.refresh_from_db()
    assert (patient.death_cause_code, patient.autopsy) == ("I61.9", "NO")


def test_an_open_case_is_offered_the_death_and_no_second_one_is_drafted(nurse, patient):
    factories.malignancy(nurse, patient)
    tell(nurse, patient)
    case = Case.objects.get(patient=patient)
    assert case.sources.filter(kind="death").count() == 1


def test_a_fatal_event_told_in_the_same_call_explains_the_death(nurse, patient):
    heard = EventInput(
        verbatim="重症肺炎",
        aware_on=TODAY,
        reporter_name="李护士",
        serious=True,
        seriousness=("DEATH",),
        outcome="FATAL",
    )
    tell(nurse, patient, heard=[heard])
    assert Case.objects.filter(patient=patient).count() == 1
    assert not AdverseEvent.objects.filter(patient=patient, kind=EventCategory.DEATH).exists()


def test_a_death_beside_closed_cases_only_is_judged_all_the_same(nurse, patient):
    event = factories.malignancy(nurse, patient)
    closed = Case.objects.get(patient=patient)
    with factories.transaction.atomic(), factories.audit.acting(factories.SYSTEM, "test.close"):
        AdverseEvent.objects.filter(id=event.id).update(
            is_new_malignancy=False, event_class="", outcome="RECOVERED"
        )
        Case.objects.filter(id=closed.id).update(stage=Case.Stage.CLOSED)
    tell(nurse, patient)
    assert Case.objects.filter(patient=patient, stage=Case.Stage.DRAFTED).count() == 1
    closed.refresh_from_db()
    assert closed.stage == Case.Stage.CLOSED


def test_a_death_taken_back_withdraws_the_event_and_is_told(nurse, patient):
    tell(nurse, patient)
    patient.refresh_from_db()
    death.retract(nurse, patient, vital_status="UNKNOWN", reason="another patient")
    event = AdverseEvent.objects.get(patient=patient)
    assert event.withdrawn_at is not None
    case = Case.objects.get(patient=patient)
    assert case.sources.filter(kind="death").count() == 1
    tell(nurse, patient)
    assert case.sources.filter(kind="death").count() == 2
