"""The copy of everything held about one person: whole, of nobody else, and logged."""

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from followup.core import jobs
from followup.core.models import Access, Job, User
from followup.core.permissions import Role
from followup.core.security.accounts import actor_of
from followup.models import Site
from followup.queries import erasure_searches, person_records, registrations
from tests import factories
from tests.factories import person

pytestmark = pytest.mark.django_db
NAME, OTHER = "欧阳清源", "诸葛孔明"
ID = "110105194912310011"


@pytest.fixture
def lead(site: Site) -> User:
    return factories.make_user(Role.SITE_LEAD, site=site)


def members(job: Job) -> dict[str, bytes]:
    path = Path(settings.MEDIA_ROOT) / job.file_path
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_copy_holds_every_row_about_the_person_and_nobody_else(
    client: Client, lead: User, site: Site
) -> None:
    actor = actor_of(lead, request_id="test")
    who = replace(person(NAME), national_id=ID, birth_date=None)
    patient = factories.register(actor, site, identity=who)
    factories.register(actor, site, identity=person(OTHER))
    factories.call(actor, patient, note="今日通话良好")
    factories.malignancy(actor, patient, verbatim="第二肿瘤")
    lead.set_password("long-enough-password-1")
    lead.must_change_password = False
    with factories.transaction.atomic(), factories.audit.acting(factories.SYSTEM, "test.password"):
        lead.save()
    client.force_login(lead)
    page = reverse("person-copy", args=[patient.id])
    assert page in client.get(reverse("patient", args=[patient.id])).content.decode()
    wrong = client.post(page, {"reason": "a letter of the person", "password": "wrong"})
    assert wrong.status_code == 422
    assert "a letter of the person" in wrong.content.decode()
    assert not Job.objects.exists()
    sent = {"reason": "a letter of the person", "password": "long-enough-password-1"}
    assert client.post(page, sent).status_code == 302
    job = jobs.run(Job.objects.get().id)
    assert job is not None
    assert job.state == "done", job.error
    assert Access.objects.filter(kind="person.export", subject=str(patient.id)).exists()
    files = members(job)
    names = {"personal-data.json", "personal-data.zh.xlsx", "personal-data.en.xlsx"}
    names |= {"personal-data.zh.pdf", "personal-data.en.pdf", "manifest.json"}
    assert set(files) == names
    data: dict[str, Any] = json.loads(files["personal-data.json"])
    (identity,) = data["identity"]
    assert (identity["name"], identity["national_id"]) == (NAME, ID)
    rows = person_records.of(registrations.merged_into(patient.id))
    held = {model._meta.db_table: found.count() for model, found in rows}
    held.pop("followup_identity")
    assert {"followup_visit", "followup_adverseevent", "pv_case"} <= set(held)
    tables = data["tables"]
    tables.pop("core_access")
    assert {table: len(found) for table, found in tables.items()} == held
    text = files["personal-data.json"].decode()
    assert "今日通话良好" in text
    assert OTHER not in text
    assert lead.username not in text
    assert "_sealed" not in text
    assert all(files[f"personal-data.{short}.pdf"].startswith(b"%PDF") for short in ("zh", "en"))
    aim = erasure_searches.sought(patient.id)
    found = erasure_searches.results(patient.site_id, aim)
    assert found == {job.id: True}, "an erasure finds the copy"


def test_only_whoever_answers_for_the_data_hands_them_out(client: Client, site: Site) -> None:
    patient = factories.register(factories.make_actor(Role.NURSE, site=site), site)
    for role, status in ((Role.NURSE, 403), (Role.STUDY_MANAGER, 403), (Role.AUDITOR, 403)):
        place = None if role is Role.STUDY_MANAGER else site
        client.force_login(factories.make_user(role, site=place))
        got = client.get(reverse("person-copy", args=[patient.id]))
        assert got.status_code in (status, 404), role
