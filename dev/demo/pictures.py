"""`./run pictures --url URL`: pictures of the guides, taken from a running demo in both languages.

Each is one page as its role sees it, 1366 pixels wide, in 32 colours so that it stays small.
"""

import argparse
import io
import os
import sys
from dataclasses import dataclass
from importlib import import_module

import django
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from dev.checks.packages import find_chromium
from dev.environments import without_server
from dev.paths import ROOT, VAR

FOLDER = ROOT / "docs/pictures"
LOCALES = {"en": "en-GB", "zh-Hans": "zh-CN"}
WIDTH, HEIGHT, COLOURS = 1366, 768, 32


@dataclass(frozen=True, slots=True)
class Picture:
    """A page: whose, its address, and the links followed from there, as CSS selectors."""

    name: str
    username: str
    address: str
    then: tuple[str, ...] = ()


PICTURES = (
    Picture("guide-worklist", "nurse", "/worklist/"),
    Picture("guide-call", "nurse", "/worklist/", ("main a[href*='/call/']",)),
    Picture("guide-cases", "safety", "/cases/"),
    Picture("guide-case", "safety", "/cases/", ("main tbody a[href^='/cases/']",)),
    Picture("guide-commitments", "study", "/commitments/"),
    Picture("guide-commitment", "study", "/commitments/", ("main a[href^='/commitments/']",)),
    Picture("guide-users", "admin", "/users/"),
    Picture("guide-trail", "auditor", "/trail/"),
)


def file_name(picture: Picture, language: str) -> str:
    """`guide-cases.en.png`."""
    return f"{picture.name}.{language}.png"


def _enter(browser: Browser, url: str, username: str, password: str, language: str) -> Page:
    context = browser.new_context(
        locale=LOCALES[language],
        timezone_id="Asia/Shanghai",
        viewport={"width": WIDTH, "height": HEIGHT},
        base_url=url,
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto("/sign-in/")
    page.locator("#id_username").fill(username)
    page.locator("#id_password").fill(password)
    page.locator("main button[type=submit]").click()
    page.wait_for_url(lambda address: "/sign-in/" not in address)
    if page.locator("html").get_attribute("lang") != language:
        page.locator(".topbar .lang-button").click()
        page.wait_for_function("wanted => document.documentElement.lang === wanted", arg=language)
    return page


def _small(shot: bytes) -> bytes:
    kept = io.BytesIO()
    image = Image.open(io.BytesIO(shot)).convert("RGB")
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(kept, "PNG", optimize=True)
    return kept.getvalue()


def take(url: str, passwords: dict[str, str]) -> None:
    """Take every picture from the demo at `url`; a page that answers an error stops it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), headless=True, args=["--no-sandbox", "--disable-gpu"]
        )
        for language in LOCALES:
            for picture in PICTURES:
                user = picture.username
                page = _enter(browser, url, user, passwords[user], language)
                address: str | None = picture.address
                for selector in (*picture.then, None):
                    answer = page.goto(address or "/")
                    if answer is None or not answer.ok:
                        raise SystemExit(f"{picture.name}: {address} did not open")
                    if selector:
                        address = page.locator(selector).first.get_attribute("href")
                # A form that puts the cursor into its first box scrolls to it.
                page.evaluate("window.scrollTo(0, 0)")
                image = _small(page.screenshot())
                (FOLDER / file_name(picture, language)).write_bytes(image)
                print(f"{file_name(picture, language)} {len(image) // 1024} kB")
                page.context.close()
        browser.close()


def _passwords() -> dict[str, str]:
    os.environ.update(without_server(VAR / "check"), DJANGO_SETTINGS_MODULE="pv.config.settings")
    django.setup()
    # Its module reads the models as soon as it is imported.
    return {one.username: one.password for one in import_module("pv.demo.world").LOGINS}


def main() -> int:
    """Read the URL and take the pictures."""
    parser = argparse.ArgumentParser(prog="./run pictures", description=__doc__)
    parser.add_argument("--url", default="http://localhost:8000", help="address of a running demo")
    take(parser.parse_args().url, _passwords())
    return 0


if __name__ == "__main__":
    sys.exit(main())
