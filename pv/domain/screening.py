"""Periods of the literature screening: without a gap, each owed some days after its end.

Source: GVP 2021 no. 65 art. 50 (literature is searched regularly); the rhythm is reference data.
"""

from datetime import date, timedelta


def next_start(active_from: date, last_end: date | None) -> date:
    """The first day the next search covers."""
    return active_from if last_end is None else last_end + timedelta(days=1)


def search_due(start: date, *, period_days: int, grace_days: int) -> date:
    """The last day of the search that covers the period from `start`."""
    return start + timedelta(days=period_days - 1 + grace_days)


def weeks_overdue(start: date, today: date, *, period_days: int, grace_days: int) -> int:
    """How many periods from `start` on ended, with their days of grace, without a search."""
    late = (today - search_due(start, period_days=period_days, grace_days=grace_days)).days
    return 0 if late <= 0 else 1 + (late - 1) // period_days
