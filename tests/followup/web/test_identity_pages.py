"""Identity and telephone pages, and the same doors over the API."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from followup.actions.identity import Contact, IdentityInput
from followup.core.permissions import Role
from followup.models import Patient
from followup.queries import identity as queries
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def nurse(client: Client, site):
    user = factories.make_user(Role.NURSE, site=site)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return factories.actor_of(user)


@pytest.fixture
def patient(nurse, site) -> Patient:
    contacts = (Contact("13912345678", "PATIENT", "晚上"),)
    given = IdentityInput("王小明", date(1968, 5, 4), contacts=contacts)
    return factories.register(nurse, site, identity=given)


def shown(nurse, patient):
    return queries.reveal(nurse, patient, purpose="test")


def typed(**changes):
    return {
        "name": "王小明",
        "sex": "MALE",
        "birth_date": "1968-05-04",
        "document_kind": "RESIDENT_ID",
        "version": "1",
        "reason": "typed wrongly",
    } | changes


def test_the_page_shows_what_is_on_file_and_corrects_it(client, nurse, patient):
    address = reverse("patient-identity", args=[patient.id])
    page = client.get(address).content.decode()
    assert 'value="王小明"' in page
    assert 'value="1968-05-04"' in page
    assert f'href="{address}"' in client.get(reverse("patient", args=[patient.id])).content.decode()
    answer = client.post(address, typed(name="王晓明", sex="FEMALE", address="西城区"))
    assert answer.status_code == 302
    person = shown(nurse, patient)
    assert (person.name, person.address, person.version) == ("王晓明", "西城区", 2)
    assert [c.phone for c in person.contacts] == ["13912345678"]
    patient.refresh_from_db()
    assert patient.sex == "FEMALE"


def test_no_reason_a_stale_page_and_a_likeness_are_said_on_the_page(client, nurse, site, patient):
    address = reverse("patient-identity", args=[patient.id])
    assert "reason" in client.post(address, typed(reason="")).context["form"].errors
    assert client.post(address, typed(address="甲")).status_code == 302
    stale = client.post(address, typed(address="乙"))
    assert stale.status_code == 409
    assert 'value="乙"' in stale.content.decode()
    other = factories.person("李大力", date(1950, 1, 1))
    known = factories.register(nurse, site, identity=other)
    like = client.post(address, typed(name="李大力", birth_date="1950-01-01", version="2"))
    assert like.status_code == 422
    assert [each["patient"].id for each in like.context["possible_duplicates"]] == [known.id]
    assert len(like.context["possible_duplicates"][0]["agrees"]) == 2
    told = typed(name="李大力", birth_date="1950-01-01", version="2", not_a_duplicate="1")
    assert client.post(address, told).status_code == 302


def test_wrong_number_new_number_in_one_press_from_the_call_page(client, nurse, patient):
    planned = patient.planned_visits.filter(state="PLANNED").earliest("target")
    call = reverse("visit-call", args=[planned.pk])
    end = reverse("patient-telephone-end", args=[patient.id])
    page = client.get(call).content.decode()
    assert f'action="{end}"' in page
    data = {"version": "1", "phone": "13912345678", "why": "WRONG", "next": call}
    bad = client.post(end, data | {"new_phone": "12"})
    assert bad.status_code == 422
    assert 'value="12"' in bad.content.decode()
    assert client.post(end, data | {"new_phone": "0571-87654321"}).url == call
    person = shown(nurse, patient)
    assert [(c.phone, c.note) for c in person.contacts] == [("057187654321", "晚上")]
    assert [c.phone for c in person.former] == ["13912345678"]
    assert (
        "13912345678"
        in client.get(reverse("patient-telephones", args=[patient.id])).content.decode()
    )
    assert "13912345678" not in client.get(call).content.decode()


def test_a_relative_is_added_on_the_page(client, nurse, patient):
    address = reverse("patient-telephones", args=[patient.id])
    data = {"version": "1", "phone": "13900000002", "whose": "FAMILY", "relation": "SPOUSE"}
    assert client.post(address, data | {"phone": "1"}).status_code == 422
    assert client.post(address, data).status_code == 302
    assert shown(nurse, patient).contacts[1].relation == "SPOUSE"


def test_whose_a_number_is_changes_and_the_number_stays(client, nurse, patient):
    where = reverse("patient-telephone-describe", args=[patient.id])
    before = shown(nurse, patient).contacts[0]
    page = client.get(reverse("patient-telephones", args=[patient.id])).text
    assert f'action="{where}"' in page
    told = {"version": "1", "phone": before.phone, "relation": "CHILD", "person": "王小红"}
    nobody = client.post(where, told)
    assert nobody.status_code == 422, "whose it is must be said"
    assert 'value="王小红"' in nobody.text
    gone = client.post(where, told | {"whose": "FAMILY", "phone": "13911111111"})
    assert gone.status_code == 422
    assert client.post(where, told | {"whose": "FAMILY", "hours": "晚上"}).status_code == 302
    after = shown(nurse, patient).contacts[0]
    assert (after.phone, after.whose, after.person) == (before.phone, "FAMILY", "王小红")
    assert (after.hours, after.note) == ("晚上", "")
    assert client.post(where, told | {"whose": "FAMILY"}).status_code == 422, "a stale page"
    contact = {"phone": before.phone, "whose": "PATIENT", "note": "白天"}
    api = reverse("api-patient-telephone-describe", args=[patient.id])
    answer = client.post(api, {"version": 2, "contact": contact}, "application/json")
    assert answer.status_code == 200, answer.content
    assert answer.json()["contacts"][0] | contact == answer.json()["contacts"][0]


def test_the_api_reads_corrects_and_changes_numbers(client, nurse, patient):
    address = reverse("api-patient-identity", args=[patient.id])
    assert client.get(address).json()["birth_date"] == "1968-05-04"
    body = {
        "version": 1,
        "reason": "typed wrongly",
        "sex": "FEMALE",
        "identity": {"name": "王小明", "birth_date": "1968"},
    }
    answer = client.put(address, body, content_type="application/json")
    assert answer.status_code == 200, answer.content
    assert answer.json()["birth_date"] == "1968"
    assert [c["phone"] for c in answer.json()["contacts"]] == ["13912345678"]
    assert client.put(address, body, content_type="application/json").status_code == 409
    added = client.post(
        reverse("api-patient-telephones", args=[patient.id]),
        {"version": 2, "contact": {"phone": "13900000002", "whose": "FAMILY"}},
        content_type="application/json",
    )
    assert added.status_code == 201, added.content
    ended = client.post(
        reverse("api-patient-telephone-end", args=[patient.id]),
        {"version": 3, "phone": "13912345678", "why": "CHANGED", "new_phone": "13900000003"},
        content_type="application/json",
    )
    assert ended.status_code == 200, ended.content
    assert {c["phone"] for c in ended.json()["contacts"]} == {"13900000002", "13900000003"}
    assert [c["ended_why"] for c in ended.json()["former"]] == ["CHANGED"]


def test_the_api_asks_like_the_page(client, nurse, site, patient):
    infusion = factories.infusion_of(patient)
    body = {
        "site": str(site.id),
        "sex": "MALE",
        "identity": {
            "name": "王小明",
            "contacts": [{"phone": "13912345678", "whose": "PATIENT"}],
        },
        "consent": {"form_version": "v1", "purposes": ["LTFU"], "given_on": "2026-11-20"},
        "infusion": {
            "product": str(infusion.product_id),
            "indication": str(infusion.indication_id),
            "infused_on": "2026-11-01",
            "lot": "L",
            "chain_of_identity": "COI-API",
        },
    }
    address = reverse("api-patients")
    first = client.post(address, body, content_type="application/json")
    assert (first.status_code, first.json()["code"]) == (422, "duplicate")
    body["not_a_duplicate"] = True
    second = client.post(address, body, content_type="application/json")
    assert (second.status_code, second.json()["code"]) == (422, "confirm")
    body["confirmed"] = [question["confirm"] for question in second.json()["questions"]]
    assert client.post(address, body, content_type="application/json").status_code == 201


def test_strangers_and_those_without_the_right_find_nothing(client, patient):
    other = Client()
    user = factories.make_user(Role.NURSE, site=factories.make_site())
    other.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    for name in ("patient-identity", "patient-telephones", "api-patient-identity"):
        assert other.get(reverse(name, args=[patient.id])).status_code == 404
    end = reverse("patient-telephone-end", args=[patient.id])
    data = {"version": "1", "phone": "13912345678", "why": "WRONG"}
    assert other.post(end, data).status_code == 404
