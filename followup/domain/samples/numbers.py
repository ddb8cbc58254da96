"""Numbers on labels, such as S26-000123-48 of a sample and K26-000123-48 of a kit.

Year, serial number, two check digits. The product's own rule, after domain 3.4.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

_FORM = re.compile(r"([SK])(\d\d)-?(\d{6})-?(\d\d)", re.ASCII)
_DASHES = str.maketrans(dict.fromkeys("‐‑–—−_ ", "-"))


class SampleNumberProblem(StrEnum):
    """Why a scanned or typed text is not a number of a label."""

    EMPTY = "empty"
    FORM = "form"
    CHECK = "check"


class SampleNumberError(ValueError):
    """A text that is not the number asked for; `code` says why."""

    def __init__(self, code: SampleNumberProblem, text: str) -> None:
        super().__init__(f"{code.value}: {text[:20]!r}")
        self.code = code


@dataclass(frozen=True, slots=True)
class _LabelNumber:
    """Year of issue (two digits) and serial number within it, 1 to 999999."""

    letter: ClassVar[str]

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
        return f"{self.letter}{self.year:02d}-{self.serial:06d}-{self.check:02d}"


class SampleNumber(_LabelNumber):
    """The number of a tube, block or vial."""

    __slots__ = ()
    letter = "S"


class KitNumber(_LabelNumber):
    """The number of a sampling kit; a tube's number is never one."""

    __slots__ = ()
    letter = "K"


def format_sample_number(year: int, serial: int) -> str:
    """The printed number for a full year (2026) and a serial number; ValueError out of range."""
    return str(SampleNumber(year % 100, serial))


def format_kit_number(year: int, serial: int) -> str:
    """The printed number of a kit for a full year and a serial number; ValueError out of range."""
    return str(KitNumber(year % 100, serial))


def _parts(text: str, letter: str) -> tuple[int, int, int]:
    """Year, serial and check digits of a label, not yet checked."""
    folded = unicodedata.normalize("NFKC", text).strip().translate(_DASHES).upper()
    if not folded:
        raise SampleNumberError(SampleNumberProblem.EMPTY, text)
    found = _FORM.fullmatch(folded)
    if not found or found[1] != letter or found[3] == "000000":
        raise SampleNumberError(SampleNumberProblem.FORM, text)
    return int(found[2]), int(found[3]), int(found[4])


def read_sample_number(text: str) -> SampleNumber:
    """A scanned or typed number, checked; SampleNumberError otherwise.

    Takes full-width characters, lower case, missing dashes and the Enter or Tab of a scanner.
    """
    year, serial, check = _parts(text, SampleNumber.letter)
    number = SampleNumber(year, serial)
    if number.check != check:
        raise SampleNumberError(SampleNumberProblem.CHECK, text)
    return number


def read_kit_number(text: str) -> KitNumber:
    """A scanned or typed number of a kit, checked; SampleNumberError otherwise."""
    year, serial, check = _parts(text, KitNumber.letter)
    number = KitNumber(year, serial)
    if number.check != check:
        raise SampleNumberError(SampleNumberProblem.CHECK, text)
    return number
