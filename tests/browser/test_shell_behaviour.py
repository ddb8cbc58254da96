"""The shell in Chromium: keys, drafts, dates, sessions, languages, on a form of all parts."""

import re
from collections.abc import Callable
from datetime import date
from urllib.parse import parse_qs

import pytest
from django import forms
from django.template import engines
from django.test import RequestFactory
from django.utils import translation
from playwright.sync_api import Page, Route, expect

from followup.core.actor import Actor
from followup.core.forms import AnswerField, ChoiceButtons, Form, NumberField
from followup.core.models import User
from followup.web.dates import DateField

pytestmark = pytest.mark.django_db  # the shell around the form counts jobs and reminders
ADDRESS = "/test-form/"
NURSE = User(username="nurse", display_name="李护士" * 8)
YES_NO = [("no", "无"), ("yes", "有"), ("unknown", "不详")]
SOURCE = """{% extends "base.html" %}{% load i18n %}
{% block title %}Form{% endblock %}{% block heading %}Form{% endblock %}
{% block content %}<form class="panel form" method="post" novalidate
  data-draft="/drafts/test-form/p-1/">{% csrf_token %}
  {{ form.on.as_field_group }}{{ form.vital.as_field_group }}
  <div class="opened" id="block-death" data-when="vital:dead">{{ form.cause.as_field_group }}</div>
  {{ form.tumour.as_field_group }}{{ form.hb.as_field_group }}{{ form.note.as_field_group }}
  {% include "parts/savebar.html" with next_label="Save and next" %}</form>
<button id="swap" hx-get="/test-fragment/" hx-target="#place"
  data-focus-after="first-field">swap</button>
<div id="place"></div>{% endblock %}"""


class Everything(Form):
    on = DateField(label="联系日期", anchor=date(2026, 8, 20))
    vital = AnswerField(
        label="生存状态",
        choices=[("alive", "存活"), ("dead", "死亡")],
        widget=ChoiceButtons(opens={"dead": "block-death"}, grave={"dead"}),
    )
    cause = forms.CharField(label="死因", required=False)
    tumour = AnswerField(label="新发肿瘤", choices=YES_NO)
    hb = NumberField(label="血红蛋白", unit="g/L", required=False)
    note = forms.CharField(label="备注", required=False)


def render(language: str = "zh-hans", data: dict[str, str] | None = None, idle: int = 1800) -> str:
    """The page as the server would send it, for a person without menus."""
    request = RequestFactory().get(ADDRESS)
    request.user = NURSE
    request.actor = Actor(id=None, name="nurse")
    template = engines["django"].from_string(SOURCE)
    with translation.override(language):
        page = template.render({"form": Everything(data)}, request)
    return page.replace('data-idle="1800"', f'data-idle="{idle}"')


class Server:
    """Plays the addresses the scripts call, and remembers what they sent."""

    def __init__(self, page: Page) -> None:
        self.alive = True
        self.up = True
        self.drafts: list[dict[str, list[str]]] = []
        self.saved: list[dict[str, list[str]]] = []
        self.searches: list[str] = []
        self.html = render()
        page.route(re.compile(r"/test-form/"), self._form)
        page.route(re.compile(r"/drafts/test-form/"), self._draft)
        page.route(re.compile(r"/session/$"), self._session)
        page.route(re.compile(r"/session/sign-in/"), self._sign_in)
        page.route(re.compile(r"/search/"), self._search)
        page.route(re.compile(r"/dates/"), self._date)
        page.route(re.compile(r"/test-fragment/"), self._fragment)

    def _answer(self, route: Route, **answer: object) -> None:
        if self.up:
            route.fulfill(**answer)
        else:
            route.abort()

    def _form(self, route: Route) -> None:
        if route.request.method == "POST":
            self.saved.append(parse_qs(route.request.post_data or ""))
        self._answer(route, content_type="text/html; charset=utf-8", body=self.html)

    def _draft(self, route: Route) -> None:
        self.drafts.append(parse_qs(route.request.post_data or "", keep_blank_values=True))
        self._answer(route, json={"message": "草稿已保存 10:42"}) if self.alive else self._gone(
            route
        )

    def _gone(self, route: Route) -> None:
        route.fulfill(status=401, headers={"HX-Trigger": "everwatch:login-needed"}, json={})

    def _session(self, route: Route) -> None:
        if self.alive:
            self._answer(route, json={"user": str(NURSE.pk), "csrf": "renewed"})
        else:
            self._gone(route)

    def _sign_in(self, route: Route) -> None:
        sent = parse_qs(route.request.post_data or "")
        if sent.get("password") == ["right"]:
            self.alive = True
            self._answer(route, json={"user": str(NURSE.pk), "csrf": "after-login"})
        else:
            self._answer(route, status=400, json={"error": "密码错误，请重试。"})

    def _search(self, route: Route) -> None:
        self.searches.append(parse_qs(route.request.post_data or "")["q"][0])
        hit = '<ul class="hits"><li><a href="/help/">P-1003</a></li></ul>'
        self._answer(route, content_type="text/html", body=hit)

    def _date(self, route: Route) -> None:
        self._answer(route, json={"value": "2026-11-21", "text": "星期六 · D+93"})

    def _fragment(self, route: Route) -> None:
        said = '<div id="status" hx-swap-oob="innerHTML">已打开</div>'
        body = f'<label for="late">迟</label><input id="late">{said}'
        self._answer(route, content_type="text/html; charset=utf-8", body=body)


@pytest.fixture
def server(page: Page) -> Server:
    played = Server(page)
    page.goto(ADDRESS)
    return played


def answer(page: Page, name: str, value: str) -> object:
    return page.locator(f"input[name={name}][value={value}]")


def test_digits_answer_the_focused_question_and_go_on(page: Page, server: Server) -> None:
    answer(page, "vital", "alive").focus()
    page.keyboard.press("1")
    expect(answer(page, "vital", "alive")).to_be_checked()
    expect(answer(page, "tumour", "no")).to_be_focused()
    page.keyboard.press("3")
    expect(answer(page, "tumour", "unknown")).to_be_checked()
    expect(page.locator("#id_hb")).to_be_focused()
    page.keyboard.press("1")
    expect(page.locator("#id_hb")).to_have_value("1")
    expect(answer(page, "tumour", "unknown")).to_be_checked()


def test_an_answer_opens_its_block_and_the_block_takes_the_focus(
    page: Page, server: Server
) -> None:
    expect(page.locator("#block-death")).to_be_hidden()
    answer(page, "vital", "alive").focus()
    page.keyboard.press("2")
    expect(page.locator("#block-death")).to_be_visible()
    expect(page.locator("#id_cause")).to_be_focused()
    answer(page, "vital", "alive").check(force=True)
    expect(page.locator("#block-death")).to_be_hidden()
    expect(page.locator("#id_cause")).to_be_disabled()


def test_what_is_typed_becomes_a_draft_on_the_server_and_nowhere_else(
    page: Page, server: Server
) -> None:
    page.locator("#id_note").fill("发热三天")
    expect(page.locator("[data-draft-status]")).to_have_text("草稿已保存 10:42")
    assert server.drafts[-1]["note"] == ["发热三天"]
    assert "csrfmiddlewaretoken" not in server.drafts[-1]
    # htmx keeps the path of the page, which carries opaque ids only.
    stored = page.evaluate("Object.assign({}, localStorage, sessionStorage)")
    assert stored in ({}, {"htmx-current-path-for-history": ADDRESS})


def test_control_s_keeps_the_draft_and_control_enter_saves(page: Page, server: Server) -> None:
    page.locator("#id_note").fill("x")
    page.keyboard.press("Control+s")
    expect(page.locator("[data-draft-status]")).to_have_text("草稿已保存 10:42")
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    assert server.saved[-1]["then"] == ["next"]


def test_a_date_is_echoed_and_put_in_order(page: Page, server: Server) -> None:
    page.locator("#id_on").fill("20261121")
    page.locator("#id_note").focus()
    expect(page.locator("#id_on_echo")).to_have_text("星期六 · D+93")
    expect(page.locator("#id_on")).to_have_value("2026-11-21")


def test_full_width_digits_are_folded_on_leaving(page: Page, server: Server) -> None:
    page.locator("#id_hb").fill("１２．５")
    page.locator("#id_note").focus()
    expect(page.locator("#id_hb")).to_have_value("12.5")


def test_an_ended_session_keeps_the_form_and_the_save_goes_on(page: Page, server: Server) -> None:
    page.locator("#id_note").fill("not lost")
    page.wait_for_timeout(300)
    server.alive = False
    page.get_by_role("button", name="Save and next").click()
    dialog = page.locator("#session-login")
    expect(dialog).to_be_visible()
    expect(dialog.locator("#session-password")).to_be_focused()
    dialog.locator("#session-password").fill("wrong")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_have_text("密码错误，请重试。")
    dialog.locator("#session-password").fill("right")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert server.saved[-1]["note"] == ["not lost"]
    assert server.saved[-1]["csrfmiddlewaretoken"] == ["after-login"]


def test_an_interrupted_connection_keeps_the_form(page: Page, server: Server) -> None:
    page.locator("#id_note").fill("still here")
    server.up = False
    page.get_by_role("button", name="Save and next").click()
    expect(page.locator("#offline")).to_be_visible()
    expect(page.locator("#id_note")).to_have_value("still here")
    expect(page.locator("[data-draft-status]")).to_have_text("草稿未保存，正在重试")
    server.up = True
    with page.expect_navigation():
        page.get_by_role("button", name="Save and next").click()
    assert server.saved[-1]["note"] == ["still here"]


def test_the_warning_comes_before_the_end_and_staying_renews(page: Page, server: Server) -> None:
    server.html = render(idle=300)
    page.goto(ADDRESS)
    warning = page.locator("#session-warning")
    expect(warning).to_be_visible()
    page.get_by_role("button", name="继续工作").click()
    expect(warning).to_be_hidden()
    token = page.locator("form[data-draft] input[name=csrfmiddlewaretoken]")
    expect(token).to_have_value("renewed")


def test_the_language_switch_takes_the_draft_along(page: Page, server: Server) -> None:
    switched: list[dict[str, list[str]]] = []
    kept: list[str] = []

    def language(route: Route) -> None:
        switched.append(parse_qs(route.request.post_data or ""))
        kept.extend(server.drafts[-1]["note"])
        route.fulfill(content_type="text/html; charset=utf-8", body=render("en"))

    page.route(re.compile(r"/language/"), language)
    page.locator("#id_note").fill("half a sentence")
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert kept == ["half a sentence"]
    assert switched[0]["language"] == ["en"]
    assert switched[0]["next"] == [ADDRESS]


def test_search_waits_for_the_input_method(page: Page, server: Server) -> None:
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.evaluate(
        """() => {
          const box = document.getElementById("search");
          box.dispatchEvent(new CompositionEvent("compositionstart", {bubbles: true}));
          for (const text of ["z", "zh", "zhang"]) {
            box.value = text;
            box.dispatchEvent(new InputEvent("input", {bubbles: true, isComposing: true}));
          }
        }"""
    )
    page.wait_for_timeout(600)
    assert server.searches == []
    page.evaluate(
        """() => {
          const box = document.getElementById("search");
          box.value = "张";
          box.dispatchEvent(new CompositionEvent("compositionend", {bubbles: true}));
        }"""
    )
    expect(page.get_by_role("link", name="P-1003")).to_be_visible()
    assert server.searches == ["张"]
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("link", name="P-1003")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#search")).to_be_focused()
    expect(page.locator("#search-results")).to_be_empty()


def test_a_swap_moves_the_focus_and_is_announced(page: Page, server: Server) -> None:
    page.locator("#swap").click()
    expect(page.locator("#late")).to_be_focused()
    expect(page.locator("#status")).to_have_text("已打开")


def test_errors_take_the_focus_and_lead_to_their_field(page: Page, server: Server) -> None:
    server.html = render(data={"on": "05/11/2026"})
    page.goto(ADDRESS)
    expect(page.locator(".error-summary")).to_be_focused()
    assert page.title().startswith("错误 - ")
    page.locator(".error-summary a").first.click()
    expect(page.locator("#id_on")).to_be_focused()
    page.locator(".error-summary a").nth(1).click()
    expect(answer(page, "vital", "alive")).to_be_focused()


def test_without_script_every_block_is_there_and_the_form_saves(
    new_page: Callable[..., Page],
) -> None:
    page = new_page(java_script_enabled=False)
    server = Server(page)
    page.goto(ADDRESS)
    expect(page.locator("#block-death")).to_be_visible()
    page.locator("#id_note").fill("plain")
    page.get_by_role("button", name="Save and next").click()
    assert server.saved[-1]["note"] == ["plain"]


@pytest.mark.parametrize("width", [1366, 320])
def test_focus_is_never_hidden_by_a_bar_that_stays(
    new_page: Callable[..., Page], width: int
) -> None:
    page = new_page(viewport={"width": width, "height": 640})
    Server(page)
    page.goto(ADDRESS)
    for _ in range(24):
        page.keyboard.press("Tab")
        hidden = page.evaluate(
            """() => {
              const focused = document.activeElement;
              const box = focused.getBoundingClientRect();
              if (box.height === 0 || focused === document.body) return "";
              const x = box.left + box.width / 2, y = box.top + box.height / 2;
              const above = document.elementFromPoint(x, y);
              const seen = above && (focused.contains(above) || above.contains(focused)
                || above.closest("label") === focused.closest("label"));
              return seen ? "" : focused.outerHTML.slice(0, 80);
            }"""
        )
        assert hidden == ""
