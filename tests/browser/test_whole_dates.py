"""Dates in running text lie on one line in Chromium, however narrow the page."""

import pytest

from followup.core.permissions import Role

# Dates a browser broke at a hyphen: their text lies on more than one line.
BROKEN_DATES = """() => {
  const found = [], date = /(?<![\\w-])\\d{4}-\\d{2}(-\\d{2})?(?![\\w.-])/g;
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    for (const match of texts.currentNode.data.matchAll(date)) {
      const range = document.createRange();
      range.setStart(texts.currentNode, match.index);
      range.setEnd(texts.currentNode, match.index + match[0].length);
      const lines = [...range.getClientRects()].filter((box) => box.width > 0);
      if (new Set(lines.map((box) => Math.round(box.top / 4))).size > 1) found.push(match.input);
    }
  }
  return found; }"""

# Breaks at the hyphens when it is not in an element of its own.
BARE = """() => {
  const bare = document.createElement("p");
  bare.style.width = "7ch";
  bare.textContent = "2026-11-28";
  document.querySelector("main").append(bare); }"""


@pytest.mark.parametrize(
    ("role", "paths"),
    [
        (Role.NURSE, ("/worklist/", "/patients/", "tbody th a")),
        (Role.SAFETY_OFFICER, ("/notices/", "/cases/", "tbody th a")),
    ],
)
def test_no_date_is_broken_at_320(enter_as, role, paths) -> None:
    page = enter_as(role, "en", 320)
    for path in paths:
        if path.startswith("/"):
            page.goto(path)
        else:
            page.goto(page.locator(path).first.get_attribute("href"))
        page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
        assert page.evaluate(BROKEN_DATES) == []
    page.evaluate(BARE)
    assert page.evaluate(BROKEN_DATES) == ["2026-11-28"]


def test_a_date_in_a_question_is_whole_too(enter_as) -> None:
    page = enter_as(Role.NURSE, "en", 320)
    page.goto("/patients/?state=ACTIVE")
    page.goto(page.locator("tbody th a").first.get_attribute("href"))
    page.goto(page.locator("a[href$='/correct/'][href^='/infusions/']").first.get_attribute("href"))
    day = page.locator("[name=infused_on]")
    day.fill(f"{int(day.input_value()[:4]) - 1}-01-31")
    page.locator("[name=reason]").fill("Copied wrongly")
    page.locator(".savebar [data-primary]").click()
    page.wait_for_selector(".error-summary .whole")
    assert page.evaluate(BROKEN_DATES) == []
