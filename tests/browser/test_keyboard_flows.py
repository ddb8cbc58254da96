"""The main flows without a mouse and without JavaScript, counted from the load of the page."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from followup.core.permissions import Role
from pv.demo.world import LOGINS
from tests.browser.conftest import LOCALES
from tests.browser.test_flows import LANGUAGES, SIX, answer

IN_FOCUS = "element => element === document.activeElement"


def reach(page: Page, by: Any, selector: str, most: int) -> None:
    """Press Tab until the first of these has the focus, as somebody without a mouse does."""
    wanted = page.locator(selector).first
    while not wanted.evaluate(IN_FOCUS):
        assert by.count < most, f"{selector} is not reached"
        by.key("Tab")


def choose(page: Page, by: Any, name: str, value: str, most: int) -> None:
    reach(page, by, f"select[name={name}]", most)
    while page.locator(f"select[name={name}]").input_value() != value:
        assert by.count < most, f"{name} has no {value}"
        by.key("ArrowDown")


@pytest.mark.parametrize("language", LANGUAGES)
def test_f1_by_the_keyboard_alone_from_the_worklist(enter_as, hand, language: str) -> None:
    page = enter_as(Role.NURSE, language)
    page.goto("/worklist/")
    by = hand(page)
    by.key("c")
    page.wait_for_url("**/call/")
    first = page.url
    expect(page.locator("input[name=informant]:focus")).to_have_count(1)
    for _question in SIX:
        by.key("1")
    by.key("Control+Enter")
    page.wait_for_url(lambda address: address != first)
    assert re.search(r"/visits/\d+/call/$", page.url), "the next patient is open"
    expect(page.locator(".notice form[data-undo]")).to_be_visible()
    assert by.count <= 12


@pytest.mark.parametrize("language", LANGUAGES)
def test_f6_by_the_keyboard_alone_from_the_load_of_the_grid(enter_as, hand, language: str) -> None:
    """The way to the first cell counts too: for twenty patients no more than four keys each."""
    page = enter_as(Role.NURSE, language)
    page.goto("/batches/grid/")
    boxes = page.locator("[name^=vital_status-]")
    rows = min(boxes.count(), 20)
    assert rows >= 3
    by, most = hand(page), 4 * 20
    choose(page, by, "contact_type", "PHONE", most)
    choose(page, by, "informant", "PATIENT", most)
    reach(page, by, "[name^=vital_status-]", most)
    way = by.count
    for number in range(rows):
        by.key("1")
        expect(boxes.nth(number)).to_have_value("1")
        by.key("Enter")
    each = (by.count - way) / rows
    assert way + 20 * each < most, "and one more key saves"


@pytest.mark.parametrize("language", LANGUAGES)
def test_f1_without_javascript_within_twelve(
    new_page: Callable[..., Page], hand, language: str
) -> None:
    login = next(row for row in LOGINS if row.role is Role.NURSE)
    page = new_page(
        java_script_enabled=False,
        locale=LOCALES[language],
        viewport={"width": 1366, "height": 768},
    )
    page.goto("/sign-in/")
    page.locator("#id_username").fill(login.username)
    page.locator("#id_password").fill(login.password)
    page.locator("main button[type=submit]").click()
    if page.locator("html").get_attribute("lang") != language:
        page.locator(".topbar .lang-button").click()
    expect(page.locator("html")).to_have_attribute("lang", language)
    page.goto("/worklist/")
    by = hand(page)
    by.click(page.locator("tbody a[data-key=c]").first)
    first = page.url
    for name, value in SIX:
        assert page.locator(f"input[name={name}]:checked").count() == 0, "nothing is preselected"
        by.click(answer(page, name, value))
    by.click(page.locator("button[name=then][value=next]"))
    assert page.url != first
    assert re.search(r"/visits/\d+/call/$", page.url), "the next patient is open"
    expect(page.locator("form[action*='/undo/']").first).to_be_visible()
    assert by.count <= 12
