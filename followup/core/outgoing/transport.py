"""One HTTP request that knows when its last byte goes out.

Before that byte nothing arrived; after it nobody can be sure until an answer is read. No answer is
followed to another address: what was meant for one host goes to no other.
"""

import http.client
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from followup.core.outgoing import hosts

_MOST_ANSWER = 2_000_000  # bytes; a receipt has a few thousand
_HELD_BACK = 1024  # bytes that go out only after the last word of the caller


class NothingSent(Exception):
    """The request did not get out whole: it certainly was not taken."""


class NoAnswer(Exception):
    """The request went out and nothing, or nothing whole, came back."""


@dataclass(frozen=True, slots=True)
class Response:
    """Status, headers and body of an answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def address(url: str) -> tuple[str, str, int, str]:
    """Scheme, host, port and path of an address; ValueError for one that is none."""
    split = urlsplit(url)
    if split.scheme not in ("https", "http") or not split.hostname or split.username:
        raise ValueError("an address begins with https:// and names a host")
    split.hostname.encode("idna")  # ValueError where no network could look the name up
    port = split.port or (443 if split.scheme == "https" else 80)
    path = (split.path or "/") + (f"?{split.query}" if split.query else "")
    return split.scheme, split.hostname, port, path


def _connection(url: str, seconds: float) -> tuple[http.client.HTTPConnection, str]:
    scheme, host, port, path = address(url)
    hosts.require(host)
    if scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, port, timeout=seconds, context=context), path
    return http.client.HTTPConnection(host, port, timeout=seconds), path


def post(
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    may_finish: Callable[[], bool],
    *,
    seconds: float,
) -> Response | None:
    """Post a body, as `exchange` does."""
    return exchange("POST", url, headers, body, may_finish, seconds=seconds)


def exchange(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    may_finish: Callable[[], bool],
    *,
    seconds: float,
) -> Response | None:
    """Send a request; None when `may_finish`, asked before the last bytes, forbids it.

    NothingSent before those bytes, NoAnswer behind them. `seconds` bounds every wait. A request
    without a body ends with its head, which goes out before anybody is asked.
    """
    try:
        connection, path = _connection(url, seconds)
    except (ValueError, hosts.HostNotAllowed) as error:  # kept before it was checked
        raise NothingSent(_words(error)) from error
    cut = max(len(body) - _HELD_BACK, 0)
    try:
        try:
            connection.putrequest(method, path, skip_accept_encoding=True)
            for name, value in headers.items():
                connection.putheader(name, value)
            if body or method != "GET":
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders()
            connection.send(body[:cut])
        except (OSError, http.client.HTTPException) as error:
            raise NothingSent(_words(error)) from error
        if not may_finish():
            return None
        try:
            connection.send(body[cut:])
            answer = connection.getresponse()
            data = answer.read(_MOST_ANSWER + 1)
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(_words(error)) from error
        if len(data) > _MOST_ANSWER:
            raise NoAnswer("the answer is longer than a receipt can be")
        return Response(answer.status, dict(answer.getheaders()), data)
    finally:
        connection.close()


def stamp(url: str, question: bytes, *, seconds: float) -> bytes:
    """What a time-stamp service answers (RFC 3161, 3.4); OSError where it gives no answer."""
    headers = {"Content-Type": "application/timestamp-query"}
    try:
        answer = post(url, headers, question, lambda: True, seconds=seconds)
    except (NothingSent, NoAnswer) as error:
        raise OSError(str(error)) from error
    if answer is None or answer.status != http.client.OK:
        raise OSError(f"HTTP {answer.status if answer else 0}")
    return answer.body


def reach(url: str, *, seconds: float) -> None:
    """Open and close a connection; OSError says what fails."""
    connection, _ = _connection(url, seconds)
    try:
        connection.connect()
    finally:
        connection.close()


def _words(error: Exception) -> str:
    if isinstance(error, (TimeoutError, socket.timeout)):
        return "no answer in time"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
