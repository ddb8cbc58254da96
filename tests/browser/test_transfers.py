"""A patient goes to another site: asked at one, accepted and visited at the other, read by both."""

import re
from datetime import timedelta

from playwright.sync_api import Page, expect

from followup.core import clock
from followup.core.permissions import Role

TRANSFER = re.compile(r"/patients/transfers/[0-9a-f-]{36}/$")


def _last_of_the_list(page: Page) -> str:
    """The page of a patient of the worklist no other flow begins with."""
    page.goto("/worklist/")
    page.goto(page.locator("tbody th a").last.get_attribute("href"))
    return page.url


def test_asked_accepted_visited_and_read_by_both(enter_as, faults) -> None:
    today = str(clock.today())
    here = enter_as(Role.NURSE, "zh-Hans", 1366, site="SH01")
    patient = _last_of_the_list(here)
    contacts = here.locator("section[aria-labelledby=contacts-title] tbody th").count()
    here.goto(here.locator("a[href$='/transfer/']").first.get_attribute("href"))
    expect(here.locator("[name=effective_on]")).to_have_value("")
    here.locator("[name=to_site]").select_option(label="北京示范大学附属医院")
    here.locator("[name=effective_on]").fill(today)
    here.locator("[name=reason]").fill("迁居北京")
    assert faults(here) == []
    here.locator(".savebar button[type=submit]").first.click()
    here.wait_for_url(TRANSFER)
    asked = here.url
    assert faults(here) == []

    there = enter_as(Role.NURSE, "en", 320, site="BJ01")
    assert there.goto(patient).status == 404, "not before it is accepted"
    there.goto("/patients/transfers/")
    assert faults(there) == []
    there.goto(asked)
    expect(there.locator("main")).to_contain_text("迁居北京")
    assert faults(there) == []
    there.locator("[name=effective_on]").fill(str(clock.today() - timedelta(days=4000)))
    there.locator("button[value=accept]").click()
    expect(there.locator(".error-summary")).to_be_visible()
    there.locator("[name=effective_on]").fill(today)
    there.locator("button[value=accept]").click()
    expect(there.locator("main dl a[href^='/patients/']")).to_be_visible()

    there.goto(patient)
    assert faults(there) == []
    assert there.locator("section[aria-labelledby=contacts-title] tbody th").count() == contacts
    there.goto(there.locator("a[href$='/contact/']").first.get_attribute("href"))
    there.locator("label:has(input[name=informant][value=PATIENT])").click()
    there.locator("label:has(input[name=vital_status][value=ALIVE])").click()
    there.locator(".savebar button[data-primary]").click()
    there.wait_for_url(lambda address: not address.endswith("/contact/"))
    there.goto(patient)
    assert there.locator("section[aria-labelledby=contacts-title] tbody th").count() == contacts + 1

    here.goto(patient)
    expect(here.locator("main")).to_contain_text("北京示范大学附属医院")
    assert here.locator("section[aria-labelledby=contacts-title] tbody th").count() == contacts
    assert here.locator("main a[href$='/events/report/'], main a[href$='/transfer/']").count() == 0
    assert faults(here) == []
    here.goto(f"{patient}transfer/")
    expect(here.locator("main .notice")).to_contain_text("北京示范大学附属医院")
    assert here.locator("[name=to_site]").count() == 0
