"""Dates as people know and type them: partial dates, month arithmetic, the parser of a date box.

The product's own rule.
"""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Self

_MONTHS = "january february march april may june july august september october november december"
_MONTH_NAMES = {
    **{name: number for number, name in enumerate(_MONTHS.split(), 1)},
    **{name[:3]: number for number, name in enumerate(_MONTHS.split(), 1)},
    "sept": 9,
}
_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_WORDS = {
    **dict.fromkeys(("t", "today", "今天", "今日"), 0),
    **dict.fromkeys(("y", "yesterday", "昨天", "昨日"), -1),
    **dict.fromkeys(("前天",), -2),
    **dict.fromkeys(("tomorrow", "明天", "明日"), 1),
    **dict.fromkeys(("后天",), 2),
}
# Dashes and stops that input methods put where a keyboard would give "-" or ".".
_FOLD = str.maketrans({"。": ".", "‐": "-", "‑": "-", "–": "-", "—": "-", "−": "-", "号": "日"})


class Precision(StrEnum):
    """How much of a date is known."""

    YEAR = "year"
    MONTH = "month"
    DAY = "day"


class Order(StrEnum):
    """How two dates stand to each other when one of them may be partial."""

    BEFORE = "before"
    SAME = "same"
    AFTER = "after"
    UNKNOWN = "unknown"


class DateProblem(StrEnum):
    """Why a typed text is not a date."""

    EMPTY = "empty"
    UNREADABLE = "unreadable"
    YEARLESS = "yearless"  # 11月25日, 11-25 where a later day is possible
    AMBIGUOUS = "ambiguous"  # 05/11/2026, 26-11-05, 201105: use year-month-day
    IMPOSSIBLE = "impossible"  # 2026-02-30
    OUT_OF_RANGE = "out_of_range"
    NO_ANCHOR = "no_anchor"  # D+28 where no infusion date is known


class DateError(ValueError):
    """A text that cannot be taken as a date; `code` says why, `meant` what it may stand for."""

    def __init__(self, code: DateProblem, text: str, meant: "PartialDate | None" = None) -> None:
        super().__init__(f"{code.value}: {text[:40]!r}")
        self.code = code
        self.text = text
        self.meant = meant


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date of which the day, or the day and the month, may be unknown.

    Never widened to a full date: ask for `earliest` and `latest`. Raises DateError when the parts
    do not exist in the calendar or a day comes without its month.
    """

    year: int
    month: int | None = None
    day: int | None = None

    def __post_init__(self) -> None:
        if self.month is None and self.day is not None:
            raise DateError(DateProblem.IMPOSSIBLE, f"{self.year}-??-{self.day}")
        try:
            date(
                self.year,
                1 if self.month is None else self.month,
                1 if self.day is None else self.day,
            )
        except ValueError as error:
            text = f"{self.year}-{self.month}-{self.day}"
            raise DateError(DateProblem.IMPOSSIBLE, text) from error

    @classmethod
    def of(cls, day: date) -> Self:
        """The full date as a partial one."""
        return cls(day.year, day.month, day.day)

    @classmethod
    def from_iso(cls, text: str) -> Self:
        """Read the stored form `2026`, `2026-11` or `2026-11-05`; DateError otherwise."""
        if not re.fullmatch(r"\d{4}(-\d{2}){0,2}", text, re.ASCII):
            raise DateError(DateProblem.UNREADABLE, text)
        return cls(*(int(part) for part in text.split("-")))

    @classmethod
    def from_e2b(cls, text: str) -> Self:
        """Read the date part of an E2B(R3) time stamp, `2026`, `202611` or `20261105`.

        DateError for any other text, or for no such day.
        """
        if not re.fullmatch(r"\d{4}(\d\d){0,2}", text, re.ASCII):
            raise DateError(DateProblem.UNREADABLE, text)
        return cls(*(int(part) for part in (text[:4], text[4:6], text[6:8]) if part))

    @property
    def precision(self) -> Precision:
        """The smallest part that is known."""
        if self.day is not None:
            return Precision.DAY
        return Precision.MONTH if self.month is not None else Precision.YEAR

    @property
    def earliest(self) -> date:
        """The first day this date can be."""
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def latest(self) -> date:
        """The last day this date can be."""
        month = self.month or 12
        return date(self.year, month, self.day or monthrange(self.year, month)[1])

    @property
    def exact(self) -> date | None:
        """The day; None when only its month or year is known."""
        return self.earliest if self.day is not None else None

    def isoformat(self) -> str:
        """The stored form: `2026-11`."""
        parts = (f"{self.year:04d}", self.month, self.day)
        return "-".join(p if isinstance(p, str) else f"{p:02d}" for p in parts if p is not None)

    def shown(self) -> str:
        """The form in a report to an authority, unknown parts visible: `2026-11-??`."""
        month = "??" if self.month is None else f"{self.month:02d}"
        return f"{self.year:04d}-{month}-{'??' if self.day is None else f'{self.day:02d}'}"

    def e2b(self) -> str:
        """The form in an E2B(R3) message: `202611`."""
        return self.isoformat().replace("-", "")

    def compare(self, other: "PartialDate | date") -> Order:
        """Order of two dates; UNKNOWN whenever the unknown parts could turn it either way."""
        that = PartialDate.of(other) if isinstance(other, date) else other
        if self.latest < that.earliest:
            return Order.BEFORE
        if self.earliest > that.latest:
            return Order.AFTER
        return Order.SAME if self.exact and self.exact == that.exact else Order.UNKNOWN

    def __str__(self) -> str:
        return self.isoformat()


def add_months(day: date, months: int) -> date:
    """The same day `months` calendar months later, clamped to the end of a shorter month.

    2024-02-29 + 12 = 2025-02-28. Always count from the anchor: clamping is lost when chained.
    """
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    if day.day <= 28:
        return date(year, month + 1, day.day)
    last = _MONTH_DAYS[month]
    if month == 1 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0):
        last = 29
    return date(year, month + 1, min(day.day, last))


def parse(
    text: str,
    today: date,
    anchor: date | None = None,
    *,
    years: tuple[int, int] = (1900, 2199),
    past: bool = False,
) -> PartialDate:
    """Read what hospital staff type into a date box; DateError says why not.

    `today` resolves 今天, t, 昨天, y, -3 and +7; `anchor` (infusion day) resolves D+28 and D28.
    Day-first and two-digit-year forms are refused as ambiguous, never guessed. In a box that takes
    no later day than today (`past`) 11月25日 is the last such day; elsewhere it is refused, with
    the day that may be meant.
    """
    folded = unicodedata.normalize("NFKC", text).translate(_FOLD).strip().lower()
    if not folded:
        raise DateError(DateProblem.EMPTY, text)
    found = (
        _relative(folded, text, today, anchor)
        or _without_year(folded, text, today, past=past)
        or _absolute(folded, text)
    )
    if not years[0] <= found.year <= years[1]:
        raise DateError(DateProblem.OUT_OF_RANGE, text)
    return found


def _absolute(folded: str, text: str) -> PartialDate:
    """A date written out, by the first form that fits."""
    for pattern, build in _FORMS:
        found = pattern.fullmatch(folded)
        parts = build(found) if found else None
        if parts is not None:
            return PartialDate(*parts)
    ambiguous = re.fullmatch(r"\d{1,2}([-/. ])\d{1,2}\1\d{2,4}|\d{6}|\d{8}|\d\d年.*", folded)
    raise DateError(DateProblem.AMBIGUOUS if ambiguous else DateProblem.UNREADABLE, text)


def _relative(folded: str, text: str, today: date, anchor: date | None) -> PartialDate | None:
    """今天, y, -3, +7 from today; D+28 from the anchor; None when the text is something else."""
    base: date | None = today
    days = _WORDS.get(folded)
    if days is None:
        found = re.fullmatch(r"(d)?\s*([+-]?)\s*(\d{1,5})", folded)
        if not found or not (found[1] or found[2]):
            return None
        days = int(found[2] + found[3])
        base = anchor if found[1] else today
    if base is None:
        raise DateError(DateProblem.NO_ANCHOR, text)
    try:
        return PartialDate.of(base + timedelta(days=days))
    except OverflowError as error:
        raise DateError(DateProblem.OUT_OF_RANGE, text) from error


def _without_year(folded: str, text: str, today: date, *, past: bool) -> PartialDate | None:
    """11月25日: this year's, or last year's while this year's lies ahead.

    Where a later day is possible it is refused with this year's day as the suggestion, and so is
    11-25 everywhere: it may be a month and a day, or half of something else.
    """
    found = re.fullmatch(r"(\d{1,2})\s*(月|[-/.])\s*(\d{1,2})\s*日?", folded)
    if found is None:
        return None
    month, day = int(found[1]), int(found[3])
    later = past and (month, day) > (today.month, today.day)
    if found[2] == "月" and past:
        return PartialDate(today.year - 1 if later else today.year, month, day)
    try:
        meant = PartialDate(today.year - 1 if later else today.year, month, day)
    except DateError:
        code = DateProblem.IMPOSSIBLE if found[2] == "月" else DateProblem.UNREADABLE
        raise DateError(code, text) from None
    raise DateError(DateProblem.YEARLESS, text, meant)


_Parts = tuple[int, int | None, int | None]


def _numbers(found: re.Match[str]) -> _Parts:
    year, month, day = (found.groupdict().get(name) for name in "ymd")
    return int(year or 0), int(month) if month else None, int(day) if day else None


def _english(found: re.Match[str]) -> _Parts | None:
    """Month by name, in full or shortened; None when the word is no month."""
    month = _MONTH_NAMES.get(found["name"])
    day = found.groupdict().get("d")
    return (int(found["y"]), month, int(day) if day else None) if month else None


_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], _Parts | None]], ...] = (
    (re.compile(r"(?P<y>\d{4})\s*([-/.])\s*(?P<m>\d{1,2})\s*\2\s*(?P<d>\d{1,2})"), _numbers),
    # No month begins 19 or 20: such a text is a day-first date run together, 05112026.
    (re.compile(r"(?P<y>\d{4})(?!19|20)(?P<m>\d\d)(?P<d>\d\d)"), _numbers),
    (re.compile(r"(?P<y>\d{4})\s*年\s*(?P<m>\d{1,2})\s*月\s*(?P<d>\d{1,2})\s*日?"), _numbers),
    (re.compile(r"(?P<y>\d{4})\s*[-/.]\s*(?P<m>\d{1,2})(-\?\?)?"), _numbers),
    (re.compile(r"(?P<y>\d{4})\s*年\s*(?P<m>\d{1,2})\s*月?"), _numbers),
    (re.compile(r"(?P<y>\d{4})\s*(年|-\?\?-\?\?)?"), _numbers),
    (re.compile(r"(?P<d>\d{1,2})[\s-]*(?P<name>[a-z]{3,9})[.,]?[\s-]*(?P<y>\d{4})"), _english),
    (re.compile(r"(?P<name>[a-z]{3,9})\.?\s+(?P<d>\d{1,2})\s*,?\s+(?P<y>\d{4})"), _english),
    (re.compile(r"(?P<name>[a-z]{3,9})[.,]?[\s-]*(?P<y>\d{4})"), _english),
)
