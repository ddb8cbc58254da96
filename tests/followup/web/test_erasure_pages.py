"""Pages of erasure and retention: dry run, second person, and what other pages say afterwards."""

import re
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from followup.actions import drafts
from followup.core.models import User
from followup.core.permissions import Role
from followup.core.security.accounts import actor_of
from followup.models import Identity, IdentityErasure, Patient, Site
from tests import factories

pytestmark = pytest.mark.django_db
NAME = "欧阳清源"


@pytest.fixture
def lead(site: Site) -> User:
    return factories.make_user(Role.SITE_LEAD, site=site)


def text(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined]


def test_from_the_dry_run_to_the_erased_patient(
    client: Client, nurse: User, lead: User, site: Site, settings, tmp_path
) -> None:
    settings.ERASURES_FILE = str(tmp_path / "erasures.jsonl")
    actor = actor_of(nurse, request_id="test")
    patient = factories.register(actor, site, identity=factories.person(NAME))
    factories.call(actor, patient, note=f"{NAME}的电话已换")
    drafts.save(
        actor, form="registration", subject="", fields={"name": [NAME]}, address="/", label=""
    )
    address = reverse("erasure-ask", args=[patient.id])
    client.force_login(nurse)
    assert client.get(address).status_code == 403
    client.force_login(factories.make_user(Role.PHYSICIAN, site=site))
    assert address in text(client.get(reverse("patient", args=[patient.id])))
    look = client.post(address, {"then": "look", "ground": "REQUEST", "reason": "a letter"})
    assert look.status_code == 200
    assert len(look.context["dry"]["plan"].drafts) == 1, "a colleague's draft goes as well"
    assert f"{NAME}的电话已换" in text(look), "the text a person has to read is shown"
    assert "a letter" in text(look)
    assert not IdentityErasure.objects.exists()
    asked = client.post(address, {"ground": "REQUEST", "reason": "a letter"})
    assert asked.status_code == 422, "follow-up goes on: asked first"
    boxes = [box for box in re.findall(r"<input[^>]+>", text(asked)) if 'name="confirmed"' in box]
    ticked = [value for box in boxes for value in re.findall(r'value="([^"]+)"', box)]
    assert len(ticked) == 1
    sure = {"ground": "REQUEST", "reason": "a letter", "confirmed": ticked}
    asked = client.post(address, sure)
    row = IdentityErasure.objects.get()
    page = asked["Location"]
    assert page == reverse("erasure", args=[row.id])
    assert page in text(client.get(address)), "the page to ask says that one waits"
    assert 'name="reason"' not in text(client.get(address))
    assert 'name="then"' not in text(client.get(page))
    assert client.post(page, {"then": "erase"}).status_code == 403
    client.force_login(lead)
    assert client.post(page, {"then": "refuse", "note": ""}).status_code == 422
    assert client.post(page, {"then": "erase", "note": ""}).status_code == 302
    assert Identity.objects.get(patient=patient).erased_on
    client.force_login(nurse)
    with translation.override("zh-hans"):
        pages = [reverse("patients"), reverse("patient", args=[patient.id]), reverse("worklist")]
        for address in pages:
            shown = text(client.get(address))
            assert str(Identity.objects.get(patient=patient).erased_on) in shown, address
            assert NAME[:2] not in shown.replace(f"{NAME}的电话已换", "")
    for name in ("patient-identity", "patient-telephones"):
        assert client.get(reverse(name, args=[patient.id])).status_code == 302
    found = client.post(reverse("search"), {"q": NAME})
    assert patient.study_code not in text(found)
    assert client.get(reverse("patient-duplicates")).status_code == 200
    assert client.get(reverse("day")).status_code == 200


def test_retention_names_whose_time_is_over_and_the_record_downloads(
    client: Client, lead: User, site: Site
) -> None:
    nurse = factories.make_actor(Role.NURSE, site=site)
    patient = factories.register(nurse, site)
    client.force_login(lead)
    page = text(client.get(reverse("retention")))
    assert patient.study_code not in page
    with factories.transaction.atomic(), factories.audit.acting(factories.SYSTEM, "test.withdraw"):
        Patient.objects.filter(id=patient.id).update(
            follow_up_state="WITHDRAWN_NEW_DATA", state_since=date(2026, 1, 5)
        )
    page = text(client.get(reverse("retention")))
    assert patient.study_code in page
    assert reverse("erasure-ask", args=[patient.id]) in page
    record = reverse("processing-record")
    assert client.get(record).status_code == 200
    rows = client.get(record, {"format": "csv"})
    assert rows["Content-Type"].startswith("text/csv")
    assert "GVP" in text(rows)
    client.force_login(factories.make_user(Role.AUDITOR, site=site))
    assert patient.study_code in text(client.get(reverse("retention")))
    assert client.get(reverse("erasures")).status_code == 200
    client.force_login(factories.make_user(Role.STUDY_MANAGER))
    assert client.get(reverse("retention")).status_code == 403
