"""Signing in as a role, and the hand that counts what it does."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Locator, Page

from followup.core.permissions import Role
from pv.demo.world import LOGINS
from tests.browser.contrasts import violations

# Tables wider than their panel run under the aside, which no width of the page shows.
SPILLS = """() => [...document.querySelectorAll(".panel table")]
  .filter((table) => table.offsetParent && !table.closest(".scroll-region, .chart-scroll"))
  .filter((table) => table.getBoundingClientRect().right
    > table.closest(".panel").getBoundingClientRect().right + 1)
  .map((table) => table.caption?.innerText ?? table.className)"""
# On a desk a list shows its last column, where its buttons are, without being scrolled.
CUT = """() => [...document.querySelectorAll(".scroll-region > table[data-rows]")]
  .filter((table) => table.offsetParent && table.offsetWidth > table.parentElement.clientWidth + 1)
  .map((table) => table.caption?.innerText ?? table.className)"""
DESK = 1366
TALLEST = 12_000  # px of a page that is looked at whole
LOCALES = {"zh-Hans": "zh-CN", "en": "en-GB"}
Enter = Callable[..., Page]
Faults = Callable[..., list[str]]


@pytest.fixture(scope="session")
def faults() -> Faults:
    """What axe finds on a page (`axe=False`: unasked), and whether it or a table is too wide."""
    passed: set[str] = set()

    def asked(page: Page) -> list[str]:
        if not page.evaluate("'axe' in window"):  # it stays until the page is left
            page.evaluate(AXE_SCRIPT)
        size = page.viewport_size
        # As tall as the page: else what lies under the bar of buttons until one scrolls is a fault.
        tall = min(page.evaluate("document.documentElement.scrollHeight"), TALLEST)
        page.set_viewport_size({**size, "height": max(size["height"], tall)})
        bad, looks = violations(page, passed)
        page.set_viewport_size(size)
        passed.update(looks)
        return [f"{f['id']}: {f['nodes'][0]['html'][:160]}" for f in bad]

    def found(page: Page, *, axe: bool = True) -> list[str]:
        said = asked(page) if axe else []
        width = page.viewport_size["width"]
        wide = page.evaluate("document.documentElement.scrollWidth")
        said += [f"scrolls sideways: {wide} > {width}"] if wide > width else []
        cut = page.evaluate(CUT) if width >= DESK else []
        said += [f"is cut off at its panel: {name}" for name in cut]
        return said + [f"runs out of its panel: {name}" for name in page.evaluate(SPILLS)]

    return found


@pytest.fixture
def enter_as(new_page: Callable[..., Page]) -> Enter:
    """Sign in as the first demo login of a role: `enter_as(Role.NURSE, "en", 1366)`; of a site."""

    def enter(role: Role, language: str = "zh-Hans", width: int = 1366, *, site: str = "") -> Page:
        login = next(row for row in LOGINS if row.role is role and row.site in (site or row.site,))
        page = new_page(locale=LOCALES[language], viewport={"width": width, "height": 768})
        page.goto("/sign-in/")
        page.locator("#id_username").fill(login.username)
        page.locator("#id_password").fill(login.password)
        page.locator("main button[type=submit]").click()
        page.wait_for_url(lambda address: "/sign-in/" not in address)
        if page.locator("html").get_attribute("lang") != language:
            page.locator(".topbar .lang-button").click()
            page.wait_for_function(
                "wanted => document.documentElement?.lang === wanted", arg=language
            )
        return page

    return enter


@dataclass
class Hand:
    """Counts interactions: one click, one key command, one field typed (ux 6)."""

    page: Page
    count: int = 0

    def click(self, target: Locator) -> None:
        self.count += 1
        target.click()

    def type(self, target: Locator, text: str) -> None:
        self.count += 1
        target.fill(text)

    def key(self, keys: str) -> None:
        self.count += 1
        self.page.keyboard.press(keys)


@pytest.fixture
def hand() -> type[Hand]:
    return Hand
