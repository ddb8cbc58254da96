"""Anchors: a file, a mailbox, and a real time-stamp service run here with `openssl ts`."""

import base64
import hashlib
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO

import pytest
from django.core import mail
from django.core.management import call_command
from django.core.management.base import CommandError

from followup.actions import seal_anchors, seals
from followup.core.actor import Actor
from followup.core.models import Anchor, Change, SystemEvent
from followup.core.trail import time_stamps
from followup.domain import seals as rules
from followup.queries import seals as queries
from tests import factories

pytestmark = pytest.mark.django_db
SYSTEM = Actor.process("test")
CONFIG = """
[tsa]
default_tsa = one
[one]
serial = {folder}/serial
signer_cert = {folder}/tsa.crt
signer_key = {folder}/tsa.key
certs = {folder}/ca.crt
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
"""


def openssl(*arguments: object) -> bytes:
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A certificate authority, a time-stamp key, and the service's address."""
    folder = tmp_path_factory.mktemp("tsa")
    (folder / "openssl.cnf").write_text(CONFIG.format(folder=folder))
    (folder / "serial").write_text("01\n")
    (folder / "usage").write_text("extendedKeyUsage = critical,timeStamping\n")
    new = ("req", "-newkey", "rsa:2048", "-nodes", "-keyout")
    openssl(*new, folder / "ca.key", "-x509", "-subj", "/CN=CA", "-out", folder / "ca.crt")
    openssl(*new, folder / "tsa.key", "-subj", "/CN=TSA", "-out", folder / "tsa.csr")
    openssl(
        "x509",
        "-req",
        "-in",
        folder / "tsa.csr",
        "-CA",
        folder / "ca.crt",
        "-CAkey",
        folder / "ca.key",
        "-CAcreateserial",
        "-extfile",
        folder / "usage",
        "-out",
        folder / "tsa.crt",
    )

    class Service(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            question = folder / "question"
            question.write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            answer = openssl(
                "ts", "-reply", "-config", folder / "openssl.cnf", "-queryfile", question
            )
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def sealed() -> rules.Head:
    factories.make_site()
    seals.seal_all(SYSTEM)
    return queries.head()


def test_a_real_service_stamps_the_head_and_openssl_verifies_it(authority, settings, tmp_path):
    folder, settings.SEAL_STAMP_URL = authority
    head = sealed()
    seal_anchors.queue(SYSTEM)
    assert seal_anchors.deliver(SYSTEM) == 1
    row = Anchor.objects.get()
    assert (row.kind, row.seq, row.error) == ("time_stamp", head.seq, "")
    assert row.done_at
    (tmp_path / "chain").write_bytes(bytes.fromhex(head.chain))
    (tmp_path / "token").write_bytes(base64.b64decode(row.token))
    verify = (
        "ts",
        "-verify",
        "-data",
        tmp_path / "chain",
        "-in",
        tmp_path / "token",
        "-CAfile",
        folder / "ca.crt",
        "-untrusted",
        folder / "tsa.crt",
    )
    openssl(*verify)
    (tmp_path / "chain").write_bytes(bytes(32))
    done = subprocess.run(["openssl", *map(str, verify)], capture_output=True, check=False)
    assert done.returncode != 0


def test_an_answer_for_other_data_or_another_question_is_no_anchor(authority) -> None:
    folder, _address = authority
    digest, nonce = hashlib.sha256(b"1").digest(), 77
    (folder / "own").write_bytes(time_stamps.question(digest, nonce))
    answer = openssl(
        "ts", "-reply", "-config", folder / "openssl.cnf", "-queryfile", folder / "own"
    )
    time_stamps.check(answer, digest, nonce)
    for other in ((hashlib.sha256(b"2").digest(), nonce), (digest, 2**62 + 1)):
        with pytest.raises(time_stamps.Unstamped):
            time_stamps.check(answer, *other)
    for damaged in (b"", b"<html>", b"\x30\x05\x30\x03\x02\x01\x02"):
        with pytest.raises(time_stamps.Unstamped):
            time_stamps.check(damaged, digest, nonce)


def test_a_service_that_is_away_is_asked_again_and_nothing_is_lost(settings, tmp_path) -> None:
    settings.SEAL_STAMP_URL = "http://127.0.0.1:9/"
    settings.SEAL_ANCHOR_FILE = str(tmp_path / "anchors")
    head = sealed()
    seal_anchors.queue(SYSTEM)
    assert seal_anchors.deliver(SYSTEM) == 1
    away = Anchor.objects.get(kind="time_stamp")
    assert (away.done_at, away.attempts) == (None, 1)
    assert away.error
    assert rules.anchors_of((tmp_path / "anchors").read_text()) == {head.seq: head.chain}


def test_the_head_goes_by_mail_once_an_hour_and_the_command_reads_it_back(settings, tmp_path):
    settings.SEAL_ANCHOR_MAIL = ["qa@example.org"]
    head = sealed()
    assert seal_anchors.queue(SYSTEM) == 1
    sealed()
    assert seal_anchors.queue(SYSTEM) == 0
    seal_anchors.deliver(SYSTEM)
    saved = tmp_path / "mail.txt"
    saved.write_text(mail.outbox[0].body)
    assert rules.anchors_of(saved.read_text()) == {head.seq: head.chain}
    said = StringIO()
    call_command("verify_audit", anchors=[saved], stdout=said)
    assert "sound: " in said.getvalue()
    saved.write_text(mail.outbox[0].body.replace(head.chain, "ab" * 32))
    with pytest.raises(CommandError, match=f"anchor_mismatch, number {head.seq}"):
        call_command("verify_audit", anchors=[saved], stdout=said)


def test_a_restore_is_an_entry_of_the_sealed_trail() -> None:
    sealed()
    call_command("note_restore", source="base 7", reason="disk lost", stdout=StringIO())
    row = SystemEvent.objects.get(kind="restore")
    assert row.details["seq"] >= 1
    change = Change.objects.get(table_name="core_systemevent", row_id=str(row.id))
    assert queries.head().seq > row.details["seq"]
    assert change.action == "system.restored"


@pytest.mark.requirement("P11-10k")
def test_an_upgrade_is_an_entry_of_the_trail_with_its_migrations() -> None:
    row = SystemEvent.objects.get(kind="upgrade")
    assert "core.0007_seal_locks_and_reviews" in row.details["migrations"]
    assert Change.objects.filter(row_id=str(row.id), action="system.upgraded").exists()
