"""The fonts that come with the project, and the characters they can print."""

from functools import cache
from html import unescape
from pathlib import Path
from unicodedata import category

from django.utils.translation import gettext as _
from fontTools.ttLib import TTFont

from followup.core.problems import Refused

FOLDER = Path(__file__).resolve().parent.parent / "fonts"
CONFIGURATION = FOLDER / "fonts.conf"
FILES = ("NotoSansSC-Regular.ttf", "NotoSansSC-Bold.ttf", "DejaVuSans-Symbols.ttf")
SHOWN = 20
# Characters that take no ink: they never become a box, and pasted text is full of them.
INKLESS = frozenset("\t\n\r\u00ad\u200b\u200c\u200d\u2060\ufeff\ufe0e\ufe0f")


class Unprintable(Refused):
    """The text has characters that no font of ours has: they would be printed as boxes."""

    def __init__(self, characters: str) -> None:
        self.characters = characters
        named = ", ".join(
            f"{c} (U+{ord(c):04X})" if category(c)[0] not in "CZ" else f"U+{ord(c):04X}"
            for c in characters[:SHOWN]
        )
        more = "" if len(characters) <= SHOWN else " …"
        text = _("The document font does not have these characters: %(characters)s.")
        super().__init__(text % {"characters": named + more}, code="unprintable")


@cache
def printable() -> frozenset[str]:
    """Every character that one of the fonts draws."""
    found: set[int] = set()
    for name in FILES:
        with TTFont(FOLDER / name, lazy=True) as font:
            found.update(font.getBestCmap())
    return frozenset(map(chr, found)) | INKLESS


def missing(text: str) -> str:
    """The characters of a text that would be printed as boxes, in the order of their code."""
    return "".join(sorted(set(text) - printable()))


def check(html: str) -> None:
    """Raise Unprintable when a rendered page holds a character, plain or escaped, without ink."""
    boxes = missing(html)
    if "&#" in html:
        boxes = "".join(sorted(set(boxes) | set(missing(unescape(html)))))
    if boxes:
        raise Unprintable(boxes)
