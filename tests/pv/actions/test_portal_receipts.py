"""A filing by hand with what the portal showed: kept as it came, beside the sending it proves."""

import hashlib
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from followup.core import clock
from followup.core.permissions import Role
from followup.core.problems import Refused
from pv.actions import acknowledgements, icsr
from pv.actions.portal_receipts import PortalReceipt
from pv.domain.e2b.checks import Profile
from pv.models import Acknowledgement, InboundFile, Submission, TransmissionEvent
from tests import factories
from tests.pv.actions.test_acknowledgements import case, file
from tests.pv.web.test_sending_pages import signed_in

pytestmark = pytest.mark.django_db
__all__ = ["case", "file"]
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n2 0 obj<</Type/Page>>endobj\n%%EOF\n"
SHOWN = PortalReceipt("直报系统回执.pdf", PDF)


def test_the_receipt_is_kept_byte_for_byte_and_hangs_on_the_sending(officer, file):
    before = clock.today() - timedelta(days=1)
    row = icsr.mark_sent(officer, file, on=before, receipt=SHOWN)
    event = TransmissionEvent.objects.get(submission=row, kind="sent")
    assert (event.on, event.channel) == (before, "manual")
    kept = event.file
    assert (bytes(kept.content), kept.file_name, kept.door) == (PDF, "直报系统回执.pdf", "portal")
    assert kept.sha256 == hashlib.sha256(PDF).hexdigest()
    assert (kept.acknowledgement.state, kept.acknowledgement.product_id) == (
        "filed",
        row.product_id,
    )
    assert acknowledgements.queries.waiting(officer) == 0


def test_one_receipt_proves_two_filings_and_is_kept_once(officer, case, file):
    other = factories.release(officer, case, profile=Profile.CDE)
    icsr.mark_sent(officer, file, on=clock.today(), receipt=SHOWN)
    icsr.mark_sent(officer, other, on=clock.today(), receipt=SHOWN)
    assert InboundFile.objects.count() == 1
    named = {line["submission"] for line in Acknowledgement.objects.get().lines}
    assert named == {str(file.id), str(other.id)}


def test_what_is_no_picture_or_came_as_an_answer_proves_nothing(officer, file):
    with pytest.raises(Refused) as refused:
        icsr.mark_sent(officer, file, on=clock.today(), receipt=PortalReceipt("a.pdf", b"MZ"))
    assert "file" in refused.value.fields
    acknowledgements.receive(officer, PDF, file_name="a.pdf")
    with pytest.raises(Refused) as refused:
        icsr.mark_sent(officer, file, on=clock.today(), receipt=SHOWN)
    assert "a.pdf" in refused.value.fields["file"][0]
    assert Submission.objects.get(id=file.id).sent_on is None


def test_page_and_api_take_it_and_show_it(officer, case, file):
    browser = signed_in(Role.SAFETY_OFFICER)
    sent = {"on": clock.today().isoformat(), "proof": "回执 2026-114"}
    empty = browser.get(reverse("submission-sent", args=[file.id]))
    assert (empty.status_code, b'aria-invalid="true"' in empty.content) == (200, False)
    wrong = SimpleUploadedFile("a.pdf", b"MZ")
    page = browser.post(reverse("submission-sent", args=[file.id]), sent | {"file": wrong})
    assert page.status_code == 422
    assert "回执 2026-114" in page.content.decode(), "what was typed is kept"
    good = SimpleUploadedFile("回执.pdf", PDF)
    assert (
        browser.post(reverse("submission-sent", args=[file.id]), sent | {"file": good}).status_code
        == 302
    )
    page = browser.get(reverse("transmission", args=[file.id])).content.decode()
    kept = Acknowledgement.objects.get()
    assert reverse("acknowledgement", args=[kept.id]) in page
    shown = browser.get(reverse("acknowledgement-file", args=[kept.id]))
    assert (shown.content, shown["Content-Type"]) == (PDF, "application/pdf")
    assert "回执.pdf" in browser.get(reverse("acknowledgements") + "?state=filed").content.decode()
    other = factories.release(officer, case, profile=Profile.CDE)
    body = {"on": clock.today().isoformat(), "file": SimpleUploadedFile("b.pdf", PDF + b"\n")}
    answer = browser.post(reverse("api-submission-sent", args=[other.id]), body)
    assert answer.status_code == 200, answer.content
    assert TransmissionEvent.objects.get(submission=other).file.file_name == "b.pdf"
