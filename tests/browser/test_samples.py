"""Samples and the work-up in Chromium: labels in four presses, axe, reflow, both languages."""

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from followup.core.permissions import Role
from pv.actions.demo import LOGINS

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOCALES = {"zh-Hans": "zh-CN", "en": "en-GB"}
WIDTHS = [1366, 320]
MOST_PRESSES = 4  # ux F7


def faults(page: Page) -> list[str]:
    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    said = [f"{f['id']}: {f['nodes'][0]['html'][:160]}" for f in found]
    width = page.viewport_size["width"]
    wide = page.evaluate("document.documentElement.scrollWidth")
    return said + ([f"scrolls sideways: {wide} > {width}"] if wide > width else [])


@pytest.fixture
def enter(new_page: Callable[..., Page]) -> Callable[..., Page]:
    def enter(role: Role, language: str = "zh-Hans", width: int = 1366) -> Page:
        login = next(found for found in LOGINS if found.role is role)
        page = new_page(locale=LOCALES[language], viewport={"width": width, "height": 768})
        page.goto("/sign-in/")
        page.locator("#id_username").fill(login.username)
        page.locator("#id_password").fill(login.password)
        page.locator("main button[type=submit]").click()
        page.wait_for_url(lambda address: "/sign-in/" not in address)
        if page.locator("html").get_attribute("lang") != language:
            page.locator(".lang-button >> visible=true").first.click()
            page.wait_for_function(
                "wanted => document.documentElement.lang === wanted", arg=language
            )
        return page

    return enter


def a_patient_with_a_set(page: Page) -> str:
    """The address of a patient whose nearest visit asks for samples and has none yet."""
    page.goto("/patients/?state=ACTIVE")
    hrefs = page.eval_on_selector_all(
        "tbody th a", "links => links.map(link => link.getAttribute('href'))"
    )
    for href in hrefs:
        page.goto(f"{href}samples/")
        if page.locator("button[name=set]").count():
            return href
    pytest.fail("no patient of the demo has a visit that asks for samples")


def test_labels_of_a_visit_in_four_presses(enter: Callable[..., Page]) -> None:
    page = enter(Role.NURSE)
    page.goto(a_patient_with_a_set(page))
    presses = 0

    def press(selector: str) -> None:
        nonlocal presses
        presses += 1
        page.locator(selector).first.click()

    press("main a[href$='/samples/'] >> visible=true")
    page.wait_for_url("**/samples/")
    press("button[name=set]")
    page.wait_for_url("**/samples/?visit=*")
    press("a[href*='/samples/labels/?sample='] >> visible=true")
    page.wait_for_url("**/samples/labels/*")
    with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
        with page.expect_popup():
            press("button[name=size][value='40x20']")
    assert answered.value.headers["content-type"] == "application/pdf"
    assert presses <= MOST_PRESSES


def test_a_scan_and_enter_land_on_the_sample(enter: Callable[..., Page]) -> None:
    page = enter(Role.SAFETY_OFFICER)
    page.goto("/samples/")
    expect(page.locator("#scan-number")).to_be_focused()
    link = page.locator("tbody th a").first
    number, href = link.inner_text(), link.get_attribute("href")
    page.keyboard.type(number.replace("-", ""))
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{href}")
    page.goto("/help/")
    page.keyboard.press("/")
    page.keyboard.type(number)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{href}")


def test_only_the_chosen_assay_asks_its_questions(enter: Callable[..., Page]) -> None:
    page = enter(Role.SAFETY_OFFICER, "en")
    page.goto("/samples/?state=RESULTED")
    page.locator("tbody th a").first.click()
    page.locator("a[href$='/results/new/']").first.click()
    assert page.locator("input:checked").count() == 0
    page.locator("input[name=assay][value=CAR_TRANSGENE]").check(force=True)
    expect(page.locator("#block-car_transgene")).to_be_visible()
    expect(page.locator("#block-isa")).to_be_hidden()
    expect(page.locator("[name=value]")).to_be_visible()
    expect(page.locator("[name=sites]")).to_be_hidden()
    page.locator("input[name=assay][value=RCL]").check(force=True)
    expect(page.locator("#block-rcl")).to_be_visible()
    expect(page.locator("[name=value]")).to_be_hidden()


def pages_of(page: Page) -> list[str]:
    """Every page of samples and the work-up that this officer can open."""
    page.goto("/samples/?state=RESULTED")
    sample = page.locator("tbody th a").first.get_attribute("href")
    page.goto(sample)
    patient = page.locator("a[href^='/patients/'][href$='/samples/']").first.get_attribute("href")
    key = Path(sample).name
    page.goto("/samples/?state=PLANNED")
    planned = page.locator("tbody th a").first.get_attribute("href")
    page.goto("/cases/?box=open")
    cases = page.eval_on_selector_all(
        "tbody th a", "links => links.map(link => link.getAttribute('href'))"
    )
    found = [
        "/samples/",
        sample,
        planned,
        f"/samples/steps/?sample={key}&step=STORE",
        f"{sample}results/new/",
        f"/samples/labels/?sample={key}",
        patient,
        f"{patient}new/",
    ]
    for case in cases:
        page.goto(case)
        if page.locator("a[href$='/work-up/']").count():
            found += [case, f"{case}work-up/"]
            break
    return found


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", list(LOCALES))
def test_every_page_of_samples(enter: Callable[..., Page], language: str, width: int) -> None:
    page = enter(Role.SAFETY_OFFICER, language, width)
    addresses = pages_of(page)
    assert any("work-up" in address for address in addresses)
    for address in addresses:
        page.goto(address)
        assert (address, faults(page)) == (address, [])
    page.goto(addresses[4])
    page.locator(".savebar button").first.click()
    expect(page.locator(".error-summary")).to_be_visible()
    assert faults(page) == []
