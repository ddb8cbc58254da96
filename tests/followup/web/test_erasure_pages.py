"""Pages of erasure and retention: dry run, second person, and what other pages say afterwards."""

import re
from datetime import date

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
