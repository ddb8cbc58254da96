"""Questions, batches and protocols over the API: what a page can do, a program can."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from followup.actions import data_queries as actions
from followup.core import clock, jobs
from followup.core.permissions import Role
from followup.core.security.accounts import actor_of
from followup.domain import schedules
from followup.models import Visit
from followup.queries import protocols
from tests import factories

pytestmark = pytest.mark.django_db
JSON = {"content_type": "application/json"}


@pytest.fixture
def site():
    return factories.make_site()


@pytest.fixture
def nurse(site):
    return factories.make_user(Role.NURSE, site=site)


@pytest.fixture
def patient(nurse, site):
    infused_on = clock.today() - timedelta(days=120)
    return factories.register(actor_of(nurse), site, infused_on=infused_on)


def client_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_question_is_asked_answered_asked_again_and_closed(site, nurse, patient):
    visit = factories.call(actor_of(nurse), patient)
    other = factories.register(actor_of(nurse), site)
    lead, staff = client_of(factories.make_user(Role.SITE_LEAD, site=site)), client_of(nurse)
    address = reverse("api-patient-data-queries", args=[patient.id])
    asked = {"text": "Which day?", "visit": str(visit.id), "field": "contact_on"}
    made = lead.post(address, asked, **JSON)
    assert made.status_code == 201, made.content
    query = made.json()
    assert [entry["kind"] for entry in query["entries"]] == ["ASK"]
    assert (query["state"], query["study_code"]) == ("OPEN", patient.study_code)
    listed = staff.get(reverse("api-data-queries"), {"state": "OPEN"}).json()
    assert query["id"] in [row["id"] for row in listed["items"]]

    def enter(client, move, text="It is right.", version=None):
        body = {"text": text, "version": version or query["version"]}
        return client.post(reverse(f"api-query-{move}", args=[query["id"]]), body, **JSON)

    answered = enter(staff, "answer")
    assert answered.json()["state"] == "ANSWERED"
    assert enter(staff, "answer").status_code == 409
    query = answered.json()
    assert enter(staff, "close").status_code == 403
    assert enter(lead, "close", text=" ").status_code == 400
    query = enter(lead, "reopen").json()
    query = enter(staff, "answer").json()
    query = enter(lead, "close").json()
    assert (query["state"], bool(query["closed_at"])) == ("CLOSED", True)
    assert [e["kind"] for e in query["entries"]] == ["ASK", "ANSWER", "REOPEN", "ANSWER", "CLOSE"]
    assert enter(staff, "answer").status_code == 422
    foreign = factories.call(actor_of(nurse), other)
    assert lead.post(address, asked | {"visit": str(foreign.id)}, **JSON).status_code == 422
    assert lead.post(address, asked | {"who": "me"}, **JSON).status_code == 400
    assert staff.get(reverse("api-data-queries"), {"state": "LOST"}).status_code == 422
    outsider = client_of(factories.make_user(Role.NURSE, site=factories.make_site()))
    assert outsider.get(reverse("api-data-query", args=[query["id"]])).status_code == 404


def test_questions_come_a_page_at_a_time(nurse, patient, site, monkeypatch):
    monkeypatch.setattr("followup.queries.data_queries.PAGE", 2)
    lead = actor_of(factories.make_user(Role.SITE_LEAD, site=site))
    for number in range(5):
        actions.ask(lead, patient, text=f"Question {number}")
    client, seen, key = client_of(nurse), [], ""
    while True:
        page = client.get(reverse("api-data-queries"), {"after": key}).json()
        seen += [row["id"] for row in page["items"]]
        key = page["next"]
        if not key:
            break
    assert len(seen) == len(set(seen)) == 5


def test_a_batch_is_tried_recorded_and_undone(site, nurse, patient):
    client = client_of(nurse)
    row = {
        "study_code": patient.study_code,
        "contact_on": clock.today().isoformat(),
        "contact_type": "PHONE",
        "informant": "PATIENT",
        "vital_status": "ALIVE",
    }
    wrong = row | {"contact_on": "2026-13-40"}
    body = {"site": str(site.id), "name": "calls", "rows": [row, wrong]}
    made = client.post(reverse("api-visit-batches"), body, **JSON)
    assert made.status_code == 201, made.content
    one = made.json()["id"]
    place = reverse("api-visit-batch-jobs", args=[one])
    assert client.post(place, {"dry": False}, **JSON).status_code == 422  # no dry run yet
    jobs.run(client.post(place, {"dry": True}, **JSON).json()["id"])
    assert Visit.objects.filter(patient=patient).count() == 0
    tried = client.get(reverse("api-visit-batch", args=[one])).json()["tried"]
    assert (tried["recorded"], tried["refused"]) == (1, 1)
    job = client.post(place, {"dry": False}, **JSON)
    assert job.status_code == 202
    jobs.run(job.json()["id"])
    assert Visit.objects.filter(patient=patient, undone_at=None).count() == 1
    undo = reverse("api-visit-batch-undo", args=[one])
    assert client.post(undo, {"reason": " "}, **JSON).status_code == 400
    undone = client.post(undo, {"reason": "Wrong sheet"}, **JSON)
    assert (undone.status_code, undone.json()["counts"]["undone"]) == (200, 1)
    assert Visit.objects.filter(patient=patient, undone_at=None).count() == 0
    assert client.post(undo, {"reason": "Again"}, **JSON).status_code == 422
    assert one in [each["id"] for each in client.get(reverse("api-visit-batches")).json()]


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [{"phone": "13900000000"}],
        [{"study_code": 7}],
        [{"study_code": None}],
        ["study_code"],
        [{"study_code": "x"}] * 1001,
        "study_code",
        None,
    ],
)
def test_a_batch_of_another_shape_is_refused(site, nurse, rows):
    body = {"site": str(site.id), "name": "calls", "rows": rows}
    answer = client_of(nurse).post(reverse("api-visit-batches"), body, **JSON)
    if rows == [{"study_code": 7}]:  # a number is its text
        assert answer.status_code == 201
    else:
        assert answer.status_code in {400, 422}
        assert "rows" in str(answer.json())


def test_a_batch_belongs_to_its_hospital(site, nurse):
    body = {"site": str(site.id), "name": "calls", "rows": [{"study_code": "x"}]}
    outsider = client_of(factories.make_user(Role.NURSE, site=factories.make_site()))
    assert outsider.post(reverse("api-visit-batches"), body, **JSON).status_code == 404
    one = client_of(nurse).post(reverse("api-visit-batches"), body, **JSON).json()["id"]
    assert outsider.get(reverse("api-visit-batch", args=[one])).status_code == 404
    job = outsider.post(reverse("api-visit-batch-jobs", args=[one]), {"dry": True}, **JSON)
    assert job.status_code == 404


def test_a_protocol_is_read_and_planned_from_a_day(nurse, patient):
    client, item = client_of(nurse), protocols.latest()
    listed = client.get(reverse("api-protocols")).json()
    assert str(item.id) in [row["id"] for row in listed]
    assert client.get(reverse("api-protocol", args=[item.id])).json()["document"] == item.data
    address = reverse("api-protocol-visits", args=[item.id])
    planned = client.get(address, {"day_zero": "2024-02-29"}).json()
    day = date(2024, 2, 29)
    expected = schedules.plan(day, protocols.of(item), day + timedelta(days=366 * 15))
    assert [(v["code"], v["target"], v["window_end"]) for v in planned] == [
        (v.code, v.target.isoformat(), v.window_end.isoformat()) for v in expected
    ]
    for wrong in ("", "2024-02", "2023-02-29", "9999-12-31", "yesterday"):
        assert client.get(address, {"day_zero": wrong}).status_code == 422, wrong
