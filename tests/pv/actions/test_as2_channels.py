"""A channel by AS2 against a partner over HTTP whose cryptography is openssl's."""

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from followup.core.models import Change
from followup.core.outgoing import transport
from followup.core.permissions import Role
from followup.core.problems import Denied, NotFound, Refused
from pv.actions import (
    channel_certificates,
    channel_message_contents,
    channel_messages,
    channel_receipts,
    channels,
    exchanges,
    sendings,
)
from pv.adapters.as2 import mime, receipts
from pv.adapters.as2.messages import Partners
from pv.domain.e2b.sendings import Result
from pv.models import (
    Acknowledgement,
    Case,
    Channel,
    ChannelCertificate,
    ChannelMessage,
    ChannelMessageContent,
    InboundFile,
    Submission,
    Transmission,
    TransmissionEvent,
)
from pv.queries import channel_certificates as certificates
from pv.queries import channels as queries
from tests import factories
from tests.pv.actions.test_acknowledgements import answer, case, file
from tests.pv.adapters import openssl_partner as partner

pytestmark = pytest.mark.django_db
__all__ = ["case", "file"]
SYSTEM = factories.SYSTEM


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("as2")


@pytest.fixture(scope="module")
def them(folder: Path) -> partner.Side:
    return partner.make_side(folder, "them")


@pytest.fixture(scope="module")
def ours(folder: Path) -> partner.Side:
    return partner.make_side(folder, "ours")


class Gateway(ThreadingHTTPServer):
    """A receiver: opens what comes with openssl, answers as it is told, keeps what it loaded."""

    daemon_threads = True

    def __init__(self, side: partner.Side, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.side, self.folder = side, folder
        self.way = "receipt"
        self.loaded: dict[str, bytes] = {}
        self.came: list[str] = []
        self.receipts: list[tuple[dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/as2"

    def receipt(self, message_id: str, part: bytes, repeated: bool):
        disposition = "processed/warning: duplicate-document" if repeated else "processed"
        if self.way == "error":
            disposition = "processed/error: decryption-failed"
        fields = (
            "Reporting-UA: gateway\r\nFinal-Recipient: rfc822; NMPA\r\n"
            f"Original-Message-ID: {message_id}\r\n"
            f"Disposition: automatic-action/MDN-sent-automatically; {disposition}\r\n"
            f"Received-Content-MIC: {partner.mic(part)}, sha256\r\n"
        )
        body = (
            b"--r\r\nContent-Type: text/plain\r\n\r\nok\r\n--r\r\n"
            b"Content-Type: message/disposition-notification\r\n\r\n"
            + fields.encode()
            + b"\r\n--r--\r\n"
        )
        kind = "multipart/report; report-type=disposition-notification; boundary=r"
        report = b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body
        signed, content = partner.signed(self.side, report, self.folder)
        headers = {"AS2-From": "NMPA", "AS2-To": "EW", "Content-Type": signed}
        return headers, content


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        """Nothing is printed."""

    def do_POST(self) -> None:
        server: Gateway = self.server
        body = self.rfile.read(int(self.headers["Content-Length"]))
        message_id = self.headers["Message-ID"]
        if self.headers["Content-Type"].startswith("multipart/"):  # a receipt that comes later
            server.receipts.append((dict(self.headers.items()), body))
            self.send_response(503 if server.way == "busy" else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        server.came.append(message_id)
        entity = mime.read(partner.decrypted(server.side, body))
        part = mime.parts(entity)[0]
        repeated = message_id in server.loaded
        server.loaded.setdefault(message_id, mime.read(part).body)
        headers, content = server.receipt(message_id, part, repeated)
        if server.way == "cut":
            self.connection.close()
            return
        if server.way == "nonsense":
            headers, content = {"Content-Type": "text/html"}, b"<html>\xff"
        if server.way == "later":
            server.receipts.append((headers, content))
            headers, content = {}, b""
        self.send_response(403 if server.way == "forbidden" else 200)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def listening(side: partner.Side, folder: Path) -> Iterator[Gateway]:
    server = Gateway(side, folder)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def gateway(them, folder) -> Iterator[Gateway]:
    with listening(them, folder) as server:
        yield server


@pytest.fixture
def admin():
    return factories.make_actor(Role.ADMINISTRATOR)


def settings_for(gateway: Gateway, **values):
    return {
        "as2_from": "EW",
        "as2_to": "NMPA",
        "url": gateway.url,
        "receipt": "",
        "headers": "X-Cyclone-Metadata-FdaCenter: CBER",
    } | values


def enter(admin, gateway: Gateway, **values) -> Channel:
    return channels.add(
        admin,
        name="AS2",
        kind="as2",
        environment="production",
        profile="nmpa",
        settings=settings_for(gateway, **values),
    )


def packed(side: partner.Side, password: bytes = b"geheim") -> bytes:
    own = side.own
    protection = BestAvailableEncryption(password)
    return pkcs12.serialize_key_and_certificates(b"ew", own.key, own.certificate, None, protection)


def with_keys(admin, channel: Channel, ours: partner.Side, them: partner.Side) -> Channel:
    channel_certificates.bring(admin, channel, data=packed(ours), password="geheim")
    channel_certificates.take(admin, channel, data=them.certificate.read_bytes())
    return channel


@pytest.fixture
def channel(admin, gateway, ours, them) -> Channel:
    return with_keys(admin, enter(admin, gateway), ours, them)


def kinds(file) -> list[str]:
    rows = TransmissionEvent.objects.filter(submission=file).order_by("recorded_at", "id")
    return [row.kind for row in rows]


def met(file) -> bool:
    return Case.objects.get(id=file.case_id).clocks.filter(met_on__isnull=False).exists()


def test_a_signed_receipt_over_our_bytes_meets_the_clock(officer, file, channel, gateway, travel):
    sendings.queue(officer, file, channel=channel)
    assert exchanges.sweep(SYSTEM) == {"receipt": 1}
    assert list(gateway.loaded.values()) == [bytes(file.content)]
    row = Submission.objects.get(id=file.id)
    assert (row.state, met(file), kinds(file)) == ("received", True, ["queued", "receipt"])
    event = TransmissionEvent.objects.get(submission=file, kind="receipt")
    assert event.details["signed"] is True
    assert event.details["receipt"]


@pytest.mark.parametrize("way", ["cut", "later", "nonsense"])
def test_a_try_in_doubt_goes_again_under_its_identifier(
    officer, file, channel, gateway, travel, way
):
    sendings.queue(officer, file, channel=channel)
    gateway.way = way
    assert sendings.send_due(SYSTEM) == {"doubt": 1}
    assert (met(file), Submission.objects.get(id=file.id).ambiguous) == (False, True)
    assert sendings.send_due(SYSTEM) == {}, "it waits for its receipt"
    doubt = TransmissionEvent.objects.get(submission=file, kind="ambiguous")
    answered = {"nonsense": b"<html>\xff"}.get(way, b"")
    assert base64.b64decode(doubt.details.get("receipt", "")) == answered, "kept as it came"
    travel(timedelta(minutes=6))
    gateway.way = "receipt"
    assert sendings.send_due(SYSTEM) == {"receipt": 1}, "a duplicate with the digest is a proof"
    assert len(gateway.came) == 2
    assert len(set(gateway.came)) == 1 == len(gateway.loaded)
    assert met(file)


class Killed(BaseException):
    """The worker's process ends."""


@pytest.mark.parametrize("came", [0, 1], ids=["before the last byte", "before the note"])
def test_a_worker_that_dies_leaves_one_report_under_one_identifier(
    officer, file, channel, gateway, travel, monkeypatch, came
):
    sendings.queue(officer, file, channel=channel)
    real = transport.post

    def dying(url, headers, body, may_finish, *, seconds):
        if came:
            real(url, headers, body, may_finish, seconds=seconds)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(transport, "post", dying)
        with pytest.raises(Killed):
            sendings.send_due(SYSTEM)
    assert sendings.send_due(SYSTEM) == {}, "the lease holds"
    for _ in range(3):
        travel(timedelta(minutes=61))
        sendings.send_due(SYSTEM)
    assert len(gateway.loaded) == len(set(gateway.came)) == 1
    assert len(gateway.came) == 1 + came
    assert (kinds(file).count("ambiguous"), met(file)) == (came, True)


def test_a_receipt_that_comes_later_ends_the_waiting(officer, file, channel, gateway, travel):
    gateway.way = "later"
    sendings.queue(officer, file, channel=channel)
    sendings.send_due(SYSTEM)
    headers, body = gateway.receipts[0]
    for _ in range(2):  # a second copy changes nothing
        assert channel_messages.receive(SYSTEM, headers, body) is None
    assert Transmission.objects.get(submission=file).state == "delivered"
    assert met(file)
    travel(timedelta(hours=2))
    assert sendings.send_due(SYSTEM) == {}


def test_an_unsigned_receipt_that_comes_later_moves_nothing(officer, file, channel, gateway):
    gateway.way = "later"
    sendings.queue(officer, file, channel=channel)
    sendings.send_due(SYSTEM)
    headers, body = gateway.receipts[0]
    report = mime.read(mime.parts(mime.Entity(mime.unfolded(headers), body))[0])
    for text in (report.body, report.body.replace(b"; processed", b"; processed/error: x")):
        with pytest.raises(Refused):
            channel_messages.receive(
                SYSTEM, headers | {"Content-Type": report.headers["Content-Type"]}, text
            )
    assert Transmission.objects.get(submission=file).state == "queued"
    assert (kinds(file), met(file)) == (["queued", "ambiguous"], False)


def test_a_message_without_an_identifier_is_refused(channel, ours, them, folder):
    headers, body, _ = sent_by(them, ours, folder, b"<x/>")
    channel_messages.receive(SYSTEM, headers | {"Message-ID": ""}, body)
    row = ChannelMessage.objects.get()
    assert (row.file, "processed/error" in row.disposition) == (None, True)


def test_a_refusal_and_a_closed_door_wait_for_a_person(officer, file, channel, gateway):
    sendings.queue(officer, file, channel=channel)
    gateway.way = "error"
    assert sendings.send_due(SYSTEM) == {"refused": 1}
    assert Transmission.objects.get(submission=file).state == "failed"
    gateway.way = "forbidden"
    sendings.queue(officer, file, channel=channel)
    assert sendings.send_due(SYSTEM) == {"refused": 1}
    assert (met(file), "403" in Transmission.objects.get(submission=file).problem) == (False, True)


def test_nobody_there_is_tried_again_and_nothing_is_in_doubt(officer, file, admin, ours, them):
    with listening(them, Path()) as gone:
        channel = with_keys(admin, enter(admin, gone), ours, them)
    sendings.queue(officer, file, channel=channel)
    assert sendings.send_due(SYSTEM) == {"nothing_sent": 1}
    assert Submission.objects.get(id=file.id).ambiguous is False


def test_without_keys_nothing_leaves_and_the_light_says_so(officer, file, admin, gateway):
    channel = enter(admin, gateway)
    sendings.queue(officer, file, channel=channel)
    assert sendings.send_due(SYSTEM) == {"nothing_sent": 1}
    assert gateway.came == []
    assert channels.test(admin, channel).passed is False
    assert queries.standing(admin, channel.id, today=file.generated_at.date()).light == "now"


def test_the_way_is_tested_without_a_file(admin, channel, gateway):
    assert channels.test(admin, channel).passed
    assert gateway.came == []


def sent_by(them, ours, folder, content: bytes, message_id: str = "ack-1@nmpa", **more):
    part = b'Content-Type: application/xml; name="1.ack"\r\n\r\n' + content
    kind, body = partner.signed(them, part, folder)
    entity = b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body
    headers = {
        "AS2-From": "NMPA",
        "AS2-To": '"EW"',
        "Message-ID": f"<{message_id}>",
        "Content-Type": "application/pkcs7-mime; smime-type=enveloped-data",
        "Disposition-Notification-To": "NMPA",
        "Disposition-Notification-Options": "signed-receipt-protocol=required, pkcs7-signature",
    }
    return headers | more, partner.encrypted(ours, entity), part


def test_an_acknowledgement_that_comes_is_kept_answered_and_worked(
    officer, file, channel, gateway, ours, them, folder
):
    sendings.queue(officer, file, channel=channel)
    exchanges.sweep(SYSTEM)
    headers, body, part = sent_by(them, ours, folder, answer(file, "CA"))
    first = channel_messages.receive(SYSTEM, headers, body)
    again = channel_messages.receive(SYSTEM, headers, body)
    assert (first.body, dict(first.headers)) == (again.body, dict(again.headers))
    mirrored = Partners("NMPA", "EW", None, None, (), (ours.cert,))
    read = receipts.read(first.headers, first.body, mirrored)
    ending = receipts.ending(read, message_id="ack-1@nmpa", content_mic=partner.mic(part))
    assert ending.result is Result.RECEIPT
    assert (InboundFile.objects.get().door, Acknowledgement.objects.count()) == ("as2", 0)
    assert exchanges.sweep(SYSTEM) == {"worked": 1}
    assert Submission.objects.get(id=file.id).state == "accepted"


def test_one_identifier_with_other_content_is_refused_and_the_first_stays(
    channel, ours, them, folder
):
    headers, body, _ = sent_by(them, ours, folder, b"<first/>")
    other, changed, _ = sent_by(them, ours, folder, b"<second/>")
    channel_messages.receive(SYSTEM, headers, body)
    channel_messages.receive(SYSTEM, other, changed)
    rows = ChannelMessage.objects.order_by("id")
    assert [row.file_id is None for row in rows] == [False, True]
    assert "processed/error" in rows[1].disposition


@pytest.mark.parametrize(
    ("spoil", "word"),
    [
        (lambda body, ours, us: body[:-40], "error"),
        (lambda body, ours, us: b"Hello", "decryption-failed"),
        (lambda body, ours, us: partner.encrypted(us, b"Content-Type: text/plain\r\n\r\nx"), "sec"),
    ],
)
def test_what_cannot_be_trusted_is_answered_kept_as_it_came_and_not_loaded(
    admin, channel, ours, them, folder, spoil, word
):
    headers, body, _ = sent_by(them, ours, folder, b"<x/>")
    cookie = {"Cookie": "of-a-browser", "Authorization": "Bearer of-somebody"}
    came = spoil(body, them, ours)
    channel_messages.receive(SYSTEM, headers | cookie, came)
    row = ChannelMessage.objects.get()
    assert (row.file, word in row.disposition) == (None, True)
    kept = certificates.open_content(admin, row)
    assert kept.endswith(b"\r\n\r\n" + came)
    assert b"of-" not in kept, "nothing of the request beside the message"
    stored = ChannelMessageContent.objects.get()
    assert stored.size == len(kept)
    assert "AS2-From" not in stored.content_sealed
    in_trail = Change.objects.filter(table_name="pv_channelmessagecontent").get()
    assert "content_sealed" not in in_trail.after, "what is removed is nowhere else"
    with pytest.raises(Refused):
        channel_messages.read_again(admin, row)
    with pytest.raises(Denied):
        certificates.open_content(factories.make_actor(Role.SAFETY_OFFICER), row)


@pytest.mark.parametrize("way", ["read again", "sent again"])
def test_a_refused_message_is_read_once_the_certificate_is_mended(
    admin, gateway, officer, file, ours, them, folder, way
):
    channel = enter(admin, gateway)
    channel_certificates.bring(admin, channel, data=packed(ours), password="geheim")
    headers, body, _ = sent_by(them, ours, folder, answer(file, "CA"))
    for _time in range(2):
        refused = channel_messages.receive(SYSTEM, headers, body)
    row = ChannelMessage.objects.get()
    assert "authentication-failed" in row.disposition
    channel_certificates.take(admin, channel, data=them.certificate.read_bytes())
    if way == "read again":
        channel_messages.read_again(admin, row)
        assert ChannelMessageContent.objects.get().read_by_id == admin.id
        with pytest.raises(Refused):
            channel_messages.read_again(admin, row)
    received = channel_messages.receive(SYSTEM, headers, body)
    assert received.body != refused.body
    row = ChannelMessage.objects.get()
    assert (row.disposition, bytes(row.file.content)) == (receipts.PROCESSED, answer(file, "CA"))
    assert exchanges.sweep(SYSTEM) == {"worked": 1}


def test_refused_messages_have_an_end(admin, channel, ours, them, folder, travel, monkeypatch):
    headers, body, _ = sent_by(them, ours, folder, b"<x/>")
    unsigned = {"Content-Type": "multipart/report; boundary=r"}
    report = (
        b"--r\r\nContent-Type: message/disposition-notification\r\n\r\n"
        b"Original-Message-ID: <1@x>\r\n\r\n--r--\r\n"
    )
    for _time in range(2):
        with pytest.raises(Refused):
            channel_messages.receive(SYSTEM, headers | unsigned, report)
    row = ChannelMessage.objects.get()
    assert "receipt-not-signed" in row.disposition
    assert certificates.open_content(admin, row).endswith(report)
    room = ChannelMessageContent.objects.get().size
    monkeypatch.setattr(certificates, "REFUSED_KEPT_BYTES", room)
    channel_messages.receive(SYSTEM, headers | {"Message-ID": "<2@nmpa>"}, b"Hello")
    assert certificates.room_left(channel) == 0
    full = ChannelMessage.objects.get(message_id="2@nmpa")
    with pytest.raises(NotFound):
        certificates.open_content(admin, full)
    travel(timedelta(days=364))
    assert channel_message_contents.remove_old(SYSTEM) == 0
    travel(timedelta(days=2))
    assert exchanges.sweep(SYSTEM) == {"refused messages removed": 1}
    assert certificates.room_left(channel) == room
    with pytest.raises(Refused):
        channel_messages.read_again(admin, row)


def test_a_name_nobody_entered_keeps_nothing(channel, ours, them, folder):
    headers, body, _ = sent_by(them, ours, folder, b"<x/>")
    for wrong in ({"AS2-From": "nmpa"}, {"AS2-To": "other"}):
        with pytest.raises(NotFound):
            channel_messages.receive(SYSTEM, headers | wrong, body)
    assert not ChannelMessage.objects.exists()


def test_a_receipt_wanted_later_goes_to_the_partner_only(channel, gateway, ours, them, folder):
    gateway.way = "later"
    wanted = {"Receipt-Delivery-Option": gateway.url}
    headers, body, _ = sent_by(them, ours, folder, b"<x/>", **wanted)
    assert channel_messages.receive(SYSTEM, headers, body) is None
    row = ChannelMessage.objects.get()
    assert (row.receipt_to, row.receipt_sent_at) == (gateway.url, None)
    gateway.way = "busy"
    assert channel_receipts.send_receipts(SYSTEM) == {"receipt stays": 1}
    gateway.way = "later"
    assert channel_receipts.send_receipts(SYSTEM) == {"receipt sent": 1}
    assert channel_receipts.send_receipts(SYSTEM) == {}
    assert gateway.receipts[-1][1] == bytes(row.receipt)
    stranger = {"Receipt-Delivery-Option": "http://elsewhere.invalid/"}
    headers, body, _ = sent_by(them, ours, folder, b"<y/>", "ack-2@nmpa", **stranger)
    channel_messages.receive(SYSTEM, headers, body)
    assert ChannelMessage.objects.get(message_id="ack-2@nmpa").receipt_to == ""


def test_keys_change_without_a_gap(admin, channel, folder, ours, them):
    newer = partner.make_side(folder, "newer")
    channel_certificates.bring(admin, channel, data=packed(newer), password="geheim")
    both = certificates.partners(channel)
    assert both.signing.certificate == newer.cert
    assert len(both.keys) == 2
    old = ChannelCertificate.objects.get(side="ours", fingerprint=_print(ours))
    channel_certificates.end(admin, old, reason="rollover")
    assert len(certificates.partners(channel).keys) == 2, "what was made for it still opens"
    row = ChannelCertificate.objects.get(side="theirs")
    channel_certificates.end(admin, row, reason="lost")
    assert certificates.partners(channel).receiving is None


def _print(side: partner.Side) -> str:
    return partner.openssl("x509", "-in", side.certificate, "-outform", "DER") and (
        side.cert.fingerprint(side.cert.signature_hash_algorithm).hex()
    )


def test_wrong_files_say_what_is_wrong(admin, channel, gateway, ours, them):
    with pytest.raises(Refused, match="own_file|PKCS"):
        channel_certificates.bring(admin, channel, data=packed(ours), password="wrong")
    with pytest.raises(Refused):
        channel_certificates.take(admin, channel, data=b"no certificate")
    with pytest.raises(Refused):
        channel_certificates.take(admin, channel, data=them.certificate.read_bytes())
    with pytest.raises(Refused):
        channel_certificates.take(admin, channel, data=ours.certificate.read_bytes())


def test_a_made_key_is_sealed_and_sealed_again(admin, channel, settings):
    made = channel_certificates.make(admin, channel)
    assert certificates.partners(channel).signing.certificate.subject.rfc4514_string() == "CN=EW"
    settings.IDENTITY_KEYS = {"newest": bytes(range(32)), **settings.IDENTITY_KEYS}
    assert channel_certificates.rotate_keys(SYSTEM).changed == 2
    made.refresh_from_db()
    assert made.key_sealed.startswith("v1.newest.")
    assert certificates.partners(channel).signing is not None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", "http://gateway.example/as2"),
        ("url", "ftp://gateway.example"),
        ("url", ""),
        ("as2_from", ""),
        ("as2_to", "名字"),
        ("as2_to", 'a"b'),
        ("headers", "Host: elsewhere"),
        ("headers", "X-Name: 值"),
        ("receipt", "never"),
    ],
)
def test_settings_are_refused_at_their_field(admin, gateway, field, value):
    with pytest.raises(Refused) as refused:
        enter(admin, gateway, **{field: value})
    assert field in refused.value.fields
    assert not Channel.objects.exists()


def test_two_channels_never_share_both_names(admin, channel, gateway):
    with pytest.raises(Refused):
        channels.add(
            admin,
            name="Second",
            kind="as2",
            environment="production",
            profile="nmpa",
            settings=settings_for(gateway),
        )
