"""Guards of the templates, the scripts and the vendored files."""

import hashlib
import re
from pathlib import Path

import pytest

from followup.core.permissions import Perm
from followup.core.templatetags.everwatch import STATUSES

ROOT = Path(__file__).parents[3]
STATIC = ROOT / "followup" / "static"
OWN = STATIC / "everwatch"
# Documents become PDF, where CSS is inline by design; messages are mails.
PAGES = [
    path
    for path in sorted((ROOT / "templates").rglob("*.html"))
    if not {"documents", "messages"} & set(path.relative_to(ROOT / "templates").parts)
]
SCRIPTS = sorted(OWN.glob("*.js"))
SPRITE = set(re.findall(r'<symbol id="([^"]+)"', (OWN / "icons.svg").read_text()))
LICENCED = re.compile(r"https?://www\.w3\.org/")


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", PAGES, ids=name)
@pytest.mark.requirement("ASVS-1.2.3")
def test_nothing_inline_that_the_content_policy_blocks(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"<style\b", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"<[^>{]*\sstyle\s*=", text)
    assert not re.search(r"<[^>{]*\son[a-z]+\s*=", text)
    assert "javascript:" not in text


@pytest.mark.parametrize("path", PAGES, ids=name)
@pytest.mark.requirement("ASVS-14.2.3")
def test_no_address_of_another_host(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"""(src|href|action|hx-\w+)\s*=\s*["'](https?:)?//""", text)


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_icons_exist_in_the_sprite(path: Path) -> None:
    used = set(re.findall(r'{% icon "([^"]+)"', path.read_text()))
    assert used <= SPRITE


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_states_have_their_look(path: Path) -> None:
    """An unknown one breaks the page once a row is in that state, which no empty list shows."""
    named = set(re.findall(r"""{%\s*(?:status|mark)\s+["']([^"']+)["']""", path.read_text()))
    assert named <= set(STATUSES)


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_asked_permissions_exist(path: Path) -> None:
    asked = set(re.findall(r"shell\.may\.(\w+)", path.read_text()))
    assert asked <= {perm.name for perm in Perm}


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_one_main_heading_which_the_frame_gives(path: Path) -> None:
    text = path.read_text()
    if '{% extends "base.html" %}' in text:
        assert "<h1" not in text
        assert "{% block heading %}" in text
        assert "{% block title %}" in text


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_htmx_has_no_trigger_filter(path: Path) -> None:
    for trigger in re.findall(r'hx-trigger="([^"]*)"', path.read_text()):
        assert "[" not in trigger


# What one script keeps on a computer: the separator its scanner is set to, nothing of a person.
KEPT = {
    "scanner.js": (
        'const STORED = "everwatch-separator";',
        "localStorage.getItem(STORED)",
        "localStorage.setItem(STORED, setting.value.trim())",
    )
}


@pytest.mark.parametrize("path", SCRIPTS, ids=name)
@pytest.mark.requirement("ASVS-3.2.2", "ASVS-14.3.3")
def test_scripts_store_nothing_and_stay_at_their_language_level(path: Path) -> None:
    text = path.read_text()
    for kept in KEPT.get(path.name, ()):
        assert text.count(kept) == 1, kept
        text = text.replace(kept, "")
    for banned in ("localStorage", "sessionStorage", "indexedDB", "document.cookie", "eval("):
        assert banned not in text
    assert not re.search(r"\?\.[a-zA-Z\[(]", text)
    assert "??" not in text
    assert "innerHTML" not in text


def test_styles_do_not_lean_on_young_selectors() -> None:
    text = (OWN / "everwatch.css").read_text()
    assert ":has(" not in text
    assert "@container" not in text
    assert "url(" not in text
    assert "@import" not in text


def test_vendored_styles_are_the_recorded_ones() -> None:
    folder = STATIC / "vendor" / "bootstrap-5.3.9"
    file = folder / "bootstrap.min.css"
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert digest in (folder / "VENDOR.md").read_text()
    assert (folder / "LICENSE").exists()
    assert "sourceMappingURL" not in file.read_text()


@pytest.mark.parametrize("path", sorted(STATIC.rglob("*.css")) + SCRIPTS, ids=name)
@pytest.mark.requirement("ASVS-14.2.3")
def test_assets_ask_no_other_host(path: Path) -> None:
    found = re.findall(
        r"""url\(["']?(?:https?:)?//[^)]*|(?:fetch|import)\(["']https?:[^)]*""", path.read_text()
    )
    assert not found


def test_icons_have_no_colour_or_script_of_their_own() -> None:
    text = LICENCED.sub("", (OWN / "icons.svg").read_text())
    assert "http" not in text
    assert "<script" not in text
    assert "style=" not in text
