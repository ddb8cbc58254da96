"""Files dragged onto a page: its field gets them wherever they fall, and nothing is sent by it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

SCRIPT = Path(__file__).parents[2] / "followup/static/everwatch/drop.js"
HTML = """<h1>Page</h1><form data-drop="One at a time"><input type="file" name="file">
<button>Take in</button></form>
<script>window.everwatch = { focus: (e) => e.focus(), say: (text) => { window.said = text; } };
document.addEventListener("submit", () => { window.sent = true; });</script>"""
DROP = """([names, type]) => {
  const held = new DataTransfer();
  for (const name of names) held.items.add(new File(["<a/>"], name));
  if (!names.length) held.setData("text/plain", "words");
  const event = new DragEvent(type, { dataTransfer: held, bubbles: true, cancelable: true });
  return document.querySelector("h1").dispatchEvent(event);
}"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    page.set_content(HTML)
    page.add_script_tag(path=SCRIPT)
    yield page
    page.close()


def chosen(page: Page) -> list[str]:
    found: list[str] = page.locator("input").evaluate("e => Array.from(e.files, (f) => f.name)")
    return found


def test_a_file_that_falls_beside_the_field_is_chosen_and_not_sent(page: Page) -> None:
    assert not page.evaluate(DROP, [["a.ack"], "dragover"]), "else the browser opens the file"
    assert page.locator("form.drop-here").count() == 1
    assert not page.evaluate(DROP, [["a.ack"], "drop"])
    assert page.locator("form.drop-here").count() == 0
    assert chosen(page) == ["a.ack"]
    assert page.evaluate("[window.said, document.activeElement.tagName]") == ["a.ack", "BUTTON"]
    page.evaluate(DROP, [["b.ack", "c.ack"], "drop"])
    assert (chosen(page), page.evaluate("window.said")) == (["a.ack"], "One at a time")
    page.locator("input").evaluate("e => { e.multiple = true; }")
    page.evaluate(DROP, [["b.ack", "c.ack"], "drop"])
    assert chosen(page) == ["b.ack", "c.ack"]
    assert not page.evaluate("window.sent")


def test_words_that_are_dragged_are_left_to_the_browser(page: Page) -> None:
    assert page.evaluate(DROP, [[], "dragover"])
    assert page.evaluate(DROP, [[], "drop"])
    assert chosen(page) == []
