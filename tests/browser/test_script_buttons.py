"""Buttons that only a script answers: one press of each shows something."""

import re
from collections.abc import Callable

from playwright.sync_api import Page

from dev.paths import ROOT
from followup.core.permissions import Role

WATCH = """() => {
  window.changes = 0;
  new MutationObserver((seen) => { window.changes += seen.length; }).observe(
    document.documentElement,
    { subtree: true, childList: true, attributes: true, characterData: true });
}"""
# Session warnings have tests of their own in test_shell_behaviour, passkeys have theirs in
# test_second_factors, the camera in test_camera; printing opens a dialog of the browser.
PRESSED = {"data-copy"}
ELSEWHERE = {"data-stay", "data-passkey", "data-camera", "data-field", "data-options", "data-print"}
MOST = 6  # of the rows of a list, which all look alike
TEMPLATES = ROOT / "templates"


def pressed(page: Page, selector: str) -> list[str]:
    """What is on the page for a script alone, and changed nothing when it was pressed."""
    page.evaluate(WATCH)
    dead = []
    targets = page.locator(selector)
    for place in range(min(targets.count(), MOST)):
        target = targets.nth(place)
        if not target.is_visible():
            continue
        page.evaluate("window.changes = 0")
        target.click()
        page.wait_for_timeout(50)  # observers are called after the event, never in it
        if not page.evaluate("window.changes"):
            dead.append(target.evaluate("element => element.outerHTML"))
        if target.evaluate("element => element.matches('summary')"):
            target.click()  # closed again: what it opens lies over its neighbours
    return dead


def test_a_script_button_does_something_that_can_be_seen(enter_as: Callable[..., Page]) -> None:
    page = enter_as(Role.NURSE)
    every = "summary, [data-tick-all], main button[type=button]"
    assert pressed(page, every) == []
    page.goto("/samples/")
    page.goto(page.locator("tbody a[href^='/samples/']").first.get_attribute("href") or "")
    page.goto(
        page.locator("a[href^='/patients/'][href$='/samples/']").first.get_attribute("href") or ""
    )
    assert page.locator("[data-tick-all]").count() == 1
    assert page.locator(".batchbar").is_hidden()
    assert pressed(page, "[data-tick-all], main button[type=button]") == []
    assert page.locator(".batchbar").is_visible()


def test_the_link_of_a_file_is_copied(enter_as: Callable[..., Page]) -> None:
    page = enter_as(Role.AUDITOR)
    page.goto("/trail/")
    page.locator("form[action*='export'] button").first.click()
    page.goto("/jobs/")
    copier = page.locator("[data-copy]").first
    copier.wait_for(state="visible", timeout=60_000)
    assert pressed(page, "[data-copy]") == []


def test_no_script_button_is_forgotten() -> None:
    """A new kind of button without a form must be pressed by a test as well."""
    kinds = set()
    for file in TEMPLATES.rglob("*.html"):
        for tag in re.findall(r"<button\b[^>]*type=\"button\"[^>]*>", file.read_text()):
            kinds |= set(re.findall(r"\b(data-[a-z-]+)", tag)) or {tag}
    assert kinds == PRESSED | ELSEWHERE
