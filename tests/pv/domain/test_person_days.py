"""Person-time of a cohort in columns equals the rule that explains itself patient by patient."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pv.domain.cohorts.times import Happening, Member
from pv.domain.signals.expected import Person, exposure
from pv.domain.signals.person_days import exposure_of_many
from pv.domain.signals.rates import RateRow
from tests.examples import at_most

CUTOFF = date(2025, 12, 31)
DAYS = st.integers(-300, 3000).map(lambda n: CUTOFF - timedelta(days=n))
TEXTS = st.one_of(
    DAYS.map(date.isoformat), DAYS.map(lambda day: f"{day:%Y-%m}"), st.sampled_from(("", "2024"))
)
HAPPENINGS = st.none() | st.builds(
    Happening, TEXTS, DAYS | st.just(date.max), not_before=st.none() | DAYS
)
MEMBERS = st.builds(
    Member, st.just("P"), DAYS, st.none() | DAYS, death=HAPPENINGS, malignancy=HAPPENINGS
)
PEOPLE = st.builds(
    Person,
    MEMBERS,
    st.sampled_from(("MALE", "FEMALE", "UNKNOWN")),
    st.none() | st.integers(1940, 2026),
)
TABLE = [
    RateRow("", "", "", "T", sex, low, high, per, "")
    for sex, low, high, per in (
        ("MALE", 1, 39, 1.0),
        ("MALE", 40, 79, 7.5),
        ("FEMALE", 0, 60, 2.0),
        ("FEMALE", 61, None, 4.0),
    )
]


@settings(max_examples=at_most(60), deadline=None)
@given(st.lists(PEOPLE, max_size=8), st.sampled_from((2.0, TABLE)), st.sampled_from((0, 30, 400)))
def test_columns_and_the_explained_rule_agree(people, rows, lag) -> None:
    one = exposure(people, rows, CUTOFF, lag_days=lag)
    many = exposure_of_many(people, rows, CUTOFF, lag_days=lag)
    assert many.tiers == one.tiers
    assert (many.without_rate, many.early) == (one.without_rate, one.early)
    plain = [(y.year, y.days, y.observed) for y in one.years]
    assert [(y.year, y.days, y.observed) for y in many.years] == plain
    for mine, theirs in zip(many.years, one.years, strict=True):
        assert mine.expected == pytest.approx(theirs.expected, rel=1e-9)
