"""A number as a laboratory writes it: `<50`, `>10^6`, `≤ 0.5`, `未检出`, `< 50 copies/ug`.

Source: domain 3.5.
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Comparator(StrEnum):
    """How the written number bounds the true one; EXACT is a plain number."""

    EXACT = ""
    BELOW = "<"
    AT_MOST = "≤"
    ABOVE = ">"
    AT_LEAST = "≥"
    NOT_DETECTED = "ND"
    NOT_QUANTIFIABLE = "BLQ"  # below quantification; the report leaves the limit to another line


UPPER = frozenset({Comparator.BELOW, Comparator.AT_MOST})
WORDLESS = frozenset({Comparator.NOT_DETECTED, Comparator.NOT_QUANTIFIABLE})


@dataclass(frozen=True, slots=True)
class Reported:
    """What a text says: how it bounds, the number (None where words stand), the unit typed."""

    comparator: Comparator
    number: Decimal | None
    unit: str = ""


_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_RAISED = re.compile(r"([⁺⁻]?)([⁰¹²³⁴⁵⁶⁷⁸⁹]+)")
_SIGNS = str.maketrans(
    {"﹤": "<", "〈": "<", "﹥": ">", "〉": ">", "≦": "≤", "⩽": "≤", "≧": "≥", "⩾": "≥"}
)
_COMPARATORS = (
    (re.compile(r"(?:<=|=<|≤|不超过|不大于|小于等于|小于或等于|at most)"), Comparator.AT_MOST),
    (re.compile(r"(?:>=|=>|≥|不低于|不小于|大于等于|大于或等于|at least)"), Comparator.AT_LEAST),
    (re.compile(r"(?:<|小于|低于|少于|less than|below)"), Comparator.BELOW),
    (re.compile(r"(?:>|大于|高于|超过|more than|greater than|above)"), Comparator.ABOVE),
)
_NOT_DETECTED = re.compile(
    r"(?:未检出|未检测到|未测出|检测不到|nd|n\.d\.|tnd|not[ -]?detected|undetected|undetectable"
    r"|target not detected|(?:<|低于|小于|below )\s*(?:lod|最?低?(?:检出|检测)(?:下?限|线)))"
)
_NOT_QUANTIFIABLE = re.compile(
    r"(?:blq|bloq|(?:<|低于|小于|below )\s*(?:lloq|loq|最?低?定量(?:下?限|线)))"
)
_NUMBER = re.compile(
    r"(?:(?P<factor>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?:\s*[x×*·]\s*10\s*\^\s*(?P<power>[+-]?\d{1,2})|e(?P<exponent>[+-]?\d{1,2}))?"
    r"|10\s*\^\s*(?P<alone>[+-]?\d{1,2}))(?P<unit>.*)",
    re.ASCII,
)
_ALONE = re.compile(r"10\s*\^\s*(?P<alone>[+-]?\d{1,2})(?P<unit>.*)", re.ASCII)


def _folded(text: str) -> str:
    """Half-width, lower case, one space; a raised exponent keeps its meaning (10⁶ is 10^6)."""
    raised = _RAISED.sub(
        lambda m: "^" + m[1].replace("⁺", "+").replace("⁻", "-") + m[2].translate(_SUPERSCRIPTS),
        text.translate(_SIGNS),
    )
    plain = unicodedata.normalize("NFKC", raised).replace("−", "-").replace("。", ".")
    return re.sub(r"\s+", " ", plain).strip().lower()


def not_detected(text: str) -> bool:
    """Whether the words say that the assay did not find what it looked for."""
    return bool(_NOT_DETECTED.fullmatch(_folded(text)))


def read_reported(text: str) -> Reported:
    """Read a result as written; ValueError where it says no number, or one nobody can be sure of.

    A comma that does not group thousands is refused: 1,5 may mean 1.5 or 15. Nothing is guessed
    from a unit; it comes back as typed for a comparison with the unit of the assay.
    """
    folded = _folded(text)
    if _NOT_DETECTED.fullmatch(folded):
        return Reported(Comparator.NOT_DETECTED, None)
    if _NOT_QUANTIFIABLE.fullmatch(folded):
        return Reported(Comparator.NOT_QUANTIFIABLE, None)
    comparator, rest = Comparator.EXACT, folded
    for pattern, meaning in _COMPARATORS:
        if found := pattern.match(folded):
            comparator, rest = meaning, folded[found.end() :].strip()
            break
    matched = _ALONE.fullmatch(rest) or _NUMBER.fullmatch(rest)
    if matched is None:
        raise ValueError(text)
    parts = matched.groupdict()
    unit = (parts["unit"] or "").strip()
    if re.match(r"[\d.,<>≤≥^+~-]|e$", unit):
        raise ValueError(text)
    if parts["alone"]:
        number = Decimal(10) ** int(parts["alone"])
    else:
        power = int(parts.get("power") or parts.get("exponent") or 0)
        number = Decimal((parts["factor"] or "").replace(",", "")).scaleb(power)
    return Reported(comparator, number, unit)


def unit_fits(typed: str, unit: str) -> bool:
    """Whether a unit typed beside a number may be the unit of the assay; an empty one may.

    "copies" fits "copies/ug DNA"; "%" does not. Chinese words for copies and cells are read.
    """
    mine = _flat(typed.replace("拷贝", "copies").replace("细胞", "cell").replace("微克", "ug"))
    theirs = _flat(unit)
    return not mine or theirs.startswith(mine) or mine.startswith(theirs)


def _flat(unit: str) -> str:
    micro = unit.lower().replace("μ", "u").replace("µ", "u")
    return re.sub(r"[\s^*]|dna$", "", micro)
