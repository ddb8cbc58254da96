"""Telephone numbers as Chinese hospitals type them, in one normal form.

The product's own rule.
"""

import re
from enum import StrEnum

from followup.domain.identity.marks import visible

_EXTENSION = re.compile(r"(?:转|转接|分机|ext\.?|x|#)\s*(\d{1,6})$", re.IGNORECASE)
# The commonest way to write one: a complete landline, a dash, the extension.
_DASHED = re.compile(
    r"(?P<line>(?:(?:\+?86[\s-]?|0086[\s-]?)?\(?0?(?:10|2\d|[3-9]\d{2})\)?[\s-]?)?"
    r"[2-9]\d{2,3}[\s-]?\d{4})"
    r"\s*[-‐‑–—−]\s*(?P<extension>\d{1,6})",
    re.ASCII,
)
_FILLERS = re.compile(r"[\s\-‐‑–—−()·./]")
_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_LANDLINE = re.compile(r"0(?:10|2\d|[3-9]\d{2})[2-9]\d{6,7}", re.ASCII)
_SERVICE = re.compile(r"(?:400|800)\d{7}", re.ASCII)
_FOREIGN = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)


class PhoneProblem(StrEnum):
    """Why a text is not a telephone number."""

    EMPTY = "empty"
    CHARACTERS = "characters"
    LENGTH = "length"


class PhoneError(ValueError):
    """A text that is not a telephone number; `code` says why. The text itself is not kept."""

    def __init__(self, code: PhoneProblem) -> None:
        super().__init__(code.value)
        self.code = code


def normalise_phone(text: str) -> str:
    """The stored form of a number; PhoneError otherwise.

    Mainland mobiles are 11 digits, landlines keep their area code, an extension follows an `x`
    (`01062345678x801`, typed with a word or a third dash), other countries are `+` and at most 15
    digits (E.164). `+86`, `0086`, a bare `86` or a trunk `0` before a mobile are dropped. A
    landline without an area code keeps its 7 or 8 digits: the code is not guessed.
    """
    folded = visible(text).strip()
    if not folded:
        raise PhoneError(PhoneProblem.EMPTY)
    line, extension = _parts(folded)
    digits = _FILLERS.sub("", line)
    if not re.fullmatch(r"\+?\d+", digits, re.ASCII):
        raise PhoneError(PhoneProblem.CHARACTERS)
    number = _mainland(digits)
    known = (_MOBILE, _LANDLINE, _SERVICE, _FOREIGN)
    local = re.fullmatch(r"[2-9]\d{6,7}", number, re.ASCII)
    if not local and not any(form.fullmatch(number) for form in known):
        raise PhoneError(PhoneProblem.LENGTH)
    if extension and _MOBILE.fullmatch(number):
        raise PhoneError(PhoneProblem.LENGTH)
    return number + (f"x{extension}" if extension else "")


def _parts(text: str) -> tuple[str, str]:
    """The line and the extension; the second is empty when none was typed."""
    if named := _EXTENSION.search(text):
        return text[: named.start()], named[1]
    if dashed := _DASHED.fullmatch(text):
        return dashed["line"], dashed["extension"]
    return text, ""


def phone_tokens(stored: str) -> frozenset[str]:
    """Every plain token under which a stored number must be found.

    Whole, without its extension, without its area code, and its last four digits: the display of
    an incoming call shows no extension, and a local caller's shows no area code.
    """
    line, _, _extension = stored.partition("x")
    area = re.match(r"0(?:10|2\d|[3-9]\d{2})(?=[2-9]\d{6,7}$)", line, re.ASCII)
    local = line[area.end() :] if area else line
    return frozenset({stored, line, local, line[-4:]})


def _mainland(digits: str) -> str:
    """Without the country code of China; other countries' `00` becomes `+`."""
    for code in ("+86", "0086"):
        if digits.startswith(code):
            rest = digits[len(code) :]
            if rest.startswith("0") and _MOBILE.fullmatch(rest[1:]):
                return rest[1:]
            # Abroad the leading zero of the area code is not dialled; put it back.
            whole = _MOBILE.fullmatch(rest) or _SERVICE.fullmatch(rest) or rest.startswith("0")
            return rest if whole else f"0{rest}"
    if digits.startswith("86") and _MOBILE.fullmatch(digits[2:]):
        return digits[2:]
    if digits.startswith("0") and _MOBILE.fullmatch(digits[1:]):
        return digits[1:]
    if digits.startswith("00"):
        return f"+{digits[2:]}"
    return digits
