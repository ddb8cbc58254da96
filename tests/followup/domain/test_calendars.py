"""Working days through an official, a predicted and an unknown year."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.domain.calendars import (
    HolidayTable,
    YearStatus,
    add_working_days,
)

# The 2026 New Year and Spring Festival: days off and the weekends worked in exchange.
DATA = {
    "country": "CN",
    "version": "t",
    "citation": "test",
    "years": {"2025": "official", "2026": "official", "2027": "predicted"},
    "days_off": [
        {"date": d, "name": "Spring Festival"}
        for d in ("2026-02-16", "2026-02-17", "2026-02-18", "2026-02-19", "2026-02-20")
    ]
    + [{"date": "2027-01-01", "name": "New Year"}],
    "working_weekends": ["2026-02-14", "2026-02-28"],
}
TABLE = HolidayTable.from_dict(DATA)
days = st.dates(date(2025, 1, 1), date(2029, 12, 31))


def test_exchange_weekends_are_worked_and_holidays_are_not():
    assert TABLE.is_working(date(2026, 2, 14))
    assert not TABLE.is_working(date(2026, 2, 15))
    assert not TABLE.is_working(date(2026, 2, 18))
    assert TABLE.is_working(date(2026, 2, 23))


def test_limit_in_working_days_skips_and_says_what():
    made = add_working_days(date(2026, 2, 12), 3, TABLE)
    assert made.due == date(2026, 2, 23)
    assert [d.day for d in made.skipped] == [16, 17, 18, 19, 20]
    assert made.calendar_days == 11
    assert made.status is YearStatus.OFFICIAL
    assert not made.predicted


@pytest.mark.parametrize(
    ("start", "status"),
    [
        (date(2026, 12, 28), YearStatus.PREDICTED),
        (date(2027, 12, 28), YearStatus.UNKNOWN),
        (date(2026, 6, 1), YearStatus.OFFICIAL),
    ],
)
def test_the_least_certain_year_on_the_way_counts(start, status):
    assert add_working_days(start, 10, TABLE).status is status


def test_refusals():
    with pytest.raises(ValueError, match="negative"):
        add_working_days(date(2026, 1, 1), -1, TABLE)
    with pytest.raises(ValueError, match="no status for 2031"):
        HolidayTable.from_dict({**DATA, "working_weekends": ["2031-01-04"]})


@given(days, st.integers(1, 200))
def test_the_limit_is_a_working_day_with_so_many_up_to_it(start, count):
    made = add_working_days(start, count, TABLE)
    span = [start + timedelta(days=n) for n in range(1, made.calendar_days + 1)]
    assert span[-1] == made.due
    assert TABLE.is_working(made.due)
    assert sum(TABLE.is_working(day) for day in span) == count
