"""A whole visit as a task list: its sections, how far they are, and the way back to it."""

import html

import pytest
from django.test import Client
from django.urls import reverse

from followup.core import clock
from followup.core.permissions import Role
from followup.core.security.accounts import actor_of
from followup.models import PlannedVisit
from tests import factories

pytestmark = pytest.mark.django_db
TODAY = clock.today()
SENT = {
    "contact_on": TODAY.isoformat(),
    "contact_type": "ON_SITE",
    "informant": "PATIENT",
    "vital_status": "ALIVE",
    "disease_status": "REMISSION",
    "new_malignancy": "NO",
    "other_event": "NO",
    "new_therapy": "NO",
}


@pytest.fixture
def client(nurse):
    client = Client()
    client.force_login(nurse)
    return client


@pytest.fixture
def planned(nurse, site):
    """M3 asks for response, events, laboratory, vector copies and virus, on site."""
    patient = factories.register(actor_of(nurse), site)
    return PlannedVisit.objects.get(patient=patient, code="M3")


def states(client, planned):
    answer = client.get(reverse("visit-sections", args=[planned.pk]))
    assert answer.status_code == 200
    return {str(line["title"]): str(line["state"]) for line in answer.context["lines"]}


def link(client, planned, title):
    page = client.get(reverse("visit-sections", args=[planned.pk]))
    return next(line["address"] for line in page.context["lines"] if str(line["title"]) == title)


def test_every_section_starts_empty_and_leads_to_its_page(client, planned):
    found = states(client, planned)
    assert set(found.values()) == {"Not started"}
    page = client.get(reverse("visit-sections", args=[planned.pk]))
    for line in page.context["lines"]:
        assert client.get(line["address"]).status_code == 200, line
    assert page.context["complete"] == 0


def test_the_questions_lead_back_and_their_sections_are_complete(client, planned):
    address = link(client, planned, "Survival and contact")
    answer = client.post(address, SENT)
    assert answer["Location"] == reverse("visit-sections", args=[planned.pk])
    found = states(client, planned)
    for title in ("Survival and contact", "Adverse events", "Disease assessment"):
        assert found[title] == "Complete"
    assert found["Vector copies and replication-competent virus"] == "Not started"
    assert planned.__class__.objects.get(pk=planned.pk).state == "PLANNED"
    page = html.unescape(client.get(reverse("visit-sections", args=[planned.pk])).content.decode())
    assert "M3 stays open. Missing:" in page


def test_values_of_a_section_open_there_count_and_lead_back(client, planned):
    address = link(client, planned, "B cells, T cells, immunoglobulins")
    page = client.get(address).content.decode()
    assert page.count('<details class="panel" open>') == 1, "its own values alone are open"
    day = {"on": TODAY.isoformat(), "received_on": TODAY.isoformat()}
    answer = client.post(address, day | {"igg": "5.1", "iga_missing": "NOT_DONE"})
    assert answer.status_code == 302, answer.content.decode()
    assert answer["Location"] == reverse("visit-sections", args=[planned.pk])
    lines = client.get(answer["Location"]).context["lines"]
    row = next(line for line in lines if "immunoglobulins" in str(line["title"]))
    assert (row["done"], str(row["state"])) == (2, "In progress"), "a reason counts as entered"


def test_a_visit_of_somebody_else_leads_nowhere(client, planned, nurse, site):
    other = factories.register(actor_of(nurse), site)
    theirs = PlannedVisit.objects.get(patient=other, code="M3")
    address = reverse("laboratory-record", args=[planned.patient_id])
    day = {"on": TODAY.isoformat(), "received_on": TODAY.isoformat()}
    for wrong, measure in ((theirs.pk, "igg"), ("x", "iga"), ("9" * 30, "igm")):
        answer = client.post(f"{address}?visit={wrong}", day | {measure: "1.1"})
        assert answer["Location"] == reverse("laboratory", args=[planned.patient_id])


def test_strangers_find_nothing_and_readers_get_no_links(planned, site):
    stranger = Client()
    stranger.force_login(factories.make_user(Role.NURSE, site=factories.make_site()))
    assert stranger.get(reverse("visit-sections", args=[planned.pk])).status_code == 404
    auditor = Client()
    auditor.force_login(factories.make_user(Role.AUDITOR, site=site))
    page = auditor.get(reverse("visit-sections", args=[planned.pk]))
    assert page.status_code == 200
    assert all(line["address"] not in page.content.decode() for line in page.context["lines"])
