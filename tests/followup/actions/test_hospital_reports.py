"""The hospital's own report of an event: noted with its day and number, or retracted."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from followup.actions import hospital_reports as actions
from followup.actions import retractions
from followup.core import clock
from followup.core.audit import acting
from followup.core.permissions import Role
from followup.core.problems import Denied, Refused
from followup.models import HospitalReport
from followup.queries import hospital_reports as queries
from tests import factories

pytestmark = pytest.mark.django_db
JSON = {"content_type": "application/json"}
NUMBER = "2026-310100-000123"


@pytest.fixture
def site():
    return factories.make_site()


@pytest.fixture
def nurse(site):
    return factories.make_actor(Role.NURSE, site=site)


@pytest.fixture
def event(nurse, site):
    patient = factories.register(nurse, site)
    return factories.malignancy(nurse, patient, aware_on=clock.today() - timedelta(days=5))


def test_a_report_is_noted_and_retracted(nurse, event):
    today = clock.today()
    row = actions.note(nurse, event, reported_on=today, number=f" {NUMBER} ")
    assert (row.number, row.patient_id) == (NUMBER, event.patient_id)
    assert queries.of_event(nurse, event) == [row]
    assert queries.days([event.id]) == [today]
    with pytest.raises(Refused) as refused:
        actions.note(nurse, event, reported_on=today, number=NUMBER)
    assert list(refused.value.fields) == ["number"]
    with pytest.raises(Refused):
        actions.retract(nurse, row, reason=" ")
    taken = actions.retract(nurse, row, reason="Of another event")
    assert taken.retracted_because == "Of another event"
    assert queries.of_event(nurse, event) == []
    assert queries.days([event.id]) == []
    with pytest.raises(Refused):
        actions.retract(nurse, row, reason="Again")
    actions.note(nurse, event, reported_on=today, number=NUMBER)  # the right one after all


@pytest.mark.parametrize(
    ("days", "number", "field"),
    [(1, NUMBER, "reported_on"), (-6, NUMBER, "reported_on"), (0, "  ", "number")],
)
def test_a_report_that_cannot_be_is_refused(nurse, event, days, number, field):
    with pytest.raises(Refused) as refused:
        actions.note(nurse, event, reported_on=clock.today() + timedelta(days=days), number=number)
    assert list(refused.value.fields) == [field]


def test_a_withdrawn_event_is_not_reported_and_others_note_nothing(nurse, event, site):
    for role in (Role.SAFETY_OFFICER, Role.AUDITOR):
        with pytest.raises(Denied):
            actions.note(
                factories.make_actor(role), event, reported_on=clock.today(), number=NUMBER
            )
    retractions.withdraw(nurse, event, version=event.version, reason="No event")
    with pytest.raises(Refused):
        actions.note(nurse, event, reported_on=clock.today(), number=NUMBER)


def test_a_moved_event_takes_its_reports_along(nurse, site, event):
    row = actions.note(nurse, event, reported_on=clock.today(), number=NUMBER)
    other = factories.register(nurse, site)
    target = other.infusions.get()
    confirmed = frozenset()
    try:
        retractions.move(nurse, event, to=target, version=event.version, reason="Other patient")
    except Refused as refused:
        confirmed = frozenset(question.confirm for question in refused.questions)
        retractions.move(
            nurse,
            event,
            to=target,
            version=event.version,
            reason="Other patient",
            confirmed=confirmed,
        )
    row.refresh_from_db()
    assert row.patient_id == other.id


def test_the_database_keeps_a_reason_and_one_number(nurse, event):
    row = actions.note(nurse, event, reported_on=clock.today(), number=NUMBER)
    with acting(factories.SYSTEM, "test"):
        for values in ({"retracted_at": clock.now()}, {"number": ""}):
            with pytest.raises(IntegrityError), transaction.atomic():
                HospitalReport.objects.filter(id=row.id).update(**values)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_pages_note_a_report_and_retract_it(site, event, language):
    client = Client()
    client.force_login(factories.make_user(Role.NURSE, site=site, language=language))
    home, page = reverse("event", args=[event.id]), reverse("hospital-report", args=[event.id])
    assert page in client.get(home).content.decode()
    future = (clock.today() + timedelta(days=1)).isoformat()
    for sent in (
        {"number": ""},
        {"reported_on": "2026-02-30", "number": NUMBER},
        {"reported_on": future, "number": NUMBER},
        {"reported_on": clock.today().isoformat(), "number": "9" * 61},
    ):
        refused = client.post(page, sent)
        assert refused.status_code == 422
        assert sent.get("number", "") in refused.content.decode()
    noted = {"reported_on": clock.today().isoformat(), "number": NUMBER}
    assert client.post(page, noted).status_code == 302
    assert NUMBER in client.get(home).content.decode()
    row = HospitalReport.objects.get()
    back = reverse("hospital-report-retract", args=[row.id])
    assert NUMBER in client.get(back).content.decode()
    assert client.post(back, {"reason": ""}).status_code == 422
    assert client.post(back, {"reason": "Of another event"}).status_code == 302
    assert NUMBER not in client.get(home).content.decode()
    outsider = Client()
    outsider.force_login(factories.make_user(Role.NURSE, site=factories.make_site()))
    assert outsider.get(page).status_code == outsider.get(back).status_code == 404


def test_a_program_notes_a_report_too(site, event):
    client = Client()
    client.force_login(factories.make_user(Role.NURSE, site=site))
    address = reverse("api-hospital-reports", args=[event.id])
    body = {"reported_on": clock.today().isoformat(), "number": NUMBER}
    made = client.post(address, body, **JSON)
    assert made.status_code == 201, made.content
    assert client.post(address, body, **JSON).status_code == 422
    assert client.post(address, body | {"who": "me"}, **JSON).status_code == 400
    assert [row["number"] for row in client.get(address).json()] == [NUMBER]
    wrong = client.get(address, {"patient": "x"})  # ignored it would answer with other rows
    assert (wrong.status_code, list(wrong.json())) == (400, ["patient"])
    back = reverse("api-hospital-report-retract", args=[made.json()["id"]])
    assert client.post(back, {"reason": "Of another event"}, **JSON).status_code == 200
    assert client.get(address).json() == []
