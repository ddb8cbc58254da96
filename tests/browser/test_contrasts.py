"""Judging each look once loses no text that is too pale."""

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from tests.browser.contrasts import violations

STYLE = """<style>
body { color: #333; background: #fff } .dark { background: #444 } .pale { color: #bbb }
.panel { position: relative; opacity: .4 } .band { height: 60px; position: relative }
.laid { position: absolute; left: 9px; top: 9px; margin: 0 } .out { top: 90px }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
</style>"""
GOOD = "<p>one</p><p>two</p><div class='dark'><p class='pale'>three</p></div>"


def pale(page: Page, body: str, passed: set[str] | None = None) -> tuple[list[str], set[str]]:
    page.set_content(f"<html lang=en><title>t</title>{STYLE}<main><h1>t</h1>{body}</main></html>")
    page.evaluate(AXE_SCRIPT)
    bad, known = violations(page, passed or ())
    texts = [n["html"] for rule in bad if rule["id"] == "color-contrast" for n in rule["nodes"]]
    return texts, known


def test_a_right_page_has_none_and_its_looks_are_known(page: Page) -> None:
    texts, known = pale(page, GOOD)
    assert texts == []
    assert len(known) == 3  # heading, paragraph, pale on dark
    assert pale(page, GOOD, known) == ([], known)


@pytest.mark.parametrize(
    "body",
    [
        "<p class=pale>lost</p>",
        "<div class=dark><p>lost</p></div>",
        "<div class=panel><p>lost</p></div>",
        "<p style='color: #999; font-size: 15px'>lost</p>",
        "<button style='color: #999; background: #fff'>lost</button>",
        "<p class=pale>lost</p><p class=pale hidden>no one sees it</p>",
        "<button class=pale>lost</button><button class=pale disabled>may be pale</button>",
    ],
)
def test_what_is_too_pale_is_found_after_its_like_was_right(page: Page, body: str) -> None:
    """The colour, the layer or the size differs, or the last of a look cannot be judged."""
    known = pale(page, GOOD)[1]
    texts, after = pale(page, GOOD + body, known)
    assert len(texts) == 1
    assert "lost" in texts[0]
    assert after >= known
    assert pale(page, GOOD + body, after)[0] == texts  # no wrong look is ever known as right


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (
            "<div class='dark band'></div><p class='pale laid' style='top: 90px'>a</p>",
            "<div class=band></div><p class='pale laid' style='top: 90px'>lost</p>",
        ),
        (
            "<div class='dark band'><p class='pale laid'>a</p></div>",
            "<div class='dark band'><p class='pale laid out'>lost</p></div>",
        ),
        (
            "<div class='dark band'><p class=pale>a</p></div>",
            "<div class='dark band'><p class=pale style='margin: 0; padding-top: 90px'>lost</p>"
            "</div>",
        ),
        ("<p class='pale unseen'>a</p>", "<p class='pale laid out'>lost</p>"),
        ("<p>a</p>", "<p style='-webkit-text-fill-color: #bbb'>lost</p>"),
    ],
    ids=["over a neighbour", "out of its layer", "flows out of its layer", "unseen", "fill"],
)
def test_where_a_text_happens_to_lie_says_nothing_of_its_like(
    page: Page, right: str, wrong: str
) -> None:
    texts, known = pale(page, right)
    assert texts == []
    (text,) = pale(page, wrong, known)[0]
    assert "lost" in text


def test_a_text_right_in_the_body_is_asked(page: Page) -> None:
    colours = "<style>body { color: #bbb } h1 { color: #333 }</style>"
    (text,) = pale(page, f"</main>{colours}lost<main>")[0]
    assert text.startswith("<body")


def test_other_rules_are_held_as_ever(page: Page) -> None:
    page.set_content(f"<html><title>t</title>{STYLE}<main><h1>t</h1><img src='data:,'></main>")
    page.evaluate(AXE_SCRIPT)
    assert {"html-has-lang", "image-alt"} <= {rule["id"] for rule in violations(page)[0]}
