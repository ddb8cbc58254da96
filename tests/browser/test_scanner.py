"""A scanner that types: its separators reach the field, and an input method does not stand between.

Keys are sent as the browser gets them from a keyboard, with times of their own: a slow machine
does not make a scanner a person. The page is the script with a form; that pages hold both,
`tests/followup/web/test_scans.py` sees.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

GTIN = "06901234567892"
CODES = {"-": "Minus", "=": "Equal", "<": "Comma", "]": "BracketRight"}
SHIFT, CTRL = 8, 2
GROUP = "\x1d"


def keys(text: str) -> Iterable[tuple[str, str, int]]:
    """Each character with the place of its key and what is held down."""
    for sign in text:
        if sign == GROUP:
            yield "]", "BracketRight", CTRL
        elif sign.isdigit():
            yield sign, f"Digit{sign}", 0
        elif sign.isalpha():
            yield sign, f"Key{sign.upper()}", SHIFT if sign.isupper() else 0
        else:
            yield sign, CODES[sign], SHIFT if sign == "<" else 0


class Scanner:
    """A keyboard whose keys follow each other after `pause` seconds of its own clock."""

    def __init__(self, page: Page, pause: float = 0.005) -> None:
        self.cdp: CDPSession = page.context.new_cdp_session(page)
        self.at, self.pause = page.evaluate("Date.now() / 1000"), pause

    def press(self, key: str, code: str, held: int, *, ime: bool) -> None:
        self.at += self.pause
        number = 229 if ime else 13 if key == "Enter" else ord(key.upper())
        say = {"windowsVirtualKeyCode": number, "code": code, "modifiers": held}
        say |= {"key": "Process" if ime else key, "timestamp": self.at}
        text = {} if ime or held == CTRL else {"text": "\r" if key == "Enter" else key}
        kind = "rawKeyDown" if ime or held == CTRL else "keyDown"
        self.cdp.send("Input.dispatchKeyEvent", {"type": kind, **say, **text})
        self.cdp.send("Input.dispatchKeyEvent", {"type": "keyUp", **say})

    def scan(self, text: str) -> None:
        """Without an input method: letters arrive, the separator is Ctrl+]."""
        for key in keys(text):
            self.press(*key, ime=False)
        self.press("Enter", "Enter", 0, ime=False)

    def compose(self, text: str, made: str, *, ends: bool = True) -> None:
        """With one: each key goes to the input method, which writes `made` in the end."""
        for place, key in enumerate(keys(text), 1):
            self.press(*key, ime=key[2] != CTRL)
            part = {"text": made[:place], "selectionStart": place, "selectionEnd": place}
            self.cdp.send("Input.imeSetComposition", part)
        if ends:
            self.press("Enter", "Enter", 0, ime=True)
        self.cdp.send("Input.insertText", {"text": made})


SCRIPT = Path(__file__).parents[2] / "followup/static/everwatch/scanner.js"
HTML = """<form id="one"><label>Code <input name="code" data-scan="submit"></label></form>
<form id="two"><input name="bag" data-scan="next"><input name="lot">
<textarea name="rows" data-scan="line"></textarea><button>Save</button></form>
<section hidden><input aria-label="separator" data-separator data-done="kept"></section>
<script>
window.everwatch = { focus: (e) => e.focus(), say: (text) => { window.said = text; } };
window.sent = [];
document.addEventListener("submit", (event) => {
  event.preventDefault();
  window.sent.push(event.target.id === "one" ? event.target.elements.code.value : event.target.id);
});
</script>"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    page.route(
        "http://scanner.test/", lambda route: route.fulfill(body=HTML, content_type="text/html")
    )
    page.goto("http://scanner.test/")
    page.add_script_tag(path=SCRIPT)
    yield page
    page.close()


def sent(page: Page) -> list[str]:
    page.wait_for_function("window.sent.length > 0")
    found: list[str] = page.evaluate("window.sent.splice(0)")
    page.locator("[name=code]").fill("")
    return found


def test_a_separator_the_browser_would_drop_reaches_the_field(page: Page) -> None:
    code = f"]d201{GTIN}10L-1{GROUP}21S9"
    page.locator("[name=code]").focus()
    Scanner(page).scan(code)
    assert sent(page) == [code]  # else the serial would have joined the lot
    bag = page.locator("[name=bag]")
    bag.focus()
    Scanner(page).scan(code)
    expect(page.locator("[name=lot]")).to_be_focused()
    expect(bag).to_have_value(code)
    assert page.evaluate("window.sent") == [], "a label read in the middle of a form saves nothing"
    page.locator("[name=code]").focus()
    page.keyboard.type("a")
    page.keyboard.press("F8")
    page.keyboard.type("b")
    expect(page.locator("[name=code]")).to_have_value(f"a{GROUP}b")


def test_an_input_method_does_not_stand_between(page: Page) -> None:
    field = page.locator("[name=code]")
    field.focus()
    Scanner(page).compose("=A99992612345600", "＝Ａ９９９９２６１２３４５６００")
    assert sent(page) == ["=A99992612345600"]
    field.focus()
    Scanner(page).compose(f"]d201{GTIN}10L1{GROUP}21S9", "】ｄ二〇一的里")
    assert sent(page) == [f"]d201{GTIN}10L1{GROUP}21S9"]
    field.focus()
    Scanner(page).compose("=<S1234V00", "＝《Ｓ一二", ends=False)
    expect(field).to_have_value("=<S1234V00")
    page.locator("[name=bag]").focus()
    Scanner(page).compose("A99992612345600", "啊九九")
    expect(page.locator("[name=bag]")).to_have_value("A99992612345600")
    expect(page.locator("[name=lot]")).to_be_focused()
    page.locator("[name=rows]").focus()
    Scanner(page).compose("S26-000123-48", "Ｓ二六")
    expect(page.locator("[name=rows]")).to_have_value("S26-000123-48\n")


def test_a_person_at_the_keyboard_is_left_alone(page: Page) -> None:
    page.locator("[name=code]").focus()
    Scanner(page, pause=0.2).compose("zhangsan", "张三")
    page.wait_for_timeout(300)
    expect(page.locator("[name=code]")).to_have_value("张三")


def test_the_separator_of_a_scanner_is_kept_on_its_computer(page: Page) -> None:
    page.get_by_label("separator").fill("-")
    page.get_by_label("separator").blur()
    assert page.evaluate("window.said") == "kept"
    page.reload()
    page.add_script_tag(path=SCRIPT)
    expect(page.get_by_label("separator")).to_have_value("-")
    page.locator("[name=code]").focus()
    Scanner(page).scan(f"]d201{GTIN}10L1-21S9")
    assert sent(page) == [f"]d201{GTIN}10L1{GROUP}21S9"]
    page.locator("[name=code]").focus()
    Scanner(page, pause=0.2).scan("S26-1")
    assert sent(page) == ["S26-1"]  # typed by a person
