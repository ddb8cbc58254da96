"""Analysis records are the rows of the cohort figures, each with the way to its date."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pv.domain.cohorts.times import CENSORED, Endpoint, Happening, Member, times_of
from pv.domain.datasets import analyses
from pv.domain.datasets.analyses import Trace

DAY0 = date(2024, 1, 10)
CUTOFF = date(2025, 1, 10)
DAYS = st.dates(date(2023, 6, 1), date(2026, 1, 1))
HAPPENINGS = st.none() | st.builds(
    Happening,
    st.one_of(
        st.just(""), DAYS.map(str), DAYS.map(lambda d: f"{d:%Y-%m}"), DAYS.map(lambda d: f"{d:%Y}")
    ),
    DAYS,
)
MEMBERS = st.builds(
    Member, st.just("x"), DAYS, st.none() | DAYS, HAPPENINGS, HAPPENINGS, HAPPENINGS
)
TRACES = {endpoint: Trace("AE", "AESTDTC", 1) for endpoint in Endpoint}


@given(MEMBERS)
def test_days_and_censoring_are_those_of_the_figures(member: Member) -> None:
    made = {row["endpoint"]: row for row in analyses.times(member, CUTOFF, TRACES)}
    for endpoint in Endpoint:
        wanted = times_of([member], endpoint, CUTOFF)
        assert (endpoint.value in made) == (wanted.size == 1)
        if wanted.size:
            row = made[endpoint.value]
            assert row["days"] == wanted.days[0]
            assert {0: 1, 1: CENSORED, 2: 2}[int(str(row["censoring"]))] == wanted.states[0]
            assert (row["censored_at"] is None) == (row["censoring"] != 1)
            start, on = (date.fromisoformat(str(row[name])) for name in ("start", "on"))
            assert (on - start).days == row["days"]


def test_only_a_partly_known_day_is_flagged() -> None:
    flags = {text: analyses.flag(text) for text in ("", "2024", "2024-05", "2024-05-06")}
    assert flags == {"": "Y", "2024": "M", "2024-05": "D", "2024-05-06": None}
    alive = Member("x", DAY0, DAY0 + timedelta(days=9))
    assert {row["flag"] for row in analyses.times(alive, CUTOFF, {})} == {None}
    assert {row["source_variable"] for row in analyses.times(alive, CUTOFF, {})} == {"RFPENDTC"}


def test_a_day_of_death_known_in_part_is_not_made_whole() -> None:
    own = {"consented": "2024-01", "died_on": "2024-05", "first_infusion": "2024-01-10"}
    level = analyses.subject_level(own, "DEAD", None)
    assert (level["death_on"], level["consented_on"], level["last_known_alive"]) == (None,) * 3
    assert (level["status"], level["reason"]) == ("DISCONTINUED", "DEAD")
    assert analyses.subject_level(own, "ON_FOLLOW_UP", DAY0)["reason"] is None
