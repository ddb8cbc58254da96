"""The one clock: every other module asks here, so that a test can move time."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
_pinned: ContextVar[datetime | None] = ContextVar("pinned", default=None)


def now() -> datetime:
    """The present moment, timezone-aware, in UTC; inside `pinned` the moment given there."""
    return _pinned.get() or datetime.now(UTC)


def printed(moment: datetime) -> str:
    """A moment as documents print it: to the minute, in China's time, with its offset."""
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M} +08:00"


@contextmanager
def pinned(at: datetime) -> Iterator[None]:
    """Let the clock of this thread stand at another moment, for a past told as it happened.

    Raises ValueError for a moment without a time zone.
    """
    if at.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    token = _pinned.set(at.astimezone(UTC))
    try:
        yield
    finally:
        _pinned.reset(token)


def today(zone: ZoneInfo = SHANGHAI) -> date:
    """The calendar day in `zone`; legal clocks and visit windows count these days."""
    return now().astimezone(zone).date()
