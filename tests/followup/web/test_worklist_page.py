"""The lines of the worklist: what stands in them, escaped, and the same over the API."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client

from followup.actions import visits
from followup.actions.identity import Contact
from followup.api.visits import DuePage
from followup.core import audit, clock
from followup.core.confirmations import Unconfirmed
from followup.core.models import Access
from followup.core.permissions import Role
from followup.core.security.accounts import actor_of
from followup.models import PlannedVisit
from followup.queries import worklist
from tests import factories

pytestmark = pytest.mark.django_db
TODAY = clock.today()
NUMBER = "13912344410"


@pytest.fixture
def client(nurse):
    client = Client()
    client.force_login(nurse)
    return client


@pytest.fixture
def planned(nurse, site):
    person = replace(
        factories.person(name="<b>{due}</b>"), contacts=(Contact(phone=NUMBER, whose="PATIENT"),)
    )
    with pytest.raises(Unconfirmed) as asked:
        factories.register(actor_of(nurse), site, identity=person)
    sure = [question.key for question in asked.value.questions]
    patient = factories.register(actor_of(nurse), site, identity=person, confirmed=sure)
    rows = PlannedVisit.objects.filter(patient=patient, state="PLANNED")
    return rows.filter(window_start__lte=TODAY).order_by("due").first()


def test_a_line_shows_the_visit_and_nothing_of_a_name_becomes_markup(client, planned):
    page = client.get("/worklist/").content.decode()
    assert f'href="/visits/{planned.id}/call/"' in page
    assert planned.due.isoformat() in page
    assert "<b>" not in page.partition("<tbody>")[2].partition("</tbody>")[0]
    assert "{" not in page.partition("<tbody>")[2].partition("</tbody>")[0].replace("{due}", "")
    assert page.count("csrfmiddlewaretoken") >= 2


def test_the_search_is_offered_after_three_tries(client, nurse, planned):
    link = f"/patients/{planned.patient_id}/standing/"
    for days in (1, 2, 3):
        assert link not in client.get("/worklist/?snoozed=1").content.decode()
        day = TODAY + timedelta(days=days)
        visits.not_reached(actor_of(nurse), planned, next_try_on=day)
    page = client.get("/worklist/?snoozed=1").content.decode()
    assert link in page
    assert (TODAY + timedelta(days=3)).isoformat() in page


def test_numbers_to_print_are_shown_by_a_step_of_their_own_and_logged(client, nurse, planned):
    patient = planned.patient_id
    seen = Access.objects.filter(kind="identity.open", subject=str(patient))
    page = client.get("/worklist/").content.decode()
    assert NUMBER not in page
    assert 'action="/worklist/call-list/"' in page
    assert not seen.exists()
    listed = client.get("/worklist/call-list/?status=overdue")
    assert listed.status_code == 302, "a link shows nothing"
    assert listed["Location"] == "/worklist/?status=overdue"
    assert not seen.exists()
    opened = client.post("/worklist/call-list/")
    assert NUMBER in opened.content.decode()
    assert "no-store" in opened["Cache-Control"]
    assert [(row.actor_id, row.reason) for row in seen] == [(nurse.id, "printed call list")]
    assert client.post("/worklist/call-list/?status=overdue").status_code == 200
    assert seen.count() == 1, "who is not on the list is not looked at"


def test_nobody_without_identities_opens_a_number(planned, site):
    reader = factories.make_user(Role.STUDY_MANAGER)
    client = Client()
    client.force_login(reader)
    assert client.post("/worklist/call-list/").status_code == 403
    stranger = Client()
    stranger.force_login(factories.make_user(Role.NURSE, site=factories.make_site()))
    assert NUMBER not in stranger.post("/worklist/call-list/").content.decode()
    assert not Access.objects.filter(kind="identity.open").exists()


def test_the_api_answers_as_its_schema_says(client, nurse, planned):
    page = worklist.page(actor_of(nurse), today=TODAY, names=False)
    answer = client.get("/api/v1/worklist/").json()
    assert answer["items"]
    assert answer == DuePage(page).data


def test_the_counts_agree_with_the_lines(client, nurse, planned):
    page = worklist.page(actor_of(nurse), today=TODAY)
    counts = worklist.counts(actor_of(nurse), today=TODAY)
    ends = [(item.due - TODAY).days for item in page.items]
    assert counts.overdue == sum(days < 0 for days in ends)
    assert counts.today == ends.count(0)
    assert counts.week == sum(0 < days <= 7 for days in ends)
    assert counts.month == sum(7 < days <= 30 for days in ends)
    assert not counts.more


def test_counts_stop_at_their_limit_and_say_so(nurse, planned, monkeypatch):
    monkeypatch.setattr(worklist, "COUNTED_TO", 0)
    page = worklist.page(actor_of(nurse), today=TODAY + timedelta(days=400))
    counts = worklist.counts(actor_of(nurse), today=TODAY + timedelta(days=400))
    assert page.items
    assert (counts.overdue, counts.more) == (0, True)


def test_a_right_that_is_revoked_ends_with_the_next_request(client, nurse, planned):
    link = f"/visits/{planned.id}/call/"
    assert link in client.get("/worklist/").content.decode()
    assert client.get("/api/v1/worklist/").json()["items"]
    with transaction.atomic(), audit.acting(factories.SYSTEM, "test.grant"):
        nurse.grants.update(revoked_at=clock.now())
    assert client.get("/worklist/").status_code == 403
    assert client.get("/api/v1/worklist/").json()["items"] == []
    with transaction.atomic(), audit.acting(factories.SYSTEM, "test.grant"):
        nurse.grants.update(revoked_at=None)
    assert link in client.get("/worklist/").content.decode()
    elsewhere = Client()
    elsewhere.force_login(factories.make_user(Role.NURSE, site=factories.make_site()))
    assert link not in elsewhere.get("/worklist/").content.decode()
    assert elsewhere.get("/api/v1/worklist/").json()["items"] == []
