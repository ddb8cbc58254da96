"""Pages of erasure and retention: dry run, second person, and what other pages say afterwards."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from followup.actions import drafts
from followup.actions.laboratory import files as laboratory
from followup.core import jobs
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
    return answer.content.decode()


def test_from_the_dry_run_to_the_erased_patient(
    client: Client, nurse: User, lead: User, site: Site, settings, tmp_path
) -> None:
    settings.ERASURES_FILE = str(tmp_path / "erasures.jsonl")
    actor = actor_of(nurse, request_id="test")
    patient = factories.register(actor, site, identity=factories.person(NAME))
    factories.call(actor, patient, note=f"{NAME}的电话已换")
    source = laboratory.add_source(actor, site, name="lab")
    content = f"姓名,项目,结果\n{NAME},IgG,7.1\n".encode()
    laboratory.receive(actor, source, name="list.csv", content=content)
    drafts.save(
        actor, form="registration", subject="", fields={"name": [NAME]}, address="/", label=""
    )
    address = reverse("erasure-ask", args=[patient.id])
    client.force_login(nurse)
    assert client.get(address).status_code == 403
    client.force_login(factories.make_user(Role.PHYSICIAN, site=site))
    assert address in text(client.get(reverse("patient", args=[patient.id])))
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
    poll = reverse("erasure-job", args=[row.id])
    searching = text(client.get(page))
    assert poll in searching, "the page follows the search"
    assert 'name="then"' not in searching
    assert client.get(poll)["Location"] == page, "opened like a page it leads there"
    assert client.get(poll, headers={"HX-Request": "true"}).status_code == 200
    assert client.post(page, {"then": "erase"}).status_code == 403
    client.force_login(lead)
    assert client.post(page, {"then": "erase", "note": ""}).status_code == 422, "not searched yet"
    jobs.run(row.job_id)
    ended = client.get(poll, headers={"HX-Request": "true"})
    assert ended.status_code == 286
    assert f'href="{page}"' in text(ended)
    found = text(client.get(page))
    assert f"{NAME}的电话已换" in found, "the text a person has to read is shown"
    assert "list.csv" in found
    assert ">1<" in found[found.index("Drafts deleted") :][:60], "a colleague's draft goes as well"
    client.force_login(factories.make_user(Role.AUDITOR, site=site))
    seen = text(client.get(page))
    assert "Drafts deleted" in seen
    assert NAME not in seen, "who reads no identity reads no text and no name of a file"
    assert "list.csv" not in seen
    assert client.post(reverse("erasure-search", args=[row.id])).status_code == 403
    client.force_login(lead)
    assert client.post(page, {"then": "refuse", "note": ""}).status_code == 422
    with CaptureQueriesContext(connection) as asked_of:
        client.get(page)
    assert not [query for query in asked_of if "content_sealed" in query["sql"]], "no file is read"
    assert client.post(reverse("erasure-search", args=[row.id])).status_code == 302
    again = IdentityErasure.objects.get()
    assert again.job_id != row.job_id
    jobs.run(again.job_id)
    assert client.post(page, {"then": "erase", "note": ""}).status_code == 302
    assert poll in text(client.get(page)), "the page follows the erasure"
    assert not Identity.objects.get(patient=patient).erased_on
    doing = IdentityErasure.objects.get()
    jobs.cancel(actor_of(lead, request_id="test"), doing.job_id)
    resume = reverse("erasure-continue", args=[row.id])
    assert resume in text(client.get(page))
    assert client.post(resume).status_code == 302
    jobs.run(IdentityErasure.objects.get().job_id)
    assert Identity.objects.get(patient=patient).erased_on
    assert resume not in text(client.get(page))
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


def test_the_same_over_the_api(
    nurse: User, lead: User, site: Site, settings: Any, tmp_path: Path
) -> None:
    settings.ERASURES_FILE = str(tmp_path / "erasures.jsonl")
    physician, auditor = (
        factories.make_user(role, site=site) for role in (Role.PHYSICIAN, Role.AUDITOR)
    )
    far = factories.make_user(Role.SITE_LEAD, site=factories.make_site())
    at = {user: Client() for user in (nurse, lead, physician, auditor, far)}
    for user, client in at.items():
        client.force_login(user)

    def sent(user: User, name: str, key: Any, status: int = 200, **values: Any) -> Any:
        address = reverse(name, args=[key])
        answer = at[user].post(address, values, content_type="application/json")
        assert answer.status_code == status, answer.content.decode()
        return answer.json()

    def read(user: User, name: str, *args: Any, status: int = 200) -> Any:
        answer = at[user].get(reverse(name, args=args))
        assert answer.status_code == status, answer.content.decode()
        return answer.json()

    actor = actor_of(nurse, request_id="test")
    patient = factories.register(actor, site, identity=factories.person(NAME))
    factories.call(actor, patient, note=f"{NAME}的电话已换")
    why = {"ground": "REQUEST", "reason": "来信要求删除"}
    sent(nurse, "api-erasure-ask", patient.id, 403, **why)
    sent(far, "api-erasure-ask", patient.id, 404, **why)
    sent(physician, "api-erasure-ask", patient.id, 400, ground="OTHER", reason="x")
    asked = sent(physician, "api-erasure-ask", patient.id, 422, **why)
    sure = [question["confirm"] for question in asked["questions"]]
    row = sent(physician, "api-erasure-ask", patient.id, 201, confirmed=sure, **why)
    assert (row["state"], row["patient"], row["erased_on"]) == ("ASKED", str(patient.id), None)
    sent(physician, "api-erasure-ask", patient.id, 422, confirmed=sure, **why)
    key = row["id"]
    waiting = read(lead, "api-erasure", key)
    assert (waiting["search"], waiting["found"], waiting["done"]) == ("RUNNING", None, None)
    sent(lead, "api-erasure-decision", key, 422, confirm=True)
    jobs.run(IdentityErasure.objects.get().job_id)
    found = read(lead, "api-erasure", key)
    assert found["search"] == "DONE"
    assert found["found"]["goes"]["identities"] == 1
    assert found["found"]["texts"] == 1
    assert NAME not in str(read(auditor, "api-erasure", key))
    assert NAME in str(read(lead, "api-erasure-naming", key)["texts"])
    read(auditor, "api-erasure-naming", key, status=403)
    for name in ("api-erasure", "api-erasure-naming"):
        read(far, name, key, status=404)
    assert [each["id"] for each in read(auditor, "api-erasures")["items"]] == [key]
    assert read(far, "api-erasures") == {"items": [], "next": ""}
    read(nurse, "api-erasures", status=403)
    sent(physician, "api-erasure-decision", key, 403, confirm=True)
    sent(lead, "api-erasure-decision", key, 422, confirm=False)
    sent(lead, "api-erasure-decision", key, 400, note="x")
    assert sent(physician, "api-erasure-search", key)["search"] == "RUNNING"
    sent(lead, "api-erasure-continue", key, 422)
    jobs.run(IdentityErasure.objects.get().job_id)
    assert sent(lead, "api-erasure-decision", key, confirm=True)["state"] == "ERASING"
    assert read(lead, "api-erasure", key)["search"] == "RUNNING"
    jobs.cancel(actor_of(lead, request_id="test"), IdentityErasure.objects.get().job_id)
    assert sent(lead, "api-erasure-continue", key)["search"] == "RUNNING"
    jobs.run(IdentityErasure.objects.get().job_id)
    ended = read(lead, "api-erasure", key)
    assert ended["state"] == "DONE"
    assert ended["erased_on"] == str(Identity.objects.get(patient=patient).erased_on)
    assert ended["done"]["identities"] == 1
    assert read(lead, "api-erasure-naming", key)["texts"] == []
    sent(lead, "api-erasure-decision", key, 422, confirm=False, note="zu spät")
