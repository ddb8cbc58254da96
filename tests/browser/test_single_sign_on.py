"""Signing in at a real identity provider in a real browser, and what is said when that fails.

Product and provider are different sites to the browser, as in a hospital: cookies and the content
security policy have to let it through.
"""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from dev.demo.live_stack import LiveStack
from pv.demo.world import LOGINS
from tests import openid_provider
from tests.browser.provider_processes import NAME

LOGIN = next(login for login in LOGINS if login.username == "doctor.nj01")
NUMBER, STRANGER = "u-1001", "u-9999"
LANGUAGES = {"zh-Hans": "zh-CN", "en": "en-GB"}
BUTTON = f"main a[href*='/sign-in/with/']:has-text('{NAME}')"


@pytest.fixture(scope="module")
def issuer(live_stack: LiveStack) -> Iterator[str]:
    module = "from tests.browser import provider_processes as p; p."
    with openid_provider.running() as peer:
        call = f"open_provider({peer.issuer!r}, {LOGIN.username!r}, {NUMBER!r})"
        made = live_stack.manage("shell", "--verbosity", "0", "-c", module + call).split()[-1]
        yield peer.issuer
        live_stack.manage("shell", "--verbosity", "0", "-c", f"{module}close_provider({made!r})")


@pytest.fixture
def visit(browser: Browser, live_stack: LiveStack) -> Iterator[Callable[[str], Page]]:
    """A new visitor at 320 px, by a name that is another site than the provider's."""
    contexts = []

    def begin(language: str) -> Page:
        context = browser.new_context(
            base_url=live_stack.url.replace("127.0.0.1", "localhost"),
            locale=LANGUAGES[language],
            viewport={"width": 320, "height": 720},
        )
        context.set_default_timeout(20_000)
        contexts.append(context)
        page = context.new_page()
        page.goto("/sign-in/")
        assert page.locator("html").get_attribute("lang") == language
        return page

    yield begin
    for context in contexts:
        context.close()


def at_provider(page: Page, issuer: str, person: str, *, cancel: bool = False) -> None:
    page.locator(BUTTON).click()
    page.wait_for_url(f"{issuer}/**")
    page.locator("[name=person]").fill(person)
    page.locator("[name=cancel]" if cancel else "button:not([name])").click()
    page.wait_for_url(lambda address: address.startswith("http://localhost"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_somebody_signs_in_at_the_provider_and_comes_back(
    issuer: str, visit: Callable[[str], Page], language: str, faults
) -> None:
    page = visit(language)
    assert faults(page) == []
    at_provider(page, issuer, NUMBER)
    page.wait_for_url(lambda address: "/sign-in/" not in address)
    assert faults(page) == []
    page.goto("/account/sessions/")
    assert NAME in page.locator("main").inner_text()
    assert faults(page) == []

    stranger = visit(language)
    at_provider(stranger, issuer, STRANGER)
    assert STRANGER in stranger.locator("main").inner_text(), "the number that can be linked"
    assert faults(stranger) == []
    assert stranger.goto("/account/sessions/").url.find("/sign-in/") > 0, "nobody is signed in"

    cancelled = visit(language)
    at_provider(cancelled, issuer, NUMBER, cancel=True)
    assert cancelled.locator("main [role=alert], main .error-summary, main .notice").count()
    assert faults(cancelled) == []
    again = cancelled.goto("/sign-in/")
    assert again.ok
    at_provider(cancelled, issuer, NUMBER)
    cancelled.wait_for_url(lambda address: "/sign-in/" not in address)
