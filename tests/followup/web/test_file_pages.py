"""Files beside a patient's records: pages, API, what the holder reads, what is refused."""

import io
import socketserver
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from followup.actions import files as actions
from followup.actions import retractions
from followup.actions.files import FileInput
from followup.actions.follow_up_status import consents
from followup.core import clock
from followup.core.actor import Actor
from followup.core.models import Access, Change, User
from followup.core.permissions import Role
from followup.core.problems import NotFound, Refused
from followup.core.security.accounts import actor_of
from followup.models import (
    AdverseEvent,
    Consent,
    DataKey,
    FileContent,
    Patient,
    PatientFile,
    Site,
)
from followup.queries import files as queries
from pv.models import Case
from tests import factories

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n1 0 obj <</Type /Catalog>> endobj\n2 0 obj <</Type /Page>> endobj\n%%EOF\n"
WORD = "张大山".encode()


def photograph() -> bytes:
    """A picture turned by its camera, with a name in its comment."""
    picture, out = Image.new("RGB", (40, 20), "red"), io.BytesIO()
    data = Image.Exif()
    data[0x0112], data[0x010E] = 6, "SECRET-PLACE"
    picture.save(out, "JPEG", exif=data, comment=WORD)
    return out.getvalue()


@pytest.fixture
def actor(nurse: User) -> Actor:
    return actor_of(nurse, request_id="test")


@pytest.fixture
def patient(actor: Actor, site: Site) -> Patient:
    return factories.register(actor, site, purposes=("LTFU", "HOLDER"))


@pytest.fixture
def event(actor: Actor, patient: Patient) -> AdverseEvent:
    return factories.malignancy(actor, patient)


def _sent(content: bytes, name: str = "a.pdf", **more: Any) -> dict[str, Any]:
    return {"kind": "PATHOLOGY", "file": SimpleUploadedFile(name, content), **more}


@pytest.mark.requirement("ASVS-1.3.4", "ASVS-3.2.1")
def test_a_photograph_is_added_to_an_event_seen_removed_and_restored(
    client: Client, nurse: User, patient: Patient, event: AdverseEvent
) -> None:
    client.force_login(nurse)
    new = f"{reverse('file-new', args=[patient.id])}?event={event.id}"
    assert 'capture="environment"' in client.get(new).content.decode()
    refused = client.post(new, _sent(b"<svg onload='alert(1)'/>", "病理.pdf", title="外院病理"))
    assert refused.status_code == 422
    page = refused.content.decode()
    assert "外院病理" in page, "what was typed stays"
    assert not PatientFile.objects.exists()
    assert client.post(new, {"kind": "PATHOLOGY"}).status_code == 422, "no file"
    taken = SimpleUploadedFile("../IMG 1.HEIC.jpg", photograph())
    done = client.post(new, {"kind": "PATHOLOGY", "photograph": taken})
    assert done["Location"] == reverse("event", args=[event.id])
    row = PatientFile.objects.get()
    assert (row.event, row.name, row.media_type) == (event, "IMG 1.HEIC.jpg", "image/jpeg")
    assert (row.scan, row.scanned_by) == ("NOT_SCANNED", "")
    twin = client.post(new, {"kind": "OTHER", "file": SimpleUploadedFile("b.jpg", photograph())})
    assert twin.status_code == 422, "the same file again"
    for name, args in (("event", event.id), ("patient", patient.id), ("patient-files", patient.id)):
        assert (
            reverse("file", args=[row.id])
            in client.get(reverse(name, args=[args])).content.decode()
        )
    assert client.get(reverse("file", args=[row.id])).status_code == 200
    shown = client.get(reverse("file-content", args=[row.id]))
    assert shown["Content-Type"] == "image/jpeg"
    assert "sandbox" in shown["Content-Security-Policy"]
    assert shown["X-Content-Type-Options"] == "nosniff"
    assert b"SECRET-PLACE" not in shown.content
    assert WORD not in shown.content
    assert Image.open(io.BytesIO(shown.content)).size == (20, 40), "upright"
    assert client.get(reverse("file-thumbnail", args=[row.id])).status_code == 200
    assert Access.objects.filter(kind="file.open", subject=str(row.id)).count() == 1
    remove = reverse("file-remove", args=[row.id])
    assert client.post(remove, {"version": "1", "reason": ""}).status_code == 422
    assert client.post(remove, {"version": "1", "reason": "别人的"}).status_code == 302
    assert client.get(reverse("file-content", args=[row.id])).status_code == 404
    assert client.get(reverse("file-thumbnail", args=[row.id])).status_code == 404
    listed = client.get(reverse("patient-files", args=[patient.id])).content.decode()
    assert "别人的" in listed
    client.post(reverse("file-restore", args=[row.id]))
    assert client.get(reverse("file-content", args=[row.id])).status_code == 200


@pytest.mark.requirement("ASVS-5.3.1")
def test_bytes_are_encrypted_and_the_trail_holds_their_hash_alone(
    actor: Actor, patient: Patient
) -> None:
    row = actions.add(actor, patient, given=FileInput("a.pdf", PDF, "CONSENT"))
    stored = FileContent.objects.get(file=row)
    assert b"Catalog" not in stored.content_sealed.encode()
    change = Change.objects.get(table_name="followup_filecontent")
    assert change.operation == "BATCH"
    assert change.row_id == str(row.id)
    assert set(change.after) == {"rows", "first", "last", "sha256"}
    assert queries.open_content(actor, row) == PDF
    DataKey.objects.filter(owner=patient.id).delete()  # as an erasure of the identity does
    with pytest.raises(Refused):
        queries.open_content(actor, row)


def test_safety_reads_what_was_released_and_only_on_consent(
    client: Client, nurse: User, actor: Actor, patient: Patient, event: AdverseEvent
) -> None:
    row = actions.add(actor, patient, given=FileInput("张三.pdf", PDF, "PATHOLOGY", event=event))
    officer = factories.make_user(Role.SAFETY_OFFICER)
    safety = actor_of(officer, request_id="test")
    case = Case.objects.get(patient=patient)
    assert queries.of_patient(safety, patient) == []
    with pytest.raises(NotFound):
        queries.one(safety, row.id)
    client.force_login(nurse)
    release = reverse("file-release", args=[row.id])
    assert client.get(release).status_code == 200
    ownerless = actions.add(actor, patient, given=FileInput("王五.pdf", PDF + b"\n", "PATHOLOGY"))
    address = reverse("file-release", args=[ownerless.id])
    assert client.get(address).status_code == 404, "only a document of an event goes to safety"
    unread = {"version": "1", "title": "病理报告"}
    assert client.post(release, unread).status_code == 422, "nobody looked"
    assert client.post(release, unread | {"names_nobody": "on"}).status_code == 302
    (released,) = queries.released_of_events(safety, [event.id])
    page, address = reverse("case", args=[case.id]), reverse("released-file", args=[released.id])
    client.force_login(officer)
    assert address in client.get(page).content.decode()
    assert address in client.get(reverse("event", args=[event.id])).content.decode()
    answer = client.get(address)
    assert answer.content == PDF
    assert "sandbox" not in answer["Content-Security-Policy"], "it would stop the PDF viewer"
    assert "%E5%BC%A0" not in answer["Content-Disposition"], "the name of the file names somebody"
    assert client.get(reverse("file-content", args=[row.id])).status_code == 404
    consent = Consent.objects.get(patient=patient)
    consents.withdraw(
        actor, consent, withdrawn_on=clock.today(), purposes=["HOLDER"], reason="不同意"
    )
    assert client.get(address).status_code == 404
    assert address not in client.get(page).content.decode()


def test_an_event_with_files_is_not_moved_to_another_patient(
    actor: Actor, site: Site, patient: Patient, event: AdverseEvent
) -> None:
    other = factories.register(actor, site)
    actions.add(actor, patient, given=FileInput("a.pdf", PDF, "PATHOLOGY", event=event))
    with pytest.raises(Refused) as refused:
        retractions.move(
            actor,
            event,
            to=factories.infusion_of(other),
            version=event.version,
            reason="另一位患者",
        )
    assert "to" in refused.value.fields


class _Clamd(socketserver.StreamRequestHandler):
    """Speaks as clamd does; EICAR's first letters are malware to it."""

    def handle(self) -> None:
        command = b""
        while not command.endswith(b"\0"):
            command += self.rfile.read(1)
        if command == b"zVERSION\0":
            self.wfile.write(b"ClamAV 1.4.1/27450\0")
            return
        content = b""
        while size := int.from_bytes(self.rfile.read(4)):
            content += self.rfile.read(size)
        bad = b"X5O!P%" in content
        self.wfile.write(b"stream: Eicar-Signature FOUND\0" if bad else b"stream: OK\0")


@pytest.fixture
def clamd(settings: Any) -> Iterator[None]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Clamd) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        settings.MALWARE_SCANNER = f"tcp://127.0.0.1:{server.server_address[1]}"
        yield
        server.shutdown()


@pytest.mark.requirement("ASVS-5.4.3", "ASVS-16.5.3")
def test_a_scanner_is_asked(actor: Actor, patient: Patient, settings: Any, clamd: None) -> None:
    row = actions.add(actor, patient, given=FileInput("a.pdf", PDF, "OTHER"))
    assert (row.scan, row.scanned_by) == ("CLEAN", "ClamAV 1.4.1/27450")
    with pytest.raises(Refused) as refused:
        actions.add(actor, patient, given=FileInput("b.pdf", PDF + b"X5O!P%\n%%EOF", "OTHER"))
    assert "Eicar-Signature" in str(refused.value.fields["file"])
    settings.MALWARE_SCANNER = "tcp://127.0.0.1:9"
    with pytest.raises(Refused):
        actions.add(actor, patient, given=FileInput("c.pdf", PDF + b"\n", "OTHER"))
    assert PatientFile.objects.count() == 1


def test_the_api_does_what_the_pages_do(
    client: Client, nurse: User, patient: Patient, event: AdverseEvent
) -> None:
    client.force_login(nurse)
    files = f"/api/v1/patients/{patient.id}/files/"
    assert client.post(files, _sent(b"MZ", "a.pdf")).status_code == 422
    assert client.post(files, _sent(PDF, event=str(patient.id))).status_code == 404
    made = client.post(files, _sent(PDF, event=str(event.id), title="报告"))
    assert made.status_code == 201, made.content
    key, version = made.json()["id"], made.json()["version"]
    assert [row["id"] for row in client.get(files).json()["items"]] == [key]
    assert client.get(f"/api/v1/files/{key}/content/").content == PDF
    body = {"version": version, "title": "报告", "names_nobody": True}

    def post(what: str, data: dict[str, Any]) -> Any:
        return client.post(f"/api/v1/files/{key}/{what}/", data, "application/json")

    released = post("release", body).json()
    (listed,) = client.get(f"/api/v1/events/{event.id}/released-files/").json()
    assert listed["id"] == released["id"]
    assert client.get(f"/api/v1/released-files/{released['id']}/").content == PDF
    assert post("release/withdraw", {"version": 2}).status_code == 200
    assert post("remove", {"version": 2, "reason": "错"}).status_code == 409
    assert post("remove", {"version": 3, "reason": "错"}).status_code == 200
    assert client.get(f"/api/v1/files/{key}/content/").status_code == 404
    assert post("restore", {"version": 4}).json()["removed_at"] is None
