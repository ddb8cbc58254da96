"""Everything that is wrong with a contact is named in one round."""

import html

import pytest
from django.test import Client
from django.urls import reverse

from followup.core import clock
from followup.core.security.accounts import actor_of
from followup.models import AdverseEvent, PlannedVisit, Visit
from tests import factories

pytestmark = pytest.mark.django_db
TODAY = clock.today()
SENT = {
    "contact_on": TODAY.isoformat(),
    "contact_type": "PHONE",
    "informant": "PATIENT",
    "vital_status": "ALIVE",
    "disease_status": "REMISSION",
    "new_malignancy": "NO",
    "other_event": "NO",
    "new_therapy": "NO",
}
EVENT = {
    "other_event": "YES",
    "event-verbatim": "肺炎",
    "event-aware_on": TODAY.isoformat(),
    "event-reporter_name": "李护士",
    "event-is_new_malignancy": "NO",
}


@pytest.fixture
def address(nurse, site):
    patient = factories.register(actor_of(nurse), site)
    planned = PlannedVisit.objects.get(patient=patient, code="M3")
    return reverse("visit-call", args=[planned.id])


def answered(nurse, address, **more):
    client = Client()
    client.force_login(nurse)
    answer = client.post(address, SENT | more)
    assert answer.status_code == 422, answer.content.decode()
    assert not Visit.objects.exists()
    assert not AdverseEvent.objects.exists()
    return html.unescape(answer.content.decode())


def test_a_form_that_cannot_be_read_hides_no_contradiction(nurse, address):
    """An unreadable date and a patient who tells of his own death: both at once."""
    page = answered(nurse, address, vital_status="DEAD", died_on="2026-13-45")
    assert "A death is reported by somebody other than the patient." in page
    assert "Give the date of death" not in page, "the date was given; it cannot be read"
    assert 'value="2026-13-45"' in page


def test_a_contact_refused_hides_no_event_refused(nurse, address):
    """“Not serious” with a criterion, beside a contact that contradicts itself."""
    wrong = {"event-serious": "NO", "event-seriousness": "HOSPITALISATION"}
    page = answered(nurse, address, vital_status="UNKNOWN", **EVENT, **wrong)
    assert "A patient who answers is alive." in page
    assert "“Not serious” contradicts another answer" in page


def test_an_event_without_its_words_hides_no_contradiction_of_the_contact(nurse, address):
    page = answered(nurse, address, vital_status="UNKNOWN", **EVENT | {"event-verbatim": ""})
    assert "A patient who answers is alive." in page
    assert page.count("A patient who answers is alive.") == 2, "in the summary and at its field"
    assert 'id="id_event-verbatim-error"' in page or "event-verbatim" in page


def test_without_a_day_only_the_day_is_asked_for(nurse, address):
    page = answered(nurse, address, contact_on="")
    assert "A patient who answers is alive." not in page
