"""An event entered by mistake: withdrawn, restored, moved; safety follows, histories keep it."""

import random
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from followup.actions import events, retractions, samples
from followup.actions.events import EventInput
from followup.core import clock
from followup.core.models import Change
from followup.core.permissions import Role
from followup.core.problems import Conflict, NotFound, Refused
from followup.domain.dates import PartialDate
from followup.domain.samples import Moment
from followup.models import AdverseEvent, Sample
from followup.queries import patients
from pv.actions import cases
from pv.models import Case
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def patient(nurse, site):
    return factories.register(nurse, site, purposes=("LTFU", "SAMPLES"))


def known(**more: Any) -> EventInput:
    values: dict[str, Any] = {
        "verbatim": "发热",
        "aware_on": clock.today(),
        "reporter_name": "李护士",
    }
    return EventInput(**values | more)


def report(nurse, patient, **more: Any) -> AdverseEvent:
    return events.report(nurse, factories.infusion_of(patient), given=known(**more))


def test_a_withdrawn_event_leaves_lists_and_offers_its_case_to_be_nullified(nurse, patient):
    event = report(nurse, patient, serious=True, seriousness=["HOSPITALISATION"])
    row = retractions.withdraw(nurse, event, version=1, reason="录错患者")
    assert (row.version, row.withdrawn_because) == (2, "录错患者")
    assert patients.events(nurse, patient) == []
    assert patients.every_event(nurse, patient) == [event]
    case = Case.objects.get(patient=patient)
    assert case.sources.filter(kind="withdrawal").count() == 1
    assert case.clocks.filter(stopped_at__isnull=True).exists(), "a person decides"
    change = Change.objects.filter(row_id=str(event.id)).latest("id")
    assert (change.action, change.reason) == ("event.withdraw", "录错患者")
    with pytest.raises(Refused):
        events.correct(nurse, row, given=known(note="x"), version=2, reason="更正")
    with pytest.raises(Refused):
        retractions.withdraw(nurse, row, version=2, reason="再次")
    with pytest.raises(Conflict):
        retractions.restore(nurse, row, version=1, reason="旧页面")


def test_a_restored_event_counts_as_it_stood(nurse, patient):
    event = report(nurse, patient, outcome="RECOVERED")
    row = retractions.withdraw(nurse, event, version=1, reason="误录")
    row = retractions.restore(nurse, row, version=2, reason="确有其事")
    assert (row.withdrawn_at, row.withdrawn_because, row.outcome) == (None, "", "RECOVERED")
    assert patients.events(nurse, patient) == [event]
    assert Case.objects.filter(patient=patient).count() == 1


def test_after_a_nullification_a_restored_event_has_a_case_again(nurse, patient):
    event = report(nurse, patient)
    row = retractions.withdraw(nurse, event, version=1, reason="误录")
    case = Case.objects.get(patient=patient)
    safety = factories.make_actor(Role.SAFETY_OFFICER)
    cases.nullify(safety, case, reason="误录", lock_version=case.lock_version)
    row = retractions.restore(nurse, row, version=2, reason="确有其事")
    newer = Case.objects.filter(patient=patient).exclude(id=case.id).get()
    assert newer.stage == Case.Stage.DRAFTED
    events.correct(nurse, row, given=known(outcome="FATAL"), version=3, reason="死亡")
    newer.refresh_from_db()
    assert newer.fatal is True


def test_an_event_moves_to_the_right_patient_and_its_case_follows(nurse, patient, site):
    right = factories.register(nurse, site)
    event = factories.malignancy(nurse, patient)
    case = Case.objects.get(patient=patient)
    row = retractions.move(
        nurse, event, to=factories.infusion_of(right), version=1, reason="同名患者"
    )
    assert row.patient_id == right.id
    assert patients.every_event(nurse, patient) == []
    assert patients.events(nurse, right) == [event]
    case.refresh_from_db()
    assert case.patient_id == right.id
    offer = case.sources.get(reference=f"{event.id}:2")
    assert right.study_code in str(offer.values)
    assert Sample.objects.filter(event=event, patient=right).exists()
    assert not Sample.objects.filter(event=event, patient=patient).exists()
    trail = Change.objects.filter(row_id=str(event.id), action="event.move").get()
    assert trail.before["patient_id"] == str(patient.id)
    assert trail.after["patient_id"] == str(right.id)


def test_no_move_to_another_hospital_or_while_tubes_say_whose_it_is(nurse, patient, site):
    event = factories.malignancy(nurse, patient)
    elsewhere = factories.make_site()
    other = factories.register(factories.make_actor(Role.NURSE, site=elsewhere), elsewhere)
    with pytest.raises(NotFound):
        retractions.move(nurse, event, to=factories.infusion_of(other), version=1, reason="x")
    tube = Sample.objects.filter(event=event, phase="POST").first()
    samples.record_step(
        nurse, tube, step="COLLECT", happened_at=Moment(on=clock.today()), place="病房"
    )
    right = factories.register(nurse, site)
    with pytest.raises(Refused) as refused:
        retractions.move(nurse, event, to=factories.infusion_of(right), version=1, reason="x")
    assert tube.number in str(refused.value)


def test_a_pregnancy_does_not_move_to_a_man(nurse, patient, site):
    woman = factories.register(nurse, site, sex="FEMALE")
    event = report(nurse, woman, kind="PREGNANCY", pregnancy_of="PATIENT")
    with pytest.raises(Refused) as refused:
        retractions.move(nurse, event, to=factories.infusion_of(patient), version=1, reason="x")
    assert "to" in refused.value.fields


def test_a_death_is_moved_by_its_contact_and_never_to_somebody_alive(site, nurse, patient):
    factories.call(
        nurse,
        patient,
        informant="FAMILY",
        vital_status="DEAD",
        died_on=PartialDate.of(clock.today()),
    )
    event = AdverseEvent.objects.get(patient=patient, kind="DEATH")
    right = factories.register(nurse, site)
    with pytest.raises(Refused) as refused:
        retractions.move(nurse, event, to=factories.infusion_of(right), version=1, reason="x")
    assert "to" in refused.value.fields
    event.refresh_from_db()
    assert event.patient_id == patient.id


@pytest.mark.parametrize("seed", range(8))
def test_whatever_the_sequence_the_flags_are_those_of_the_last_facts(nurse, site, seed):
    chance = random.Random(seed)
    people = [factories.register(nurse, site) for _ in range(2)]
    event, where, withdrawn = report(nurse, people[0]), 0, False
    last = known()
    for _ in range(8):
        step = chance.choice(["correct", "withdraw", "restore", "move"])
        event.refresh_from_db()
        try:
            if step == "correct":
                given = known(
                    outcome=chance.choice(["", "FATAL", "RECOVERED"]),
                    serious=chance.choice([None, False]),
                    is_new_malignancy=chance.random() < 0.3,
                )
                events.correct(nurse, event, given=given, version=event.version, reason="r")
                last = given
            elif step == "withdraw":
                retractions.withdraw(nurse, event, version=event.version, reason="r")
                withdrawn = True
            elif step == "restore":
                retractions.restore(nurse, event, version=event.version, reason="r")
                withdrawn = False
            else:
                to = factories.infusion_of(people[1 - where])
                retractions.move(nurse, event, to=to, version=event.version, reason="r")
                where = 1 - where
        except Refused:
            continue
    event.refresh_from_db()
    assert (event.withdrawn_at is not None) is withdrawn
    assert event.patient_id == people[where].id
    assert event.outcome == last.outcome
    assert event.is_new_malignancy is last.is_new_malignancy
    expected = ["DEATH"] if last.outcome == "FATAL" else []
    if last.is_new_malignancy and not expected:
        expected = ["OTHER_IMPORTANT"]
    assert event.seriousness == expected
    assert event.serious is (True if expected else last.serious)
    listed = patients.events(nurse, people[where])
    assert listed == ([] if withdrawn else [event])
    case = Case.objects.get(patient_id=people[where].id)
    assert (case.serious, case.is_new_malignancy) == (event.serious, event.is_new_malignancy)


def test_the_pages_withdraw_restore_and_move(site, nurse, patient):
    user = factories.make_user(Role.NURSE, site=site)
    client = Client()
    client.force_login(user)
    right = factories.register(nurse, site)
    event = report(nurse, patient)
    page = client.get(reverse("event", args=[event.id])).content.decode()
    assert reverse("event-withdraw", args=[event.id]) in page
    address = reverse("event-withdraw", args=[event.id])
    assert client.post(address, {"version": 1, "reason": ""}).status_code == 422
    assert client.post(address, {"version": 1, "reason": "误录"}).status_code == 302
    page = client.get(reverse("event", args=[event.id])).content.decode()
    assert "误录" in page
    assert "1 event withdrawn" in client.get(reverse("patient", args=[patient.id])).content.decode()
    address = reverse("event-restore", args=[event.id])
    assert client.post(address, {"version": 2, "reason": "确有"}).status_code == 302
    address = reverse("event-move", args=[event.id])
    wrong = client.post(address, {"version": 3, "reason": "同名", "study_code": "NOBODY-1"})
    assert wrong.status_code == 422
    sent = {"version": 3, "reason": "同名", "study_code": right.study_code}
    assert client.post(address, sent).status_code == 302
    event.refresh_from_db()
    assert event.patient_id == right.id


def test_safety_sees_the_withdrawal_on_the_case_and_nullifies_it(site, nurse, patient):
    event = report(nurse, patient)
    retractions.withdraw(nurse, event, version=1, reason="误录")
    case = Case.objects.get(patient=patient)
    client = Client()
    client.force_login(factories.make_user(Role.SAFETY_OFFICER))
    page = client.get(reverse("case", args=[case.id])).content.decode()
    assert "the hospital withdrew the event" in page
    sent = {"reason": "误录", "lock_version": case.lock_version}
    assert client.post(reverse("case-nullify", args=[case.id]), sent).status_code == 302
    case.refresh_from_db()
    assert case.stage == Case.Stage.NULLIFIED


def test_the_programming_interface_corrects_withdraws_restores_and_moves(site, nurse, patient):
    client = Client()
    client.force_login(factories.make_user(Role.NURSE, site=site))
    event = report(nurse, patient)
    address = f"/api/v1/events/{event.id}/"
    body: dict[str, Any] = {
        "verbatim": "发热",
        "aware_on": clock.today().isoformat(),
        "reporter_name": "李护士",
        "is_new_malignancy": False,
        "version": 1,
        "reason": "补充",
    }

    def send(method: str, path: str, **more: Any) -> Any:
        call = getattr(client, method)
        return call(path, {**body, **more}, content_type="application/json")

    assert send("put", address, outcome="RECOVERED").json()["version"] == 2
    stale = send("put", address, outcome="RECOVERING")
    assert stale.status_code == 409
    assert stale.json()["differences"]["outcome"] == ["RECOVERING", "RECOVERED"]
    assert stale.json()["opened"]["outcome"] == ""
    assert stale.json()["version"] == 2
    refused = send("put", address, version=2, outcome="FATAL", serious=False)
    assert refused.status_code == 422
    asked = send("put", address, version=2, onset="2020-01-01")
    assert asked.json()["code"] == "confirm"
    ticks = [question["confirm"] for question in asked.json()["questions"]]
    passed = send("put", address, version=2, onset="2020-01-01", confirmed=ticks)
    assert passed.json()["version"] == 3

    def retract(name: str, version: int, **more: Any) -> Any:
        sent = {"version": version, "reason": "误录", **more}
        return client.post(f"{address}{name}/", sent, content_type="application/json")

    assert retract("withdraw", 3).json()["withdrawn_because"] == "误录"
    assert retract("restore", 4).json()["withdrawn_at"] is None
    right = factories.infusion_of(factories.register(nurse, site))
    first = retract("move", 5, infusion=str(right.id))
    ticks = [question["confirm"] for question in first.json()["questions"]]
    moved = retract("move", 5, infusion=str(right.id), confirmed=ticks)
    assert moved.json()["patient"] == str(right.patient_id)


def states(event: AdverseEvent) -> set[str]:
    return set(Sample.objects.filter(event=event).values_list("state", flat=True))


def test_planned_tubes_are_cancelled_with_a_withdrawal_and_planned_again_with_it(nurse, patient):
    event = factories.malignancy(nurse, patient)
    kept = Sample.objects.filter(event=event).first()
    samples.record_step(
        nurse,
        kept,
        step="MARK_UNOBTAINABLE",
        happened_at=Moment(clock.today()),
        reason="SITE_CANNOT",
    )
    for version in (1, 3):
        row = retractions.withdraw(nurse, event, version=version, reason="录错患者")
        assert states(event) == {"UNOBTAINABLE"}
        tube = Sample.objects.filter(event=event).exclude(id=kept.id).first()
        assert "录错患者" in tube.custody.order_by("-number")[0].note
        retractions.restore(nurse, row, version=version + 1, reason="确有其事")
        assert states(event) == {"PLANNED", "UNOBTAINABLE"}
        kept.refresh_from_db()
        assert kept.state == "UNOBTAINABLE", "what a person marked stays marked"


def test_material_another_suspicion_asks_for_stays_planned(nurse, patient):
    event = factories.malignancy(nurse, patient)
    factories.malignancy(nurse, patient)
    retractions.withdraw(nurse, event, version=1, reason="重复")
    before = Sample.objects.filter(event=event, phase="PRE")
    assert {tube.state for tube in before} == {"PLANNED"}
    assert {t.state for t in Sample.objects.filter(event=event, phase="POST")} == {"UNOBTAINABLE"}


def test_after_a_move_nothing_stays_planned_for_the_former_patient(nurse, patient, site):
    right = factories.register(nurse, site)
    event = factories.malignancy(nurse, patient)
    retractions.move(nurse, event, to=factories.infusion_of(right), version=1, reason="同名")
    former = Sample.objects.filter(patient=patient)
    assert former.exists()
    assert {tube.state for tube in former} == {"UNOBTAINABLE"}
    assert states(event) == {"PLANNED"}
