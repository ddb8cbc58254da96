"""The calendar feed: whole days, stable ids, no names, an address that can be taken back."""

from datetime import date, timedelta

import pytest
from django.db import transaction
from django.urls import reverse
from icalendar import Calendar

from followup.actions import calendars
from followup.core import audit
from followup.core.models import Grant, User
from followup.core.permissions import Role
from followup.models import Indication, Patient, PlannedVisit
from pv.models import Commitment, Milestone
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def nurse():
    return factories.make_user(Role.NURSE, site=factories.make_site(), language="zh-hans")


@pytest.fixture
def patient(nurse):
    site = factories.Site.objects.get(id=nurse.grants.get().site_id)
    return factories.register(factories.actor_of(nurse), site)


def change(rows, **values) -> None:
    with transaction.atomic(), audit.acting(factories.SYSTEM, "test.change"):
        rows.update(**values)


def address(user: User) -> str:
    token = calendars.open_feed(factories.actor_of(user))
    return reverse("calendar-feed", args=[token])


def events(client, path: str) -> dict[str, object]:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/calendar")
    return {str(event["uid"]): event for event in Calendar.from_ical(answer.content).walk("VEVENT")}


def test_a_visit_is_a_whole_day_with_a_stable_id(client, nurse, patient):
    path = address(nurse)
    visit = PlannedVisit.objects.get(patient=patient, code="M6")
    found = events(client, path)
    event = next(e for uid, e in found.items() if uid.startswith(f"visit-{visit.id}@"))
    assert event.decoded("dtstart") == visit.target
    assert event.decoded("dtend") == visit.target + timedelta(days=1)
    assert event["dtstart"].params["VALUE"] == "DATE"
    assert event["summary"] == f"M6 随访 {patient.study_code}"
    assert event["transp"] == "TRANSPARENT"
    assert event["sequence"] == 0
    assert event["url"].endswith(reverse("visit-why", args=[visit.id])), "made on site, not called"
    moved_to = visit.target + timedelta(days=3)
    change(PlannedVisit.objects.filter(id=visit.id), target=moved_to, due_version=2)
    again = events(client, path)
    assert set(again) == set(found)
    moved = again[str(event["uid"])]
    assert (moved.decoded("dtstart"), moved["sequence"]) == (moved_to, 1)


def test_the_calendar_asks_to_be_read_again_and_holds_no_name(client, nurse):
    person = factories.person("司马隐名")
    site = factories.Site.objects.get(id=nurse.grants.get().site_id)
    made = factories.register(factories.actor_of(nurse), site, identity=person)
    text = client.get(address(nurse)).content.decode()
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT6H" in text
    assert made.study_code in text
    for secret in (person.name, person.contacts[0].phone):
        assert secret not in text


@pytest.mark.parametrize("state", ["DEAD", "LOST", "TRANSFERRED", "WITHDRAWN_NEW_DATA"])
def test_a_patient_who_died_or_left_is_in_no_calendar(client, nurse, patient, state):
    path = address(nurse)
    assert events(client, path)
    vital = "DEAD" if state == "DEAD" else "ALIVE"
    change(Patient.objects.filter(id=patient.id), follow_up_state=state, vital_status=vital)
    assert events(client, path) == {}


def test_a_feed_shows_no_more_than_its_owner_may_see_now(client, nurse, patient):
    path = address(nurse)
    stranger = factories.make_user(Role.NURSE, site=factories.make_site())
    assert events(client, address(stranger)) == {}
    change(Grant.objects.filter(user=nurse), revoked_at=factories.clock.now())
    assert events(client, path) == {}


def test_an_address_that_was_taken_back_or_never_given_is_missing(client, nurse, patient):
    first = address(nurse)
    second = address(nurse)
    assert client.get(first).status_code == 404
    assert client.get(second).status_code == 200
    calendars.close_feed(factories.actor_of(nurse))
    assert client.get(second).status_code == 404
    assert client.get(reverse("calendar-feed", args=["x" * 32])).status_code == 404
    third = address(nurse)
    change(User.objects.filter(id=nurse.id), is_active=False)
    assert client.get(third).status_code == 404


def test_who_reads_the_database_cannot_read_calendars(nurse):
    token = calendars.open_feed(factories.actor_of(nurse))
    assert len(token) >= 22, "at least 128 random bits"
    nurse.refresh_from_db()
    assert nurse.calendar_token
    assert token not in nurse.calendar_token


def test_the_address_is_made_with_one_press_and_shown_once(client, nurse):
    client.force_login(nurse)
    page = reverse("calendar")
    assert "/cal/" not in client.get(page).content.decode()
    made = client.post(page).content.decode()
    path = "/cal/" + made.partition("/cal/")[2].partition('"')[0]
    client.logout()
    assert client.get(path).status_code == 200
    client.force_login(nurse)
    assert path not in client.get(page).content.decode()
    client.post(reverse("calendar-close"))
    assert client.get(path).status_code == 404


@pytest.fixture
def commitment():
    indication = Indication.objects.filter(product=factories.product()).first()
    with transaction.atomic(), audit.acting(factories.SYSTEM, "test.commitment"):
        made = Commitment.objects.create(
            product=indication.product,
            indication=indication,
            kind="CONFIRMATORY_TRIAL",
            title="Confirmatory trial",
            state="ACTIVE",
            approved_on=date(2025, 1, 10),
            approved_precision="day",
            legal_end=factories.clock.today() + timedelta(days=200),
            legal_end_latest=factories.clock.today() + timedelta(days=200),
            created_at=factories.clock.now(),
        )
        Milestone.objects.create(
            commitment=made,
            product=made.product,
            code="FPI",
            order=1,
            due=factories.clock.today() + timedelta(days=40),
        )
    return made


def test_the_holder_sees_milestones_and_the_legal_end_with_alarms(client, commitment, patient):
    manager = factories.make_user(Role.STUDY_MANAGER, product=commitment.product)
    found = events(client, address(manager))
    kinds = sorted(uid.partition("-")[0] for uid in found)
    assert kinds == ["legal_end", "milestone"], "and no visit of any hospital"
    for event in found.values():
        alarms = [alarm.decoded("trigger").days for alarm in event.walk("VALARM")]
        assert alarms == [-90, -30, -7]
    with transaction.atomic(), audit.acting(factories.SYSTEM, "test.done"):
        Milestone.objects.update(actual=factories.clock.today())
    assert [uid.partition("-")[0] for uid in events(client, address(manager))] == ["legal_end"]


def test_another_holder_and_the_hospital_see_no_commitment(client, commitment, nurse):
    other = factories.make_user(Role.REGULATORY, product=factories.product("EQUE_CEL"))
    assert other.grants.get().product_id != commitment.product_id
    assert events(client, address(other)) == {}
    assert not any("legal_end" in uid for uid in events(client, address(nurse)))
