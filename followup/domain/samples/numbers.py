"""Sample numbers such as S26-000123-48: year, serial number, two check digits.

The product's own rule, after domain 3.4.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

_FORM = re.compile(r"S(\d\d)-?(\d{6})-?(\d\d)", re.ASCII)
_DASHES = str.maketrans(dict.fromkeys("‐‑–—−_ ", "-"))


class SampleNumberProblem(StrEnum):
    """Why a scanned or typed text is not a sample number."""

    EMPTY = "empty"
    FORM = "form"
    CHECK = "check"


class SampleNumberError(ValueError):
    """A text that is not a sample number; `code` says why."""

    def __init__(self, code: SampleNumberProblem, text: str) -> None:
        super().__init__(f"{code.value}: {text[:20]!r}")
        self.code = code


@dataclass(frozen=True, slots=True)
class SampleNumber:
    """Year of issue (two digits) and serial number within it, 1 to 999999."""

    year: int
    serial: int

    def __post_init__(self) -> None:
        if not (0 <= self.year <= 99 and 1 <= self.serial <= 999_999):
            raise ValueError("year must be 0..99 and serial 1..999999")

    @property
    def check(self) -> int:
        """Two check digits by ISO 7064 MOD 97-10 over year and serial, 1 to 97.

        Finds every single wrong digit and every swap of two digits side by side.
        """
        return 98 - (self.year * 1_000_000 + self.serial) * 100 % 97

    def __str__(self) -> str:
        return f"S{self.year:02d}-{self.serial:06d}-{self.check:02d}"


def format_sample_number(year: int, serial: int) -> str:
    """The printed number for a full year (2026) and a serial number; ValueError out of range."""
    return str(SampleNumber(year % 100, serial))


def read_sample_number(text: str) -> SampleNumber:
    """A scanned or typed number, checked; SampleNumberError otherwise.

    Takes full-width characters, lower case, missing dashes and the Enter or Tab of a scanner.
    """
    folded = unicodedata.normalize("NFKC", text).strip().translate(_DASHES).upper()
    if not folded:
        raise SampleNumberError(SampleNumberProblem.EMPTY, text)
    found = _FORM.fullmatch(folded)
    if not found or found[2] == "000000":
        raise SampleNumberError(SampleNumberProblem.FORM, text)
    number = SampleNumber(int(found[1]), int(found[2]))
    if number.check != int(found[3]):
        raise SampleNumberError(SampleNumberProblem.CHECK, text)
    return number
