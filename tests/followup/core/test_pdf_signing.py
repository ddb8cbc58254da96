"""PDFs signed with the certificate of the installation, verified by others than us."""

import asyncio
import io
import shutil
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import openpyxl
import pytest
from asn1crypto import keys, tsp
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.test import Client
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from pypdf import PdfWriter

from followup.core import clock, pdf
from followup.core.permissions import Role
from followup.core.problems import Refused
from tests import factories

DER = serialization.Encoding.DER


def certificate(name, *, stamps=False):
    """A certificate of its own making with its key; `stamps` for a time-stamp service."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = clock.now()
    usage = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(usage, critical=True)
    )
    if stamps:
        usages = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        made = made.add_extension(usages, critical=True)
    return made.sign(key, hashes.SHA256()), key


@pytest.fixture(scope="module")
def ours():
    return certificate("守望 第一医院")


@pytest.fixture
def configured(ours, settings, tmp_path):
    cert, key = ours
    file = tmp_path / "installation.p12"
    lock = serialization.BestAvailableEncryption(b"lantern")
    file.write_bytes(pkcs12.serialize_key_and_certificates(b"everwatch", key, cert, None, lock))
    settings.PDF_SIGNING_FILE, settings.PDF_SIGNING_PASSPHRASE = str(file), "lantern"
    return asn1.Certificate.load(cert.public_bytes(DER))


@pytest.fixture
def page():
    writer, made = PdfWriter(), io.BytesIO()
    writer.add_blank_page(200, 200)
    writer.write(made)
    return made.getvalue()


def verified(content, *roots):
    """What pyHanko's validator says of the one signature, trusting these certificates."""
    (signature,) = PdfFileReader(io.BytesIO(content)).embedded_signatures
    context = ValidationContext(trust_roots=list(roots))
    with ThreadPoolExecutor(1) as apart:  # it begins an event loop; the browser's may run here
        return apart.submit(validate_pdf_signature, signature, context).result()


@pytest.mark.requirement("P11-70")
def test_a_signed_pdf_verifies_outside_and_a_flipped_byte_does_not(configured, page, tmp_path):
    made = pdf.signed(page, reason="定期报告")
    assert made.startswith(page)
    status = verified(made, configured)
    assert (status.intact, status.valid, status.trusted) == (True, True, True)
    place = page.index(b"MediaBox") + 10
    broken = made[:place] + bytes([made[place] ^ 1]) + made[place + 1 :]
    assert not verified(broken, configured).intact
    if tool := shutil.which("pdfsig"):  # poppler's word, where it is installed
        for content, word in ((made, "Signature is Valid"), (broken, "Digest Mismatch")):
            file = tmp_path / "signed.pdf"
            file.write_bytes(content)
            said = subprocess.run([tool, str(file)], capture_output=True, text=True, check=False)
            assert word in said.stdout
            assert "ETSI.CAdES.detached" in said.stdout


def test_with_a_time_stamp_service_the_signature_is_stamped(configured, settings, page):
    cert, key = certificate("时间戳服务", stamps=True)
    authority = asn1.Certificate.load(cert.public_bytes(DER))
    private = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    loaded = keys.PrivateKeyInfo.load(key.private_bytes(DER, *private))

    class Service(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            stamper = DummyTimeStamper(authority, loaded)
            asked = stamper.async_request_tsa_response(tsp.TimeStampReq.load(body))
            answer = asyncio.run(asked).dump()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *words):
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.PDF_STAMP_URL = f"http://127.0.0.1:{server.server_port}/"
    try:
        status = verified(pdf.signed(page, reason="report"), configured, authority)
    finally:
        server.shutdown()
        server.server_close()
    assert status.timestamp_validity is not None
    assert (status.timestamp_validity.valid, status.timestamp_validity.trusted) == (True, True)
    settings.PDF_STAMP_URL = f"http://127.0.0.1:{server.server_port}/"  # nobody answers now
    with pytest.raises(Refused):
        pdf.signed(page, reason="report")


@pytest.mark.requirement("ASVS-16.5.3")
def test_a_document_asked_for_signed_never_leaves_unsigned(configured, settings, page):
    settings.PDF_SIGNING_PASSPHRASE = "wrong"
    with pytest.raises(Refused):
        pdf.signed(page, reason="report")
    settings.PDF_SIGNING_FILE = settings.PDF_SIGNING_FILE + ".gone"
    with pytest.raises(Refused):
        pdf.signed(page, reason="report")


@pytest.mark.django_db
def test_the_manifest_of_signatures_is_signed_and_has_a_spreadsheet(configured):
    client = Client()
    auditor = factories.make_user(Role.AUDITOR)
    client.force_login(auditor, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get("/signatures/", {"format": "pdf"})
    assert verified(answer.content, configured).trusted
    answer = client.get("/signatures/", {"format": "xlsx"})
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert [cell.value for cell in sheet[1]][:2] == ["signature", "signed_at"]
