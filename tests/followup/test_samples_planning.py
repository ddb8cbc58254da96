"""A suspicion plans its samples in its own transaction; a visit makes its set; numbers hold."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction

from followup.actions import events, samples
from followup.actions.events import EventInput
from followup.core import audit, clock, facts
from followup.core.permissions import Role
from followup.core.problems import NotFound, Refused
from followup.domain.samples import read_sample_number
from followup.models import CustodyEvent, PlannedVisit, Sample
from followup.queries import samples as queries
from tests import factories

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[2]


@pytest.fixture
def nurse():
    site = factories.make_site()
    actor = factories.make_actor(Role.NURSE, site=site)
    return actor, site, factories.register(actor, site, purposes=("LTFU", "SAMPLES"))


def test_a_suspicion_plans_before_and_after_in_the_same_transaction(nurse) -> None:
    actor, _site, patient = nurse
    event = factories.malignancy(actor, patient)
    rows = Sample.objects.filter(event=event)
    assert set(rows.values_list("code", flat=True)) == set(
        "T1 T2 T3 B1 B2 M1 P1 P2 P3 F1 G1 D1".split()
    )
    assert all(row.state == "PLANNED" and row.held == "" for row in rows)
    # A condition nobody has answered keeps the row and says so.
    assert set(rows.filter(condition_known=False).values_list("code", flat=True)) == {
        "M1",
        "F1",
        "D1",
    }
    described = queries.described(actor, queries.of_event(actor, event))
    assert queries.pre_treatment(described).value == "UNKNOWN"
    assert {row.definition.phase.value for row in described} == {"PRE", "POST", "ANY", "BETWEEN"}


def test_without_the_fact_handlers_of_safety_the_samples_are_planned_too(
    nurse, monkeypatch
) -> None:
    monkeypatch.setattr(facts, "_table", dict)
    event = factories.malignancy(nurse[0], nurse[2])
    assert Sample.objects.filter(event=event, phase="PRE").count() == 3


def test_a_failing_report_leaves_no_sample(nurse, monkeypatch) -> None:
    def fail(*_args) -> None:
        raise RuntimeError("later")

    monkeypatch.setattr(events, "publish", fail)
    with pytest.raises(RuntimeError):
        factories.malignancy(nurse[0], nurse[2])
    assert not Sample.objects.filter(patient=nurse[2]).exists()


def test_a_correction_to_malignancy_plans_once(nurse) -> None:
    actor, _site, patient = nurse
    given = {"verbatim": "颈部淋巴结肿大", "aware_on": clock.today(), "reporter_name": "李护士"}
    event = events.report(actor, factories.infusion_of(patient), given=EventInput(**given))
    assert not Sample.objects.filter(patient=patient).exists()
    changed = EventInput(**given, is_new_malignancy=True)
    events.correct(actor, event, given=changed, version=1, reason="病理待排淋巴瘤")
    assert Sample.objects.filter(event=event).count() == 12
    assert samples.plan_work_up(actor, event) == []


def test_a_second_event_shares_what_there_is_only_once(nurse) -> None:
    actor, _site, patient = nurse
    factories.malignancy(actor, patient)
    second = factories.malignancy(actor, patient, verbatim="皮肤鳞癌待排")
    own = set(Sample.objects.filter(event=second).values_list("code", flat=True))
    assert own == {"T1", "T2", "T3", "B1", "B2", "M1"}
    shown = {row.code for row in queries.of_event(actor, second)}
    assert {"P1", "P2", "P3", "G1"} <= shown
    assert Sample.objects.filter(patient=patient, code="P1").count() == 1


def test_numbers_are_consecutive_checked_and_of_this_year(nurse) -> None:
    event = factories.malignancy(nurse[0], nurse[2])
    numbers = sorted(Sample.objects.filter(event=event).values_list("number", flat=True))
    read = [read_sample_number(number) for number in numbers]
    assert {n.year for n in read} == {clock.today().year % 100}
    assert [n.serial for n in read] == list(range(read[0].serial, read[0].serial + 12))
    plan = CustodyEvent.objects.filter(sample__event=event)
    assert plan.count() == 12
    assert set(plan.values_list("step", flat=True)) == {"PLAN"}


def test_a_visit_makes_its_set_once(nurse) -> None:
    actor, _site, patient = nurse
    visit = PlannedVisit.objects.get(patient=patient, code="M3")
    made = samples.plan_visit(actor, visit)
    assert [row.code for row in made] == ["V1", "C1", "F1"]
    assert {row.visit_code for row in made} == {"M3"}
    assert samples.plan_visit(actor, visit) == made
    offered = queries.visits(actor, patient, today=clock.today())
    assert offered[0].visit.code == "M3"
    assert offered[0].made == 3


def test_a_visit_without_samples_is_refused_with_the_way_out(nurse) -> None:
    actor, _site, patient = nurse
    visit = PlannedVisit.objects.get(patient=patient, code="M9")
    with pytest.raises(Refused):
        samples.plan_visit(actor, visit)
    made = samples.add(actor, factories.infusion_of(patient), codes=["V1", "V1"], visit=visit)
    assert [row.code for row in made] == ["V1", "V1"]


@pytest.mark.parametrize("codes", [[], ["X9"], ["V1"] * 31])
def test_a_choice_that_is_none_is_refused(nurse, codes) -> None:
    actor, _site, patient = nurse
    with pytest.raises(Refused) as refused:
        samples.add(actor, factories.infusion_of(patient), codes=codes)
    assert "codes" in refused.value.fields


def test_a_visit_of_another_patient_is_refused(nurse) -> None:
    actor, site, patient = nurse
    other = factories.register(actor, site, purposes=("LTFU", "SAMPLES"))
    visit = PlannedVisit.objects.get(patient=other, code="M3")
    with pytest.raises(Refused):
        samples.add(actor, factories.infusion_of(patient), codes=["V1"], visit=visit)


def test_another_hospital_finds_nothing(nurse) -> None:
    actor, _site, patient = nurse
    factories.malignancy(actor, patient)
    stranger = factories.make_actor(Role.NURSE, site=factories.make_site())
    sample = Sample.objects.filter(patient=patient).first()
    assert queries.page(stranger).items == []
    assert queries.by_number(stranger, sample.number) is None
    with pytest.raises(NotFound):
        queries.one(stranger, sample.id)
    with pytest.raises(NotFound):
        samples.print_labels(stranger, [sample.id])


def test_the_list_pages_by_number_and_filters(nurse) -> None:
    actor, site, patient = nurse
    event = factories.malignancy(actor, patient)
    first = queries.page(actor, size=5)
    second = queries.page(actor, key=first.next_key, size=5)
    third = queries.page(actor, key=second.next_key, size=5)
    numbers = [line.sample.number for p in (first, second, third) for line in p.items]
    assert numbers == sorted(numbers, reverse=True)
    assert len(numbers) == 12
    assert third.next_key == ""
    assert queries.page(actor, filters=queries.Filters(state="STORED")).items == []
    assert len(queries.page(actor, filters=queries.Filters(site=site.id)).items) == 12
    text = queries.Filters(text=patient.study_code)
    assert len(queries.page(actor, filters=text).items) == 12
    one = Sample.objects.filter(event=event).order_by("number").first()
    scanned = one.number.replace("-", "").lower() + "\n"
    assert queries.scanned(actor, scanned, limit=5) == [one]


RACE = """
import threading
import django
django.setup()
from followup.core.row_security import contexts
contexts.declare()
from django.db import connection
from followup.actions import samples
from followup.core.permissions import Role
from followup.models import Sample
from tests import factories

site = factories.make_site()
actor = factories.make_actor(Role.NURSE, site=site)
agreed = [factories.register(actor, site, purposes=("LTFU", "SAMPLES")) for _ in range(4)]
infusions = [factories.infusion_of(patient) for patient in agreed]
problems, start = [], threading.Barrier(4)

def take(infusion):
    try:
        start.wait()
        for _ in range(5):
            samples.add(actor, infusion, codes=["V1", "C1"])
    except BaseException as error:
        problems.append(repr(error))
    finally:
        connection.close()

threads = [threading.Thread(target=take, args=(i,)) for i in infusions]
[t.start() for t in threads]
[t.join() for t in threads]
numbers = list(Sample.objects.filter(site=site).values_list("number", flat=True))
print(problems, len(numbers), len(set(numbers)))
"""


def test_four_people_at_once_never_get_one_number(cloned_database) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", RACE],
        env=cloned_database.environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.stdout.strip() == "[] 40 40", ran.stderr[-2000:]


def test_custody_and_results_are_never_changed_or_deleted(nurse) -> None:
    event = factories.malignancy(nurse[0], nurse[2])
    row = CustodyEvent.objects.filter(sample__event=event).first()
    with (
        pytest.raises(Exception, match="refused"),
        transaction.atomic(),
        audit.acting(factories.SYSTEM, "test.rewrite"),
    ):
        CustodyEvent.objects.filter(id=row.id).update(happened_on=clock.today() - timedelta(1))
    with (
        pytest.raises(Exception, match="refused"),
        transaction.atomic(),
        audit.acting(factories.SYSTEM, "test.delete"),
    ):
        CustodyEvent.objects.filter(id=row.id).delete()
