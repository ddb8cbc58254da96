"""Every role follows every link it is shown: none ends in 403, 404 or a failure of ours."""

from collections import Counter, deque
from html.parser import HTMLParser
from urllib.parse import urljoin

import pytest

from dev.demo.live_stack import LiveStack
from followup.core.permissions import Role
from pv.demo.world import LOGINS
from tests.browser.visitor import Visitor, kind_of

EACH = 2  # pages of one kind that are opened: a list's first row and another
ONCE = 1  # of a kind without a row, whatever its filter
MOST = 420  # pages a role; more means that two kinds of address look like many


class Links(HTMLParser):
    """The addresses a page offers to a click, and those it fetches by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.found += [a for a in (tag == "a" and values.get("href"), values.get("hx-get")) if a]


def crawl(visitor: Visitor) -> tuple[list[str], Counter[str]]:
    """Links that fail, with the page that shows them; and how often each kind was opened."""
    bad: list[str] = []
    opened: Counter[str] = Counter()
    waiting, seen = deque([(visitor.home, "signing in")]), {visitor.home}
    while waiting:
        path, shown_on = waiting.popleft()
        if opened[kind_of(path)] >= (EACH if "#" in kind_of(path) else ONCE):
            continue
        opened[kind_of(path)] += 1
        answer = visitor.get(path)
        if answer.status >= 400:
            bad.append(f"{answer.status} {path} on {shown_on}")
        links = Links()
        links.feed(answer.page)
        for link in links.found:
            target = urljoin(answer.address, link).partition("#")[0]
            local = target.removeprefix(visitor.origin)
            if target.startswith(visitor.origin + "/") and local not in seen:
                seen.add(local)
                waiting.append((local, path))
    return bad, opened


@pytest.mark.parametrize("role", list(Role))
def test_no_link_that_is_shown_fails(live_stack: LiveStack, role: Role) -> None:
    login = next(login for login in LOGINS if login.role is role)
    bad, opened = crawl(Visitor(live_stack.url, login.username, login.password))
    assert bad == []
    assert 10 < sum(opened.values()) < MOST
