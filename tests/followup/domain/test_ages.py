"""Ages in the unit in which they are told: an infant is never 0 years old."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.domain.identity import Age, AgeUnit, age_at
from followup.domain.identity.ages import completed_months

BIRTHS = st.dates(date(1930, 1, 1), date(2026, 11, 28))


@pytest.mark.parametrize(
    ("born", "on", "number", "unit"),
    [
        (date(2026, 4, 1), date(2026, 11, 10), 7, AgeUnit.MONTH),
        (date(2026, 11, 10), date(2026, 11, 10), 0, AgeUnit.DAY),
        (date(2026, 10, 11), date(2026, 11, 10), 30, AgeUnit.DAY),
        (date(2026, 10, 10), date(2026, 11, 10), 1, AgeUnit.MONTH),
        (date(2024, 11, 11), date(2026, 11, 10), 23, AgeUnit.MONTH),
        (date(2024, 11, 10), date(2026, 11, 10), 2, AgeUnit.YEAR),
        (date(2026, 1, 31), date(2026, 2, 28), 1, AgeUnit.MONTH),
        (date(2026, 1, 31), date(2026, 2, 27), 27, AgeUnit.DAY),
        (date(2008, 2, 29), date(2026, 2, 28), 17, AgeUnit.YEAR),
        (date(2008, 2, 29), date(2026, 3, 1), 18, AgeUnit.YEAR),
    ],
)
def test_ages_worked_out_by_hand(born, on, number, unit):
    assert age_at(born, on) == Age(number, unit)


def test_nobody_has_an_age_before_birth():
    assert age_at(date(2026, 11, 10), date(2026, 11, 9)) is None


@given(BIRTHS, st.integers(0, 40_000))
def test_an_age_never_shrinks_and_only_a_newborns_is_zero(born, days):
    on = born + timedelta(days=days)
    age = age_at(born, on)
    assert age is not None
    assert age.number > 0 or (age.unit is AgeUnit.DAY and on == born)
    later = age_at(born, on + timedelta(days=1))
    order = [AgeUnit.DAY, AgeUnit.MONTH, AgeUnit.YEAR]
    assert (order.index(later.unit), later.number) >= (order.index(age.unit), age.number)


@given(BIRTHS, st.integers(0, 1_000))
def test_completed_months_grow_by_at_most_one_a_day(born, days):
    on = born + timedelta(days=days)
    step = completed_months(born, on + timedelta(days=1)) - completed_months(born, on)
    assert step in (0, 1)
