"""How long a receiver's answer is awaited: reference data, with its citation.

The product's own rule; each wait cites its own source.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from followup.domain.calendars import HolidayTable, add_working_days

_TIME = re.compile(r"(?P<day>\d{8})(?P<clock>\d{2,6})?(?:\.\d{1,6})?(?P<zone>[+-]\d{4})?", re.ASCII)
UNITS = ("days", "working_days")
# A receiver whose holidays are not loaded: weekends only, so the alarm may come a little early.
WEEKENDS_ONLY: Mapping[str, Any] = {
    "country": "",
    "version": "",
    "citation": "",
    "years": {},
    "days_off": [],
    "working_weekends": [],
}


@dataclass(frozen=True, slots=True)
class Wait:
    """An amount of days or working days; `country` is whose holidays count, empty: none."""

    amount: int
    unit: str
    country: str


def wait_of(receiver: Mapping[str, Any]) -> Wait | None:
    """The wait of a receiver's row; None where it has none. ValueError when it is malformed."""
    data = receiver.get("answer")
    if data is None:
        return None
    amount, unit = data["amount"], data["unit"]
    if not isinstance(amount, int) or isinstance(amount, bool) or amount < 1 or unit not in UNITS:
        raise ValueError("an answer is awaited for a positive number of days or working_days")
    if not data.get("citation") or not data.get("confidence"):
        raise ValueError("the wait for an answer needs its citation and confidence")
    return Wait(amount, unit, str(data.get("country", "")))


def due(since: date, wait: Wait, holidays: HolidayTable) -> date:
    """The last day of the wait; the day of the sending itself is not counted."""
    if wait.unit == "days":
        return since + timedelta(days=wait.amount)
    return add_working_days(since, wait.amount, holidays).due


def day_of(text: str | None, zone: tzinfo) -> date | None:
    """The day of an E2B time (`20220815101246-0400`) in a zone; None where no whole day is said.

    A time without a zone is taken as written.
    """
    match = _TIME.fullmatch((text or "").strip())
    if match is None:
        return None
    try:
        day = match["day"]
        written = date(int(day[:4]), int(day[4:6]), int(day[6:]))
        clock = match["clock"] or ""
        if len(clock) < 4 or not match["zone"]:
            return written
        moment = datetime.strptime(match["day"] + clock[:4] + match["zone"], "%Y%m%d%H%M%z")
        return moment.astimezone(zone).date()
    except (ValueError, OverflowError):
        return None
