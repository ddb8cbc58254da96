"""The fonts that come with the project, and what is printed where none has a character."""

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unicodedata import category

from followup.lazy_modules import lazy

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

# Read at first use: a web process that prints nothing does without these 10 MB.
_library: Any = lazy("fontTools.ttLib")

FOLDER = Path(__file__).resolve().parent.parent / "fonts"
CONFIGURATION = FOLDER / "fonts.conf"
# In the order in which a character is looked for; the rare ideographs are large and come last.
FILES = (
    "NotoSansSC-Regular.ttf",
    "NotoSansSC-Bold.ttf",
    "DejaVuSans-Symbols.ttf",
    "HanaMinA-Rare.ttf",
    "HanaMinB-Rare.ttf",
)
# Characters that take no ink: they never become a box, and pasted text is full of them.
INKLESS = frozenset("\t\n\r\u00ad\u200b\u200c\u200d\u2060\ufeff\ufe0e\ufe0f")
_REFERENCE = re.compile(r"&#(?:[xX]([0-9a-fA-F]{1,6})|([0-9]{1,7}));")


def opened(name: str) -> "TTFont":
    """One of our font files, read as far as it is asked; for a `with` statement.

    What is cut from it carries no time of its own: the same report has the same bytes.
    """
    return _library.TTFont(FOLDER / name, lazy=True, recalcTimestamp=False)


@cache
def glyph_order(name: str) -> tuple[str, ...]:
    """The names of the glyphs of one font file by number; working them out costs a tenth second."""
    with opened(name) as font:
        return tuple(font.getGlyphOrder())


@cache
def characters_of(name: str) -> frozenset[str]:
    """Every character that one font file draws."""
    with opened(name) as font:
        return frozenset(map(chr, font.getBestCmap()))


def missing(text: str) -> str:
    """The characters of a text that no font draws, in the order of their code.

    A control that turns the direction of writing counts as one: it would move other words.
    """
    left = set(text) - INKLESS
    controls = {character for character in left if category(character) in ("Cc", "Cf")}
    left -= controls
    for name in FILES:
        if not left:
            break
        left -= characters_of(name)
    return "".join(sorted(left | controls))


def marker(character: str) -> str:
    """What is printed for a character without a glyph: `[U+1F637]`."""
    return f"[U+{ord(character):04X}]"


def visible(text: str) -> str:
    """The text with each character no font draws replaced by its code point in brackets.

    A statutory document is printed whole; a character is never dropped and never an empty box.
    """
    replaced = {ord(c): marker(c) for c in missing(text)}
    return text.translate(replaced) if replaced else text


def visible_page(html: str) -> str:
    """The same for a page of markup, where a character may also be written as a reference."""

    def shown(reference: re.Match[str]) -> str:
        code = int(reference[1], 16) if reference[1] else int(reference[2])
        character = chr(code) if 0 < code < 0x110000 else "\ufffd"
        return marker(character) if missing(character) else reference[0]

    return visible(_REFERENCE.sub(shown, html) if "&#" in html else html)
