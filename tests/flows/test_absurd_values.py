"""Absurd values in every box of every form of every role: never a fault of ours, said at the box.

The forms are those a crawl finds in a seeded product: a new form is tried without a new line here.
A box that several roles have is tried as the first of them.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode, urljoin, urlsplit

import pytest
from django.db import transaction
from django.test import Client
from lxml import html

from followup.core.models import User
from followup.queries import worklist
from pv.demo import seeding
from pv.demo.world import LOGINS, Login
from tests import factories
from tests.browser.visitor import kind_of

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
TEXTS = ("text", "number", "tel", "email", "search", "date")
# Digits beyond every column, dates that are none, marks without ink, the largest of what is legal.
ABSURD = (
    "9" * 400,
    "-1",
    "2026-02-30",
    "0000-00-00",
    "9999-12-31",
    "1e309",
    "NaN",
    "١٢٣",
    "\x00\u202e王",
    "😀" * 30,
    "<b>x</b>'\"--",
    "长" * 10_001,
    " \u3000 ",
    "=1+1",
)
EACH = int(os.environ.get("EVERWATCH_ABSURD_VALUES", "1"))  # of a box; a release run tries all 14
REFUSED = (400, 409, 422)
LOUD = "//*[@role='alert'] | //*[contains(@class,'error')] | //*[contains(@class,'notice')]"


@dataclass(frozen=True, slots=True)
class Box:
    """One thing to type into, with what a browser sends beside it."""

    page: str
    action: str
    method: str
    name: str
    others: tuple[tuple[str, str], ...]

    @property
    def kind(self) -> tuple[str, str, str, str]:
        """Boxes of one kind: the page whatever its ids, where it leads, the name's letters."""
        name = "".join("#" if letter.isdigit() else letter for letter in self.name)
        return kind_of(self.page).partition("?")[0], self.method, kind_of(self.action), name

    def sent(self, value: str) -> list[tuple[str, str]]:
        """The form with one value typed."""
        return [*(pair for pair in self.others if pair[0] != self.name), (self.name, value)]


@pytest.fixture(scope="module")
def seeded(django_db_setup: None, django_db_blocker: object) -> Iterator[None]:
    """One world for the module, taken back at its end."""
    with (
        django_db_blocker.unblock(),
        pytest.MonkeyPatch.context() as patch,
        transaction.atomic(),
    ):
        patch.setattr(seeding, "TOLD", 6)
        seeding.seed(factories.SYSTEM, count=18, seed=4)
        yield
        transaction.set_rollback(True)


def boxes(page: str, text: str) -> Iterator[Box]:
    """Every box of a page that a person can type into."""
    root = html.fromstring(text)
    for form in root.xpath("//main//form"):
        if form.xpath("ancestor::dialog[not(@open)]"):
            continue
        action = urljoin(page, form.get("action") or "")
        button = form.xpath(".//button[@name and not(@disabled)]")
        others = [(str(n), str(v or "")) for n, v in form.form_values()]
        others += [(str(b.get("name")), str(b.get("value", ""))) for b in button[:1]]
        for element in form.xpath(".//input[@name] | .//textarea[@name]"):
            if element.xpath("ancestor::fieldset[@disabled]"):
                continue  # shown to be read
            typed = element.tag == "textarea" or element.get("type", "text") in TEXTS
            if typed and element.get("disabled") is None and element.get("readonly") is None:
                name = str(element.get("name"))
                yield Box(page, action, (form.get("method") or "get").upper(), name, tuple(others))


def found(client: Client, home: str, known: set[tuple[str, ...]]) -> Iterator[Box]:
    """The boxes of every kind of page a person reaches, without those that are known."""
    waiting, seen = deque([home]), {kind_of(home)}
    while waiting:
        page = waiting.popleft()
        with transaction.atomic():
            answer = client.get(page, follow=True)
            transaction.set_rollback(True)
        assert answer.status_code < 500, page
        if "text/html" not in answer.get("Content-Type", "") or answer.streaming:
            continue
        text = answer.content.decode()
        last = answer.redirect_chain[-1][0] if answer.redirect_chain else page
        for box in boxes(last, text):
            if box.kind not in known:
                known.add(box.kind)
                yield box
        for link in html.fromstring(text or "<p/>").xpath("//a[@href]"):
            address = urljoin(last, str(link.get("href"))).partition("#")[0]
            if address.startswith("/") and kind_of(address) not in seen:
                seen.add(kind_of(address))
                waiting.append(address)


def judged(client: Client, box: Box, value: str) -> str:
    """What is wrong with the answer to one absurd value; empty when nothing is."""
    with transaction.atomic():
        if box.method == "GET":
            parts = urlsplit(box.action)
            answer = client.get(f"{parts.path}?{urlencode(box.sent(value))}")
        else:
            body = urlencode(box.sent(value))
            kind = "application/x-www-form-urlencoded"
            answer = client.post(box.action, body, content_type=kind, HTTP_REFERER=box.page)
        transaction.set_rollback(True)
    if answer.status_code >= 500 or answer.status_code in (403, 404, 405):
        return f"status {answer.status_code}"
    if answer.status_code not in REFUSED or "text/html" not in answer.get("Content-Type", ""):
        return ""
    root = html.fromstring(answer.content.decode().replace("\x00", ""))
    if root.xpath("//main[contains(@class,'plain-page')]"):
        return f"status {answer.status_code}, and what was typed is gone"
    if not root.xpath(LOUD):
        return f"status {answer.status_code} and nothing that says why"
    mine = root.xpath("//*[@name=$name]", name=box.name)
    if mine and not root.xpath("//*[@aria-invalid='true'] | //*[contains(@class,'has-error')]"):
        alert = root.xpath("//main//*[@role='alert'] | //main//*[contains(@class,'notice')]")
        return "" if alert else "refused, and no box says so"
    return ""


@pytest.fixture(scope="module")
def known() -> set[tuple[str, ...]]:
    return set()


def entered(login: Login) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.get(username=login.username), backend=BACKEND)
    return client


ROLES = list({login.role: login for login in reversed(LOGINS)}.values())[::-1]


@pytest.mark.parametrize("login", ROLES, ids=lambda one: one.username)
@pytest.mark.figure("F6")
@pytest.mark.requirement("ASVS-1.4.2")
def test_no_absurd_value_breaks_a_form(
    seeded: None,
    known: set[tuple[str, ...]],
    login: Login,
    measured: Callable[..., None],
) -> None:
    client, bad, tried = entered(login), [], 0
    for number, box in enumerate(found(client, "/", known)):
        for step in range(EACH):
            value = ABSURD[(number * EACH + step) % len(ABSURD)]
            tried += 1
            if wrong := judged(client, box, value):
                bad.append(f"{box.page} {box.name}={value[:12]!r}: {wrong}")
    measured("F6", f"{tried:,} forms as {login.username}, {len(bad)} wrong", requests=tried)
    assert not bad, "\n".join([*bad[:40], f"{len(bad)} of {tried}"])


def test_a_fault_behind_a_box_is_seen(seeded: None, monkeypatch: pytest.MonkeyPatch) -> None:
    client = entered(LOGINS[0])
    box = next(box for box in found(client, "/worklist/", set()) if box.method == "GET")
    assert judged(client, box, "1") == ""

    def broken(*_args: object, **_more: object) -> None:
        raise ValueError

    monkeypatch.setattr(worklist, "page", broken)
    assert judged(client, box, "1") == "status 500"
