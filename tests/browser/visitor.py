"""A signed-in person without a browser: quick enough to open every page and press every button."""

import re
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener

from lxml import html

EACH = 2  # pages of one kind that are opened: a list's first row and another
ONCE = 1  # of a kind without a row, whatever its filter


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, the address it ended at, the text when it is a page."""

    status: int
    address: str
    page: str
    kind: str
    trigger: str = ""


class Visitor:
    """One signed-in session."""

    def __init__(self, origin: str, username: str, password: str) -> None:
        self.origin = origin
        self.cookies = CookieJar()
        self.opener: OpenerDirector = build_opener(HTTPCookieProcessor(self.cookies))
        self.home = ""
        self.sign_in(username, password)

    def sign_in(self, username: str, password: str) -> None:
        """Open a new session."""
        page = self.get("/sign-in/").page
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token
        data = {"username": username, "password": password, "csrfmiddlewaretoken": token[1]}
        answer = self.post("/sign-in/", data, referer="/sign-in/")
        self.home = answer.address.removeprefix(self.origin)

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Open an address of the product."""
        return self._send(Request(self.origin + path, headers=dict(headers or {})))

    def post(
        self,
        path: str,
        data: Mapping[str, str] | list[tuple[str, str]],
        *,
        referer: str,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a form as the page at `referer` would."""
        body = urlencode(data if isinstance(data, list) else list(data.items())).encode()
        more = {"Referer": self.origin + referer, **(headers or {})}
        return self._send(Request(self.origin + path, body, more))

    def _send(self, request: Request) -> Answer:
        try:
            answer = self.opener.open(request)
        except HTTPError as error:
            answer = error
        with answer:
            kind = answer.headers.get("Content-Type", "")
            text = answer.read().decode() if "text/html" in kind else ""
            trigger = answer.headers.get("HX-Trigger", "") + answer.headers.get("HX-Redirect", "")
            return Answer(answer.status, answer.geturl(), text, kind, trigger)


def kind_of(path: str) -> str:
    """Addresses that differ only in ids or in the values of a filter are one kind."""
    parts = urlsplit(path)
    name = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=/)[\d.]+(?=/)", "#", parts.path)
    name = re.sub(r"(/reference/elements/)[^/]+", r"\1#", name)
    return name + "?" + ",".join(sorted(key for key, _value in parse_qsl(parts.query)))


class Crawl:
    """The pages a person is led to by links, from the first one: some of each kind."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.opened: Counter[str] = Counter()
        self._waiting = deque([(visitor.home, "signing in")])
        self._seen = {visitor.home}

    def places(self) -> Iterator[tuple[str, str]]:
        """Each address to open with the page that shows it; `follow` adds those behind it."""
        while self._waiting:
            path, shown_on = self._waiting.popleft()
            kind = kind_of(path)
            if self.opened[kind] < (EACH if "#" in kind else ONCE):
                self.opened[kind] += 1
                yield path, shown_on

    def follow(self, path: str, answer: Answer) -> None:
        """Remember where a page leads by a click, and what it fetches by itself."""
        origin = self.visitor.origin
        root = html.fromstring(answer.page or "<p/>")
        for link in root.xpath("//a/@href | //@hx-get"):
            target = urljoin(answer.address, str(link)).partition("#")[0]
            local = target.removeprefix(origin)
            if target.startswith(origin + "/") and local not in self._seen:
                self._seen.add(local)
                self._waiting.append((local, path))
