"""Every role presses every button of every page it is shown, once, with nothing typed.

A press must do something that can be seen: another page, a message, an error that says what is
missing on the same form. A failure of ours, a refusal without a way back, or the same page as if
nothing had been pressed is a fault.
"""

import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode, urljoin

import pytest
from lxml import html

from dev.demo.live_stack import LiveStack
from dev.engines.databases import drop
from dev.engines.valkey import Valkey
from dev.testing.pytest_engines import Engines, seeded
from followup.core.permissions import Role
from pv.demo.world import LOGINS
from tests.browser.visitor import Answer, Visitor, kind_of

EACH = 2  # pages of one kind that are opened: what lies behind it may have another state
ONCE = 1  # with another filter a page has the same buttons
MOST = 900  # presses of a role; more means that two kinds of button look like many
# Leaving the session or the language ends the visit; each has tests of its own.
NOT_PRESSED = ("/sign-out/", "/language/", "/i18n/")
WAY_BACK = "//main//form | //main//a[@href] | //nav//a[@href]"


@dataclass(frozen=True, slots=True)
class Button:
    """One thing to press, with what a browser would send."""

    action: str
    method: str
    label: str
    data: tuple[tuple[str, str], ...]
    unattended: bool  # by script: the answer replaces a part of the page

    def key(self, page: str) -> tuple[str, str, str, str]:
        """Buttons of one kind: the page whatever its filter, where it leads, what it says."""
        words = re.sub(r"[\d]+", "#", " ".join(self.label.split()))
        place = kind_of(page).partition("?")[0]
        return place, self.method, kind_of(self.action), words


@pytest.fixture(scope="module")
def pressed_stack(engines: Engines, valkey: Valkey) -> Iterator[LiveStack]:
    """A product of its own: what is pressed here changes what others would see."""
    engines.ready()
    copy = engines.database.copy(f"everwatch_pressed_{engines.worker}", of=seeded(engines))
    stack = LiveStack(engines.environment(copy), copy, engines.folder / f"{engines.worker}-pressed")
    stack.folder.mkdir(exist_ok=True)
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()
        drop(copy)


def _fields(form: html.HtmlElement) -> list[tuple[str, str]]:
    """What a browser sends of an untouched form."""
    return [(str(name), str(value or "")) for name, value in form.form_values()]


def buttons(page: str) -> Iterator[Button]:
    """Every button of a page that the server answers."""
    root = html.fromstring(page)
    for element in root.xpath("//button | //input[@type='submit']"):
        if element.get("type") in ("button", "reset") or element.get("disabled") is not None:
            continue
        label = str(element.text_content() or element.get("value") or element.get("aria-label", ""))
        own = element.get("name")
        extra = [(str(own), str(element.get("value", "")))] if own else []
        posted = element.get("hx-post")
        forms = root.xpath(f"//form[@id='{element.get('form')}']") if element.get("form") else []
        form = forms[0] if forms else next(element.iterancestors("form"), None)
        if form is None and posted is None:
            continue
        if form is not None and form.xpath("ancestor::dialog[not(@open)]"):
            continue  # not on the page until a script opens it, and answered by the script
        if form is not None and element.xpath("ancestor::*[@hidden]"):
            ticks = form.xpath(".//input[@data-tick]")  # shown once something is ticked
            extra += [(str(tick.get("name")), str(tick.get("value"))) for tick in ticks[:1]]
        data = [*(_fields(form) if form is not None else ()), *extra]
        if posted is not None:
            yield Button(posted, "POST", label, tuple(data), unattended=True)
            continue
        assert form is not None
        action = element.get("formaction") or form.get("action") or ""
        yield Button(action, (form.get("method") or "get").upper(), label, tuple(data), False)


def shown(page: str) -> str:
    """What a reader sees of a page, without what differs at every look."""
    if not page:
        return ""
    root = html.fromstring(page)
    for element in root.xpath("//script | //style | //head | //input[@type='hidden']"):
        element.drop_tree()
    values = " ".join(str(e.get("value") or e.get("checked") or "") for e in root.iter("input"))
    text = re.sub(r"\d\d:\d\d(:\d\d)?", "", root.text_content())
    return " ".join(f"{text} {values}".split())


def judged(before: str, button: Button, answer: Answer) -> str:
    """What is wrong with the answer to a press; empty when it can be seen that it worked."""
    if answer.status >= 500 or answer.status in (403, 404, 405):
        return f"status {answer.status}"
    if not answer.kind.startswith("text/html"):
        return "" if answer.status < 400 else f"status {answer.status}, {answer.kind}"
    if button.unattended:
        return "" if answer.page.strip() or answer.trigger else "an empty answer"
    root = html.fromstring(answer.page or "<p/>")
    if answer.status >= 400 and not root.xpath(WAY_BACK):
        return f"status {answer.status} without a way back"
    if "<html" in answer.page and not root.xpath("//h1"):
        return "a page without a heading"
    if button.method == "POST" and shown(answer.page) == before:
        return "nothing that can be seen"
    return ""


def press_all(visitor: Visitor) -> tuple[list[str], Counter[tuple[str, str, str, str]]]:
    """What fails when one presses everything one is shown, and what was pressed."""
    bad: list[str] = []
    pressed: Counter[tuple[str, str, str, str]] = Counter()
    opened: Counter[str] = Counter()
    waiting = deque([visitor.home])
    seen = {visitor.home}
    while waiting:
        path = waiting.popleft()
        if opened[kind_of(path)] >= (EACH if "#" in kind_of(path) else ONCE):
            continue
        opened[kind_of(path)] += 1
        first = visitor.get(path)
        if first.status >= 400 or not first.page:
            continue  # what was pressed before may have taken the thing away
        root = html.fromstring(first.page)
        for link in root.xpath("//a/@href | //@hx-get"):
            target = urljoin(first.address, str(link)).partition("#")[0]
            local = target.removeprefix(visitor.origin)
            if target.startswith(visitor.origin + "/") and local not in seen:
                seen.add(local)
                waiting.append(local)
        names = [button.key(path) for button in buttons(first.page)]
        page: Answer | None = first
        for name in names:
            if pressed[name] or any(part in name[2] for part in NOT_PRESSED):
                continue
            pressed[name] += 1
            page = page or visitor.get(path)
            found = [button for button in buttons(page.page) if button.key(path) == name]
            if not found:
                continue  # the button before it changed the page
            answer = _press(visitor, path, page, found[0])
            if fault := judged(shown(page.page), found[0], answer):
                bad.append(f"{name[3]!r} on {path}: {fault}")
            if found[0].method == "POST" and answer.status < 400:
                page = None  # opened anew: it may look different now
    return bad, pressed


def _press(visitor: Visitor, path: str, page: Answer, button: Button) -> Answer:
    """Press one button of an open page."""
    target = urljoin(page.address, button.action).removeprefix(visitor.origin)
    if button.method == "GET":
        query = urlencode(button.data)
        return visitor.get(target.partition("?")[0] + (f"?{query}" if query else ""))
    token = next((v for k, v in button.data if k == "csrfmiddlewaretoken"), "")
    if not token:
        token = next((c.value or "" for c in visitor.cookies if c.name == "csrftoken"), "")
    headers = {"X-CSRFToken": token}
    if button.unattended:
        headers |= {"HX-Request": "true", "HX-Current-URL": page.address}
    return visitor.post(target, list(button.data), referer=path, headers=headers)


@pytest.mark.parametrize("role", list(Role))
def test_every_button_does_something_that_can_be_seen(pressed_stack: LiveStack, role: Role) -> None:
    login = next(login for login in LOGINS if login.role is role)
    bad, pressed = press_all(Visitor(pressed_stack.url, login.username, login.password))
    assert bad == []
    assert 3 < sum(pressed.values()) < MOST


def test_the_judge_sees_a_dead_button() -> None:
    """The check itself: the same page again is a fault, an error on the form is none."""
    page = "<html><h1>A</h1><main><form method=post><button>Add</button></form></main></html>"
    (button,) = buttons(page)
    again = Answer(200, "", page, "text/html")
    assert judged(shown(page), button, again) == "nothing that can be seen"
    refused = Answer(422, "", page.replace("<h1>A", "<h1>A<p>Say why.</p>"), "text/html")
    assert judged(shown(page), button, refused) == ""
    lost = Answer(422, "", "<html><h1>Error</h1>Say why.</html>", "text/html")
    assert "without a way back" in judged(shown(page), button, lost)
    assert judged(shown(page), button, Answer(500, "", page, "text/html")) == "status 500"
