"""The patient's story: on the page with its table, and the same in the PDF."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from followup.core import clock
from followup.core.permissions import Role
from followup.domain.dates import PartialDate
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(site):
    client = Client()
    client.force_login(factories.make_user(Role.NURSE, site=site))
    return client


@pytest.fixture
def patient(site):
    nurse = factories.make_actor(Role.NURSE, site=site)
    infused_on = clock.today() - timedelta(days=400)
    patient = factories.register_in_time(nurse, site, infused_on=infused_on)
    factories.malignancy(nurse, patient, onset=PartialDate(clock.today().year - 1))
    factories.call(
        nurse,
        patient,
        disease_status="PROGRESSION",
        new_malignancy="NO",
        new_therapy="YES",
        therapy_note="来那度胺 <b>",
    )
    return patient


def test_the_story_stands_on_the_page_with_its_table(client, patient) -> None:
    with translation.override("en"):
        page = client.get(reverse("patient", args=[patient.id])).content.decode()
    assert page.count('<svg viewBox="0 0 760') == 2
    assert "来那度胺 &lt;b&gt;" in page
    assert f"{clock.today().year - 1} (month and day not known)" in page
    assert "consent to follow-up" in page
    assert "visits behind" in page
    rows = page[page.index('id="story-table"') :]
    assert "M3 Missed" in rows
    for number in range(5):
        assert f'href="#story-{number}"' in page
        assert f'id="story-{number}"' in rows


def test_the_summary_is_a_pdf_of_ones_own_patients(client, patient) -> None:
    answer = client.get(reverse("patient-summary", args=[patient.id]))
    assert answer.status_code == 200
    assert answer.content[:5] == b"%PDF-"
    other = Client()
    other.force_login(factories.make_user(Role.NURSE, site=factories.make_site()))
    assert other.get(reverse("patient-summary", args=[patient.id])).status_code == 404
