"""Every page of the product in both languages at two widths: axe, reflow, nothing from outside."""

import os
import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from followup.core.permissions import Role
from tests.browser.conftest import Faults

WIDTHS = (1366, 320)
LANGUAGES = ("zh-Hans", "en")
# axe takes most of the time, and the layout of a width is the same in both languages: the wide one
# is asked in Chinese, the narrow one in English. Of these CI asks every second page each, so every
# page once; `./run oracle pages` asks both. What does not fit is looked for in all four.
ASKED = {"zh-Hans": 1366, "en": 320}
EVERY = "EVERWATCH_EXAMPLES" in os.environ
# The form of a page, and what takes every answer out of it; hidden fields stay.
SAVED_BY = "main form[method=post]:is(.form, :has(.savebar [data-primary]))"
EMPTIED = """form => [...form.elements].forEach(field => {
  if (field.type === "checkbox" || field.type === "radio") field.checked = false;
  else if (field.type !== "hidden" && field.type !== "file" && field.tagName !== "BUTTON")
    field.value = "";
})"""
# Forms in which nothing is an answer: settings, an owner, parts of a case filled bit by bit.
TAKES_NOTHING = re.compile(
    r"^/account/$|/sections/|/work-up/(tasks/.*)?$|^/source-verifications/.*/patients/"
    r"|^/laboratory/sources/.*/messages/$|/medical-review/$|^/consents/forms/[0-9a-f-]{36}/$"
)
# A page, or the link on the page before that leads to it ("> selector").
TOURS: dict[Role, tuple[str, ...]] = {
    Role.NURSE: (
        "/worklist/",
        "> tbody a[data-key=c]",
        "/worklist/",
        "> tbody tr:first-child a[href$='/why/']",
        "/patients/",
        "> tbody th a",
        "> main a[href$='/standing/']",
        "/patients/",
        "> tbody th a",
        "> main a[href*='/events/report/']",
        "/patients/",
        "> tbody th a",
        "> main a[href$='/contact/']",
        "/patients/",
        "> tbody th a",
        "> main a[href^='/contacts/']",
        "> main a[href$='/correct/']",
        "/patients/",
        "> tbody th a",
        "> main a[href$='/identity/']",
        "/patients/",
        "> tbody th a",
        "> main a[href$='/telephones/']",
        "/patients/",
        "> tbody th a",
        "> main a[href^='/patients/'][href$='/messages/']",
        "/patients/",
        "> tbody th a",
        "> main a[href$='/infusions/new/']",
        "/patients/",
        "> tbody th a",
        "> main a[href^='/infusions/'][href$='/correct/']",
        "/patients/register/",
        "/patients/duplicates/",
        "/day/",
        "/cover/",
        "/patients/",
        "> tbody th a",
        "> main a[href$='/appointments/new/']",
        "/patients/",
        "> tbody th a",
        "> main a[href$='/call-backs/new/']",
        "/patients/",
        "> tbody th a",
        "> main a[href$='/files/']",
        "> main a[href$='/files/new/']",
        "/patients/",
        "> tbody th a",
        "> main a[href$='/questionnaires/new/']",
        "/patients/",
        "> tbody th a",
        "> main a[href$='/assessments/']",
        "> main a[href$='/assessments/ICANS/']",
        "/patients/",
        "> tbody th a",
        "> main a[href$='/care/']",
        "> main a[href$='/care/SUBSEQUENT_THERAPY/']",
        "/patients/",
        "> tbody th a",
        "> main a[href$='/care/']",
        "> main a[href$='/care/HOSPITAL_STAY/']",
        "/questionnaires/",
        "/patients/",
        "> tbody th a",
        "> main a[href$='/files/']",
        "> main tbody a[href^='/files/']",
        "> main a[href$='/remove/']",
        "/patients/",
        "> tbody th a",
        "> main a[href$='/merge/']",
        "> main a[href$='/void/']",
        "/drafts/",
        "/samples/",
        "> tbody th a",
        "/samples/kits/new/",
        "/samples/kits/",
        "> tbody th a",
        "> main a[href$='/LOSE/']",
        "/samples/kits/",
        "> tbody th a",
        "> main a[href$='/correct/']",
        "/samples/boxes/",
        "/scan/",
        "/laboratory/",
        "> tbody a[href*='/laboratory/findings/']",
        "> main a[href^='/laboratory-results/']",
        "> main a[href$='/correct/']",
        "/laboratory/sources/",
        "> main li a[href^='/laboratory/sources/']",
        "> main a[href^='/laboratory/files/']",
        "/laboratory/sources/",
        "> main li a[href^='/laboratory/sources/']",
        "> main a[href$='/messages/']",
        "/laboratory/identifiers/",
        "/laboratory/tray/",
        "/laboratory/",
        "> tbody a[href*='/laboratory/findings/']",
        "> .breadcrumbs a[href^='/patients/'][href$='/laboratory/']",
        "> main a[href*='/trend/']",
        "/laboratory/",
        "> tbody a[href*='/laboratory/findings/']",
        "> .breadcrumbs a[href^='/patients/'][href$='/laboratory/']",
        "> main a[href$='/laboratory/new/']",
        "/laboratory/",
        "> tbody a[href*='/laboratory/findings/']",
        "> .breadcrumbs a[href^='/patients/'][href$='/laboratory/']",
        "> main a[href$='/laboratory/paste/']",
        "/notices/",
        "/patients/?state=DEAD",
        "> tbody th a",
        "> main a[href$='/standing/']",
        "/patients/?state=WITHDRAWN_NEW_DATA",
        "> tbody th a",
        "> main a[href$='/standing/']",
        "> main a[href$='/undo/']",
        "/consents/",
    ),
    Role.SAFETY_OFFICER: (
        "/work-ups/?box=all",
        "> tbody th a",
        "> main a[href*='/work-up/tasks/']",
        "/work-ups/?box=all",
        "> tbody th a",
        "> main a[href$='/work-up/orders/']",
        "/inbox/",
        "/absences/",
        "/cases/?box=all",
        "> tbody th a",
        "> nav a[href$='/triage/']",
        "/follow-up-requests/",
        "> tbody th a",
        "/cases/?box=all",
        "> tbody th a",
        "> nav a[href$='/requests/']",
        "/cases/?box=all",
        "> tbody th a",
        "> nav a[href$='/plan/']",
        "> nav a[href$='/expectedness/']",
        "> nav a[href$='/medical-review/']",
        "> nav a[href$='/causality/']",
        "> main a[href*='/causality/assess/']",
        "> nav a[href$='/drugs/']",
        "> nav a[href$='/duplicates/']",
        "> nav a[href$='/links/']",
        "> main a[href$='/child/']",
        "/authorisations/",
        "/partners/",
        "/partners/new/",
        "/labels/",
        "/labels/new/",
        "/labels/reviews/",
        "/lots/",
        "> tbody th a",
        "/literature/",
        "/complaints/",
        "/complaints/new/",
        "/dictionaries/upgrades/",
        "/dictionaries/synonyms/",
        "/compliance/",
        "/cases/?box=all",
        "> tbody th a",
        "> main a[href*='/versions/1/']",
        "> nav a[href$='/sections/event/']",
        "> nav a[href$='/sections/product/']",
        "> nav a[href$='/coding/']",
        "> nav a[href$='/narrative/']",
        "> nav a[href$='/submit/']",
        "> aside a[href*='/sources/']",
        "/submissions/",
        "> tbody a[href$='/timeline/']",
        "/acknowledgements/",
        "/acknowledgements/?state=",
        "> tbody a[href^='/acknowledgements/']",
        "/reports/",
        "/signals/",
        "/signals/observed/",
        "/signals/screening/",
        "/signals/register/",
        "/signals/register/new/",
        "/signals/tables/",
        "/risk-plans/",
        "> tbody th a",
        "> main a[href$='/risks/new/']",
        "/jobs/",
        "/account/",
        "/account/second-factors/",
        "/account/second-factors/app/",
        "/account/sessions/",
        "/account/linked-accounts/",
        "/account/tokens/",
        "/account/password/",
    ),
    Role.ADMINISTRATOR: (
        "/message-channels/",
        "/message-channels/new/",
        "/message-channels/new/?kind=dingtalk",
        "/message-channels/new/?kind=sms",
        "/users/",
        "> tbody th a",
        "> main a[href$='/linked-accounts/']",
        "/users/requests/",
        "/users/providers/",
        "/users/providers/new/",
        "/users/reviews/",
        "/recovery/",
        "/channels/new/",
        "> main a[href$='kind=folder']",
        "/channels/new/?kind=as2",
        "/channels/",
        "> tbody tr:has-text('AS2') th a",
        "> main a[href$='/certificates/']",
        "/channels/",
        "> tbody tr:has-text('AS2') th a",
        "> main a[href$='/messages/']",
        "> main a[href$='?show=refused']",
        "/channels/new/?kind=sftp",
        "/channels/new/?kind=fda",
    ),
    Role.SITE_LEAD: (
        "/queries/",
        "> tbody th a",
        "/source-verifications/",
        "> tbody th a[href^='/source-verifications/']",
        "> tbody th a[href*='/patients/']",
        "/source-verifications/new/",
        "/source-verifications/error-rates/",
        "/quality/",
        "/patients/",
        "> tbody th a",
        "> main a[href$='/cuts/']",
        "/consents/forms/",
        "> tbody th a",
        "/consents/forms/new/",
        "/identity-reveals/",
        "/personal-data/erasures/",
        "/personal-data/retention/",
        "/personal-data/processing/",
        "/patients/",
        "> tbody th a",
        "> main a[href$='/personal-data/']",
        "/patients/",
        "> tbody th a",
        "> main a[href$='/erase-identity/']",
        "/matrix/",
        "/matrix/?gaps=1&reach=all",
        "/protocols/",
        "> main a[href^='/protocols/'][href$='/new/']",
        "/protocols/",
        "> main a[href^='/protocols/drafts/']",
        "> main a[href$='/points/new/']",
        "/protocols/",
        "> main a[href^='/protocols/drafts/']",
        "> main a[href*='/points/']",
        "/protocols/amendments/new/",
        "/protocols/",
        "> main a[href^='/protocols/amendments/'][href$='/']:not([href$='/new/'])",
        "/adoptions/",
        "> main a[href^='/adoptions/']",
        "/data/?patients=study_code&patients=name&visits=contact_on",
        "> main a[href^='/data/identity/']",
        "/data/dictionary/",
        "/batches/",
        "/batches/grid/",
    ),
    Role.REGULATORY: (
        "/commitments/",
        "> tbody th a",
        "> main a[href$='/enrolment/']",
        "> main a[href$='/scenarios/']",
        "/reports/inspection/",
        "/products/",
        "/cohort/",
        "/cohort/?figure=swimmer",
        "/centres/",
        "/duties/",
        "/reports/written/",
        "> main a[href$='/reports/written/new/']",
        "/certificates/",
        "/listings/",
        "/datasets/",
        "/risk-plans/",
        "> tbody th a",
        "> main a[href^='/risk-plans/measures/']",
        "/risk-plans/new/",
        "/classifications/",
        "> tbody th a",
        "/classifications/",
        "> tbody a[href^='/classifications/ask/']",
        "/interactions/?box=open",
        "> tbody th a",
        "> main a[href$='/correct/']",
        "/interactions/new/",
        "/evidence/",
        "> tbody th a",
        "/evidence/",
        "/studies/",
        "> tbody th a",
        "/studies/new/",
    ),
    Role.AUDITOR: (
        "/trail/",
        "> tbody a[href*='/trail/']",
        "/cases/?box=all",
        "> tbody th a",
        "/seal/",
        "/signatures/",
        "/locks/",
    ),
}


def linked(page: Page, step: str) -> str:
    """Where the link of a step leads."""
    address = page.locator(step[2:]).first.get_attribute("href")
    assert address, step
    return address if address.startswith(("/", "?")) else f"/{address}"


def go(page: Page, step: str) -> None:
    if not step.startswith("> "):
        page.goto(step)
        return
    page.goto(linked(page, step))


class Way(dict[str, "Way"]):
    """The steps that begin at a page, each with those that follow it: no page is opened twice."""

    @classmethod
    def of(cls, tour: tuple[str, ...]) -> "Way":
        """The ways of a tour; one that does not start at a link starts anew."""
        start = way = cls()
        for step in tour:
            way = (way if step.startswith("> ") else start).setdefault(step, cls())
        return start


def looked_at(
    page: Page, way: Way, look: Callable[[], None], refused: Callable[[], None] | None = None
) -> None:
    """Go each way to its end and look at every page once, at a form also when it is refused."""
    links = {step: step if not step.startswith("> ") else linked(page, step) for step in way}
    for step, further in way.items():
        page.set_viewport_size({"width": WIDTHS[0], "height": 768})
        page.goto(links[step])
        look()
        form = refused is not None and page.locator(SAVED_BY).count() == 1
        looked_at(page, further, look, refused)
        if refused is not None and form:
            if further:
                page.goto(links[step])
            refused()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("role", list(TOURS))
def test_every_page_is_accessible_and_fits(
    enter_as: Callable[..., Page], faults: Faults, role: Role, language: str
) -> None:
    """One load per page, looked at in each width; every page is looked at whatever fails."""
    page = enter_as(role, language, WIDTHS[0])
    wrong = {}

    def look() -> None:
        if page.locator("h1").count() != 1:
            wrong[page.url, "headings"] = page.locator("h1").count()
        if page.locator("html").get_attribute("lang") != language:
            wrong[page.url, "language"] = page.locator("html").get_attribute("lang")
        turn = EVERY or len(looks) % 2 == LANGUAGES.index(language)
        looks.append(page.url)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 768})
            if problems := faults(page, axe=turn and width == ASKED[language]):
                wrong[page.url, width] = problems

    def refused() -> None:
        """The form, sent with nothing in it: every second one in either language."""
        address = urlsplit(page.url).path
        forms.append(address)
        turn = EVERY or len(forms) % 2 == LANGUAGES.index(language)
        if TAKES_NOTHING.search(address) or not turn:
            return
        page.set_viewport_size({"width": WIDTHS[len(forms) // 2 % 2], "height": 768})
        page.locator(SAVED_BY).evaluate(EMPTIED)
        with page.expect_navigation():
            page.locator(SAVED_BY).evaluate("form => HTMLFormElement.prototype.submit.call(form)")
        if page.locator(".error-summary, [aria-invalid=true]").count() == 0:
            wrong[address, "sent empty"] = page.url
        elif problems := faults(page):
            wrong[address, "refused"] = problems

    looks: list[str] = []
    forms: list[str] = []
    looked_at(page, Way.of(TOURS[role]), look, refused)
    assert wrong == {}


def test_links_that_stand_line_under_line_are_large_enough(
    enter_as: Callable[..., Page], faults: Faults
) -> None:
    """WCAG 2.5.8: two contacts on one visit, two files of a source: 24 px each."""
    page = enter_as(Role.NURSE, "en", 1366)
    page.goto("/laboratory/sources/")
    line = page.locator("main li:has(> a[href^='/laboratory/sources/'])").first
    line.evaluate("each => { for (let n = 0; n < 3; n++) each.after(each.cloneNode(true)) }")
    line.evaluate(
        "each => { for (const li of each.parentNode.children) "
        "li.replaceChildren(li.querySelector('a')) }"
    )
    assert faults(page) == []


@pytest.mark.parametrize(
    "steps",
    [
        (
            "/laboratory/",
            "> tbody a[href*='/laboratory/findings/']",
            "> .breadcrumbs a[href^='/patients/'][href$='/laboratory/']",
        ),
        (
            "/laboratory/sources/",
            "> main li a[href^='/laboratory/sources/']",
            "> main a[href^='/laboratory/files/']",
        ),
    ],
)
def test_a_table_that_scrolls_keeps_its_words_whole(
    enter_as: Callable[..., Page], steps: tuple[str, ...]
) -> None:
    """At 320 px a cell does not stand one letter under the other."""
    page = enter_as(Role.NURSE, "zh-Hans", 320)
    for step in steps:
        go(page, step)
    heights = page.locator(".scroll-region tr").evaluate_all(
        "rows => rows.map(r => r.offsetHeight)"
    )
    assert heights
    assert max(heights) < 120


def test_on_a_telephone_the_rows_of_a_list_come_before_its_filters(
    enter_as: Callable[..., Page],
) -> None:
    """Folded while none is set, open with the one that is; on a wide page as they were."""
    page = enter_as(Role.NURSE, "en", 320)
    page.goto("/worklist/")
    tries = page.locator("#filter-tries")
    expect(tries).to_be_hidden()
    page.locator("summary", has_text="Filter").click()
    tries.fill("1")
    page.locator("form[data-fold] .btn-primary").click()
    page.wait_for_url("**tries=1**")
    expect(tries).to_have_value("1")
    expect(tries).to_be_visible()
    page.set_viewport_size({"width": 1366, "height": 900})
    page.goto("/worklist/")
    expect(tries).to_be_visible()


TABLET = ("/worklist/", "/queries/", "/samples/", "/samples/kits/", "/quality/", "/products/")


def test_lists_fit_a_tablet_either_way_up(enter_as: Callable[..., Page]) -> None:
    """The buttons of a row are in sight, and nothing scrolls sideways."""
    page = enter_as(Role.NURSE, "en", 768)
    for path in TABLET:
        page.goto(path)
        for width in (640, 768, 1024, 1199):
            page.set_viewport_size({"width": width, "height": 900})
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, (path, width, wide)
