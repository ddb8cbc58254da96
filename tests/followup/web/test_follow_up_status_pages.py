"""The page of a patient's follow-up status, and the same changes over the API."""

from datetime import timedelta

import pytest
from django.test import Client

from followup.actions.follow_up_status import consents, tracing
from followup.actions.follow_up_status.tracing import AttemptInput
from followup.actions.patients import ConsentInput
from followup.core import clock
from followup.core.permissions import Role
from followup.core.security.accounts import actor_of
from followup.domain.dates import PartialDate
from followup.models import Consent, ContactAttempt
from tests import factories

pytestmark = pytest.mark.django_db

TODAY = clock.today()


@pytest.fixture
def patient(nurse, site):
    return factories.register_in_time(actor_of(nurse), site, infused_on=TODAY - timedelta(days=700))


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def address(patient, name=""):
    return f"/patients/{patient.id}/standing/" + (f"{name}/" if name else "")


def forms_of(page):
    return set(page.context["forms"])


def test_the_page_says_what_is_missing_and_offers_what_fits(nurse, patient):
    page = client_of(nurse).get(address(patient))
    assert page.status_code == 200
    assert forms_of(page) == {"attempt", "loss", "transfer", "withdraw", "consent"}
    text = page.content.decode()
    assert "0 unsuccessful contact attempts since the last contact; 3 are required." in text
    assert 'name="confirm"' not in text
    assert " checked" not in text  # nothing is answered beforehand


def test_a_wrong_try_keeps_what_was_typed(nurse, patient):
    page = client_of(nurse).post(
        address(patient, "attempt"),
        {"attempted_on": "2199-01-01", "method": "PHONE", "note": "rang <twice>"},
    )
    assert page.status_code == 422
    text = page.content.decode()
    assert "rang &lt;twice&gt;" in text
    assert "error-summary" in text
    assert 'href="#attempt_' in text
    assert not ContactAttempt.objects.exists()


def test_from_the_first_try_to_the_loss_and_back(nurse, patient):
    client = client_of(nurse)
    refused = client.post(address(patient, "loss"), {})
    assert refused.status_code == 422
    assert "error-summary" in refused.content.decode()
    for days, method in ((120, "PHONE"), (60, "FAMILY"), (2, "LETTER")):
        sent = {"attempted_on": (TODAY - timedelta(days=days)).isoformat(), "method": method}
        page = client.post(address(patient, "attempt"), sent | {"result": "NO_ANSWER"})
        assert page.status_code == 302, page.content.decode()
    register = {"method": "REGISTRY_LINKAGE", "result": "NO_ENTRY"}
    client.post(address(patient, "attempt"), {"attempted_on": TODAY.isoformat(), **register})
    assert client.post(address(patient, "loss"), {}).status_code == 302
    patient.refresh_from_db()
    assert patient.follow_up_state == "LOST"
    assert forms_of(client.get(address(patient))) == {
        *("attempt", "found", "transfer", "withdraw", "consent")
    }
    assert client.post(address(patient, "found"), {"reason": ""}).status_code == 422
    assert client.post(address(patient, "found"), {"reason": "mistake"}).status_code == 302


def test_a_consent_is_withdrawn_and_given_anew(nurse, patient):
    client = client_of(nurse)
    consent = Consent.objects.get(patient=patient)
    empty = client.post(address(patient, "withdraw"), {})
    assert empty.status_code == 422
    other = factories.register(actor_of(nurse), patient.site)
    foreign = Consent.objects.get(patient=other)
    wrong = {"consent": str(foreign.id), "withdrawn_on": TODAY.isoformat()}
    assert client.post(address(patient, "withdraw"), wrong).status_code == 422
    sent = {"consent": str(consent.id), "withdrawn_on": TODAY.isoformat()}
    assert client.post(address(patient, "withdraw"), sent).status_code == 302
    page = client.get(address(patient))
    assert forms_of(page) == {"consent"}
    renewed = {"form_version": "v9", "given_on": TODAY.isoformat(), "purposes": ["LTFU"]}
    assert client.post(address(patient, "consent"), renewed).status_code == 302
    patient.refresh_from_db()
    assert patient.follow_up_state == "ACTIVE"


def test_a_death_is_taken_back_on_the_page(nurse, patient):
    actor = actor_of(nurse)
    from_family = {"informant": "FAMILY", "vital_status": "DEAD"}
    factories.call(actor, patient, **from_family, died_on=PartialDate.of(TODAY))
    client = client_of(nurse)
    assert forms_of(client.get(address(patient))) == {"death"}
    assert client.post(address(patient, "death"), {}).status_code == 422
    sent = {"vital_status": "ALIVE", "reason": "the neighbour had died"}
    assert client.post(address(patient, "death"), sent).status_code == 302
    patient.refresh_from_db()
    assert (patient.vital_status, patient.follow_up_state) == ("ALIVE", "ACTIVE")


def test_strangers_do_not_find_it_and_holders_only_read(nurse, patient):
    stranger = client_of(factories.make_user(Role.NURSE, site=factories.make_site()))
    assert stranger.get(address(patient)).status_code == 404
    assert stranger.post(address(patient, "loss"), {}).status_code == 404
    holder = client_of(factories.make_user(Role.STUDY_MANAGER))
    assert holder.get(address(patient)).status_code == 404  # the patient did not agree to that
    given = ConsentInput("v2", ["HOLDER"], TODAY)
    consents.add(actor_of(nurse), patient, given=given)
    page = holder.get(address(patient))
    assert page.status_code == 200
    assert forms_of(page) == set()
    assert holder.post(address(patient, "loss"), {}).status_code == 403


def test_the_api_does_the_same(nurse, patient):
    client = client_of(nurse)
    base = f"/api/v1/patients/{patient.id}"
    kind = "application/json"
    lost = client.post(f"{base}/loss/", {}, kind)
    assert lost.status_code == 422
    sent = {"attempted_on": TODAY.isoformat(), "method": "PHONE", "result": "NO_ANSWER"}
    assert client.post(f"{base}/attempts/", sent, kind).status_code == 201
    assert client.post(f"{base}/attempts/", sent | {"result": "X"}, kind).status_code == 400
    moved = {"on": TODAY.isoformat(), "reason": "Provincial hospital"}
    answer = client.post(f"{base}/transfer/", moved, kind)
    assert (answer.status_code, answer.json()["follow_up_state"]) == (200, "TRANSFERRED")
    (consent,) = client.get(f"{base}/consents/").json()
    day = {"withdrawn_on": TODAY.isoformat()}
    gone = client.post(f"{base}/consents/{consent['id']}/withdrawal/", day, kind)
    assert (gone.status_code, gone.json()["withdrawn_on"]) == (200, TODAY.isoformat())
    new = {"form_version": "v2", "purposes": ["LTFU"], "given_on": TODAY.isoformat()}
    assert client.post(f"{base}/consents/", new, kind).status_code == 201
    for name, body in (("loss", {"reason": "x"}), ("death", {"reason": "x"})):
        body = body | ({"vital_status": "ALIVE"} if name == "death" else {})
        assert client.post(f"{base}/{name}/retraction/", body, kind).status_code == 422
    stranger = client_of(factories.make_user(Role.NURSE, site=factories.make_site()))
    assert stranger.post(f"{base}/attempts/", sent, kind).status_code == 404


def test_the_tries_of_the_worklist_and_of_the_page_count_together(nurse, patient):
    actor = actor_of(nurse)
    given = AttemptInput(TODAY - timedelta(days=3), "PHONE", "WRONG_NUMBER")
    tracing.record_attempt(actor, patient, given=given)
    client = client_of(nurse)
    planned = patient.planned_visits.filter(state="PLANNED").order_by("due").first()
    assert client.post(f"/visits/{planned.id}/not-reached/", {"days": "1"}).status_code == 302
    assert client.get(address(patient)).context["search"].evidence.attempts == 2


def test_one_purpose_is_withdrawn_and_the_rest_goes_on(nurse, site):
    purposes = ("LTFU", "HOLDER", "SAMPLES")
    patient = factories.register(actor_of(nurse), site, purposes=purposes)
    client = client_of(nurse)
    consent = Consent.objects.get(patient=patient)
    sent = {"consent": str(consent.id), "withdrawn_on": TODAY.isoformat()}
    refused = client.post(address(patient, "withdraw"), sent | {"purposes": ["RESEARCH"]})
    assert refused.status_code == 422
    done = client.post(address(patient, "withdraw"), sent | {"purposes": ["HOLDER"]})
    assert done.status_code == 302
    consent.refresh_from_db()
    assert (consent.purposes, consent.withdrawn_on) == (["HOLDER"], TODAY)
    rest = Consent.objects.get(patient=patient, withdrawn_on=None)
    assert (rest.purposes, rest.given_on) == (["LTFU", "SAMPLES"], consent.given_on)
    patient.refresh_from_db()
    assert patient.follow_up_state == "ACTIVE"
    page = client.get(f"/patients/{patient.id}/").content.decode()
    assert "Not agreed" in page
    base = f"/api/v1/patients/{patient.id}/consents/{rest.id}/withdrawal/"
    body = {"withdrawn_on": TODAY.isoformat(), "purposes": ["LTFU"]}
    assert client.post(base, body, content_type="application/json").status_code == 200
    patient.refresh_from_db()
    assert patient.follow_up_state == "WITHDRAWN_NEW_DATA"
