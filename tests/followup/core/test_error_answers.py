"""Every problem as its page and as the body of the API: the status, what it says, what it hides."""

import io
import json
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar

import pytest
from django.core.cache import cache
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import DataError, InterfaceError, OperationalError
from django.http import HttpResponse
from django.test import RequestFactory
from PIL import Image
from rest_framework.views import APIView

from followup.core import photographs
from followup.core.http import errors
from followup.core.problems import Conflict, Refused, Unavailable
from followup.core.security import openid
from followup.core.security.openid import Attempt, Client, Failed

PAGE, API = "/things/", "/api/v1/things/"


def answered(error: Exception, path: str) -> HttpResponse | None:
    middleware = errors.ErrorPages(lambda _request: HttpResponse())
    return middleware.process_exception(RequestFactory().get(path), error)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (PermissionDenied(), 403),
        (OperationalError("gone"), 503),
        (InterfaceError("closed"), 503),
        (Unavailable(), 503),
        (DataError("NUL in a text"), 422),
        (Conflict(), 409),
    ],
)
@pytest.mark.django_db
def test_a_problem_has_one_status_at_every_door(error: Exception, status: int) -> None:
    for path in (PAGE, API):
        reply = answered(error, path)
        assert reply is not None
        assert reply.status_code == status
        assert ("Retry-After" in reply) is (status == 503)
        assert str(error) not in reply.content.decode() or not str(error)
    body = errors.api_exception_handler(error, {"view": APIView()})
    assert body is not None
    assert body.status_code == status
    assert ("Retry-After" in body) is (status == 503)


@pytest.mark.django_db
def test_too_much_at_once_is_said_and_anything_else_stays_a_defect() -> None:
    reply = answered(RequestDataTooBig(), PAGE)
    assert reply is not None
    assert reply.status_code == 413
    assert answered(ZeroDivisionError(), PAGE) is None
    assert errors.api_exception_handler(ZeroDivisionError(), {}) is None


@pytest.mark.requirement("ASVS-1.2.3")
def test_both_sides_of_a_conflict_are_json_whatever_the_fields_hold() -> None:
    class Row:
        codes = ("A", "B")

    mine = {"on": date(2026, 5, 4), "codes": ["A"], "data": {1: None}, "share": 0.5, "n": 3}
    opened_at = datetime(2026, 5, 4, 8, tzinfo=UTC)
    conflict = Conflict(
        {name: (value, None) for name, value in mine.items()},
        opened=Row(),
        version=4,
        saved_by="Li",
        saved_at=opened_at,
    )
    reply = answered(conflict, API)
    assert reply is not None
    body = json.loads(reply.content)
    assert body["differences"] == {
        "on": ["2026-05-04", None],
        "codes": [["A"], None],
        "data": [{"1": None}, None],
        "share": ["0.5", None],
        "n": [3, None],
    }
    assert body["opened"] == {"codes": ["A", "B"]}
    assert (body["version"], body["saved_by"]) == (4, "Li")
    assert body["saved_at"] == opened_at.isoformat()
    refused = answered(Refused({"lot": "Enter it."}, code="lot"), API)
    assert refused is not None
    assert json.loads(refused.content)["fields"] == {"lot": ["Enter it."]}


@pytest.mark.django_db
def test_what_no_page_answered_is_a_503_without_a_database_else_a_defect() -> None:
    def failed(error: Exception, path: str) -> HttpResponse:
        try:
            raise error
        except type(error):
            assert sys.exc_info()[1] is error
            return errors.server_error(RequestFactory().get(path))

    for path in (PAGE, API):
        away = failed(OperationalError("gone"), path)
        assert (away.status_code, away["Retry-After"]) == (503, errors.RETRY_SECONDS)
        assert "gone" not in away.content.decode()
    assert json.loads(away.content)["detail"]
    assert failed(ZeroDivisionError("secret"), PAGE).status_code == 500
    assert "secret" not in failed(ZeroDivisionError("secret"), PAGE).content.decode()
    assert errors.csrf_failed(RequestFactory().post(PAGE)).status_code == 403
    unknown = errors.not_found(RequestFactory().get(API))
    assert (unknown.status_code, unknown["Content-Type"]) == (404, "application/json")
    assert errors.not_found(RequestFactory().get(PAGE)).status_code == 404


def picture(mode: str, kind: str, size: tuple[int, int] = (40, 20), color: Any = None) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, color).save(out, kind)
    return out.getvalue()


def test_a_photograph_is_kept_on_white_and_nothing_else_is_decoded() -> None:
    clear = picture("RGBA", "PNG", color=(255, 0, 0, 0))
    kept = photographs.encode_again(clear, "PNG", most=10_000)
    with Image.open(io.BytesIO(kept.content)) as shown:
        assert (shown.mode, shown.getpixel((0, 0))) == ("RGB", (255, 255, 255))
    for content in (picture("P", "PNG"), picture("CMYK", "JPEG")):
        kind = "PNG" if content.startswith(b"\x89PNG") else "JPEG"
        again = photographs.encode_again(content, kind, most=10_000)
        with Image.open(io.BytesIO(again.content)) as shown:
            assert (shown.mode, shown.size) == ("RGB", (40, 20))
    with pytest.raises(photographs.TooLarge):
        photographs.encode_again(picture("L", "PNG"), "PNG", most=799)
    for broken, kind in (
        (b"\x89PNG\r\n", "PNG"),
        (picture("L", "PNG")[:45], "PNG"),
        (picture("L", "PNG"), "JPEG"),
    ):
        with pytest.raises(photographs.Unreadable):
            photographs.encode_again(broken, kind, most=10_000)


class Peer(BaseHTTPRequestHandler):
    """Says of itself what a test lets it say."""

    documents: ClassVar[dict[str, tuple[int, bytes]]] = {}

    def do_GET(self) -> None:
        status, body = self.documents.get(self.path, (404, b"{}"))
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, *_words: Any) -> None:
        return


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Peer)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def said(issuer: str, body: Mapping[str, Any] | bytes, status: int = 200) -> None:
    cache.clear()
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    Peer.documents = {"/.well-known/openid-configuration": (status, raw)}


@pytest.mark.requirement("ASVS-10.2.2", "ASVS-10.5.3")
def test_a_provider_that_describes_itself_wrongly_signs_nobody_in(issuer: str) -> None:
    names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    whole: dict[str, Any] = {"issuer": issuer} | {name: f"{issuer}/{name}" for name in names}
    for body, status, code in (
        (b"<html>", 200, "unreachable"),
        (b"[]", 200, "unreachable"),
        (b"x" * (openid.LONGEST + 1), 200, "unreachable"),
        (b"{}", 302, "unreachable"),
        (whole | {"issuer": f"{issuer}/"}, 200, "untrue"),
        (whole | {"jwks_uri": None}, 200, "untrue"),
        (whole | {"token_endpoint": "http://elsewhere.example/"}, 200, "untrue"),
    ):
        said(issuer, body, status)
        with pytest.raises(Failed) as caught:
            openid.configuration(issuer)
        assert caught.value.code == code, body[:20] if isinstance(body, bytes) else body
    said(issuer, whole)
    assert openid.configuration(issuer) == whole
    Peer.documents["/token_endpoint"] = (400, b'{"error": "invalid_grant"}')
    client = Client(issuer, "everwatch", "", "openid", "https://everwatch.example/answer/")
    attempt = Attempt.begin(60)
    for query, code in (
        ({"state": "another", "code": "1"}, "late"),
        ({"state": attempt.state, "code": "1", "iss": "https://other.example"}, "untrue"),
        ({"state": attempt.state, "error": "access_denied"}, "cancelled"),
        ({"state": attempt.state, "code": "1"}, "untrue"),
    ):
        with pytest.raises(Failed) as caught:
            openid.answer(client, attempt, query, now=0)
        assert caught.value.code == code, query
    said(issuer, whole | {"token_endpoint": "http://127.0.0.1:9/token"})
    with pytest.raises(Failed) as caught:
        openid.answer(client, attempt, {"state": attempt.state, "code": "1"}, now=0)
    assert caught.value.code == "unreachable"
    Peer.documents["/me"] = (200, b'{"sub": "u2"}')
    with pytest.raises(Failed, match="another person"):
        openid._with_userinfo(
            {"userinfo_endpoint": f"{issuer}/me"}, {"access_token": "t"}, {"sub": "u1"}
        )
    with pytest.raises(Failed, match="not encrypted"):
        openid._with_userinfo(
            {"userinfo_endpoint": "http://elsewhere.example"}, {"access_token": "t"}, {"sub": "u1"}
        )
