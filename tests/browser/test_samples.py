"""Samples and the work-up in Chromium: labels in four presses, axe, reflow, both languages."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from followup.core.permissions import Role

Enter = Callable[..., Page]
MOST_PRESSES = 4  # ux F7, with the one in the print dialogue of the browser


def links(page: Page, selector: str) -> list[str]:
    return page.eval_on_selector_all(
        selector, "found => found.map(link => link.getAttribute('href'))"
    )


def a_patient_with_a_set(page: Page) -> str:
    """The address of a patient whose nearest visit asks for samples and has none yet."""
    page.goto("/patients/?state=ACTIVE")
    for href in links(page, "tbody th a"):
        page.goto(f"{href}samples/")
        if page.locator("button[name=set]").count():
            return href
    pytest.fail("no patient of the demo has a visit that asks for samples")


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_labels_of_a_visit_in_four_presses(enter_as: Enter, hand: Any, language: str) -> None:
    page = enter_as(Role.NURSE, language)
    patient = a_patient_with_a_set(page)
    page.goto(patient)
    mine = hand(page)
    mine.click(page.locator(f"main a[href='{patient}samples/']").first)
    page.wait_for_url("**/samples/")
    mine.click(page.locator("button[name=set]"))
    page.wait_for_url("**/samples/?visit=*")
    with page.context.expect_event(
        "response", lambda answer: answer.request.method == "POST"
    ) as answered:
        mine.click(page.locator("button[name=size][value='40x20']"))
    assert answered.value.headers["content-type"] == "application/pdf"
    assert mine.count + 1 <= MOST_PRESSES


def test_a_scan_and_enter_land_on_the_sample(enter_as: Enter) -> None:
    page = enter_as(Role.SAFETY_OFFICER)
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


def test_only_the_chosen_assay_asks_its_questions(enter_as: Enter) -> None:
    page = enter_as(Role.SAFETY_OFFICER, "en")
    page.goto("/samples/?state=RESULTED")
    page.locator("tbody th a").first.click()
    page.locator("a[href$='/results/new/']").first.click()
    page.wait_for_url("**/results/new/")
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
    sample = links(page, "tbody th a")[0]
    page.goto(sample)
    patient = links(page, ".breadcrumbs a[href^='/patients/']")[0]
    key = Path(sample).name
    page.goto("/samples/?state=PLANNED")
    planned = links(page, "tbody th a")
    page.goto("/cases/?box=open")
    found = [
        "/samples/",
        sample,
        planned[0],
        f"/samples/steps/?sample={key}&step=STORE",
        f"{sample}results/new/",
        f"/samples/labels/?sample={key}",
        patient,
        f"{patient}new/",
    ]
    for case in links(page, "tbody th a"):
        page.goto(case)
        if page.locator("a[href$='/work-up/']").count():
            found += [case, f"{case}work-up/"]
            break
    return found


DRAFT = """<div class="notice tone-due" role="status"><svg class="icon" aria-hidden="true"></svg>
<p>At 2026-11-30 03:43 you began this form and did not save it. The form does not show it.</p>
<div class="notice-end row-flow">
<form><button class="btn btn-plain btn-sm" type="button">Keep what was typed</button></form>
<form><button class="btn btn-quiet btn-sm" type="button">Discard</button></form></div></div>"""


def test_a_draft_waiting_fits_a_telephone(
    enter_as: Enter, faults: Callable[[Page], list[str]]
) -> None:
    """As `parts/draft.html` writes it: two buttons beside a sentence."""
    page = enter_as(Role.SAFETY_OFFICER, "en", 320)
    page.goto("/samples/")
    page.locator("main").evaluate(
        "(main, html) => main.insertAdjacentHTML('beforeend', html)", DRAFT
    )
    assert faults(page) == []


@pytest.mark.parametrize("width", [1366, 320])
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_every_page_of_samples(
    enter_as: Enter, faults: Callable[[Page], list[str]], language: str, width: int
) -> None:
    page = enter_as(Role.SAFETY_OFFICER, language, width)
    addresses = pages_of(page)
    assert any("work-up" in address for address in addresses)
    for address in addresses:
        page.goto(address)
        assert (address, faults(page)) == (address, [])
    page.goto(addresses[4])
    page.locator(".savebar button").first.click()
    expect(page.locator(".error-summary")).to_be_visible()
    assert faults(page) == []
