"""A button whose action refuses leads back to its page with the reason, wherever it stands."""

import pytest
from django.contrib.messages import get_messages
from django.contrib.messages.storage.fallback import FallbackStorage
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from followup.core.http.errors import ErrorPages
from followup.core.problems import Conflict, Denied, NotFound, Problem, Refused


def answer(problem: Problem, **headers: str) -> tuple[HttpRequest, HttpResponse | None]:
    request = RequestFactory(headers=headers).post("/things/1/undo/")
    request.session = {}
    request._messages = FallbackStorage(request)
    return request, ErrorPages(lambda _request: HttpResponse()).process_exception(request, problem)


@pytest.mark.parametrize(
    "problem", [Refused("Too late to undo."), Refused({"a": "Too late to undo."}), Conflict()]
)
def test_a_refused_button_leads_back_with_its_reason(problem):
    request, led = answer(problem, referer="http://testserver/things/?box=open")
    assert led is not None
    assert (led.status_code, led["Location"]) == (302, "/things/?box=open")
    (message,) = get_messages(request)
    assert str(message)
    assert not isinstance(problem, Refused) or "Too late to undo." in str(message)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"referer": "https://elsewhere.example/things/"},
        {"referer": "javascript:alert(1)"},
        {"referer": "http://testserver/things/1/undo/"},
        {"referer": "http://testserver/things/", "hx-request": "true"},
    ],
)
def test_without_a_page_of_ours_there_is_the_page_of_the_problem(headers, db):
    _request, led = answer(Refused("No."), **headers)
    assert led is not None
    assert led.status_code == 422
    assert "No." in led.content.decode()


@pytest.mark.parametrize("problem", [NotFound(), Denied("x")])
def test_what_is_hidden_or_forbidden_stays_so(problem, db):
    _request, led = answer(problem, referer="http://testserver/things/")
    assert led is not None
    assert led.status_code in (403, 404)
