"""The Chinese resident identity number: form, check character, birth date and sex inside.

Source: GB 11643-1999, with the check character of ISO 7064 MOD 11-2.
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from followup.domain.identity.marks import visible

_CHECK_CHARACTERS = "10X98765432"
_LIKE_X = "×ХΧ✕✖╳⨯"  # times sign, Cyrillic Ha, Greek Chi, crosses
_DASHES = re.compile(r"[\s\-‐‑–—−_.]")


class NationalIdProblem(StrEnum):
    """Why a text is not a valid identity number."""

    EMPTY = "empty"
    LENGTH = "length"
    FIFTEEN = "fifteen"  # the first generation, without century and check character
    LOOKALIKE = "lookalike"  # a sign that only looks like the X at the end
    CHARACTERS = "characters"
    BIRTH_DATE = "birth_date"
    FUTURE_BIRTH = "future_birth"
    CHECK_DIGIT = "check_digit"


class NationalIdError(ValueError):
    """A text that is not an identity number; `code` says why. The text itself is not kept."""

    def __init__(self, code: NationalIdProblem) -> None:
        super().__init__(code.value)
        self.code = code


@dataclass(frozen=True, slots=True)
class NationalId:
    """A checked number with what it says: birth date, and `MALE` or `FEMALE` (17th digit)."""

    number: str
    birth_date: date
    sex: str


def normalise_national_id(text: str) -> str:
    """Full-width digits folded, spaces, dashes and invisible marks dropped, `x` as `X`.

    Not checked.
    """
    return _DASHES.sub("", visible(text)).upper()


def check_digit(first_seventeen: str) -> str:
    """The 18th character by GB 11643 (ISO 7064 MOD 11-2); ValueError unless 17 digits."""
    if not re.fullmatch(r"\d{17}", first_seventeen, re.ASCII):
        raise ValueError("17 digits expected")
    total = sum(int(d) * pow(2, 17 - i, 11) for i, d in enumerate(first_seventeen))
    return _CHECK_CHARACTERS[total % 11]


def read_national_id(text: str, *, not_after: date | None = None) -> NationalId:
    """The number with its birth date and sex; NationalIdError with a code otherwise.

    `not_after` is the last day a birth date may have (the caller's today). Rule: GB 11643; 18
    characters, the first 17 digits. Numbers of 15 digits lost their validity in 2013 (Resident
    Identity Card Law) and are refused with a code of their own, as is a sign that only looks
    like the X: it is not guessed.
    """
    number = normalise_national_id(text)
    if not number:
        raise NationalIdError(NationalIdProblem.EMPTY)
    if re.fullmatch(r"\d{15}", number, re.ASCII):
        raise NationalIdError(NationalIdProblem.FIFTEEN)
    if re.fullmatch(rf"\d{{17}}[{_LIKE_X}]", number, re.ASCII):
        raise NationalIdError(NationalIdProblem.LOOKALIKE)
    if len(number) != 18:
        raise NationalIdError(NationalIdProblem.LENGTH)
    if not re.fullmatch(r"\d{17}[\dX]", number, re.ASCII):
        raise NationalIdError(NationalIdProblem.CHARACTERS)
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError as error:
        raise NationalIdError(NationalIdProblem.BIRTH_DATE) from error
    if number[17] != check_digit(number[:17]):
        raise NationalIdError(NationalIdProblem.CHECK_DIGIT)
    if not_after is not None and born > not_after:
        raise NationalIdError(NationalIdProblem.FUTURE_BIRTH)
    return NationalId(number, born, "MALE" if int(number[16]) % 2 else "FEMALE")
