"""Acknowledgements and the ledger at the page, the command and the API."""

import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse

from followup.core import audit, clock
from followup.core.permissions import Role
from pv.actions import acknowledgements, cases, icsr
from pv.domain.e2b.checks import Profile
from pv.models import Acknowledgement, Case, InboundFile, Submission, TransmissionEvent
from tests import factories
from tests.pv.acks import ack, entry
from tests.pv.actions.test_acknowledgements import again, answer, case, file
from tests.pv.test_receivers import token

pytestmark = pytest.mark.django_db
__all__ = ["case", "file"]


@pytest.fixture
def page() -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(factories.make_user(Role.SAFETY_OFFICER))
    return client


def upload(page, where, *data):
    files = [SimpleUploadedFile(f"a{n}.ack", one) for n, one in enumerate(data)]
    return page.post(where, {"file": files}, headers={"accept-language": "en"})


def test_a_rejection_on_the_page_leads_to_the_field(page, officer, file):
    icsr.mark_sent(officer, file, on=clock.today())
    where = reverse("transmission", args=[file.id])
    assert "About a file of ours, not clear" not in page.get(where).text
    assert upload(page, where, answer(file, "AE", number="0")).status_code == 302
    for shown in (where, reverse("acknowledgements")):
        assert "About a file of ours, not clear" in page.get(shown).text
    data = answer(file, "CR", "Rejections:\n1: Data value required for tag D.5.\n")
    assert upload(page, where, data).status_code == 302
    text = page.get(where).text
    assert "Data value required for tag D.5." in text
    assert reverse("case-section", args=[file.case_id, "patient"]) in text
    assert (
        reverse("transmission", args=[file.id])
        in page.get(reverse("case", args=[file.case_id])).text
    )
    listed = page.get(reverse("submissions"), {"box": "rejected"}).text
    assert file.file_name in listed
    assert file.file_name not in page.get(reverse("submissions"), {"box": "unanswered"}).text


def test_a_rejection_that_a_later_file_mended_is_no_task_any_more(page, officer, file):
    """Also where both were made at one moment, as a replayed clock makes them."""
    icsr.mark_sent(officer, file, on=clock.today())
    upload(page, reverse("transmission", args=[file.id]), answer(file, "CR", "1: D.5 is missing."))
    case = Case.objects.get(id=file.case_id)
    case = cases.new_version(officer, case, kind="amendment", lock_version=case.lock_version)
    mended = factories.release(officer, case, profile=Profile.NMPA)
    with transaction.atomic(), audit.acting(factories.SYSTEM, "test.time"):
        Submission.objects.filter(id=mended.id).update(generated_at=file.generated_at)
    text = page.get(reverse("transmission", args=[file.id])).text
    assert "A later one took its place" in text
    assert reverse("transmission", args=[mended.id]) in text
    assert "meets no report clock" not in text
    listed = page.get(reverse("submissions"), {"box": "rejected"}).text
    assert file.file_name not in listed
    assert "See why and correct it" not in page.get(reverse("case", args=[case.id])).text


def test_an_unreadable_file_can_only_be_set_aside(page, officer):
    row = acknowledgements.receive(officer, b"nothing", file_name="a.ack").acknowledgement
    text = page.get(reverse("acknowledgement", args=[row.id])).text
    assert ("Apply all the same" in text, "Set aside" in text) == (False, True)
    read = acknowledgements.receive(officer, ack(entry("nobody", "CA", "")), file_name="b.ack")
    text = page.get(reverse("acknowledgement", args=[read.acknowledgement.id])).text
    assert "Apply all the same" in text


def test_files_on_the_list_page_are_each_answered(page, file):
    where = reverse("acknowledgements")
    response = upload(page, where, answer(file, "CA"), b"nothing")
    assert response.status_code == 200
    assert {row.state for row in Acknowledgement.objects.all()} == {"applied", "unreadable"}
    row = Acknowledgement.objects.get(state="unreadable")
    detail = reverse("acknowledgement", args=[row.id])
    assert detail in page.get(where).text
    assert page.get(detail).status_code == 200
    decide = reverse("acknowledgement-decide", args=[row.id])
    assert page.post(decide, {"verdict": "set_aside", "reason": " "}).status_code == 422
    assert page.post(decide, {"verdict": "set_aside", "reason": "空文件"}).status_code == 302
    assert page.post(decide, {"verdict": "set_aside", "reason": "again"}).status_code == 422
    raw = page.get(reverse("acknowledgement-file", args=[row.id]))
    assert (raw.content, raw["X-SHA256"]) == (b"nothing", row.file.sha256)
    assert page.post(where).status_code == 422


def test_contradiction_and_doubt_are_settled_on_the_page(page, officer, file):
    for code in ("CA", "CR"):
        acknowledgements.receive(officer, answer(file, code), file_name=code)
    settle = reverse("transmission-settle", args=[file.id])
    assert page.post(settle, {"decision": "", "reason": "x"}).status_code == 422
    assert page.post(settle, {"decision": "rejected", "reason": "电话"}).status_code == 302
    assert again(file).state == "rejected"
    doubt = reverse("transmission-not-arrived", args=[file.id])
    assert page.post(doubt, {"reason": "x"}).status_code == 422


def test_the_ledger_as_a_table_and_for_readers_only(page, officer, file):
    response = page.get(reverse("submissions-export"))
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    assert file.sha256 in text
    assert len(text.splitlines()) == 2
    nurse = Client()
    nurse.force_login(factories.make_user(Role.NURSE, site=factories.make_site("DRS")))
    for name in ("submissions", "acknowledgements", "submissions-export"):
        assert nurse.get(reverse(name)).status_code == 403
    assert nurse.get(reverse("transmission", args=[file.id])).status_code in (403, 404)
    auditor = Client()
    auditor.force_login(factories.make_user(Role.AUDITOR))
    assert auditor.get(reverse("submissions")).status_code == 200
    assert upload(auditor, reverse("acknowledgements"), b"x").status_code == 403
    assert not InboundFile.objects.exists()


def test_the_ledger_reads_no_more_for_more_lines(
    page, officer, file, django_assert_max_num_queries
):
    with django_assert_max_num_queries(45):
        page.get(reverse("submissions"))


def run(*arguments) -> tuple[str, bool]:
    out = io.StringIO()
    try:
        call_command("import_ack", *arguments, stdout=out)
    except CommandError:
        return out.getvalue(), True
    return out.getvalue(), False


def test_the_command_tries_first_and_then_applies(tmp_path, file):
    path = tmp_path / "a.ack"
    path.write_bytes(answer(file, "CA"))
    text, failed = run(str(path), "--dry-run")
    assert ("applied" in text, failed) == (True, False)
    assert not InboundFile.objects.exists()
    assert again(file).state == "generated"
    text, failed = run(str(path), "--json")
    row = json.loads(text)
    assert (row["state"], row["again"], failed) == ("applied", False, False)
    assert again(file).state == "accepted"
    assert json.loads(run(str(path), "--json")[0])["again"]
    text, failed = run(str(tmp_path / "missing.ack"), str(path))
    assert failed
    assert "applied (was here before)" in text


def test_the_api_takes_and_tells(officer, file):
    client = Client()
    secret = token(factories.make_user(Role.SAFETY_OFFICER))
    headers = {"authorization": f"Bearer {secret}"}
    where = reverse("api-acknowledgements")

    def post(data):
        return client.post(where, data, content_type="application/xml", headers=headers)

    data = answer(file, "CA")
    first, second = post(data), post(data)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["lines"][0]["effect"] == "moved"
    stranger = post(ack(entry("CN-NOBODY", "CA"), batch="nobody")).json()
    waiting = client.get(where, {"state": "waiting"}, headers=headers).json()["items"]
    assert [row["id"] for row in waiting] == [stranger["id"]]
    decide = reverse("api-acknowledgement-decide", args=[stranger["id"]])
    body = {"verdict": "set_aside", "reason": "不是我们的"}
    decided = client.post(decide, body, content_type="application/json", headers=headers)
    assert decided.json()["state"] == "set_aside"
    listed = client.get(reverse("api-submissions"), headers=headers).json()["items"]
    assert [(row["id"], row["state"]) for row in listed] == [(str(file.id), "accepted")]
    events = client.get(reverse("api-submission-events", args=[file.id]), headers=headers).json()
    assert [row["kind"] for row in events] == ["acknowledged"]
    assert post(answer(file, "CR", number="2")).json()["state"] == "conflict"
    settle = reverse("api-submission-settle", args=[file.id])
    body = {"decision": "accepted", "reason": "电话"}
    settled = client.post(settle, body, content_type="application/json", headers=headers)
    assert (settled.status_code, settled.json()["disputed"]) == (200, False)
    doubt = reverse("api-submission-not-arrived", args=[file.id])
    refused = client.post(doubt, {"reason": "x"}, content_type="application/json", headers=headers)
    assert refused.status_code == 422
    assert TransmissionEvent.objects.filter(submission=file).count() == 3
    assert Submission.objects.get().state == "accepted"
