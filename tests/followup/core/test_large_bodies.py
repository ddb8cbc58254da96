"""More than a form or the API takes at once is answered with the limit, in words."""

from typing import Any

import pytest
from django.test import Client, RequestFactory

from followup.core.http import bodies
from followup.core.permissions import Role
from tests import factories
from tests.pv.test_receivers import token

pytestmark = pytest.mark.django_db
LARGE = "长" * 1_000_000  # 3 MB of UTF-8


@pytest.mark.requirement("ASVS-5.2.1")
def test_a_page_says_how_much_it_takes_and_that_nothing_was_saved() -> None:
    for enforce in (True, False):  # refused by the protection of forms, or by the page
        client = Client(enforce_csrf_checks=enforce, raise_request_exception=False)
        client.get("/sign-in/")  # with the cookie the protection reads the form
        reply = client.post("/sign-in/", f"username={LARGE}", "application/x-www-form-urlencoded")
        assert reply.status_code == 413
        assert "2.5 MB" in reply.content.decode()
    many = {f"f{number}": "1" for number in range(1_100)}
    reply = Client(raise_request_exception=False).post("/sign-in/", many)
    assert reply.status_code == 413
    assert "1000" in reply.content.decode()
    broken = "multipart/form-data; boundary=" + "x" * 300
    reply = Client(raise_request_exception=False).post("/sign-in/", b"x", broken)
    assert reply.status_code == 400
    assert "Everwatch" in reply.content.decode()


def test_the_api_says_it_as_json() -> None:
    user = factories.make_user(Role.SAFETY_OFFICER)
    client = Client(headers={"Authorization": f"Bearer {token(user)}"})
    reply = client.post("/api/v1/study-datasets/", {"text": LARGE}, "application/json")
    assert (reply.status_code, reply["Content-Type"]) == (413, "application/json")
    assert "2.5 MB" in reply.json()["detail"]


class Gone:
    def __getattr__(self, _name: str) -> Any:
        raise OSError("the sender went away")


def test_what_nobody_read_is_received_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    body = b"x" * 300_000
    request = RequestFactory().post("/", body, "application/octet-stream")
    assert bodies.receive_rest(request)
    assert request.read() == b""
    monkeypatch.setattr(bodies, "MOST_BYTES", 100_000)
    request = RequestFactory().post("/", body, "application/octet-stream")
    assert not bodies.receive_rest(request)
    assert request.read()
    small = RequestFactory().post("/", b"x" * 100, "application/octet-stream")
    assert bodies.receive_rest(small)
    assert small.read() == b"x" * 100, "the server receives it"
