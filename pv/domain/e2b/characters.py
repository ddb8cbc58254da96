"""Text into XML: escaping that survives a parser byte for byte, refusing what XML cannot hold.

Source: W3C XML 1.0, 5th edition, section 2.2.
"""

import re

from pv.domain.e2b.refusals import MessageRefused, Refusal

FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
IN_TEXT = re.compile("[&<>\r]")
IN_ATTRIBUTE = re.compile('[&<"\t\n\r]')
NAMES = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "\t": "&#9;",
    "\n": "&#10;",
    "\r": "&#13;",
}


def text(value: str) -> str:
    """Element text. A carriage return is written as a reference, or parsers would drop it."""
    if not IN_TEXT.search(value):
        return value
    for character in "&<>\r":
        value = value.replace(character, NAMES[character])
    return value


def attribute(value: str) -> str:
    """An attribute value between double quotes; white space keeps its kind."""
    return IN_ATTRIBUTE.sub(_name, value) if IN_ATTRIBUTE.search(value) else value


def _name(found: re.Match[str]) -> str:
    return NAMES[found.group()]


def encoded(parts: list[str]) -> bytes:
    """The parts as UTF-8. Raises MessageRefused for a character that XML 1.0 forbids."""
    whole = "".join(parts)
    wrong = FORBIDDEN.search(whole)
    if wrong is not None:
        detail = (
            f"U+{ord(wrong.group()):04X} after {whole[max(0, wrong.start() - 40) : wrong.start()]}"
        )
        raise MessageRefused(Refusal.CONTROL_CHARACTER, detail)
    return whole.encode("utf-8")
