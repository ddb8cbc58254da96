"""The holder in Chromium: risks at a glance, a milestone in few strokes, every page accessible."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from followup.core.permissions import Role

LANGUAGES = ("zh-Hans", "en")
WIDTHS = (1366, 320)
FORMS = (
    "main a[href*='/steps/']",
    "main a[href*='/milestones/']",
    "main a[href$='/comments/new/']",
    ".page-actions a[href$='/amend/']",
    ".page-actions a[href$='/enrolment/']",
)


def at_the_end(page: Page) -> Page:
    """Scrolled down, with bars that stand: where one sticks, it covers some box half by chance."""
    page.evaluate(
        """() => {
        const bars = document.querySelectorAll(".topbar, .savebar");
        bars.forEach((bar) => { bar.style.position = "static"; });
        window.scrollTo(0, document.body.scrollHeight);
    }"""
    )
    return page


def address_of(page: Page, selector: str) -> str:
    found = page.locator(selector).first.get_attribute("href")
    assert found, selector
    return found


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("role", [Role.STUDY_MANAGER, Role.REGULATORY])
def test_f10_what_is_at_risk_stands_first_without_a_click(
    enter_as: Callable[..., Page], role: Role, language: str
) -> None:
    page = enter_as(role, language)
    assert page.url.endswith("/commitments/")
    first = page.locator("tbody tr").first
    expect(first.locator(".tag.tone-overdue").first).to_be_visible()
    assert int(page.locator(".counts .tone-overdue strong").first.inner_text()) >= 2


def forecastable(page: Page) -> str:
    """A milestone on the landing page that no count has reached: only its day is asked then."""
    links = page.locator("tbody tr a[href*='/milestones/']").all()
    for href in [str(link.get_attribute("href")) for link in links]:
        page.goto(href)
        if not page.get_by_text(re.compile("Reached|已达到")).count():
            return href
    raise AssertionError("no milestone is still to come")


@pytest.mark.parametrize("language", LANGUAGES)
def test_f11_a_milestone_within_five(
    enter_as: Callable[..., Page], hand: type, language: str
) -> None:
    page = enter_as(Role.STUDY_MANAGER, language)
    landing, href = page.url, forecastable(page)
    page.goto(landing)
    by = hand(page)
    by.click(page.locator(f"tbody tr a[href='{href}']").first)
    page.wait_for_url("**/milestones/**")
    by.type(page.locator("#id_forecast"), "+400")
    by.type(page.locator("#id_reason"), "中心启动慢")
    by.click(page.locator("main .savebar [data-primary]"))
    page.wait_for_url(lambda address: "/milestones/" not in address)
    expect(page.locator(".history").first).to_contain_text("中心启动慢")
    assert by.count <= 5
    page.locator("form[data-undo] button").click()
    expect(page.locator(".history").first).not_to_contain_text("中心启动慢")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_of_a_commitment_is_accessible_and_fits(
    enter_as: Callable[..., Page],
    faults: Callable[[Page], list[str]],
    language: str,
    width: int,
) -> None:
    page = enter_as(Role.REGULATORY, language, width)
    opening = address_of(page, "#gaps a[href*='/for/']")
    page.goto(address_of(page, "tbody th a"))
    assert (page.url, faults(at_the_end(page))) == (page.url, [])
    addresses = [address_of(page, selector) for selector in FORMS]
    centres = addresses[-1].replace("/enrolment/", "/centres/")
    for address in [*addresses, centres, opening]:
        page.goto(address)
        assert (page.url, faults(at_the_end(page))) == (page.url, [])
        if not address.endswith(("/centres/", "/amend/")):
            page.locator("main form .savebar [data-primary]").last.click()
            expect(page.locator(".error-summary")).to_be_visible()
            assert (page.url, faults(at_the_end(page))) == (page.url, [])


def test_the_picture_scrolls_in_its_own_frame_and_carries_no_style(
    enter_as: Callable[..., Page],
) -> None:
    page = enter_as(Role.REGULATORY, "zh-Hans", 320)
    page.goto(address_of(page, "tbody th a"))
    frame = page.locator(".chart-scroll").first
    assert frame.evaluate("e => e.scrollWidth > e.clientWidth")
    assert page.locator("svg [style]").count() == 0
    assert page.locator("svg[role=img] title").count() >= 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_indication_is_entered_by_one_person_and_confirmed_by_another(
    enter_as: Callable[..., Page], faults: Callable[[Page], list[str]], language: str
) -> None:
    page = enter_as(Role.REGULATORY, language)
    page.goto("/register/products/")
    assert faults(page) == []
    page.locator("main a[href*='/register/indications/new/?indication=']").first.click()
    page.locator("#id_name_en").fill("")
    page.locator("main form .btn-primary").last.click()
    expect(page.locator(".error-summary")).to_be_visible()
    assert faults(at_the_end(page)) == []
    names = {"zh-Hans": "证书所载适应症", "en": "Indication as the certificate says"}
    page.locator("#id_name_zh").fill(names["zh-Hans"])
    page.locator("#id_name_en").fill(names["en"])
    page.locator("#id_source").fill("证书第 1 页")
    page.locator("main form .btn-primary").last.click()
    page.wait_for_url("**/register/entries/**")
    assert faults(page) == []
    other = enter_as(Role.STUDY_MANAGER, language, 320)
    other.goto(page.url)
    assert faults(at_the_end(other)) == []
    other.locator("main form .btn-primary").first.click()
    expect(other.locator("main")).not_to_contain_text(re.compile("waits for a second person|等待"))
    other.goto("/register/products/")
    expect(other.locator("main")).to_contain_text(names[language])


def test_a_centre_is_reminded_and_its_nurse_reads_it(
    enter_as: Callable[..., Page], faults: Callable[[Page], list[str]]
) -> None:
    page = enter_as(Role.STUDY_MANAGER, "zh-Hans")
    page.goto("/centres/")
    row = page.locator("main tr", has_text="SH01")
    row.locator("a[href$='/remind/']").click()
    assert faults(page) == []
    page.locator("main form .btn-primary").last.click()
    expect(page.locator(".error-summary")).to_be_visible()
    page.locator("#id_text").fill("请在周五前录入逾期访视。")
    page.locator("main form .btn-primary").last.click()
    page.wait_for_url("**/centres/?product=*")
    asked = page.locator("main tr", has_text="SH01").locator("a[href*='/centres/reminders/']").first
    href = str(asked.get_attribute("href"))
    expect(page.locator("main tr", has_text="SH01").locator("a[href$='/remind/']")).to_have_count(0)
    nurse = enter_as(Role.NURSE, "zh-Hans", 320)
    nurse.goto(href)
    expect(nurse.locator("main")).to_contain_text("请在周五前录入逾期访视。")
    assert faults(nurse) == []
