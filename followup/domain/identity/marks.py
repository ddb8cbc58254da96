"""Characters that show nothing: they may not make one name, number or telephone two.

The product's own rule.
"""

import re
import unicodedata

# Zero-width, direction and variation marks, fillers that draw nothing.
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0\u00ad\u034f\u180e")

# Nearly every name: NFKC leaves these as they are, and each of them shows.
_AS_THEY_ARE = re.compile(r"[\t\n\r\x20-\x7e\u00b7\u4e00-\u9fff]*")


def _shows(character: str) -> bool:
    category = unicodedata.category(character)
    if category in ("Cc", "Cf"):
        return character in "\t\n\r"
    if 0xFE00 <= ord(character) <= 0xFE0F or 0xE0100 <= ord(character) <= 0xE01EF:
        return False
    return character not in _FILLERS


def visible(text: str) -> str:
    """NFKC, without characters that show nothing: control, zero-width, direction, variation."""
    if _AS_THEY_ARE.fullmatch(text):
        return text
    kept = "".join(character for character in text if _shows(character))
    folded = unicodedata.normalize("NFKC", kept)
    return "".join(character for character in folded if _shows(character))
