"""Day zero: adopted late, corrected, a second one beside it, one that never was."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import translation

from followup.actions import clinical_assessments, events, infusions, samples, schedules, visits
from followup.actions.events import EventInput
from followup.actions.follow_up_status import consents, tracing
from followup.actions.follow_up_status.tracing import AttemptInput
from followup.actions.patients import InfusionInput
from followup.core import clock, confirmations
from followup.core.confirmations import Unconfirmed
from followup.core.models import Change
from followup.core.permissions import Role
from followup.core.problems import Conflict, Refused
from followup.core.security.accounts import actor_of
from followup.domain import contents
from followup.domain.clinical_assessments import Instrument
from followup.domain.dates import PartialDate
from followup.domain.samples import Moment
from followup.models import Consent, Indication, Infusion, Patient, PlannedVisit, Schedule
from followup.queries import follow_up_status, joint_visits, protocols, worklist
from pv.models import Case, CaseSource
from tests import factories
from tests.pages import unbroken

pytestmark = pytest.mark.django_db
SWEEP = factories.SYSTEM


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def on(day: str):
    return clock.pinned(datetime.combine(date.fromisoformat(day), time(10), clock.SHANGHAI))


@pytest.fixture
def user(site):
    return factories.make_user(Role.NURSE, site=site)


@pytest.fixture
def nurse(user):
    return actor_of(user)


def states(patient) -> dict[str, str]:
    return dict(PlannedVisit.objects.filter(patient=patient).values_list("code", "state"))


def windows(patient, *codes: str) -> dict[str, tuple[str, str, str]]:
    rows = PlannedVisit.objects.filter(patient=patient, code__in=codes)
    return {
        row.code: tuple(str(day) for day in (row.window_start, row.target, row.due)) for row in rows
    }


def given_of(row: Infusion, **changed) -> InfusionInput:
    names = (
        "product",
        "indication",
        "infused_on",
        "lot",
        "chain_of_identity",
        "dose_cells",
        "lymphodepletion",
        "prior_lines",
        "off_label_reason",
    )
    return replace(InfusionInput(**{name: getattr(row, name) for name in names}), **changed)


def corrected(nurse, row, **changed) -> Infusion:
    row.refresh_from_db()
    more = {"given": given_of(row, **changed), "version": row.version, "reason": "病历核对"}
    try:
        return infusions.correct(nurse, row, **more)
    except Unconfirmed as asked:
        keys = [question.key for question in asked.questions]
        return infusions.correct(nurse, row, confirmed=keys, **more)


def recorded(nurse, patient, planned, day: date) -> None:
    """A visit on site with everything its protocol asks for."""
    point = protocols.of(planned.schedule.protocol).by_code[planned.code]
    answers = {
        "contact_on": day,
        "contact_type": "ON_SITE",
        "assessments": dict.fromkeys(contents.ticked(point), contents.DONE),
        "disease_status": "REMISSION",
        "new_malignancy": "NO",
        "other_event": "NO",
        "new_therapy": "NO",
    }
    factories.call(nurse, patient, planned=planned, **answers)


def test_an_adopted_patient_has_missed_nothing(nurse, site) -> None:
    with on("2026-11-28"):
        patient = factories.register(nurse, site, infused_on=date(2025, 8, 28))
        found = states(patient)
        closed = {"BL", "D0", "D7", "D14", "D28", "M2", "M3", "M6", "M9", "M12"}
        assert {code for code, state in found.items() if state == "BEFORE_REGISTER"} == closed
        assert "MISSED" not in found.values()
        schedules.close_missed(SWEEP, today=clock.today())
        assert {c for c, s in states(patient).items() if s == "BEFORE_REGISTER"} == closed
        shown = [i.code for i in worklist.page(nurse, today=clock.today(), names=False).items]
        assert not closed & set(shown)


def test_no_loss_follows_from_before_the_register(nurse, site) -> None:
    with on("2026-06-28"):  # between the windows of M9 (to 2026-06-27) and M12 (from 2026-08-29)
        patient = factories.register(nurse, site, infused_on=date(2025, 8, 28))
        assert not follow_up_status.is_overdue(nurse, patient, clock.today())
        tried = AttemptInput(clock.today(), "PHONE", "NO_ANSWER")
        tracing.record_attempt(nurse, patient, given=tried)
        patient.refresh_from_db()
        assert patient.follow_up_state == "ACTIVE"


def test_registered_on_the_day_d0_is_still_to_be_recorded(nurse, site) -> None:
    with on("2026-11-28"):
        patient = factories.register(nurse, site, infused_on=date(2026, 11, 28))
        found = states(patient)
        assert (found["BL"], found["D0"]) == ("BEFORE_REGISTER", "PLANNED")


def test_a_visit_from_before_the_register_can_be_entered(nurse, site) -> None:
    with on("2026-11-28"):
        patient = factories.register(nurse, site, infused_on=date(2025, 8, 28))
        planned = PlannedVisit.objects.get(patient=patient, code="M3")
        recorded(nurse, patient, planned, date(2025, 11, 28))
        assert states(patient)["M3"] == "DONE_IN_WINDOW"


# Worked by hand from CN-LIFELONG 1.1: M3 is +3 months −7/+25 days, M6 is +6 months ± 30 days.
@pytest.mark.parametrize(
    ("wrong", "right", "m3", "m6"),
    [
        # 31 January + 3 months is 30 April; + 6 months is 31 July
        (
            "2024-02-29",
            "2024-01-31",
            ("2024-04-23", "2024-04-30", "2024-05-25"),
            ("2024-07-01", "2024-07-31", "2024-08-30"),
        ),
        # 29 February + 3 months is 29 May; + 6 months is 29 August
        (
            "2024-01-31",
            "2024-02-29",
            ("2024-05-22", "2024-05-29", "2024-06-23"),
            ("2024-07-30", "2024-08-29", "2024-09-28"),
        ),
        # 30 November 2023 + 3 months is 29 February, the leap day
        (
            "2024-01-31",
            "2023-11-30",
            ("2024-02-22", "2024-02-29", "2024-03-25"),
            ("2024-04-30", "2024-05-30", "2024-06-29"),
        ),
    ],
)
def test_a_corrected_date_moves_the_open_plan(nurse, site, wrong, right, m3, m6) -> None:
    with on("2024-03-01"):
        patient = factories.register(nurse, site, infused_on=date.fromisoformat(wrong))
    row = factories.infusion_of(patient)
    versions = dict(PlannedVisit.objects.filter(patient=patient).values_list("code", "due_version"))
    with on("2024-03-02"):
        corrected(nurse, row, infused_on=date.fromisoformat(right))
    assert windows(patient, "M3", "M6") == {"M3": m3, "M6": m6}
    schedule = Schedule.objects.get(patient=patient)
    assert str(schedule.day_zero) == right
    after = dict(PlannedVisit.objects.filter(patient=patient).values_list("code", "due_version"))
    assert after["M3"] == versions["M3"] + 1  # reminders and calendars hear of it
    patient.refresh_from_db()
    assert str(patient.last_contact_on) == str(patient.state_since) == right


def test_states_after_a_correction_are_honest(nurse, site) -> None:
    with on("2024-03-01"):
        patient = factories.register(nurse, site, infused_on=date(2024, 2, 29))
    row = factories.infusion_of(patient)
    with on("2024-06-12"):
        schedules.close_missed(SWEEP, today=clock.today())
        assert states(patient)["M2"] == "MISSED"
        corrected(nurse, row, infused_on=date(2024, 1, 31))
        found = states(patient)
        # D14 closed on 17 February, before the registration of 1 March; D28 on 6 March, after it
        assert found["D14"] == "BEFORE_REGISTER"
        assert (found["D28"], found["M2"]) == ("MISSED", "MISSED")
        assert found["M3"] == "PLANNED"  # closed on 25 May, M6 opens on 1 July: late, not missed
        corrected(nurse, row, infused_on=date(2024, 5, 31))
        found = states(patient)
        assert found["D0"] == "MISSED"
        assert (found["M2"], found["M3"]) == ("PLANNED", "PLANNED")  # wrongly missed, open again


def test_recorded_visits_keep_their_window_and_the_others_give_way(nurse, site) -> None:
    with on("2024-03-01"):
        patient = factories.register(nurse, site, infused_on=date(2024, 2, 29))
    with on("2024-04-29"):
        planned = PlannedVisit.objects.get(patient=patient, code="M2")
        recorded(nurse, patient, planned, clock.today())
    with on("2024-04-30"):
        corrected(nurse, factories.infusion_of(patient), infused_on=date(2024, 1, 31))
    assert states(patient)["M2"] == "DONE_IN_WINDOW"
    found = windows(patient, "M2", "M3")
    assert found["M2"] == ("2024-04-22", "2024-04-29", "2024-05-06")
    assert found["M3"] == ("2024-05-07", "2024-05-07", "2024-05-25")
    patient.refresh_from_db()
    assert patient.last_contact_on == date(2024, 4, 29)


def test_a_new_date_is_asked_about_and_names_what_it_strands(nurse, site) -> None:
    with on("2024-03-01"):
        patient = factories.register(
            nurse, site, infused_on=date(2024, 2, 29), purposes=("LTFU", "SAMPLES")
        )
        row = factories.infusion_of(patient)
        (tube,) = samples.add(nurse, row, codes=["V1"])
        when = Moment(date(2024, 3, 1))
        samples.record_step(nurse, tube, step="COLLECT", happened_at=when, place="门诊")
        with pytest.raises(Unconfirmed) as asked:
            infusions.correct(
                nurse,
                row,
                given=given_of(row, infused_on=date(2024, 3, 1) - timedelta(days=2)),
                version=1,
                reason="typing error",
            )
        assert "changes from 2024-02-29 to 2024-02-28" in str(asked.value.fields)
        assert "wrong side" not in str(asked.value.fields)
    with on("2024-03-20"), pytest.raises(Unconfirmed) as asked:
        infusions.correct(
            nurse,
            row,
            given=given_of(row, infused_on=date(2024, 3, 10)),
            version=1,
            reason="typing error",
        )
    assert "1 sample would be on the wrong side" in str(asked.value.fields)
    with on("2024-03-20"):
        corrected(nurse, row, infused_on=date(2024, 3, 10))
    client = Client()
    client.force_login(factories.make_user(Role.NURSE, site=site))
    page = client.get(f"/samples/{tube.id}/").content.decode()
    assert "which does not fit the infusion of 2024-03-10" in page


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"infused_on": clock.today() + timedelta(days=1)}, "infused_on"),
        ({"infused_on": date(1960, 1, 1)}, "infused_on"),
        ({"lot": " "}, "lot"),
    ],
)
def test_what_cannot_be_is_refused(nurse, site, changed, field) -> None:
    row = factories.infusion_of(factories.register(nurse, site))
    with pytest.raises(Refused) as refused:
        infusions.correct(
            nurse, row, given=given_of(row, **changed), version=1, reason="typing error"
        )
    assert field in refused.value.fields


def test_version_reason_product_and_chain_are_minded(nurse, site) -> None:
    row = factories.infusion_of(factories.register(nurse, site))
    other = factories.infusion_of(factories.register(nurse, site))
    fine = given_of(row, lot="B1")
    with pytest.raises(Refused, match="Say why"):
        infusions.correct(nurse, row, given=fine, version=1, reason=" ")
    with pytest.raises(Conflict):
        infusions.correct(nurse, row, given=fine, version=7, reason="typing error")
    taken = given_of(row, chain_of_identity=other.chain_of_identity)
    with pytest.raises(Refused, match="already in use"):
        infusions.correct(nurse, row, given=taken, version=1, reason="typing error")
    product = factories.Product.objects.filter(is_car_t=True).exclude(id=row.product_id).first()
    wrong = given_of(row, product=product, indication=None, off_label_reason="x")
    with pytest.raises(Refused, match="product cannot be corrected"):
        infusions.correct(nurse, row, given=wrong, version=1, reason="typing error")
    after = infusions.correct(nurse, row, given=fine, version=1, reason="typing error")
    assert (after.lot, after.version) == ("B1", 2)
    change = Change.objects.filter(table_name="followup_infusion", row_id=str(row.id)).latest("id")
    assert change.reason == "typing error"


def test_the_cases_of_the_infusion_are_offered_the_change(nurse, site) -> None:
    patient = factories.register(nurse, site)
    row = factories.infusion_of(patient)
    event = factories.malignancy(nurse, patient, onset=PartialDate.of(clock.today()))
    case = Case.objects.get(patient=patient)
    day = row.infused_on - timedelta(days=10)
    corrected(nurse, row, infused_on=day, lot="B77")
    source = CaseSource.objects.get(case=case, kind="infusion")
    assert source.event_id == event.id
    texts = [value for path, value in source.values.items() if path.startswith("G.k")]
    assert any(day.strftime("%Y%m%d") in str(value) for value in texts)
    assert any("B77" in str(value) for value in texts)


def further(product=None, **changed) -> InfusionInput:
    chosen = product or factories.product()
    values = {
        "product": chosen,
        "indication": Indication.objects.filter(product=chosen).first(),
        "infused_on": clock.today() - timedelta(days=5),
        "lot": "B2",
        "chain_of_identity": f"COI-{changed.pop('number', 'second')}",
    }
    return InfusionInput(**values | changed)


def test_a_second_infusion_has_a_schedule_of_its_own(user, nurse, site) -> None:
    patient = factories.register(nurse, site)
    client = Client()
    client.force_login(user)
    chosen = further()
    sent = {
        "product": str(chosen.product.id),
        "indication": str(chosen.indication.id),
        "infused_on": chosen.infused_on.isoformat(),
        "lot": "B2",
        "chain_of_identity": "COI-second",
    }
    address = f"/patients/{patient.id}/infusions/new/"
    assert client.post(address, sent | {"lot": ""}).status_code == 422
    assert client.post(address, sent).status_code == 302
    assert Schedule.objects.filter(patient=patient, ended_on__isnull=True).count() == 2
    page = unbroken(client.get(f"/patients/{patient.id}/").content.decode())
    assert f"of the infusion of {chosen.infused_on}" in page
    lines = worklist.page(nurse, today=clock.today(), names=False).items
    days = {line.infused_on for line in lines}
    assert days == {chosen.infused_on, Infusion.objects.earliest("recorded_at").infused_on}
    assert f"of the infusion of {chosen.infused_on}" in unbroken(
        client.get("/worklist/").content.decode()
    )
    again = client.post(address, sent)
    assert again.status_code == 422
    assert "already in use" in again.content.decode()


def test_a_patient_followed_elsewhere_is_asked_about_at_page_and_api(user, nurse, site) -> None:
    patient = factories.register(nurse, site)
    moved = clock.today() - timedelta(days=3)
    tracing.transfer(nurse, patient, on=moved, reason="transferred to Hangzhou")
    client = Client()
    client.force_login(user)
    before, later = moved - timedelta(days=1), moved + timedelta(days=1)
    chosen = further()
    sent = {
        "product": str(chosen.product.id),
        "indication": str(chosen.indication.id),
        "infused_on": before.isoformat(),
        "lot": "B2",
        "chain_of_identity": "COI-second",
    }
    address = f"/patients/{patient.id}/infusions/new/"
    asked = client.post(address, sent)
    assert asked.status_code == 422
    assert f"followed elsewhere since {moved}" in asked.content.decode()
    assert "follow-up stays there" in asked.content.decode()
    assert Infusion.objects.filter(patient=patient).count() == 1
    key = f"stays_elsewhere:{before}"
    wrong_day = client.post(address, sent | {"infused_on": later.isoformat(), "confirmed": [key]})
    assert wrong_day.status_code == 422, "a tick for one day lets no other pass"
    answer = client.post(address, sent | {"confirmed": [key]}, follow=True)
    assert "Follow-up stays elsewhere" in answer.content.decode()
    patient.refresh_from_db()
    assert patient.follow_up_state == "TRANSFERRED"
    body = sent | {"infused_on": later.isoformat(), "chain_of_identity": "COI-third"}
    base, kind = f"/api/v1/patients/{patient.id}/infusions/", "application/json"
    refused = client.post(base, body, content_type=kind)
    assert (refused.status_code, refused.json()["code"]) == (422, "confirm")
    confirmed = [question["confirm"] for question in refused.json()["questions"]]
    assert confirmed == [f"returns:{later}"]
    taken = client.post(base, body | {"confirmed": confirmed}, content_type=kind)
    assert taken.status_code == 201, taken.content
    patient.refresh_from_db()
    assert (patient.follow_up_state, patient.state_since) == ("ACTIVE", later)
    assert Change.objects.filter(action="infusion.record", reason__contains="goes on").exists()
    infusions.withdraw(nurse, Infusion.objects.get(chain_of_identity="COI-third"), reason="slip")
    patient.refresh_from_db()
    assert (patient.follow_up_state, patient.state_since) == ("TRANSFERRED", moved)


def test_the_dead_and_the_withdrawn_get_no_further_infusion(user, nurse, site) -> None:
    patient = factories.register(nurse, site)
    consent = Consent.objects.get(patient=patient)
    consents.withdraw(nurse, consent, withdrawn_on=clock.today(), reason="by telephone")
    client = Client()
    client.force_login(user)
    chosen = further()
    body = {
        "product": str(chosen.product.id),
        "indication": str(chosen.indication.id),
        "infused_on": chosen.infused_on.isoformat(),
        "lot": "B2",
        "chain_of_identity": "COI-second",
    }
    address = f"/patients/{patient.id}/infusions/new/"
    assert "nothing new may be collected" in client.post(address, body).content.decode()
    api = f"/api/v1/patients/{patient.id}/infusions/"
    assert client.post(api, body, content_type="application/json").status_code == 422
    dead = factories.register(nurse, site, identity=factories.person("王小红"))
    died = PartialDate.of(clock.today() - timedelta(days=9))
    factories.call(nurse, dead, informant="FAMILY", vital_status="DEAD", died_on=died)
    for door, kind in ((f"/patients/{dead.id}/infusions/new/", None), (api, "application/json")):
        more = {"content_type": kind} if kind else {}
        door = door.replace(str(patient.id), str(dead.id))
        answer = client.post(door, body, **more)
        assert answer.status_code == 422
        assert "has died" in answer.content.decode()
    assert Infusion.objects.count() == 2


def test_an_odd_dose_of_a_further_infusion_is_asked_about(nurse, site) -> None:
    patient = factories.register(nurse, site)
    with pytest.raises(Unconfirmed) as asked:
        infusions.reinfuse(nurse, patient, given=further(dose_cells=Decimal(900_000)))
    assert [question.code for question in asked.value.questions] == ["dose_unusual"]


def test_an_infusion_that_never_was_is_taken_back(nurse, site) -> None:
    patient = factories.register(nurse, site)
    first = factories.infusion_of(patient)
    with pytest.raises(Refused, match="only infusion"):
        infusions.withdraw(nurse, first, reason="typing error")
    second = infusions.reinfuse(nurse, patient, given=further())
    with pytest.raises(Refused, match="Say why"):
        infusions.withdraw(nurse, second, reason="")
    infusions.withdraw(nurse, second, reason="wrong patient")
    assert Infusion.objects.get(patient=patient).id == first.id
    assert Schedule.objects.filter(patient=patient).count() == 1
    trail = Change.objects.filter(action="infusion.withdraw", operation="DELETE")
    assert trail.filter(table_name="followup_infusion", reason="wrong patient").exists()


def test_what_hangs_on_an_infusion_keeps_it(nurse, site) -> None:
    patient = factories.register(nurse, site, purposes=("LTFU", "SAMPLES"))
    second = infusions.reinfuse(nurse, patient, given=further())
    samples.add(nurse, second, codes=["B1"])
    planned = PlannedVisit.objects.filter(schedule__infusion=second, state="PLANNED").first()
    visits.not_reached(nurse, planned, next_try_on=clock.today() + timedelta(days=1))
    from_event = EventInput(
        verbatim="发热",
        aware_on=clock.today(),
        reporter_name="李",
        reporter_qualification="NURSE",
        serious=False,
    )

    events.report(nurse, second, given=from_event)
    with pytest.raises(Refused) as refused:
        infusions.withdraw(nurse, second, reason="wrong patient")
    for word in ("adverse events", "samples", "contact attempts"):
        assert word in str(refused.value)


def test_an_assessment_keeps_its_infusion(nurse, site) -> None:
    """Whatever refers to it says so; the database would refuse it without a word."""
    patient = factories.register(nurse, site)
    second = infusions.reinfuse(nurse, patient, given=further())
    clinical_assessments.record(
        nurse,
        patient,
        instrument=Instrument.CTCAE_CRS,
        on=PartialDate.of(second.infused_on),
        answers={"ctcae_crs": "FEVER_ONLY"},
    )
    with pytest.raises(Refused, match="Assessment of toxicity or response"):
        infusions.withdraw(nurse, second, reason="wrong patient")


def test_the_page_asks_once_more_and_the_api_does_the_same(user, nurse, site) -> None:
    patient = factories.register(nurse, site)
    row = factories.infusion_of(patient)
    client = Client()
    client.force_login(user)
    day = row.infused_on - timedelta(days=3)
    sent = {
        "product": str(row.product_id),
        "indication": str(row.indication_id),
        "infused_on": day.isoformat(),
        "lot": row.lot,
        "chain_of_identity": row.chain_of_identity,
        "dose_cells": "120",
        "lymphodepletion": ["FLUDARABINE", "CYCLOPHOSPHAMIDE"],
        "reason": "病历核对",
        "version": "1",
    }
    address = f"/infusions/{row.id}/correct/"
    assert client.get(address).status_code == 200
    asked = client.post(address, sent)
    assert asked.status_code == 422
    assert f"changes from {row.infused_on} to {day}" in asked.content.decode()
    key = f"infusion_date:{day}"
    assert client.post(address, sent | {"confirmed": [key]}).status_code == 302
    row.refresh_from_db()
    assert (row.infused_on, row.version) == (day, 2)
    assert client.post(address, sent | {"lot": "Z9"}).status_code == 409
    body = {
        "product": str(row.product_id),
        "indication": str(row.indication_id),
        "infused_on": (day - timedelta(days=1)).isoformat(),
        "lot": row.lot,
        "chain_of_identity": row.chain_of_identity,
        "version": 2,
        "reason": "病历核对",
    }
    base, kind = f"/api/v1/infusions/{row.id}/", "application/json"
    answer = client.put(base, body, content_type=kind)
    assert answer.status_code == 422
    assert answer.json()["code"] == "confirm"
    confirmed = [question["confirm"] for question in answer.json()["questions"]]
    answer = client.put(base, body | {"confirmed": confirmed}, content_type=kind)
    assert answer.status_code == 200, answer.content
    assert answer.json()["version"] == 3
    listed = client.get(f"/api/v1/patients/{patient.id}/infusions/").json()
    assert [line["infused_on"] for line in listed] == [body["infused_on"]]
    only = client.post(f"{base}withdraw/", {"reason": "typing error"}, content_type=kind)
    assert only.status_code == 422


def test_lymphodepletion_in_words_is_not_lost_by_a_correction_of_something_else(
    user, nurse, site
) -> None:
    patient = factories.register(nurse, site)
    words = "氟达拉滨 30 mg/m²×3天 + 环磷酰胺"
    row = factories.infusion_of(patient)
    row = infusions.correct(
        nurse, row, given=given_of(row, lymphodepletion=words), version=1, reason="typing error"
    )
    client = Client()
    client.force_login(user)
    address = f"/infusions/{row.id}/correct/"
    assert words in client.get(address).content.decode()
    sent = {
        "product": str(row.product_id),
        "indication": str(row.indication_id),
        "infused_on": row.infused_on.isoformat(),
        "lot": "C3",
        "chain_of_identity": row.chain_of_identity,
        "dose_cells": "120",
        "reason": "批号更正",
        "version": "2",
    }
    assert client.post(address, sent).status_code == 302
    row.refresh_from_db()
    assert (row.lot, row.lymphodepletion) == ("C3", words)


def test_strangers_and_readers_cannot(nurse, site) -> None:
    patient = factories.register(nurse, site, purposes=("LTFU", "HOLDER"))
    row = factories.infusion_of(patient)
    for role, status in ((Role.STUDY_MANAGER, 403), (Role.AUDITOR, 403)):
        client = Client()
        client.force_login(factories.make_user(role))
        assert client.get(f"/infusions/{row.id}/correct/").status_code == status
        assert client.get(f"/patients/{patient.id}/infusions/new/").status_code == status
    assert Patient.objects.filter(id=patient.id).exists()


def test_two_schedules_share_a_contact_where_their_windows_allow(nurse, site) -> None:
    """Infused 2025-01-10 and 2026-07-10: M24 (2026-12-11 to 2027-02-09) and M6 of the second."""
    with on("2026-11-20"):
        patient = factories.register(nurse, site, infused_on=date(2025, 1, 10))
        first = factories.infusion_of(patient)
        given = InfusionInput(
            product=first.product,
            indication=first.indication,
            infused_on=date(2026, 7, 10),
            lot="B1",
            chain_of_identity="COI-JOINT",
        )
        infusions.reinfuse(nurse, patient, given=given, confirmed=confirmations.ALL_CONFIRMED)
        found = joint_visits.suggestions(nurse, patient, today=date(2026, 11, 20))
        pair = found[0]
        assert pair.visits == (("M24", date(2025, 1, 10)), ("M6", date(2026, 7, 10)))
        assert (pair.first, pair.last) == (date(2026, 12, 11), date(2027, 2, 9))
        assert pair.target == date(2027, 1, 10)
