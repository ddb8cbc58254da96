"""Periods of the screening: no day left out, overdue ones counted."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pv.domain.screening import next_start, search_due, weeks_overdue

START = date(2026, 3, 2)
RHYTHM = {"period_days": 7, "grace_days": 3}


@pytest.mark.parametrize(
    ("days", "weeks"), [(0, 0), (9, 0), (10, 1), (16, 1), (17, 2), (23, 2), (24, 3)]
)
def test_a_period_is_overdue_after_its_days_of_grace(days, weeks) -> None:
    assert search_due(START, **RHYTHM) == START + timedelta(days=9)
    assert weeks_overdue(START, START + timedelta(days=days), **RHYTHM) == weeks


@given(st.lists(st.integers(1, 30), max_size=12))
def test_searches_one_after_another_leave_no_day_out(lengths) -> None:
    covered: list[date] = []
    last = None
    for length in lengths:
        start = next_start(START, last)
        last = start + timedelta(days=length - 1)
        covered += [start + timedelta(days=n) for n in range(length)]
    assert covered == [START + timedelta(days=n) for n in range(sum(lengths))]
