"""What was reported in time: counted when it is decided, and never rounded up to all."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pv.domain.compliance import Tally, on_time, summed

DUE = date(2026, 11, 16)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("met", "timely"), [(None, False), (DUE - DAY, True), (DUE, True), (DUE + DAY, False)]
)
def test_a_report_is_on_time_on_its_last_day_at_the_latest(met, timely):
    assert on_time(DUE, met) is timely


def test_the_share_is_cut_and_nothing_due_has_none():
    assert Tally().percent is None
    assert Tally(3, 2).percent == Decimal("66.6")
    assert Tally(2500, 2499).percent == Decimal("99.9"), "not all of them"
    assert (Tally(3, 2).late, Tally(2, 2).percent) == (1, Decimal(100))


@given(st.lists(st.tuples(st.sampled_from("ab"), st.booleans())))
def test_sums_of_rows_are_those_of_their_keys(rows):
    found = summed((key, Tally(1, int(timely))) for key, timely in rows)
    assert set(found) == {key for key, _timely in rows}
    for key, tally in found.items():
        assert tally.due == sum(1 for other, _ in rows if other == key)
        assert tally.on_time + tally.late == tally.due
        assert tally.on_time == sum(timely for other, timely in rows if other == key)
