"""The code of a cause, the autopsy and the class of an event on every page and over the API."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from lxml import html

from followup.core import clock
from followup.core.models import User
from followup.core.security.accounts import actor_of
from followup.models import AdverseEvent, Patient, PlannedVisit, Visit
from tests import factories

pytestmark = pytest.mark.django_db
TODAY = clock.today().isoformat()
DEAD = {
    "contact_on": TODAY,
    "contact_type": "PHONE",
    "informant": "FAMILY",
    "vital_status": "DEAD",
    "died_on": TODAY,
    "death_cause": "脑出血",
    "death_cause_code": "i619",
    "autopsy": "NO",
}
EVENT = {
    "verbatim": "肺部感染",
    "aware_on": TODAY,
    "reporter_name": "李护士",
    "is_new_malignancy": "NO",
}
INFECTION = {
    "event_class": "INFECTION",
    "infection_type": "PJP",
    "infection_organism": "耶氏肺孢子菌",
    "infection_site": "肺",
    "iv_anti_infective": "YES",
}


@pytest.fixture
def client(nurse: User) -> Client:
    client = Client()
    client.force_login(nurse)
    return client


@pytest.fixture
def patient(nurse: User, site: Any) -> Patient:
    return factories.register(actor_of(nurse), site)


def call_address(patient: Patient) -> str:
    planned = PlannedVisit.objects.get(patient=patient, code="M3")
    return reverse("visit-call", args=[planned.id])


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", " ".join(html.fromstring(answer.content).itertext()))


def checked(answer: Any) -> set[str]:
    page = html.fromstring(answer.content)
    return {box.get("name") for box in page.xpath("//main//input[@checked]")}


def test_neither_an_autopsy_nor_a_class_is_answered_beforehand(
    client: Client, patient: Patient
) -> None:
    infusion = factories.infusion_of(patient)
    for address in (call_address(patient), reverse("event-report", args=[infusion.id])):
        page = client.get(address)
        assert checked(page) <= {"answered"}
        assert b'name="event_class"' in page.content or b'name="event-event_class"' in page.content


def test_a_death_keeps_its_code_and_its_autopsy_on_every_page(
    client: Client, patient: Patient
) -> None:
    wrong = client.post(call_address(patient), DEAD | {"death_cause_code": "脑出血"})
    assert wrong.status_code == 422
    assert "is no code of ICD-10" in words(wrong)
    assert html.fromstring(wrong.content).get_element_by_id("id_death_cause_code").value == "脑出血"
    assert not Visit.objects.exists()
    told = client.post(call_address(patient), DEAD)
    assert told.status_code == 302, words(told)
    visit = Visit.objects.get(patient=patient)
    assert (visit.death_cause_code, visit.autopsy) == ("I61.9", "NO")
    assert "脑出血 (ICD-10 I61.9) · no autopsy" in words(
        client.get(reverse("patient", args=[patient.id]))
    )
    page = words(client.get(reverse("contact", args=[visit.id])))
    assert "ICD-10 code of the underlying cause I61.9" in page
    assert "Was an autopsy done? No" in page
    correction = reverse("contact-correct", args=[visit.id])
    opened = html.fromstring(client.get(correction).content)
    assert opened.get_element_by_id("id_death_cause_code").value == "I61.9"
    assert opened.xpath("//input[@name='autopsy'][@checked]/@value") == ["NO"]
    sent = DEAD | {"version": "1", "autopsy": "YES", "reason": "病理科报告"}
    assert client.post(correction, sent).status_code == 302
    page = words(client.get(reverse("contact", args=[visit.id])))
    assert "Was an autopsy done?: No → Yes" in page


def test_answers_about_a_death_are_dropped_when_nobody_died(
    client: Client, patient: Patient
) -> None:
    sent = DEAD | {"vital_status": "ALIVE", "informant": "PATIENT"}
    assert client.post(call_address(patient), sent).status_code == 302
    visit = Visit.objects.get(patient=patient)
    assert (visit.death_cause_code, visit.autopsy) == ("", "")


def test_a_death_over_the_api(client: Client, patient: Patient) -> None:
    url = reverse("api-visit-unscheduled", args=[factories.infusion_of(patient).id])

    def post(**more: Any) -> Any:
        return client.post(url, DEAD | more, content_type="application/json")

    for field, value in (
        *(("autopsy", "PERHAPS"), ("death_cause_code", "?"), ("death_cause_code", "I" * 21)),
        ("autopsy", True),
    ):
        answer = post(**{field: value})
        assert answer.status_code in (400, 422), answer.content
        assert field in answer.content.decode()
    assert not Visit.objects.exists()
    made = post()
    assert made.status_code == 201, made.content
    assert (made.json()["death_cause_code"], made.json()["autopsy"]) == ("I61.9", "NO")


def test_an_infection_is_reported_read_and_corrected(client: Client, patient: Patient) -> None:
    infusion = factories.infusion_of(patient)
    told = client.post(reverse("event-report", args=[infusion.id]), EVENT | INFECTION)
    assert told.status_code == 302, words(told)
    event = AdverseEvent.objects.get(patient=patient)
    assert {name: getattr(event, name) for name in INFECTION} == INFECTION
    page = words(client.get(told.url))
    assert "Class of delayed event New infection, potentially product-related" in page
    assert "Which infection? Pneumocystis pneumonia" in page
    assert "Organism 耶氏肺孢子菌" in page
    assert "Was an anti-infective given intravenously? Yes" in page
    address = reverse("event-correct", args=[event.id])
    opened = html.fromstring(client.get(address).content)
    assert opened.xpath("//input[@name='infection_type'][@checked]/@value") == ["PJP"]
    change = EVENT | INFECTION | {"version": "1", "reason": "复核", "event_class": "AUTOIMMUNE"}
    change |= {"new_or_exacerbated": "EXACERBATED"}
    assert client.post(address, change).status_code == 302
    event.refresh_from_db()
    assert (event.event_class, event.new_or_exacerbated) == ("AUTOIMMUNE", "EXACERBATED")
    assert (event.infection_type, event.infection_site, event.iv_anti_infective) == ("", "", "")


def test_the_class_of_a_malignancy_is_not_asked(client: Client, patient: Patient) -> None:
    infusion = factories.infusion_of(patient)
    sent = EVENT | INFECTION | {"is_new_malignancy": "YES"}
    assert client.post(reverse("event-report", args=[infusion.id]), sent).status_code == 302
    event = AdverseEvent.objects.get(patient=patient)
    assert (event.event_class, event.infection_type) == ("NEW_MALIGNANCY", "")
    page = words(client.get(reverse("event", args=[event.id])))
    assert "Class of delayed event New malignancy" in page


def test_a_class_that_is_no_choice_is_refused_and_the_words_stay(
    client: Client, patient: Patient
) -> None:
    infusion = factories.infusion_of(patient)
    wrong = EVENT | INFECTION | {"infection_type": "MEASLES"}
    answer = client.post(reverse("event-report", args=[infusion.id]), wrong)
    assert answer.status_code == 422
    page = html.fromstring(answer.content)
    assert page.get_element_by_id("id_infection_organism").value == "耶氏肺孢子菌"
    assert not AdverseEvent.objects.exists()


def test_a_malignant_type_is_asked_about_at_its_question(client: Client, patient: Patient) -> None:
    infusion = factories.infusion_of(patient)
    sent = EVENT | {"event_class": "HAEMATOLOGIC", "haematologic_type": "MDS"}
    address = reverse("event-report", args=[infusion.id])
    asked = client.post(address, sent)
    assert asked.status_code == 422
    assert "disorder of the blood is a malignancy" in words(asked)
    assert client.post(address, sent | {"confirmed": "malignant_type:MDS"}).status_code == 302


def test_a_class_heard_of_on_the_phone(client: Client, patient: Patient) -> None:
    alive = {"contact_on": TODAY, "contact_type": "PHONE", "informant": "PATIENT"}
    alive |= {"vital_status": "ALIVE", "other_event": "YES"}
    sent = alive | {f"event-{name}": value for name, value in (EVENT | INFECTION).items()}
    assert client.post(call_address(patient), sent).status_code == 302
    assert AdverseEvent.objects.get(patient=patient).infection_type == "PJP"


def test_a_class_over_the_api(client: Client, patient: Patient) -> None:
    url = reverse("api-event-report", args=[factories.infusion_of(patient).id])
    body = EVENT | INFECTION | {"is_new_malignancy": False}

    def post(**more: Any) -> Any:
        return client.post(url, body | more, content_type="application/json")

    for field, value in (
        *(("event_class", "OTHER"), ("event_class", "NEW_MALIGNANCY"), ("event_class", None)),
        *(("infection_type", "MEASLES"), ("neurologic_type", "GBS")),
    ):
        answer = post(**{field: value})
        assert answer.status_code in (400, 422), answer.content
        assert field in answer.content.decode()
    made = post()
    assert made.status_code == 201, made.content
    assert {name: made.json()[name] for name in INFECTION} == INFECTION
    read = client.get(reverse("api-event", args=[made.json()["id"]])).json()
    assert read["infection_site"] == "肺"
    plain = {name: value for name, value in body.items() if name not in INFECTION}
    change = plain | {"version": 1, "reason": "复核"}
    done = client.put(reverse("api-event", args=[read["id"]]), change, "application/json")
    assert (done.status_code, done.json()["event_class"]) == (200, "")
