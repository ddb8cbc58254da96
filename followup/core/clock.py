"""The one clock: every other module asks here, so that a test can move time."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The present moment, timezone-aware, in UTC."""
    return datetime.now(UTC)


def today(zone: ZoneInfo = SHANGHAI) -> date:
    """The calendar day in `zone`; legal clocks and visit windows count these days."""
    return now().astimezone(zone).date()
