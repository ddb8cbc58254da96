"""Telephone numbers as Chinese hospitals type them, in one normal form."""

import re
import unicodedata
from enum import StrEnum

_EXTENSION = re.compile(r"(?:转|转接|分机|ext\.?|x|#)\s*(\d{1,6})$", re.IGNORECASE)
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
    (`01062345678x801`), other countries are `+` and at most 15 digits (E.164). `+86`, `0086` and
    a bare `86` before a mobile are dropped. A landline without an area code keeps its 7 or 8
    digits: the code is not guessed.
    """
    folded = unicodedata.normalize("NFKC", text).strip()
    if not folded:
        raise PhoneError(PhoneProblem.EMPTY)
    extension = _EXTENSION.search(folded)
    digits = _FILLERS.sub("", folded[: extension.start()] if extension else folded)
    if not re.fullmatch(r"\+?\d+", digits, re.ASCII):
        raise PhoneError(PhoneProblem.CHARACTERS)
    number = _mainland(digits)
    known = (_MOBILE, _LANDLINE, _SERVICE, _FOREIGN)
    local = re.fullmatch(r"[2-9]\d{6,7}", number, re.ASCII)
    if not local and not any(form.fullmatch(number) for form in known):
        raise PhoneError(PhoneProblem.LENGTH)
    return number + (f"x{extension[1]}" if extension else "")


def _mainland(digits: str) -> str:
    """Without the country code of China; other countries' `00` becomes `+`."""
    for code in ("+86", "0086"):
        if digits.startswith(code):
            rest = digits[len(code) :]
            # Abroad the leading zero of the area code is not dialled; put it back.
            return rest if _MOBILE.fullmatch(rest) or rest.startswith("0") else f"0{rest}"
    if digits.startswith("86") and _MOBILE.fullmatch(digits[2:]):
        return digits[2:]
    if digits.startswith("00"):
        return f"+{digits[2:]}"
    return digits
