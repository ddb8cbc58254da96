"""Two people correct one event: the second chooses field by field, on a telephone too."""

import re

import pytest
from playwright.sync_api import Page, expect

from followup.core.permissions import Role

TEXT = {"zh-Hans": re.compile("我的值. ?发热39.5"), "en": "My value: 发热39.5"}
EVENT = re.compile(r"/events/[0-9a-f-]{36}/$")


def _reported(page: Page) -> str:
    """A new event of the first patient; the address of its page."""
    page.goto("/worklist/")
    page.goto(page.locator("tbody th a").first.get_attribute("href"))
    page.goto(page.locator("a[href$='/events/report/']").first.get_attribute("href"))
    page.locator("[name=verbatim]").fill("发热38.9")
    page.locator("label:has(input[name=is_new_malignancy][value=NO])").click()
    page.locator(".savebar button[type=submit]").first.click()
    page.wait_for_url(EVENT)
    return page.url


def _save(page: Page) -> None:
    page.locator(".savebar button[type=submit]").first.click()


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_a_stale_tab_asks_which_value_is_right_at_320_pixels(
    enter_as, faults, language: str
) -> None:
    colleague = enter_as(Role.PHYSICIAN, language)
    event = _reported(colleague)
    page = enter_as(Role.SITE_LEAD, language, 320)
    page.goto(f"{event}correct/")
    colleague.goto(f"{event}correct/")
    colleague.locator("[name=verbatim]").fill("发热39.2")
    colleague.locator("[name=ended]").fill("")
    colleague.locator("[name=note]").fill("次日退热")
    colleague.locator("[name=reason]").fill("补充")
    _save(colleague)
    colleague.wait_for_url(EVENT)

    page.locator("[name=verbatim]").fill("发热39.5")
    page.locator("[name=reason]").fill("复测")
    _save(page)
    asked = page.locator("section[aria-labelledby=conflict-title]")
    expect(asked).to_contain_text(TEXT[language])
    expect(asked).to_contain_text("发热39.2")
    expect(asked).to_contain_text("李建国")  # by name, not by sign-in
    assert asked.locator("input:checked").count() == 0, "nothing is chosen beforehand"
    assert faults(page) == []
    _save(page)  # without a choice nothing is saved, and nothing typed is lost
    expect(page.locator(".error-summary")).to_be_visible()
    expect(page.locator("[name=verbatim]")).to_have_value("发热39.5")
    page.locator("section[aria-labelledby=conflict-title] input[value=mine]").check()
    _save(page)
    page.wait_for_url(EVENT)
    expect(page.locator("main")).to_contain_text("发热39.5")
    expect(page.locator("main")).to_contain_text("次日退热")
