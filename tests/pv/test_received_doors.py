"""A received file at the page and at the API: taken in, shown, accepted or rejected."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from followup.core import clock
from followup.core.permissions import Role
from pv.models import Case, ReceivedReport
from tests import factories
from tests.pv.actions.test_receptions import file_of, report
from tests.pv.domain.e2b.test_e2b_r2 import HEAD, REPORT
from tests.pv.test_receivers import token

pytestmark = pytest.mark.django_db
LATER = {"latest": "20260910", "created": "20260911080000+0800"}


@pytest.fixture
def page() -> Client:
    client = Client()
    client.force_login(factories.make_user(Role.SAFETY_OFFICER))
    return client


def upload(page: Client, data: bytes):
    file = SimpleUploadedFile("partner.xml", data, "application/xml")
    return page.post(reverse("received"), {"file": file})


def test_the_page_takes_a_file_and_a_person_decides(page: Client, tmp_path: Path) -> None:
    first = file_of(tmp_path / "a.xml", report(drug="nobody's")).read_bytes()
    assert "A new case, to be reviewed." in upload(page, first).text
    row = ReceivedReport.objects.get()
    where = reverse("received-report", args=[row.id])
    assert "Most recent information" in page.get(where).text
    assert "Review the received report" in page.get(reverse("case", args=[row.case_id])).text
    lock = {"lock_version": "1"}
    unsaid = page.post(where, lock)
    assert unsaid.status_code == 422
    unknown = page.post(where, {**lock, "aware_on": clock.today().isoformat()})
    assert unknown.status_code == 422
    product = str(factories.product().id)
    said = {**lock, "aware_on": clock.today().isoformat(), "product": product}
    assert page.post(where, said).status_code == 302
    case = Case.objects.get()
    assert (case.stage, case.day_zero) == ("entry", clock.today())
    second = file_of(tmp_path / "b.xml", report(drug="nobody's", **LATER)).read_bytes()
    assert "News of a known case" in upload(page, second).text
    later = ReceivedReport.objects.get(state="to_review")
    stale = page.post(reverse("received-report", args=[later.id]), said)
    assert stale.status_code == 422
    reject = reverse("received-reject", args=[later.id])
    missing = page.post(reject, {"code": "", "reason": "typed"})
    assert (missing.status_code, "typed" in missing.text) == (422, True)
    assert 'class="error-summary"' in missing.text
    assert page.post(reject, {"code": "OTHER", "reason": " "}).status_code == 422
    assert page.post(reject, {"code": "OTHER_PATIENT", "reason": "Seen"}).status_code == 302
    shown = page.get(reverse("received-report", args=[later.id])).text
    assert "About another patient or another case" in shown
    assert "Seen" in shown
    kept = ReceivedReport.objects.get(id=later.id)
    assert (kept.reason_code, kept.reason) == ("OTHER_PATIENT", "Seen")
    rejected = page.get(reverse("received"), {"state": "rejected", "reason": "OTHER_PATIENT"}).text
    assert "About another patient or another case" in rejected
    assert str(later.id) in rejected
    others = page.get(reverse("received"), {"state": "rejected", "reason": "KNOWN"}).text
    assert str(later.id) not in others
    assert "Already taken in" in upload(page, second).text
    assert Case.objects.count() == 1


@pytest.mark.parametrize("data", [b"", b"no xml", b"<a/>", b"<!DOCTYPE a><a/>"])
def test_what_is_no_file_of_reports_is_refused_in_words(page: Client, data: bytes) -> None:
    answer = upload(page, data)
    assert answer.status_code == 422
    assert Case.objects.count() == 0


def test_the_api_does_the_same(tmp_path: Path) -> None:
    secret = token(factories.make_user(Role.SAFETY_OFFICER))
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    nameless = report(name="CN-PARTNER-0002")
    for element in ("C.1.1", "C.1.8.1"):
        nameless.root.values.pop(element)
    data = file_of(tmp_path / "a.xml", nameless, report()).read_bytes()
    answer = client.post(reverse("api-received"), data, "application/xml")
    assert answer.status_code == 422
    refused, taken = answer.json()
    assert refused["refused"]
    assert taken["outcome"] == "new_case"
    (row,) = client.get(reverse("api-received")).json()["items"]
    assert row["id"] == taken["received"]
    said = {"aware_on": clock.today().isoformat(), "lock_version": 1}
    where = reverse("api-received-accept", args=[row["id"]])
    case = client.post(where, said, "application/json")
    assert case.status_code == 200, case.text
    assert case.json()["day_zero"] == said["aware_on"]
    assert client.post(where, said, "application/json").status_code == 422
    assert client.post(reverse("api-received"), b"<", "application/xml").status_code == 422
    nurse = Client(headers={"Authorization": f"Bearer {token(factories.make_user(Role.NURSE))}"})
    assert nurse.post(reverse("api-received"), data, "application/xml").status_code == 403


def test_a_report_of_e2b_r2_is_read_one_way_beside_its_original(page: Client) -> None:
    def file(report: str) -> bytes:
        dtd = '<!DOCTYPE ichicsr SYSTEM "icsr21xml.dtd">'
        return f'{dtd}<ichicsr lang="en">{HEAD}{report}</ichicsr>'.encode()

    assert "A new case, to be reviewed." in upload(page, file(REPORT)).text
    assert "Already taken in: nothing changed." in upload(page, file(REPORT)).text
    row = ReceivedReport.objects.get()
    where = reverse("received-report", args=[row.id])
    shown = page.get(where).text
    for said in ("The original, E2B(R2)", "drugseparatedosagenumb", "found no place"):
        assert said in shown, said
    assert "asthma" in page.get(reverse("case-section", args=[row.case_id, "patient"])).text
    said = {"lock_version": "1", "aware_on": clock.today().isoformat()}
    said["product"] = str(factories.product().id)
    assert page.post(where, said).status_code == 302
    case = Case.objects.get()
    assert (case.serious, case.worldwide_id, case.stage) == (True, "DE-PARTNER-1", "entry")
    # New words of the history alone are news: they are given instead of a code.
    later = REPORT.replace("asthma", "asthma since childhood")
    assert "News of a known case" in upload(page, file(later)).text
    void = later.replace("<reporttype>", "<casenullification>1</casenullification><reporttype>")
    assert "News of a known case" in upload(page, file(void)).text
    kinds = ReceivedReport.objects.order_by("received_at").values_list("kind", flat=True)
    assert list(kinds)[-1] == "nullification"
    client = Client(
        headers={"Authorization": f"Bearer {token(factories.make_user(Role.SAFETY_OFFICER))}"}
    )
    other = file(REPORT.replace("DE-PARTNER-1", "DE-PARTNER-2").replace("EU-7", "EU-8"))
    reply = client.post(reverse("api-received"), other, "application/xml")
    assert (reply.status_code, reply.json()[0]["outcome"]) == (200, "new_case")
