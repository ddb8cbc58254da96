"""Every role follows every link it is shown: none ends in 403, 404 or a failure of ours."""

import re
from collections import Counter, deque
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener

import pytest

from dev.live_stack import LiveStack
from followup.core.permissions import Role
from pv.actions.demo import LOGINS

EACH = 2  # pages of one kind that are opened: a list's first row and another
MOST = 250  # pages a role; more means that two kinds of address look like many


class Links(HTMLParser):
    """The addresses a page offers to a click, and those it fetches by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.found += [a for a in (tag == "a" and values.get("href"), values.get("hx-get")) if a]


class Visitor:
    """One signed-in session without a browser: quick enough for every page."""

    def __init__(self, origin: str, username: str, password: str) -> None:
        self.origin = origin
        self.opener: OpenerDirector = build_opener(HTTPCookieProcessor(CookieJar()))
        _status, _address, page = self.get("/sign-in/")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token
        data = {"username": username, "password": password, "csrfmiddlewaretoken": token[1]}
        address = f"{origin}/sign-in/"
        request = Request(address, urlencode(data).encode(), {"Referer": address})
        with self.opener.open(request) as answer:
            self.home = str(answer.geturl()).removeprefix(origin)

    def get(self, path: str) -> tuple[int, str, str]:
        """Status, the address it ended at, and the page when it is one."""
        try:
            with self.opener.open(self.origin + path) as answer:
                page = "text/html" in answer.headers.get("Content-Type", "")
                text = answer.read().decode() if page else ""
                return answer.status, answer.geturl(), text
        except HTTPError as error:
            return error.code, self.origin + path, ""


def kind(path: str) -> str:
    """Addresses that differ only in ids or in the values of a filter are one kind."""
    parts = urlsplit(path)
    name = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=/)[\d.]+(?=/)", "#", parts.path)
    name = re.sub(r"(/reference/elements/)[^/]+", r"\1#", name)
    return name + "?" + ",".join(sorted(key for key, _value in parse_qsl(parts.query)))


def crawl(visitor: Visitor) -> tuple[list[str], Counter[str]]:
    """Links that fail, with the page that shows them; and how often each kind was opened."""
    bad: list[str] = []
    opened: Counter[str] = Counter()
    waiting, seen = deque([(visitor.home, "signing in")]), {visitor.home}
    while waiting:
        path, shown_on = waiting.popleft()
        if opened[kind(path)] >= EACH:
            continue
        opened[kind(path)] += 1
        status, address, page = visitor.get(path)
        if status >= 400:
            bad.append(f"{status} {path} on {shown_on}")
        links = Links()
        links.feed(page)
        for link in links.found:
            target = urljoin(address, link).partition("#")[0]
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
