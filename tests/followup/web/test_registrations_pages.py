"""Pages and API of registrations that are one person, or wrong."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from followup.core.models import User
from followup.core.permissions import Role
from followup.core.security.accounts import actor_of
from followup.models import RegistrationDecision, Site
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(site: Site) -> User:
    return factories.make_user(Role.SITE_LEAD, site=site)


def test_from_the_list_of_duplicates_to_the_merge_and_back(
    client: Client, nurse: User, lead: User, site: Site
) -> None:
    actor = actor_of(nurse, request_id="test")
    person = factories.person("王小安")
    one = factories.register(actor, site, identity=person)
    other = factories.register(actor, site, identity=person, not_a_duplicate=True)
    client.force_login(nurse)
    page = client.get(reverse("patient-duplicates")).content.decode()
    assert one.study_code in page
    assert other.study_code in page
    address = reverse("patient-merge", args=[other.id])
    typed: dict[str, Any] = {"study_code": one.study_code, "reason": "same person"}
    look = client.post(address, {**typed, "then": "look"})
    assert look.status_code == 200
    assert not RegistrationDecision.objects.exists()
    assert "COI-" in look.content.decode(), "the infusion that is the same is named"
    wrong = client.post(address, {**typed, "study_code": "ZZ-00001"})
    assert wrong.status_code == 422
    assert "ZZ-00001" in wrong.content.decode()
    question = client.post(address, typed)
    assert question.status_code == 422
    (key,) = re.findall(r'value="(merge_infusion:[^"]+)"', question.content.decode())
    asked = client.post(address, {**typed, "confirmed": [key]})
    row = RegistrationDecision.objects.get()
    assert asked["Location"] == reverse("registration-decision", args=[row.id])
    page = client.get(asked["Location"]).content.decode()
    assert 'value="confirm"' not in page, "the one who asked does not decide"
    assert 'value="withdraw"' in page, "and may withdraw it"
    assert lead.display_name in page, "who may decide is named"
    assert nurse.display_name not in page.split("second person")[1].split("</p>")[0]
    assert client.post(asked["Location"], {"then": "confirm"}).status_code == 422
    client.force_login(lead)
    done = client.post(asked["Location"], {"then": "confirm", "note": ""})
    assert done.status_code == 302
    old = client.get(reverse("patient", args=[other.id]))
    assert old["Location"] == reverse("patient", args=[one.id]), "an old address leads on"
    assert other.study_code in client.get(old["Location"]).content.decode()
    found = client.post(reverse("search"), {"q": other.study_code})
    assert one.study_code in found.content.decode() or str(one.id) in found.get("Location", "")
    assert client.post(asked["Location"], {"reason": ""}).status_code == 422
    assert client.post(asked["Location"], {"reason": "two people"}).status_code == 302
    assert client.get(reverse("patient", args=[other.id])).status_code == 200


def test_void_over_pages_and_api(client: Client, nurse: User, lead: User, site: Site) -> None:
    patient = factories.register(actor_of(nurse, request_id="test"), site)
    client.force_login(nurse)
    asked = client.post(reverse("patient-void", args=[patient.id]), {"reason": "never infused"})
    row = RegistrationDecision.objects.get()
    assert asked.status_code == 302
    client.force_login(lead)
    listed = client.get(reverse("api-registration-decisions")).json()
    assert [each["state"] for each in listed] == ["ASKED"]
    answer = reverse("api-registration-answer", args=[row.id])
    body = {"confirm": True}
    assert client.post(answer, body, "application/json").json()["state"] == "DONE"
    assert client.get(reverse("api-patient", args=[patient.id])).status_code == 404
    assert client.get(reverse("patient", args=[patient.id])).status_code == 404
    undo = reverse("api-registration-undo", args=[row.id])
    assert client.post(undo, {"reason": "it was"}, "application/json").json()["state"] == "UNDONE"
    assert client.get(reverse("patient", args=[patient.id])).status_code == 200
    again = {"patient": str(patient.id), "reason": "x", "survivor": None}
    created = client.post(reverse("api-registration-decisions"), again, "application/json")
    assert created.status_code == 201


def test_who_asked_withdraws_and_nobody_else(
    client: Client, nurse: User, lead: User, site: Site
) -> None:
    actor = actor_of(nurse, request_id="test")
    patient = factories.register(actor, site)
    client.force_login(nurse)
    address = reverse("patient-void", args=[patient.id])
    page = client.post(address, {"reason": "typed for the wrong person"})["Location"]
    client.force_login(lead)
    assert 'value="withdraw"' not in client.get(page).content.decode()
    typed = {"then": "withdraw", "note": "the number was right"}
    assert client.post(page, typed).status_code == 422
    client.force_login(nurse)
    assert client.post(page, typed).status_code == 302
    shown = client.get(page).content.decode()
    assert "Withdrawn" in shown
    assert typed["note"] in shown
    assert 'name="then"' not in shown, "nothing is left to decide"
    assert client.post(page, {"then": "confirm"}).status_code == 422
    body = {"patient": str(patient.id), "survivor": None, "reason": "wrong after all"}
    asked = client.post(reverse("api-registration-decisions"), body, "application/json")
    assert asked.status_code == 201, "what was withdrawn can be asked again"
    withdraw = reverse("api-registration-withdraw", args=[asked.json()["id"]])
    client.force_login(lead)
    assert client.post(withdraw, {}, "application/json").status_code == 422
    client.force_login(nurse)
    assert client.post(withdraw, {}, "application/json").json()["state"] == "WITHDRAWN"
    assert client.post(withdraw, {}, "application/json").status_code == 422


def test_strangers_see_neither(client: Client, nurse: User, site: Site) -> None:
    patient = factories.register(actor_of(nurse, request_id="test"), site)
    client.force_login(factories.make_user(Role.NURSE, site=factories.make_site()))
    assert client.get(reverse("patient-merge", args=[patient.id])).status_code == 404
    client.force_login(factories.make_user(Role.AUDITOR))
    assert client.get(reverse("patient-duplicates")).status_code == 403
    client.force_login(nurse)
    alone = client.get(reverse("patient-void", args=[patient.id])).content.decode()
    assert "Nobody else can be the second person now" in alone, "said before one asks"
