"""Drafts: never back without a word, never of another tab or patient, gone when left or saved."""

import re
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from followup.core import clock
from followup.core.models import Draft, User
from followup.core.permissions import Role
from followup.models import PlannedVisit
from followup.web import drafts
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def nurse(client: Client) -> User:
    user = factories.make_user(Role.NURSE, site=factories.make_site())
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return user


@pytest.fixture
def planned(nurse: User) -> PlannedVisit:
    actor = factories.actor_of(nurse)
    site = factories.Site.objects.get(id=nurse.grants.get().site_id)
    patient = factories.register(actor, site, infused_on=date(2026, 8, 1))
    return PlannedVisit.objects.filter(patient=patient, state="PLANNED").earliest("target")


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found[1]


def typed_into(client: Client, address: str, form: str, subject: str, **fields: Any) -> dict:
    """What the script sends from a page just opened, and what it is answered."""
    page = client.get(address).content.decode()
    marks = {name: hidden(page, name) for name in ("_draft", "_tab", "_base")}
    data = {**marks, "_address": address, "_label": "x", **fields}
    return {**marks, **client.post(reverse("draft", args=[form, subject]), data).json()}


def test_a_call_left_half_done_is_offered_and_blank_until_it_is_kept(
    client: Client, planned: PlannedVisit
) -> None:
    call, subject = reverse("visit-call", args=[planned.pk]), str(planned.pk)
    answers = {"vital_status": "DEAD", "contact_on": "2026-09-09", "event-verbatim": "皮疹"}
    kept = typed_into(client, call, "visit-call", subject, **answers)
    page = client.get(call).content.decode()
    assert "checked" not in page
    assert "2026-09-09" not in page
    assert f'name="draft" value="{kept["draft"]}"' in page
    again = client.get(call, {"draft": kept["draft"]}).content.decode()
    assert re.search(r'value="DEAD"[^>]*checked', again)
    assert "2026-09-09" in again
    assert "皮疹" in again, "the blocks beside come back too"
    assert hidden(again, "_draft") == kept["draft"], "the page goes on with the draft it shows"


def test_a_draft_of_one_patient_never_fills_the_form_of_another(
    client: Client, nurse: User, planned: PlannedVisit
) -> None:
    call = reverse("visit-call", args=[planned.pk])
    kept = typed_into(client, call, "visit-call", str(planned.pk), vital_status="DEAD")
    site = factories.Site.objects.get(id=nurse.grants.get().site_id)
    other = factories.register(factories.actor_of(nurse), site, infused_on=date(2026, 8, 1))
    visit = PlannedVisit.objects.filter(patient=other, state="PLANNED").earliest("target")
    page = client.get(reverse("visit-call", args=[visit.pk]), {"draft": kept["draft"]})
    assert "checked" not in page.content.decode()
    assert hidden(page.content.decode(), "_draft") != kept["draft"]


def test_two_tabs_of_the_registration_keep_two_drafts(client: Client, nurse: User) -> None:
    register = reverse("patient-register")
    one = typed_into(client, register, "patient-register", "new", name="甲一", phone="1")
    two = typed_into(client, register, "patient-register", "new", name="乙二", phone="2")
    assert one["draft"] != two["draft"]
    page = client.get(register).content.decode()
    assert "甲一" not in page
    assert "乙二" not in page
    first = client.get(register, {"draft": one["draft"]}).content.decode()
    assert 'value="甲一"' in first
    assert 'value="1"' in first
    assert "乙二" not in first


def test_a_tab_never_writes_over_what_another_tab_wrote_meanwhile(
    client: Client, nurse: User
) -> None:
    register = reverse("patient-register")
    address = reverse("draft", args=["patient-register", "new"])
    one = typed_into(client, register, "patient-register", "new", name="甲一")
    page = client.get(register, {"draft": one["draft"]}).content.decode()
    marks = {name: hidden(page, name) for name in ("_draft", "_tab", "_base")}
    goes_on = {"_draft": one["draft"], "_tab": one["_tab"], "_base": one["base"], "name": "甲三"}
    with clock.pinned(clock.now() + timedelta(seconds=5)):
        assert client.post(address, goes_on).json()["draft"] == one["draft"]
        apart = client.post(address, {**marks, "name": "甲二"}).json()["draft"]
    assert apart != one["draft"]
    assert 'value="甲三"' in client.get(register, {"draft": one["draft"]}).content.decode()


def test_a_stranger_cannot_write_into_a_draft_by_its_id(client: Client, nurse: User) -> None:
    one = typed_into(client, reverse("patient-register"), "patient-register", "new", name="甲一")
    other = Client()
    user = factories.make_user(Role.NURSE, site=factories.make_site())
    other.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    before = Draft.objects.get(user=nurse).fields
    data = {"_draft": one["draft"], "_tab": one["_tab"], "_base": one["base"], "name": "x"}
    answer = other.post(reverse("draft", args=["patient-register", "new"]), data).json()
    assert answer["draft"] != one["draft"]
    assert Draft.objects.get(user=nurse).fields == before


def test_cancel_discards_its_own_draft_alone(client: Client, nurse: User) -> None:
    register = reverse("patient-register")
    one = typed_into(client, register, "patient-register", "new", name="甲一")
    two = typed_into(client, register, "patient-register", "new", name="乙二")
    discard = reverse("draft-discard", args=["patient-register", "new"])
    assert f'formaction="{discard}"' in client.get(register).content.decode()
    answer = client.post(discard, {"_draft": one["draft"], "_leave": reverse("patients")})
    assert answer.url == reverse("patients")
    assert str(Draft.objects.get().id) == two["draft"]


def test_saving_forgets_the_draft_it_was_saved_from(client: Client, planned: PlannedVisit) -> None:
    call, subject = reverse("visit-call", args=[planned.pk]), str(planned.pk)
    kept = typed_into(client, call, "visit-call", subject, informant="PATIENT")
    other = typed_into(client, call, "visit-call", subject, informant="FAMILY")
    bad = client.post(call, {"_draft": kept["draft"], "informant": "PATIENT"})
    assert bad.status_code == 422
    assert hidden(bad.content.decode(), "_draft") == kept["draft"]
    assert Draft.objects.count() == 2, "a refused form keeps its draft"
    answers = {
        "contact_on": clock.today().isoformat(),
        "contact_type": "PHONE",
        "informant": "PATIENT",
        "vital_status": "ALIVE",
        "disease_status": "REMISSION",
        "new_malignancy": "NO",
        "other_event": "NO",
        "new_therapy": "NO",
    }
    assert client.post(call, {"_draft": kept["draft"], **answers}).status_code == 302
    assert str(Draft.objects.get().id) == other["draft"]


def test_my_drafts_leads_to_the_draft_itself(client: Client, nurse: User) -> None:
    register = reverse("patient-register")
    made = [
        typed_into(client, register, "patient-register", "new", name=name) for name in ("甲", "乙")
    ]
    page = client.get(reverse("drafts")).content.decode()
    for each in made:
        assert f'href="{register}?draft={each["draft"]}"' in page
    client.post(
        reverse("draft-discard", args=["patient-register", "new"]), {"_draft": made[0]["draft"]}
    )
    assert str(Draft.objects.get().id) == made[1]["draft"]


@pytest.mark.parametrize("leave", ["https://elsewhere.example/", "//x", "/\\x", "javascript:1"])
def test_discarding_never_leads_elsewhere(client: Client, nurse: User, leave: str) -> None:
    discard = reverse("draft-discard", args=["patient-register", "new"])
    assert client.post(discard, {"_draft": str(uuid4()), "_leave": leave}).url == "/"


def test_the_page_that_shows_a_draft_goes_on_with_it(client: Client, nurse: User) -> None:
    register = reverse("patient-register")
    address = reverse("draft", args=["patient-register", "new"])
    one = typed_into(client, register, "patient-register", "new", name="甲一")
    page = client.get(register, {"draft": one["draft"]}).content.decode()
    marks = {name: hidden(page, name) for name in ("_draft", "_tab", "_base")}
    for name in ("甲二", "甲三"):
        assert client.post(address, {**marks, "name": name}).json()["draft"] == one["draft"]
    assert Draft.objects.count() == 1


def test_drafts_of_one_minute_say_the_second() -> None:
    at = clock.now().replace(hour=3, minute=24, second=5)
    times = (at, at.replace(second=40), at.replace(minute=30))
    found = [drafts.Waiting(uuid4(), "登记", each, "", "") for each in times]
    said = [each.when for each in drafts._told_apart(found)]
    assert [text[-8:] for text in said[:2]] == ["11:24:05", "11:24:40"]
    assert said[2].endswith("11:30")
