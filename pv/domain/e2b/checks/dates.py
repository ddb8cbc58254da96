"""Point-in-time values of a message: form, precision and whether they lie in the future.

Source: domain 6 (ICH E2B(R3) implementation guide).
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

_FORM = re.compile(
    r"([0-9]{4})(?:([0-9]{2})(?:([0-9]{2})(?:([0-9]{2})(?:([0-9]{2})"
    r"(?:([0-9]{2})(?:\.[0-9]{1,4})?)?)?)?)?)?([+-][0-9]{2}(?:[0-9]{2})?)?"
)
_WIDEST_ZONE = timedelta(hours=14)

YEAR, DAY, SECOND = 4, 8, 14


@dataclass(frozen=True, slots=True)
class Moment:
    """A value of type point in time: its digits (4 to 14 of CCYYMMDDhhmmss) and its zone."""

    digits: str
    zone: timedelta | None

    @property
    def precision(self) -> int:
        """Number of digits known: YEAR 4, month 6, DAY 8, hour 10, minute 12, SECOND 14."""
        return len(self.digits)

    def instant(self) -> datetime | None:
        """The moment in UTC, or None when it has no hour or no zone."""
        if self.zone is None or len(self.digits) <= DAY:
            return None
        padded = self.digits.ljust(SECOND, "0")
        year, month, day, hour, minute, second = (int(padded[a:b]) for a, b in _PARTS)
        local = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        try:
            return local - self.zone
        except OverflowError:  # the first or the last day of the calendar
            return None


_PARTS = ((0, 4), (4, 6), (6, 8), (8, 10), (10, 12), (12, 14))


@dataclass(frozen=True, slots=True)
class Latest:
    """The latest moment that is not yet the future, from the time the caller passes in.

    `digits` is what the clock of the zone furthest ahead shows; `instant` is set when the caller
    gave an aware datetime, and then values with a zone are compared exactly.
    """

    digits: str
    instant: datetime | None

    @classmethod
    def of(cls, now: date) -> "Latest":
        """From a date (its whole day counts as past), a naive or an aware datetime."""
        if not isinstance(now, datetime):
            return cls(f"{now:%Y%m%d}235959", None)
        if now.tzinfo is None:
            return cls(f"{now:%Y%m%d%H%M%S}", None)
        utc = now.astimezone(UTC)
        return cls(f"{utc + _WIDEST_ZONE:%Y%m%d%H%M%S}", utc)


@lru_cache(maxsize=4096)
def moment(text: str) -> Moment | None:
    """Read CCYY[MM[DD[hh[mm[ss[.U]]]]]][+-ZZzz] (ICH implementation guide, appendix II).

    None when the text has another form or names a day, hour or zone that does not exist.
    """
    match = _FORM.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, zone = match.groups()
    try:
        datetime(
            int(year),
            int(month or 1),
            int(day or 1),
            int(hour or 0),
            int(minute or 0),
            int(second or 0),
            tzinfo=UTC,
        )
    except ValueError:
        return None
    offset = None
    if zone is not None:
        offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:5] or 0))
        if offset > _WIDEST_ZONE:
            return None
        offset = -offset if zone[0] == "-" else offset
    digits = "".join(part for part in (year, month, day, hour, minute, second) if part)
    return Moment(digits, offset)


def is_date(text: str) -> bool:
    """Whether the text is a point in time as the standard writes it."""
    return moment(text) is not None


def is_future(text: str, latest: Latest) -> bool:
    """Whether the value is certainly later than `latest`, compared at its own precision.

    A value without a zone may be the local time of any zone, so it is only future when every
    clock on earth is behind it; an unreadable value is no future date (another check says so).
    """
    value = moment(text)
    if value is None:
        return False
    instant = value.instant()
    if instant is not None and latest.instant is not None:
        return instant > latest.instant
    return value.digits > latest.digits[: value.precision]


def is_after(first: str, second: str) -> bool:
    """Whether `first` is certainly later than `second`, compared at the coarser precision."""
    a, b = moment(first), moment(second)
    if a is None or b is None:
        return False
    size = min(a.precision, b.precision)
    return a.digits[:size] > b.digits[:size]
