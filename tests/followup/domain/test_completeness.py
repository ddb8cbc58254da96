"""Shares, months and ages: nothing due is no per cent, every gap is in one band."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from followup.domain.completeness import Share, ages, by_month, picture


def test_nothing_due_is_neither_none_nor_all() -> None:
    assert Share("M3", 0, 0).percent is None
    assert not Share("M3", 0, 0).short
    assert Share("M3", 9, 10).percent == 90
    assert not Share("M3", 9, 10).short
    assert Share("M3", 8, 9).short


def test_the_months_up_to_a_day_without_a_gap() -> None:
    found = by_month({date(2026, 1, 1): (1, 2)}, date(2026, 2, 15), 4)
    assert [(s.name, s.due) for s in found] == [
        ("2025-11", 0),
        ("2025-12", 0),
        ("2026-01", 2),
        ("2026-02", 0),
    ]


@given(st.lists(st.integers(1, 5000)))
def test_every_overdue_visit_is_in_one_band(days) -> None:
    found = ages(days)
    assert sum(count for _low, _high, count in found) == len(days)
    for low, high, count in found:
        assert count == sum(low <= n and (high is None or n <= high) for n in days)


def test_bars_stand_on_the_foot_and_no_bar_for_nothing_due() -> None:
    drawn = picture([Share("a", 1, 2), Share("b", 0, 0), Share("c", 2, 2)])
    foot = next(y for y, n in drawn.ticks if n == 0)
    assert all(abs(bar.y + bar.height - foot) < 0.2 for bar in drawn.bars)
    assert [bar.height > 0 for bar in drawn.bars] == [True, False, True]
