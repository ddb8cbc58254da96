"""Every role follows every link it is shown, then presses every button, with nothing typed.

No link ends in 403, 404 or a failure of ours. A press must do something that can be seen: another
page, a message, an error that says what is missing on the same form. A failure of ours, a refusal
without a way back, or the same page as if nothing had been pressed is a fault.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from urllib.parse import urlencode, urljoin

import pytest
from lxml import html

from dev.demo.live_stack import LiveStack
from dev.engines.databases import drop
from dev.engines.valkey import Valkey
from dev.testing.pytest_engines import Engines, seeded
from followup.core.permissions import Role
from pv.demo.world import LOGINS
from tests.browser.visitor import Answer, Crawl, Visitor, kind_of

# Of a role; more means that two kinds look like many.
MOST_PAGES, MOST_PRESSES = 420, 900
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


@dataclass
class Walk:
    """What a role was shown before anybody pressed anything."""

    crawl: Crawl
    bad: list[str] = field(default_factory=list)  # links that fail, with the page that shows them
    # The buttons of each page: it is opened again only for one that nobody pressed elsewhere.
    buttons: dict[str, list[tuple[str, str, str, str]]] = field(default_factory=dict)

    @classmethod
    def of(cls, visitor: Visitor) -> "Walk":
        """Follow every link."""
        walk = cls(Crawl(visitor))
        for path, shown_on in walk.crawl.places():
            answer = visitor.get(path)
            if answer.status >= 400:
                walk.bad.append(f"{answer.status} {path} on {shown_on}")
            walk.crawl.follow(path, answer)
            pressable = buttons(answer.page) if answer.page else ()
            walk.buttons[path] = [button.key(path) for button in pressable]
        return walk


def press_all(walk: Walk) -> tuple[list[str], Counter[tuple[str, str, str, str]]]:
    """What fails when one presses everything one is shown, and what was pressed."""
    bad: list[str] = []
    pressed: Counter[tuple[str, str, str, str]] = Counter()
    visitor = walk.crawl.visitor

    def left(name: tuple[str, str, str, str]) -> bool:
        return not pressed[name] and not any(part in name[2] for part in NOT_PRESSED)

    behind = ((path, None) for path, _shown_on in walk.crawl.places())  # what a press has made
    for path, seen in chain(walk.buttons.items(), behind):
        if seen is not None and not any(map(left, seen)):
            continue
        first = visitor.get(path)
        if first.status >= 400 or not first.page:
            continue  # what was pressed before may have taken the thing away
        walk.crawl.follow(path, first)
        page: Answer | None = first
        for name in [button.key(path) for button in buttons(first.page)]:
            if not left(name):
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


@pytest.fixture(scope="module")
def walks(pressed_stack: LiveStack) -> Callable[[Role], Walk]:
    """What each role was shown; those of all roles are walked before the first press."""
    known: dict[Role, Walk] = {}

    def walked(role: Role) -> Walk:
        if role not in known:
            login = next(login for login in LOGINS if login.role is role)
            known[role] = Walk.of(Visitor(pressed_stack.url, login.username, login.password))
        return known[role]

    return walked


@pytest.mark.parametrize("role", list(Role))
def test_no_link_that_is_shown_fails(walks: Callable[[Role], Walk], role: Role) -> None:
    walk = walks(role)
    assert walk.bad == []
    assert 10 < sum(walk.crawl.opened.values()) < MOST_PAGES


@pytest.mark.parametrize("role", list(Role))
def test_every_button_does_something_that_can_be_seen(
    walks: Callable[[Role], Walk], role: Role
) -> None:
    bad, pressed = press_all(walks(role))
    assert bad == []
    assert 3 < sum(pressed.values()) < MOST_PRESSES


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
