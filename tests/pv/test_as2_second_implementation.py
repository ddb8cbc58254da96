"""AS2 with a second implementation, pyas2lib, over HTTP in both directions."""

import base64
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections

from pv.actions import channel_receipts, channels, exchanges, sendings
from pv.adapters.as2 import messages, receipts
from pv.adapters.as2.messages import Partners, Receipts
from pv.domain.e2b.sendings import Result
from pv.models import Channel, ChannelMessage, InboundFile, Submission, Transmission
from tests import factories, pyas2_partner
from tests.pv.actions.test_acknowledgements import answer, case, file
from tests.pv.actions.test_as2_channels import admin, kinds, met, with_keys
from tests.pv.adapters import openssl_partner
from tests.pv.adapters.openssl_partner import Side
from tests.pyas2_partner import Pyas2

__all__ = ["admin", "case", "file"]
pytestmark = pytest.mark.django_db
SYSTEM = factories.SYSTEM
CONTENT = "<ichicsr>\n<病例>喆 µg\r\n--not-a-boundary\n</ichicsr>\n".encode() + bytes(range(256))
THEIRS, OURS = "NMPA gateway", "EW"


@pytest.fixture(scope="module")
def sides(tmp_path_factory) -> dict[str, Side]:
    folder: Path = tmp_path_factory.mktemp("as2")
    names = ("ours", "them", "stranger")
    return {name: openssl_partner.make_side(folder, name) for name in names}


@pytest.fixture(scope="module")
def started(sides) -> Iterator[Pyas2]:
    with pyas2_partner.running(
        sides["them"], sides["ours"], sides["stranger"], (THEIRS, OURS)
    ) as partner:
        yield partner


@pytest.fixture
def partner(started: Pyas2) -> Iterator[Pyas2]:
    yield started
    started.do("way", way="answer")


@pytest.fixture(scope="module")
def keys(sides) -> Partners:
    ours, them = sides["ours"], sides["them"]
    return Partners(OURS, THEIRS, ours.own, them.cert, (ours.own,), (them.cert,))


@pytest.fixture
def channel(admin, partner, sides) -> Channel:
    row = channels.add(
        admin,
        name="AS2",
        kind="as2",
        environment="production",
        profile="nmpa",
        settings={"as2_from": OURS, "as2_to": THEIRS, "url": partner.url, "receipt": ""},
    )
    return with_keys(admin, row, sides["ours"], sides["them"])


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_arguments: Any) -> None:
        """Nothing is printed."""


@pytest.fixture
def door() -> Iterator[WSGIServer]:
    """The product over HTTP; it answers in the thread of the test, which holds the transaction."""
    server = WSGIServer(("127.0.0.1", 0), _Quiet)
    server.set_app(get_wsgi_application())
    server.timeout = 20
    for signal in (request_started, request_finished):  # as Django's own client does
        signal.disconnect(close_old_connections)
    yield server
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)
    server.server_close()


def through(door: WSGIServer, partner: Pyas2, what: str, **asked: Any) -> Any:
    """What the partner says after it has posted one request to the product."""
    url = f"http://127.0.0.1:{door.server_address[1]}/as2/"
    told: list[Any] = []
    asking = threading.Thread(target=lambda: told.append(partner.do(what, url=url, **asked)))
    asking.start()
    door.handle_request()
    asking.join(20)
    return told[0]


def loaded(partner: Pyas2, message_id: str) -> bytes:
    return base64.b64decode(partner.do("state")["loaded"][message_id]["content"])


def told(partner: Pyas2, message_id: str) -> list[str]:
    """What the partner made of each message that came under an identifier."""
    return [row["status"] for row in partner.do("state")["came"] if row["id"] == message_id]


def posted(partner: Pyas2, built: messages.Built, body: bytes) -> tuple[dict[str, str], bytes]:
    request = Request(partner.url, body, dict(built.headers))
    with urlopen(request, timeout=20) as response:
        return dict(response.headers.items()), response.read()


def judged(partner: Pyas2, keys: Partners, message_id: str, *, spoiled: int = 0) -> Any:
    """What the partner's receipt over a message of ours comes to; `spoiled` is a place changed."""
    built = messages.build(
        keys,
        name="CASE-1-v1-nmpa.xml",
        content=CONTENT,
        message_id=message_id,
        receipts=Receipts(),
        extra={},
    )
    body = bytearray(built.body)
    body[spoiled] ^= spoiled and 1
    headers, answered = posted(partner, built, bytes(body))
    receipt = receipts.read(headers, answered, keys)
    return receipts.ending(receipt, message_id=message_id, content_mic=built.mic)


def test_our_message_is_opened_there_byte_for_byte_and_a_changed_one_is_not(partner, keys):
    assert judged(partner, keys, "whole@ew").result is Result.RECEIPT
    assert loaded(partner, "whole@ew") == CONTENT
    row = next(each for each in partner.do("state")["came"] if each["id"] == "whole@ew")
    assert (row["signed"], row["encrypted"]) == (True, True)
    changed = judged(partner, keys, "changed@ew", spoiled=-600)
    assert (changed.result, "error" in changed.details["disposition"].lower()) == (
        Result.REFUSED,
        True,
    )
    assert "changed@ew" not in partner.do("state")["loaded"]
    partner.do("way", way="stranger")
    wrong = judged(partner, keys, "wrong-key@ew")
    assert (wrong.result, "decryption-failed" in wrong.details["disposition"]) == (
        Result.REFUSED,
        True,
    )


def test_a_report_goes_once_and_its_receipt_meets_the_clock(
    officer, file, channel, partner, travel
):
    sendings.queue(officer, file, channel=channel)
    partner.do("way", way="cut")
    assert sendings.send_due(SYSTEM) == {"doubt": 1}
    sending = Transmission.objects.get(submission=file)
    assert (met(file), Submission.objects.get(id=file.id).ambiguous) == (False, True)
    travel(timedelta(minutes=6))
    partner.do("way", way="answer")
    assert sendings.send_due(SYSTEM) == {"unproven": 1}, "a duplicate's receipt has no digest here"
    assert told(partner, sending.message_id) == ["processed", "processed/Warning"]
    assert loaded(partner, sending.message_id) == bytes(file.content)


def test_a_signed_receipt_in_the_answer_meets_the_clock(officer, file, channel, partner):
    sendings.queue(officer, file, channel=channel)
    assert exchanges.sweep(SYSTEM) == {"receipt": 1}
    assert (kinds(file), met(file)) == (["queued", "receipt"], True)


def test_a_receipt_that_comes_later_ends_the_waiting(
    officer, admin, file, channel, partner, door, settings
):
    values = channel.settings | {"receipt": "later", "headers": ""}
    channel = channels.change(
        admin, channel, name="AS2", settings=values, active=True, version=channel.version
    )
    sendings.queue(officer, file, channel=channel)
    assert sendings.send_due(SYSTEM) == {"doubt": 1}
    assert through(door, partner, "deliver") == [204]
    assert Transmission.objects.get(submission=file).state == "delivered"
    assert met(file)


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"compress": True},
        {"compress": True, "encrypt": False},
        {"enc_alg": "aes_128_cbc", "digest_alg": "sha512"},
        {"enc_alg": "tripledes_192_cbc", "digest_alg": "sha1"},
        {"enc_alg": "aes_192_cbc"},
        {"sign_alg": "rsassa_pss"},
        {"sign": False},
    ],
)
def test_whatever_the_partner_chooses_is_opened(partner, keys, how):
    made = partner.make(CONTENT, f"made-{sorted(how.items())}", how=how)
    opened = messages.open_message(
        made["headers"], base64.b64decode(made["body"]), keys, most=10_000_000
    )
    assert (opened.content, opened.file_name) == (CONTENT, "ack-1.xml")
    assert opened.encrypted is how.get("encrypt", True)
    if how.get("sign", True):
        assert (opened.mic, opened.signer) == (made["mic"], keys.certificates[0])


def sent(door: WSGIServer, partner: Pyas2, made: Any, *, spoiled: int = 0) -> Any:
    body = bytearray(base64.b64decode(made["body"]))
    body[spoiled] ^= spoiled and 1
    return through(
        door, partner, "send", headers=made["headers"], body=base64.b64encode(body).decode()
    )


def test_what_the_partner_sends_is_kept_once_and_it_accepts_our_receipt(
    officer, file, channel, partner, door
):
    sendings.queue(officer, file, channel=channel)
    exchanges.sweep(SYSTEM)
    wanted = {"mdn_mode": "SYNC", "compress": True}
    made = partner.make(answer(file, "CA"), "ack-1", how=wanted)
    for _repeated in range(2):
        said = sent(door, partner, made)
        assert (said["http"], said["status"], said["detail"]) == (200, "processed", None)
    assert (InboundFile.objects.count(), ChannelMessage.objects.count()) == (1, 1)
    assert bytes(InboundFile.objects.get().content) == answer(file, "CA")
    other = sent(door, partner, partner.make(b"<other/>", "ack-1", how=wanted))
    assert other["status"] == "processed/error", "one identifier, two contents"
    assert exchanges.sweep(SYSTEM) == {"worked": 1}
    assert Submission.objects.get(id=file.id).state == "accepted"


def test_our_receipt_says_what_was_wrong_and_nothing_is_kept(channel, partner, door):
    wanted: dict[str, Any] = {"how": {"mdn_mode": "SYNC"}}
    plain = {"how": {"mdn_mode": "SYNC", "encrypt": False}}
    changed = sent(door, partner, partner.make(b"<x/>" * 99, "x-1", **plain), spoiled=200)
    assert (changed["status"], changed["detail"]) == ("processed/error", "authentication-failed")
    stranger = partner.make(b"<x/>", "x-2", certificate="another", **wanted)
    assert sent(door, partner, stranger)["detail"] == "decryption-failed"
    unsigned = partner.make(b"<x/>", "x-3", how={"mdn_mode": "SYNC", "sign": False})
    assert sent(door, partner, unsigned)["detail"] == "insufficient-message-security"
    assert (InboundFile.objects.count(), ChannelMessage.objects.count()) == (0, 3)


def test_a_receipt_the_partner_wants_later_is_accepted_there(channel, partner, door):
    made = partner.make(b"<x/>", "later-1", how={"mdn_mode": "ASYNC"}, mdn_url=partner.url)
    assert sent(door, partner, made) == {"http": 204}
    assert channel_receipts.send_receipts(SYSTEM) == {"receipt sent": 1}
    said = partner.do("state")["receipts"][-1]
    assert said == {"id": "later-1@partner.example", "status": "processed", "detail": None}
