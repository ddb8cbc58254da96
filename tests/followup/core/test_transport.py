"""Requests that go out: to whom they speak, and to whom they do not."""

import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from followup.core.outgoing import hosts, transport
from followup.core.outgoing.transport import NothingSent
from followup.core.pdf import signing
from followup.core.security import openid
from followup.core.trail import time_stamps
from pv.adapters import sftp


@pytest.mark.requirement("ASVS-12.3.2")
def test_a_server_has_to_show_a_certificate_of_its_name() -> None:
    connection: Any = transport._connection("https://gateway.example/a", 1)[0]
    assert connection._context.verify_mode is ssl.CERT_REQUIRED
    assert connection._context.check_hostname is True


@pytest.fixture
def elsewhere() -> Iterator[tuple[str, list[str]]]:
    """A server that leads every question to its address `/other`, and what it was asked."""
    asked: list[str] = []

    class Service(BaseHTTPRequestHandler):
        def _lead_on(self) -> None:
            asked.append(self.path)
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(302)
            self.send_header("Location", "/other")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            self._lead_on()

        def do_POST(self) -> None:
            self._lead_on()

        def log_message(self, format: str, *args: Any) -> None:
            """Silent."""

    server = HTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


def _of_a_pdf(settings: Any, address: str) -> None:
    settings.PDF_STAMP_URL = address
    signing._stamped(signing.tsp.TimeStampReq({"version": 1, "message_imprint": _IMPRINT}))


_IMPRINT = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": bytes(32)}


@pytest.mark.requirement("ASVS-15.3.2")
@pytest.mark.parametrize("way", ["seal", "pdf", "gateway", "provider"])
def test_no_answer_is_followed_to_another_address(
    elsewhere: tuple[str, list[str]], way: str, settings: Any
) -> None:
    base, asked = elsewhere
    address = f"{base}/first"
    if way == "gateway":
        answer = transport.post(address, {}, b"a case", lambda: True, seconds=5)
        assert answer is not None
        assert answer.status == 302
    elif way == "seal":
        with pytest.raises(time_stamps.Unstamped, match="HTTP 302"):
            time_stamps.stamp(address, bytes(32))
    elif way == "pdf":
        with pytest.raises(OSError, match="HTTP 302"):
            _of_a_pdf(settings, address)
    else:
        with pytest.raises(openid.Failed, match="status 302"):
            openid._document(address)
    assert asked == ["/first"]


@pytest.mark.requirement("ASVS-1.3.6", "ASVS-13.2.4", "ASVS-13.2.5")
def test_a_host_that_is_not_listed_is_not_spoken_to(
    elsewhere: tuple[str, list[str]], settings: Any
) -> None:
    base, asked = elsewhere
    settings.OUTWARD_HOSTS = frozenset({"gateway.example"})
    with pytest.raises(NothingSent, match="OUTWARD_HOSTS"):
        transport.post(base, {}, b"a case", lambda: True, seconds=5)
    with pytest.raises(hosts.HostNotAllowed):
        transport.reach(base, seconds=5)
    with pytest.raises(time_stamps.Unstamped, match="OUTWARD_HOSTS"):
        time_stamps.stamp(base, bytes(32))
    with pytest.raises(openid.Failed, match="HostNotAllowed"):
        openid._document(base)
    key = sftp.asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    with (
        pytest.raises(hosts.HostNotAllowed),
        sftp.Session(sftp.Address("127.0.0.1", 22, "us", (key,), 5.0)),
    ):
        pass
    assert asked == []
    hosts.require("Gateway.Example.")
    settings.OUTWARD_HOSTS = frozenset()
    assert transport.post(base, {}, b"", lambda: True, seconds=5) is not None
