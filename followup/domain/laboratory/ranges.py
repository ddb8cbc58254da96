"""A reference range as a laboratory prints it: `3.5-9.5`, `3.5～9.5`, `<10`, `≥1.8`, `阴性`.

The product's own rule.
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache

_N = r"(\d+(?:\.\d+)?)"
_TAIL = r"(?![\d.])(?!\s*:)\s*(.*)"  # behind a colon the number was half of a titre
_BETWEEN = re.compile(rf"{_N}\s*(?:-{{1,3}}|~|到|至)\s*{_N}{_TAIL}")
_UNDER = re.compile(rf"(?:<=?|≤|小于|低于|0\s*-\s*<)\s*{_N}{_TAIL}")
_OVER = re.compile(rf"(?:>=?|≥|大于|高于)\s*{_N}{_TAIL}")
_DASHES = str.maketrans({"–": "-", "—": "-", "－": "-", "−": "-", "～": "~", "∼": "~", "〜": "~"})
# What a spreadsheet makes of 3-5: a day. Nobody can say any more what was meant.
_DATE = re.compile(
    r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?|\d{1,2}月\d{1,2}日"
    r"|\d{4}年\d{1,2}月|\d{1,4}(?P<mark>[-/.])\d{1,2}(?P=mark)\d{1,4}"
    r"|[345]\d{4}(?:\.0)?"  # the number of a day
    r"|\d{1,2}-(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*(?:-\d{2,4})?"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*-\d{2}",
    re.IGNORECASE,
)


class RangeTurnedDate(ValueError):
    """A spreadsheet has turned the range into a date: it is refused and not repaired."""


@dataclass(frozen=True, slots=True)
class ReferenceRange:
    """The limits as printed, in the unit printed beside the value; None = open or not a number."""

    text: str
    low: Decimal | None = None
    high: Decimal | None = None

    def scaled(self, factor: Decimal) -> "ReferenceRange":
        """The same limits in another unit."""
        low = None if self.low is None else self.low * factor
        high = None if self.high is None else self.high * factor
        return ReferenceRange(self.text, low, high)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text.strip()).translate(_DASHES).strip()


def _without_brackets(plain: str) -> str:
    return re.sub(r"^[\[(（]|[\])）]$", "", plain).strip()


def limits_as_written(text: str) -> tuple[str, str]:
    """The limits of a printed range in the laboratory's own digits: 3.50 keeps its zero.

    An open range keeps its comparator (`<10`, `>=1.8`); empty where there is no limit.
    """
    plain = _without_brackets(_plain(text))
    if found := _BETWEEN.fullmatch(plain):
        return found[1], found[2]
    if found := _UNDER.fullmatch(plain):
        return "", f"{'<=' if plain.startswith(('<=', '≤')) else '<'}{found[1]}"
    if found := _OVER.fullmatch(plain):
        return f"{'>=' if plain.startswith(('>=', '≥')) else '>'}{found[1]}", ""
    return "", ""


@lru_cache(maxsize=4096)
def read_range(text: str) -> ReferenceRange:
    """Read a printed range; what is no number is kept as text with open limits.

    Raises RangeTurnedDate for a day, ValueError for limits that cross.
    """
    kept = text.strip()
    plain = _plain(text)
    if _DATE.fullmatch(plain):
        raise RangeTurnedDate(kept)
    plain = _without_brackets(plain)
    try:
        if found := _BETWEEN.fullmatch(plain):
            low, high = Decimal(found[1]), Decimal(found[2])
            if low > high:
                raise ValueError(kept)
            return ReferenceRange(kept, low, high)
        if found := _UNDER.fullmatch(plain):
            return ReferenceRange(kept, None, Decimal(found[1]))
        if found := _OVER.fullmatch(plain):
            return ReferenceRange(kept, Decimal(found[1]), None)
    except InvalidOperation as error:  # digits of another script
        raise ValueError(kept) from error
    return ReferenceRange(kept)
