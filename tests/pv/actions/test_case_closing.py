"""A case ends when nothing is owed, and new information takes it up again."""

from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import translation

from followup.actions import samples
from followup.actions.samples import ResultInput
from followup.core import audit, clock
from followup.core.problems import Refused
from followup.domain.dates import PartialDate
from followup.domain.samples import Moment
from followup.models import AdverseEvent, Sample
from pv.actions import cases, icsr
from pv.actions import clocks as case_clocks
from pv.domain.e2b.checks import Profile
from pv.models import Case
from pv.queries import cases as queries
from tests import factories

pytestmark = pytest.mark.django_db
CODED = {"E.i[1].2.1a": "27.1", "E.i[1].2.1b": "10042971"}
RESULT = ResultInput(
    assay="CAR_TRANSGENE",
    finding="POSITIVE",
    method="DDPCR",
    measure="transgene",
    value=Decimal("1520.5"),
    lower_limit=Decimal("50"),
    detection_limit=Decimal("10"),
    laboratory="中心实验室",
    resulted_on=clock.today(),
    received_on=clock.today(),
    final=True,
)


@pytest.fixture
def event(nurse, site):
    return factories.malignancy(
        nurse, factories.register(nurse, site, purposes=("LTFU", "SAMPLES"))
    )


def at_submission(officer, event):
    case = Case.objects.get(patient_id=event.patient_id)
    case = cases.accept(officer, case, lock_version=case.lock_version)
    case = cases.edit(officer, case, changes=CODED, lock_version=case.lock_version)
    return factories.to_submission(officer, case)


def close(officer, case):
    case = Case.objects.get(id=case.id)
    return cases.advance(officer, case, to="closed", lock_version=case.lock_version)


def finish(officer, case):
    for row in case.clocks.filter(met_on__isnull=True, stopped_at__isnull=True):
        if ":" in row.rule:
            case_clocks.complete(officer, case, clock_id=row.id, on=clock.today())
    return close(officer, case)


def test_a_case_is_not_closed_before_its_report_is_sent(officer, event):
    case = at_submission(officer, event)
    with translation.override("en"), pytest.raises(Refused, match="Nothing has been exported"):
        close(officer, case)
    sent = icsr.export(officer, case, profile=Profile.NMPA)
    with translation.override("en"), pytest.raises(Refused, match="not sent"):
        close(officer, case)
    icsr.mark_sent(officer, sent, on=clock.today())
    assert finish(officer, case).stage == "closed"


def closed(officer, event):
    case = at_submission(officer, event)
    icsr.mark_sent(officer, icsr.export(officer, case, profile=Profile.NMPA), on=clock.today())
    return finish(officer, case)


def test_a_result_takes_a_closed_case_up_again_and_its_clock_keeps_it_open(nurse, officer, event):
    case = closed(officer, event)
    tumour = Sample.objects.get(event=event, code="T1")
    when = Moment(clock.today())
    samples.record_step(nurse, tumour, step="COLLECT", happened_at=when, place="手术室")
    samples.record_result(nurse, tumour, given=RESULT)
    case.refresh_from_db()
    assert case.stage == "entry"
    assert case.clocks.filter(met_on__isnull=True, rule="CN-FU").count() == 1
    found = queries.page(officer, today=clock.today())
    assert case.id in [item.case.id for item in found.items]
    case = factories.to_submission(officer, case)
    with pytest.raises(Refused, match="CN-FU"):
        close(officer, case)


def test_a_death_takes_a_closed_case_up_again(nurse, officer, event):
    case = closed(officer, event)
    died = PartialDate.of(clock.today())
    factories.call(nurse, event.patient, informant="FAMILY", vital_status="DEAD", died_on=died)
    case.refresh_from_db()
    assert case.stage == "entry"
    assert case.sources.filter(kind="death").count() == 1


def test_a_death_long_after_an_event_that_ended_is_shown_on_its_closed_case(nurse, officer, event):
    with transaction.atomic(), audit.acting(factories.SYSTEM, "test.outcome"):
        AdverseEvent.objects.filter(id=event.id).update(
            outcome="RECOVERED", is_new_malignancy=False, event_class=""
        )
    case = closed(officer, event)
    died = PartialDate.of(clock.today())
    factories.call(nurse, event.patient, informant="FAMILY", vital_status="DEAD", died_on=died)
    case.refresh_from_db()
    assert case.stage == "closed"
    assert case.sources.filter(kind="death").count() == 1


def test_a_nullified_case_stays_as_it_is(nurse, officer, event):
    case = Case.objects.get(patient_id=event.patient_id)
    case = cases.nullify(officer, case, reason="no patient", lock_version=case.lock_version)
    died = PartialDate.of(clock.today())
    factories.call(nurse, event.patient, informant="FAMILY", vital_status="DEAD", died_on=died)
    case.refresh_from_db()
    assert case.stage == "nullified"
    assert not case.sources.filter(kind="death").exists()
