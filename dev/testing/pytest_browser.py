"""Chromium for the tests, through Playwright: fixtures `browser`, `new_page` and `page`."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)

from dev.checks.packages import find_chromium
from dev.demo.live_stack import LiveStack

# Milliseconds a busy machine may take; a test that passes never waits for them.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A camera that Chromium draws. Whether a page may use it, each test says by its permissions;
    # --use-fake-ui-for-media-stream would say yes to all, and a refusal could not be tried.
    "--use-fake-device-for-media-stream",
]
LACKING = "no Chromium: apt-get install chromium, or name one in $CHROMIUM"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the session; without one a skip, or a failure when REQUIRE_BROWSER=1."""
    path = find_chromium()
    if not path:
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(LACKING)
        pytest.skip(LACKING)
    # Playwright's loop runs in this thread from here on; Django would refuse the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, headless=True, args=FLAGS)
        yield chromium
        chromium.close()


class Witness:
    """Watches one browser context for what no page of ours may do."""

    def __init__(self, context: BrowserContext, origin: str) -> None:
        self.origin = origin
        self.faults: list[str] = []
        context.on("request", self._request)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.faults.append(f"script error: {error.error}"))

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https", "ws", "wss"} and (
            f"{parts.scheme}://{parts.netloc}" != self.origin
        ):
            self.faults.append(f"request to the outside: {request.url}")

    def _console(self, message: ConsoleMessage) -> None:
        # A refused form answers 4xx, which Chromium reports as an error of its own.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.faults.append(f"console: {message.text}")


@pytest.fixture
def new_page(browser: Browser, live_stack: LiveStack) -> Iterator[Callable[..., Page]]:
    """Open a page in a fresh profile: `new_page(locale="en-US", viewport={...})`.

    Fails the test afterwards when any page sent a request elsewhere or logged an error.
    """
    with ExitStack() as opened:
        witnesses: list[Witness] = []

        def open_page(**options: Any) -> Page:
            settings: dict[str, Any] = {
                "locale": "zh-CN",
                "timezone_id": "Asia/Shanghai",
                "viewport": {"width": 1280, "height": 900},
                "base_url": live_stack.url,
                **options,
            }
            context = browser.new_context(**settings)
            opened.callback(context.close)
            context.set_default_timeout(PATIENCE)
            witnesses.append(Witness(context, live_stack.url))
            return context.new_page()

        yield open_page
    faults = [fault for witness in witnesses for fault in witness.faults]
    assert not faults, faults


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """One page in Chinese, at desktop size."""
    return new_page()
