"""Partial dates, month arithmetic and the parser of a date box."""

import os
from calendar import monthrange
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from followup.domain.dates import (
    DateError,
    DateProblem,
    Order,
    PartialDate,
    Precision,
    add_months,
    parse,
)

TODAY = date(2026, 11, 21)
EXAMPLES = int(os.environ.get("EVERWATCH_EXAMPLES", "200"))
dates = st.dates(date(1900, 1, 1), date(2150, 12, 31))
partials = st.builds(
    lambda d, p: PartialDate(*(d.year, d.month, d.day)[:p]), dates, st.integers(1, 3)
)


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("2026-11-05", "2026-11-05"),
        ("2026-11-5", "2026-11-05"),
        ("2026/11/5", "2026-11-05"),
        ("20261105", "2026-11-05"),
        ("2026年11月5日", "2026-11-05"),
        ("2026 年 11 月 5 号", "2026-11-05"),
        ("2026.11.5", "2026-11-05"),
        ("2026。11。5", "2026-11-05"),
        ("\uff12\uff10\uff12\uff16-\uff11\uff11-\uff10\uff15", "2026-11-05"),
        ("2026\uff0f11\uff0f5", "2026-11-05"),
        ("2026年\uff11\uff11月5日", "2026-11-05"),
        ("2026—11—05", "2026-11-05"),
        ("今天", "2026-11-21"),
        ("t", "2026-11-21"),
        ("T", "2026-11-21"),
        ("昨天", "2026-11-20"),
        ("y", "2026-11-20"),
        ("前天", "2026-11-19"),
        ("明天", "2026-11-22"),
        ("后天", "2026-11-23"),
        ("1900-01-01", "1900-01-01"),
        ("2199-12-31", "2199-12-31"),
        ("-3", "2026-11-18"),
        ("\uff0d\uff13", "2026-11-18"),
        ("+7", "2026-11-28"),
        ("5 Nov 2026", "2026-11-05"),
        ("5 November 2026", "2026-11-05"),
        ("05-Sept-2026", "2026-09-05"),
        ("Nov 5, 2026", "2026-11-05"),
        ("Nov 2026", "2026-11"),
        ("2026-11", "2026-11"),
        ("2026/11", "2026-11"),
        ("2026年11月", "2026-11"),
        ("2026-11-??", "2026-11"),
        ("2026", "2026"),
        ("2026年", "2026"),
        ("2026-??-??", "2026"),
        ("D+93", "2026-11-20"),
        ("d93", "2026-11-20"),
        ("  2026-11-05  ", "2026-11-05"),
    ],
)
def test_what_staff_type(text, stored):
    assert parse(text, TODAY, anchor=date(2026, 8, 19)).isoformat() == stored


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("05/11/2026", DateProblem.AMBIGUOUS),
        ("5-11-2026", DateProblem.AMBIGUOUS),
        ("26-11-05", DateProblem.AMBIGUOUS),
        ("26年11月5日", DateProblem.AMBIGUOUS),
        ("201105", DateProblem.AMBIGUOUS),
        ("05112026", DateProblem.AMBIGUOUS),
        ("", DateProblem.EMPTY),
        ("   ", DateProblem.EMPTY),
        ("2026-02-30", DateProblem.IMPOSSIBLE),
        ("20261301", DateProblem.IMPOSSIBLE),
        ("2026-00", DateProblem.IMPOSSIBLE),
        ("2026/11-05", DateProblem.UNREADABLE),
        ("next week", DateProblem.UNREADABLE),
        ("5 Foo 2026", DateProblem.UNREADABLE),
        ("7", DateProblem.UNREADABLE),
        ("2026-11-05 10:30", DateProblem.UNREADABLE),
        ("1899-12-31", DateProblem.OUT_OF_RANGE),
        ("2200-01-01", DateProblem.OUT_OF_RANGE),
        ("2月30日", DateProblem.IMPOSSIBLE),
        ("+99999", DateProblem.OUT_OF_RANGE),
        ("D+3", DateProblem.NO_ANCHOR),
        ("x" * 10_000, DateProblem.UNREADABLE),
    ],
)
def test_what_is_refused_and_why(text, problem):
    with pytest.raises(DateError) as caught:
        parse(text, TODAY)
    assert caught.value.code is problem


@given(partials)
def test_every_stored_form_comes_back(partial):
    assert PartialDate.from_iso(partial.isoformat()) == partial
    assert PartialDate.from_e2b(partial.e2b()) == partial
    assert parse(partial.isoformat(), TODAY) == partial
    assert parse(partial.shown(), TODAY) == partial


@settings(max_examples=EXAMPLES)
@given(st.text(max_size=40))
def test_any_text_is_a_date_or_a_date_error(text):
    try:
        found = parse(text, TODAY, anchor=TODAY)
    except DateError:
        return
    assert 1900 <= found.year <= 2199


def test_precision_and_bounds():
    month = PartialDate(2024, 2)
    assert (month.precision, month.earliest, month.latest) == (
        Precision.MONTH,
        date(2024, 2, 1),
        date(2024, 2, 29),
    )
    assert month.exact is None
    assert PartialDate.of(TODAY).precision is Precision.DAY
    assert str(PartialDate.of(TODAY)) == "2026-11-21"
    assert month.shown() == "2024-02-??"
    assert PartialDate(2026).shown() == "2026-??-??"
    assert PartialDate(2026).latest == date(2026, 12, 31)
    assert PartialDate.of(TODAY).exact == TODAY


@pytest.mark.parametrize("parts", [(2026, None, 5), (2026, 13), (2025, 2, 29), (0,)])
def test_impossible_parts_are_refused(parts):
    with pytest.raises(DateError):
        PartialDate(*parts)


@pytest.mark.parametrize("text", ["2026-1", "2026-11-05T", "٢٠٢٦", "2026-", ""])
def test_stored_form_is_strict(text):
    with pytest.raises(DateError):
        PartialDate.from_iso(text)
    with pytest.raises(DateError):
        PartialDate.from_e2b(text + "x")


@pytest.mark.parametrize(
    ("one", "two", "order"),
    [
        ("2026-10", "2026-11-05", Order.BEFORE),
        ("2026-11", "2026-11-05", Order.UNKNOWN),
        ("2026-11", "2026-11", Order.UNKNOWN),
        ("2026", "2025-12-31", Order.AFTER),
        ("2026-11-05", "2026-11-05", Order.SAME),
        ("2026", "2026-01-01", Order.UNKNOWN),
    ],
)
def test_comparison_may_not_know(one, two, order):
    assert PartialDate.from_iso(one).compare(PartialDate.from_iso(two)) is order


@given(partials, partials, st.data())
def test_comparison_is_true_for_every_day_the_dates_can_be(one, two, data):
    pick = [data.draw(st.dates(p.earliest, p.latest)) for p in (one, two)]
    order = one.compare(two)
    if order is Order.BEFORE:
        assert pick[0] < pick[1]
    elif order is Order.AFTER:
        assert pick[0] > pick[1]
    elif order is Order.SAME:
        assert pick[0] == pick[1]
    mirrored = {Order.BEFORE: Order.AFTER, Order.AFTER: Order.BEFORE}
    assert two.compare(one) is mirrored.get(order, order)


def test_months_clamp_at_the_end():
    assert add_months(date(2024, 2, 29), 12) == date(2025, 2, 28)
    assert add_months(date(2024, 2, 29), 48) == date(2028, 2, 29)
    assert add_months(date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert add_months(date(2024, 3, 31), -1) == date(2024, 2, 29)
    assert add_months(date(2100, 1, 31), 1) == date(2100, 2, 28)
    assert add_months(date(2000, 1, 31), 1) == date(2000, 2, 29)
    assert add_months(date(2024, 3, 31), 1) == date(2024, 4, 30)
    lengths = [add_months(date(2022, 12, 31), month).day for month in range(1, 13)]
    assert lengths == [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]


@given(dates, st.integers(-600, 2400))
def test_months_keep_the_day_or_the_last_of_the_month(day, months):
    made = add_months(day, months)
    assert (made.year - day.year) * 12 + made.month - day.month == months
    assert made.day == min(day.day, monthrange(made.year, made.month)[1])


@given(dates, st.integers(1, 40))
def test_months_from_the_anchor_are_never_behind_chained_ones(day, count):
    chained = day
    for _ in range(count):
        chained = add_months(chained, 1)
    assert timedelta(0) <= add_months(day, count) - chained <= timedelta(days=3)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("11月25日", "2026-11-25"),
        ("11月28号", "2026-11-28"),
        ("11 月 29 日", "2025-11-29"),
        ("1月3日", "2026-01-03"),
        ("12月31日", "2025-12-31"),
    ],
)
def test_a_day_without_its_year_is_the_last_such_day_where_none_lies_ahead(text, wanted):
    today = date(2026, 11, 28)
    assert parse(text, today, past=True).isoformat() == wanted
    with pytest.raises(DateError) as error:
        parse(text, today)
    assert error.value.code is DateProblem.YEARLESS
    assert error.value.meant.isoformat() == f"2026{wanted[4:]}"


@pytest.mark.parametrize("past", [True, False])
@pytest.mark.parametrize(
    ("text", "meant"),
    [("11-25", "2026-11-25"), ("11/25", "2026-11-25"), ("11.5", "2026-11-05")],
)
def test_two_numbers_are_refused_with_the_day_that_may_be_meant(text, meant, past):
    with pytest.raises(DateError) as error:
        parse(text, date(2026, 11, 28), past=past)
    assert error.value.code is DateProblem.YEARLESS
    assert error.value.meant.isoformat() == meant


def test_the_suggestion_in_a_box_of_the_past_is_the_last_such_day():
    with pytest.raises(DateError) as error:
        parse("12-25", date(2026, 11, 28), past=True)
    assert error.value.meant.isoformat() == "2025-12-25"


@pytest.mark.parametrize("text", ["13月1日", "2月30日", "0月5日", "11月0日"])
def test_a_day_that_is_in_no_calendar_stays_impossible_without_its_year(text):
    with pytest.raises(DateError) as error:
        parse(text, date(2026, 11, 28), past=True)
    assert error.value.code is DateProblem.IMPOSSIBLE


@pytest.mark.parametrize(
    ("text", "problem"),
    [("d+99999", DateProblem.OUT_OF_RANGE), ("2-30", DateProblem.UNREADABLE)],
)
def test_a_day_beyond_the_calendar_and_two_numbers_that_are_no_day(text, problem):
    with pytest.raises(DateError) as error:
        parse(text, TODAY, anchor=date(9999, 1, 1), past=True)
    assert error.value.code is problem
