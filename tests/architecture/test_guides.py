"""Guides per role: their pictures, addresses and button names are those of the product."""

import re
from functools import cache
from gettext import GNUTranslations
from pathlib import Path

import pytest
from django.urls import resolve
from PIL import Image

from dev.demo.pictures import LOCALES, PICTURES, file_name
from dev.paths import ROOT

GUIDES = ROOT / "docs/guides"
PICTURE_FOLDER = ROOT / "docs/pictures"
NAMES = ("administrator", "auditor", "holder", "hospital", "safety")
BUTTON = re.compile(r"\*\*(.+?)\*\*")
ADDRESS = re.compile(r"`(/[\w/-]*/)`")
EVERY = [(name, language) for name in NAMES for language in LOCALES]


def _text(name: str, language: str) -> str:
    return (GUIDES / f"{name}.{language}.md").read_text(encoding="utf-8")


def _pictures_named() -> set[str]:
    pages = [*GUIDES.glob("*.md"), *ROOT.glob("README*.md")]
    return {
        Path(link).name
        for page in pages
        for link in re.findall(r"!\[[^]]+\]\(([^)]+)\)", page.read_text(encoding="utf-8"))
    }


@cache
def _templates() -> str:
    return "".join(p.read_text(encoding="utf-8") for p in (ROOT / "templates").rglob("*.html"))


@cache
def _chinese() -> dict[str, set[str]]:
    """English text → its Chinese in every context of the catalogue."""
    with (ROOT / "locale/zh_Hans/LC_MESSAGES/django.mo").open("rb") as file:
        catalogue: dict = GNUTranslations(file)._catalog
    words: dict[str, set[str]] = {}
    for key, value in catalogue.items():
        if isinstance(key, str):
            words.setdefault(key.split("\x04")[-1], set()).add(value)
    return words


def test_each_role_has_its_guide_in_both_languages() -> None:
    assert {p.name for p in GUIDES.glob("*.md")} == {f"{n}.{la}.md" for n, la in EVERY}


def test_pictures_are_those_the_guides_show_and_stay_small() -> None:
    files = {p.name for p in PICTURE_FOLDER.iterdir()}
    assert files == _pictures_named()
    assert files == {file_name(picture, la) for picture in PICTURES for la in LOCALES}
    assert len(files) <= 25
    large = {n: s for n in files if (s := (PICTURE_FOLDER / n).stat().st_size) >= 60_000}
    assert large == {}
    for name in files:
        with Image.open(PICTURE_FOLDER / name) as picture:
            assert (name, picture.width) == (name, 1366)


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_a_guide_shows_pictures_of_its_own_language(name: str, language: str) -> None:
    shown = re.findall(r"\]\(\.\./pictures/([^)]+)\)", _text(name, language))
    assert shown
    assert [picture for picture in shown if not picture.endswith(f".{language}.png")] == []


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_addresses_of_a_guide_lead_to_pages(name: str, language: str) -> None:
    addresses = ADDRESS.findall(_text(name, language))
    assert addresses
    for address in addresses:
        assert resolve(address).view_name, address


@pytest.mark.parametrize("name", NAMES)
def test_both_languages_of_a_guide_say_the_same_steps(name: str) -> None:
    english, chinese = _text(name, "en"), _text(name, "zh-Hans")
    steps = re.compile(r"^(?:\d+\.|#+|!)", re.M)
    assert steps.findall(english) == steps.findall(chinese)
    assert set(ADDRESS.findall(english)) == set(ADDRESS.findall(chinese))


@pytest.mark.parametrize("name", NAMES)
def test_buttons_of_a_guide_stand_on_pages_and_in_the_catalogue(name: str) -> None:
    english, chinese = (BUTTON.findall(_text(name, language)) for language in ("en", "zh-Hans"))
    assert len(english) == len(chinese) > 0
    for ours, theirs in zip(english, chinese, strict=True):
        assert f'translate "{ours}"' in _templates(), ours
        assert theirs in _chinese().get(ours, set()), (ours, theirs)
