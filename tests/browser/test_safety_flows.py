"""The flows of safety and holder in Chromium that start at their lists, each within its number."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from lxml import html
from playwright.sync_api import Locator, Page, expect

from dev.demo.live_stack import LiveStack
from followup.core.permissions import Role
from pv.demo.world import LOGINS
from tests.browser.conftest import LOCALES
from tests.browser.visitor import Visitor

WIDTHS = (1366, 320)
AGREED = {"zh-Hans": "同一病例", "en": "The same case"}
TYPED = {"zh-Hans": ("txz", "苔藓疹"), "en": ("moss e", "Moss eruption")}
TAKEN = {"zh-Hans": "采用勾选的治疗", "en": "Take the ticked treatments"}
TERM = "10900001"
EVENTS = "//main//a[starts-with(@href, '/events/')]/@href"
# In one process: the command of the customer is tested elsewhere, and starts once for a language.
LOAD = """
from followup.core.actor import Actor
from followup.core.row_security import contexts
from pv.actions import coding
from tests.pv import meddra_files
contexts.declare()
for language in ("en", "zh"):
    coding.load_release(Actor.process("load_meddra"), meddra_files.release("98.0", language))
"""
Form = dict[str, str]


@dataclass
class Hospital:
    """A physician without a browser, whose events become cases."""

    visitor: Visitor

    def _form(self, address: str) -> Form:
        page = html.fromstring(self.visitor.get(address).page)
        form = next(form for form in page.forms if "verbatim" in form.fields)
        return {name: str(value or "").strip() for name, value in form.form_values()}

    def _links(self, address: str, selector: str) -> list[str]:
        return html.fromstring(self.visitor.get(address).page).xpath(f"//main//a{selector}/@href")

    def report(self, words: str, place: int) -> None:
        """A serious event of the patient at a place of the worklist."""
        patient = self._links("/worklist/", "[ancestor::th]")[place]
        address = self._links(patient, "[contains(@href, '/events/report/')]")[0]
        more = {"is_new_malignancy": "NO", "serious": "YES", "seriousness": "HOSPITALISATION"}
        sent = self._form(address) | more | {"verbatim": words}
        assert "/report/" not in self.visitor.post(address, sent, referer=address).address

    def vaccinate(self, vaccine: str, place: int) -> None:
        """A vaccination of that patient, of which the month is known."""
        address = f"{self._links('/worklist/', '[ancestor::th]')[place]}care/VACCINATION/"
        page = html.fromstring(self.visitor.get(address).page)
        form = next(form for form in page.forms if "live_vaccine" in form.fields)
        sent = {name: str(value or "").strip() for name, value in form.form_values()}
        sent |= {"name": vaccine, "started": "2026-10", "live_vaccine": "NO"}
        assert "/care/VACCINATION/" not in self.visitor.post(address, sent, referer=address).address

    def correct(self, patient: str, words: str) -> bool:
        """Add words to the first event of a patient; whether there is one."""
        found = self.visitor.post("/search/", {"q": patient} | self._token(), referer="/worklist/")
        events = html.fromstring(found.page).xpath(EVENTS)
        if not events:
            return False
        address = f"{events[0]}correct/"
        form = self._form(address)
        sent = form | {"verbatim": form["verbatim"] + words, "reason": "补充"}
        return "/correct/" not in self.visitor.post(address, sent, referer=address).address

    def _token(self) -> Form:
        tokens = (c.value or "" for c in self.visitor.cookies if c.name == "csrftoken")
        return {"csrfmiddlewaretoken": next(tokens)}


@pytest.fixture(scope="module", params=["zh-Hans", "en"])
def language(request: pytest.FixtureRequest) -> str:
    """Each language in turn: the choice of a person holds for all of their sessions."""
    return str(request.param)


@pytest.fixture(scope="module")
def sessions() -> dict[tuple[Role, str], Any]:
    return {}


@pytest.fixture
def sign_in(enter_as, new_page, language: str, sessions) -> Callable[[Role], Page]:
    """A page of a role, signed in once for all flows of a language."""

    def opened(role: Role) -> Page:
        kept = sessions.get((role, language))
        if kept is not None:
            size = {"width": WIDTHS[0], "height": 768}
            return new_page(locale=LOCALES[language], viewport=size, storage_state=kept)
        page = enter_as(role, language, WIDTHS[0])
        sessions[role, language] = page.context.storage_state()
        return page

    return opened


@pytest.fixture(scope="module")
def hospital(live_stack: LiveStack) -> Hospital:
    login = next(login for login in LOGINS if login.role is Role.PHYSICIAN)
    return Hospital(Visitor(live_stack.url, login.username, login.password))


@pytest.fixture(scope="module")
def dictionary(live_stack: LiveStack) -> None:
    """A tiny invented dictionary, in Chinese and in English."""
    live_stack.manage("shell", "--no-imports", "-c", LOAD)


def row_of(page: Page, words: str) -> Locator:
    return page.locator("tbody tr", has_text=words).last


def looked_at(page: Page, faults: Callable[[Page], list[str]]) -> None:
    """Accessible and not wider than the screen or its panel, on a telephone too."""
    for width in reversed(WIDTHS):
        page.set_viewport_size({"width": width, "height": 768})
        page.evaluate("scrollTo(0, 0)")  # what sticks covers half a link by chance
        assert (width, faults(page)) == (width, [])


def test_f13_a_calendar_is_subscribed_within_three(sign_in, hand, language: str) -> None:
    page = sign_in(Role.REGULATORY)
    by = hand(page)
    page.goto("/commitments/")
    by.click(page.locator("main a[href='/calendar/']"))
    page.wait_for_url("**/calendar/")
    by.click(page.locator("main form:not([action]) button"))
    by.click(page.locator("[data-copy='#calendar-address']"))
    assert by.count <= 3
    address = page.locator("#calendar-address").input_value()
    search = page.locator("#search")
    search.press("Control+V")
    assert search.input_value() == address
    assert "BEGIN:VCALENDAR" in page.request.get(address).text()


def test_f14_a_case_is_accepted_and_triaged_within_four(
    sign_in, hand, hospital: Hospital, faults, language: str
) -> None:
    words = f"血小板减少 F14 {language}"
    hospital.report(words, 0)
    page = sign_in(Role.SAFETY_OFFICER)
    by = hand(page)
    page.goto("/cases/?box=inbox")
    by.click(row_of(page, words).locator("form[action$='/accept/'] button"))
    page.wait_for_url(re.compile(r"/cases/[0-9a-f-]{36}/$"))
    panel = page.locator("#undecided")
    expect(panel.locator("h2")).to_contain_text(words)
    looked_at(page, faults)
    assert panel.locator("select").input_value() == "", "nothing is preselected"
    by.count += 1
    panel.locator("select").select_option("unexpected")
    by.type(panel.locator("[name$=reason]"), "说明书未列")
    by.click(panel.locator("button"))
    flags = page.locator("section[aria-labelledby=summary-title] p").first
    expect(flags.locator("strong")).to_have_text(["S", "U"])
    expect(page.locator("section[aria-labelledby=owner-title]")).to_contain_text("孙浩")
    assert by.count <= 4


def test_f16_a_duplicate_is_decided_within_three(
    sign_in, hand, hospital: Hospital, faults, language: str
) -> None:
    words = f"发热 F16 {language}"
    for _time in (1, 2):
        hospital.report(words, 1)
    page = sign_in(Role.SAFETY_OFFICER)
    by = hand(page)
    page.goto("/cases/?box=inbox")
    by.click(row_of(page, words).locator("a[data-key=d]"))
    page.wait_for_url("**/duplicates/")
    looked_at(page, faults)
    candidate = page.locator("main section", has=page.locator("h2", has_text=words))
    form = candidate.first.locator("form")
    reason = form.locator("[name$=reason]")
    by.type(reason, "同一次住院")
    reason.press("Enter")  # decides nothing: no answer is the first of four
    assert page.locator("main .notice").count() == 0
    by.click(form.locator("button[value=same]"))
    expect(page.locator(".notice.tone-info").first).to_contain_text(AGREED[language])
    expect(page.locator(".page-head .notice.tone-overdue")).to_be_visible()  # set aside
    assert by.count <= 3


def test_f17_an_event_is_coded_within_three(
    sign_in, hand, hospital: Hospital, dictionary: None, faults, language: str
) -> None:
    words = f"皮疹 F17 {language}"
    hospital.report(words, 2)
    page = sign_in(Role.SAFETY_OFFICER)
    page.goto("/cases/?box=inbox")
    page.goto(row_of(page, words).locator("th a").get_attribute("href") + "coding/")
    expect(page.locator("#search-title")).to_contain_text(words)
    by = hand(page)
    text, term = TYPED[language]
    by.type(page.locator("#coding-text"), text)
    by.key("ArrowDown")  # at once: the list that answers the text takes the focus when it comes
    expect(page.locator("#coding-terms button:focus")).to_contain_text(term)
    looked_at(page, faults)
    by.key("Enter")
    row = page.locator("main tbody tr", has_text=words)
    expect(row).to_contain_text(TERM)
    expect(row).to_contain_text(term)
    assert by.count <= 3


def test_f18_new_information_makes_a_follow_up_within_six(
    sign_in, hand, hospital: Hospital, faults, language: str
) -> None:
    page = sign_in(Role.SAFETY_OFFICER)
    page.goto("/cases/?box=all")
    codes = page.locator("tbody td[data-label]:nth-child(2)").all_inner_texts()
    alone = [code for code in codes if code.startswith("SH01-") and codes.count(code) == 1]
    words = f"，随访补充 {language}"
    page.goto("/cases/?box=open")
    working = page.locator("tbody").inner_text()
    patient = next(p for p in alone if p not in working and hospital.correct(p, words))
    by = hand(page)
    page.goto("/cases/")
    row = row_of(page, patient)
    by.click(row.locator("th a"))
    by.click(page.locator(".page-actions a[href*='/sources/']"))
    looked_at(page, faults)
    by.click(page.locator("button[name=take][value=all]"))
    page.wait_for_url(re.compile(r"/versions/\d+/$"))
    changed = page.locator("table.compare tr", has_text=words)
    expect(changed.first).to_be_visible()
    expect(page.locator("table.compare tr", has_text="C.1.5")).to_have_count(1)
    assert by.count <= 6


def test_a_treatment_of_the_hospital_becomes_a_concomitant_drug(
    sign_in, hospital: Hospital, faults, language: str
) -> None:
    words, vaccine = f"皮疹 G.k {language}", f"流感疫苗 {language}"
    hospital.vaccinate(vaccine, 3)
    hospital.report(words, 3)
    page = sign_in(Role.SAFETY_OFFICER)
    page.goto("/cases/?box=inbox")
    page.goto(row_of(page, words).locator("th a").get_attribute("href"))
    page.locator("main .notice a[href$='/treatments/']").click()
    row = page.locator("main tbody tr", has_text=vaccine)
    expect(row).to_contain_text("2026-10")
    assert page.locator("main [name=treatment]:checked").count() == 0
    looked_at(page, faults)
    page.set_viewport_size({"width": WIDTHS[0], "height": 768})
    row.locator("[name=treatment]").check()
    page.locator("main button.btn-primary", has_text=TAKEN[language]).click()
    expect(row).to_contain_text("G.k[2]")
    expect(row.locator("[name=treatment]")).to_have_count(0)
    looked_at(page, faults)
    page.locator("nav a[href$='/product/']").first.click()
    expect(page.locator(f"main [value='{vaccine}']")).to_have_count(1)


def test_f19_a_listing_is_a_job_within_four(sign_in, hand, language: str) -> None:
    page = sign_in(Role.REGULATORY)
    page.goto("/listings/")
    by = hand(page)
    by.type(page.locator("main input[name=start]"), "2022-01-01")
    by.click(page.locator("main form.filters button.btn-primary"))
    page.wait_for_url("**start=2022-01-01**")
    shown = page.locator("main table tbody th[scope=row]").all_inner_texts()
    assert shown
    by.click(page.locator("main button[name=format][value=csv]"))
    page.wait_for_url("**/jobs/")
    job = page.locator(".job").first
    expect(job.locator(".job-line")).to_be_visible()
    assert by.count <= 4
    download = job.locator("a[download]")
    expect(download).to_be_visible(timeout=60_000)
    with page.expect_download() as caught:
        download.click()
    text = Path(caught.value.path()).read_text("utf-8-sig")
    assert [row for row in shown if row not in text] == []
