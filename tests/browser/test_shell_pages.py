"""The shell's own pages in Chromium: axe, reflow, targets, both languages, nothing from outside."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from followup.core.permissions import Role
from pv.demo.world import LOGINS

PAGES = ["/help/", "/account/", "/account/password/", "/drafts/"]
LOCALES = {"zh-Hans": "zh-CN", "en": "en-GB"}
WIDTHS = [1366, 320]


@pytest.fixture
def enter(new_page: Callable[..., Page]) -> Callable[[str, int], Page]:
    nurse = next(login for login in LOGINS if login.role is Role.NURSE)

    def enter(language: str, width: int) -> Page:
        page = new_page(locale=LOCALES[language], viewport={"width": width, "height": 768})
        page.goto("/sign-in/")
        page.locator("#id_username").fill(nurse.username)
        page.locator("#id_password").fill(nurse.password)
        page.locator("main button[type=submit]").click()
        page.wait_for_url(lambda address: "/sign-in/" not in address)
        return page

    return enter


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", list(LOCALES))
def test_the_sign_in_page_and_its_errors(
    new_page: Callable[..., Page],
    faults: Callable[[Page], list[str]],
    language: str,
    width: int,
) -> None:
    page = new_page(locale=LOCALES[language], viewport={"width": width, "height": 768})
    page.goto("/sign-in/")
    assert page.locator("html").get_attribute("lang") == language
    assert faults(page) == []
    page.locator("main button[type=submit]").click()
    expect(page.locator(".error-summary")).to_be_visible()
    assert faults(page) == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", list(LOCALES))
def test_every_page_of_the_shell(
    enter: Callable[[str, int], Page],
    faults: Callable[[Page], list[str]],
    language: str,
    width: int,
) -> None:
    page = enter(language, width)
    for address in PAGES:
        page.goto(address)
        assert (address, faults(page)) == (address, [])
        small = page.evaluate(
            """() => Array.from(document.querySelectorAll("button, summary, input, select"))
              .filter((e) => e.offsetParent && !e.closest(".visually-hidden"))
              .filter((e) => { const b = (e.closest("label") || e).getBoundingClientRect();
                               return b.width < 24 || b.height < 24; })
              .filter((e) => !e.matches(".form-check-input"))
              .map((e) => e.outerHTML.slice(0, 80))"""
        )
        assert (address, small) == (address, [])


def test_the_language_switch_is_one_press_and_stays(enter: Callable[[str, int], Page]) -> None:
    page = enter("zh-Hans", 1366)
    page.goto("/help/?from=test")
    before = page.locator("html").get_attribute("lang")
    page.locator(".topbar .lang-button").click()
    page.wait_for_function(
        "before => (document.documentElement?.lang ?? before) !== before", arg=before
    )
    assert page.url.endswith("/help/?from=test")
    page.locator(".topbar .lang-button").click()


def test_the_menu_of_a_small_screen_opens_without_script(
    new_page: Callable[..., Page], enter: Callable[[str, int], Page]
) -> None:
    page = enter("zh-Hans", 320)
    page.goto("/help/")
    page.locator(".menu-small > summary").click()
    expect(page.locator(".menu-small nav")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".menu-small nav")).to_be_hidden()
    expect(page.locator(".menu-small > summary")).to_be_focused()
