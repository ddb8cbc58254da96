"""Search keys of a term: whatever a person types from the start of a word or a character.

The product's own machinery: no rule of a publisher.
"""

import re
import unicodedata
from collections.abc import Callable

_LONGEST = 40  # characters of one key; nobody types more before choosing
_CJK = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")
_WORD = re.compile(r"[^\W_]+")


def folded_term(text: str) -> str:
    """A text as it is compared: full width, case, spaces and marks make no difference."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(_WORD.findall(plain))


def initials_of(name: str, reading: Callable[[str], str]) -> str:
    """First letters of the readings of the Chinese characters of a name; empty without any.

    Letters and digits among them are typed as they stand: T细胞 is found by "txb". `reading` gives
    the pinyin of one character ("lin" for 淋), "" where there is none.
    """
    if not _CJK.search(name):
        return ""
    plain = unicodedata.normalize("NFKC", name).casefold()
    kept = (reading(n)[:1] if _CJK.match(n) else n for n in plain if _CJK.match(n) or n.isalnum())
    return "".join(kept)


def lexemes(release: int, name: str, initials: str = "") -> tuple[str, ...]:
    """Keys of one term, each under the number of its release so that releases never mix.

    One from the start of each word, one from each Chinese character, one from each initial.
    """
    text = folded_term(name)
    starts = {match.start() for match in re.finditer(r"(?<!\S)\S", text)}
    marks = [bool(_CJK.match(sign)) for sign in text]
    starts |= {n for n, mark in enumerate(marks) if mark or (n and marks[n - 1])}
    keys = {text[place : place + _LONGEST] for place in starts}
    keys |= {initials[place:] for place in range(len(initials) - 1)}
    return tuple(sorted(f"{release}|{key}" for key in keys if key))


def tsquery(release: int, text: str) -> str:
    """PostgreSQL's prefix query for what was typed; empty for less than two characters."""
    key = folded_term(text)[:_LONGEST]
    if len(key) < 2:
        return ""
    escaped = f"{release}|{key}".replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}':*"
