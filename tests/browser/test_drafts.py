"""Drafts in Chromium: offered, blank until kept, gone when left."""

import re

import pytest
from playwright.sync_api import Page, expect

from followup.core.permissions import Role

KEEP = {"zh-Hans": "恢复填写内容", "en": "Keep what was typed"}
CANCEL = {"zh-Hans": "取消", "en": "Cancel"}
SAVED = re.compile(r"\d\d:\d\d")


def begun(page: Page) -> None:
    page.goto("/worklist/")
    page.locator("tbody a[data-key=c]").last.click()
    page.wait_for_url("**/call/")
    left = page.locator("main .notice form[method=post] button")  # of another run
    while left.count():
        left.first.click()
        page.wait_for_url("**/call/")
    page.locator("label:has(input[name=vital_status][value=DEAD])").click()
    page.locator("#id_death_cause").fill("肺炎")
    expect(page.locator("[data-draft-status]")).to_have_text(SAVED)


@pytest.mark.parametrize("language", KEEP)
def test_a_call_left_half_done_comes_back_when_kept_and_goes_when_left(
    enter_as, language: str
) -> None:
    page = enter_as(Role.NURSE, language)
    begun(page)
    call = page.url
    page.goto("/worklist/")
    page.goto(call)
    assert page.locator("form input:checked").count() == 0
    page.get_by_role("button", name=KEEP[language]).first.click()
    expect(page.locator("input[name=vital_status][value=DEAD]")).to_be_checked()
    expect(page.locator("#id_death_cause")).to_have_value("肺炎")
    page.locator("#id_death_cause").fill("重症肺炎")
    with page.expect_navigation():
        page.locator(".lang-button").first.click()
    expect(page.locator("#id_death_cause")).to_have_value("重症肺炎")
    with page.expect_navigation():
        page.locator(".lang-button").first.click()
    expect(page.locator("#id_death_cause")).to_have_value("重症肺炎")
    page.get_by_role("button", name=CANCEL[language], exact=True).click()
    page.wait_for_url("**/worklist/")
    page.goto(call)
    assert page.get_by_role("button", name=KEEP[language]).count() == 0
    assert page.locator("form input:checked").count() == 0
