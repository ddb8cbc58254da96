"""Times to events of a cohort: origin, censoring, competing death, partial dates; small cells."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pv.domain.cohorts.cells import masked, masked_row
from pv.domain.cohorts.summaries import summary, time_to_onset
from pv.domain.cohorts.times import (
    CENSORED,
    COMPETED,
    HAPPENED,
    Endpoint,
    Happening,
    Member,
    Span,
    death_of,
    span,
    times_of,
)

DAY0 = date(2024, 1, 10)
CUTOFF = date(2025, 1, 10)
ONE_DAY = timedelta(days=1)


def after(days: int) -> date:
    return DAY0 + timedelta(days=days)


def at(days: int) -> Happening:
    return Happening(after(days).isoformat(), date.max)


def only(member: Member, endpoint: Endpoint, cutoff: date = CUTOFF) -> tuple[int, int]:
    times = times_of([member], endpoint, cutoff)
    return int(times.days[0]), int(times.states[0])


def test_who_has_no_event_is_censored_at_the_last_contact_or_the_cutoff() -> None:
    assert only(Member("a", DAY0, after(100)), Endpoint.DEATH) == (100, CENSORED)
    assert only(Member("a", DAY0, after(900)), Endpoint.DEATH) == (366, CENSORED)
    assert only(Member("a", DAY0, None), Endpoint.DEATH) == (0, CENSORED)


def test_death_is_the_event_of_survival_and_competes_with_a_malignancy() -> None:
    dead = Member("a", DAY0, after(40), death=at(50))
    assert only(dead, Endpoint.DEATH) == (50, HAPPENED)
    assert only(dead, Endpoint.PROGRESSION) == (50, HAPPENED)
    assert only(dead, Endpoint.MALIGNANCY) == (50, COMPETED)
    ill = Member("a", DAY0, after(40), death=at(50), malignancy=at(30))
    assert only(ill, Endpoint.MALIGNANCY) == (30, HAPPENED)
    assert only(ill, Endpoint.DEATH) == (50, HAPPENED)


def test_a_malignancy_found_at_autopsy_was_there_before_death() -> None:
    ill = Member("a", DAY0, after(40), death=at(50), malignancy=at(58))
    assert only(ill, Endpoint.MALIGNANCY) == (50, HAPPENED)


def test_what_happened_after_the_cutoff_has_not_happened() -> None:
    dead = Member("a", DAY0, after(500), death=at(400), malignancy=at(380))
    assert only(dead, Endpoint.DEATH) == (366, CENSORED)
    assert only(dead, Endpoint.MALIGNANCY) == (366, CENSORED)
    late = Member("b", CUTOFF + ONE_DAY, None)
    assert times_of([late], Endpoint.DEATH, CUTOFF).size == 0


def test_a_partial_date_is_counted_and_keeps_both_ends() -> None:
    dead = Member("a", DAY0, after(40), death=Happening("2024-03", date.max))
    times = times_of([dead], Endpoint.DEATH, CUTOFF)
    assert (int(times.earliest[0]), int(times.latest[0])) == (51, 81)
    assert (int(times.days[0]), times.partial) == (66, 1)


def test_a_malignancy_before_the_infusion_is_none_of_the_cohort() -> None:
    ill = Member("a", DAY0, after(100), malignancy=Happening("2023", DAY0))
    times = times_of([ill], Endpoint.MALIGNANCY, CUTOFF)
    assert (times.events, times.before, int(times.days[0])) == (0, 1, 100)


def test_a_day_not_stated_lies_between_infusion_and_the_day_it_was_known() -> None:
    assert span(Happening("", after(60)), DAY0, CUTOFF) == Span(0, 60)
    assert span(Happening("", CUTOFF + ONE_DAY), DAY0, CUTOFF) is None
    assert span(Happening("2024", after(60)), DAY0, CUTOFF) == Span(0, 60)


def test_a_death_known_in_part_lies_between_the_last_contact_alive_and_the_one_that_told() -> None:
    whole = death_of(after(50).isoformat(), after(40), after(45))
    assert span(whole, DAY0, CUTOFF) == Span(50, 50)
    assert span(death_of("2024", after(80), after(60)), DAY0, CUTOFF) == Span(60, 80)
    assert span(death_of("2024-03", after(300), after(60)), DAY0, CUTOFF) == Span(60, 81)
    assert span(death_of("2024-03", after(300), after(200)), DAY0, CUTOFF) == Span(81, 81)
    assert span(death_of("2024", after(80), None), DAY0, CUTOFF) == Span(0, 80)


def test_a_death_on_a_day_nobody_stated_is_an_event_and_not_hidden() -> None:
    dead = Member("a", DAY0, after(80), death=death_of("", after(80), after(60)))
    times = times_of([dead], Endpoint.DEATH, CUTOFF)
    assert (times.events, times.partial, int(times.days[0])) == (1, 1, 70)
    assert (int(times.earliest[0]), int(times.latest[0])) == (60, 80)
    assert only(dead, Endpoint.MALIGNANCY) == (70, COMPETED)


happenings = st.none() | st.builds(
    Happening,
    st.one_of(
        st.just(""),
        st.dates(date(2023, 6, 1), date(2026, 1, 1)).map(str),
        st.dates(date(2023, 6, 1), date(2026, 1, 1)).map(lambda d: str(d)[:7]),
        st.integers(2023, 2026).map(str),
    ),
    st.dates(DAY0, date(2026, 1, 1)),
    not_before=st.none() | st.dates(DAY0, date(2026, 1, 1)),
)
members = st.lists(
    st.builds(
        Member,
        st.just("x"),
        st.dates(date(2023, 6, 1), date(2025, 6, 1)),
        st.none() | st.dates(DAY0, date(2026, 1, 1)),
        happenings,
        happenings,
        happenings,
    ),
    max_size=12,
)


@given(members, st.sampled_from(Endpoint))
def test_every_patient_is_counted_once_within_the_data(rows, endpoint) -> None:
    times = times_of(rows, endpoint, CUTOFF)
    inside = [row for row in rows if row.day0 <= CUTOFF]
    assert times.size == len(inside)
    assert times.events + times.competing + int((times.states == CENSORED).sum()) == times.size
    longest = [(CUTOFF - row.day0).days for row in inside]
    assert (times.days >= 0).all()
    assert (times.days <= np.array(longest, dtype=int)).all()
    assert (times.earliest <= times.days).all()
    assert (times.days <= times.latest).all()
    if endpoint is not Endpoint.MALIGNANCY:
        assert times.competing == 0


@given(members, st.sampled_from(Endpoint))
def test_patients_to_whom_nothing_happened_may_come_as_counts(rows, endpoint) -> None:
    silent = [row for row in rows if not (row.death or row.progression or row.malignancy)]
    quiet = Counter(
        max((min(row.last_contact or row.day0, CUTOFF) - row.day0).days, 0)
        for row in silent
        if row.day0 <= CUTOFF
    )
    whole = times_of(rows, endpoint, CUTOFF)
    parts = times_of([row for row in rows if row not in silent], endpoint, CUTOFF, quiet)
    for name in ("days", "states", "earliest", "latest"):
        assert sorted(getattr(whole, name)) == sorted(getattr(parts, name))
    assert (whole.partial, whole.before) == (parts.partial, parts.before)


@given(members, st.sampled_from(Endpoint))
def test_deaths_on_a_known_day_may_come_as_counts(rows, endpoint) -> None:
    rows = [
        replace(row, death=death_of(row.death.text, row.last_contact, None) if row.death else None)
        for row in rows
    ]
    plain = [
        row
        for row in rows
        if row.death and not (row.progression or row.malignancy)
        if len(row.death.text) == 10
        if date.fromisoformat(row.death.text) <= CUTOFF and row.day0 <= CUTOFF
    ]
    dead = Counter(max((date.fromisoformat(row.death.text) - row.day0).days, 0) for row in plain)
    whole = times_of(rows, endpoint, CUTOFF)
    parts = times_of([row for row in rows if row not in plain], endpoint, CUTOFF, {}, dead)
    for name in ("days", "states", "earliest", "latest"):
        assert sorted(getattr(whole, name)) == sorted(getattr(parts, name))
    assert (whole.partial, whole.before) == (parts.partial, parts.before)


def freireich() -> list[Member]:
    """Remission of the 6-MP group, weeks read as days (domain 8)."""
    events = (6, 6, 6, 7, 10, 13, 16, 22, 23)
    censored = (6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)
    return [Member("e", DAY0, None, death=at(d)) for d in events] + [
        Member("c", DAY0, after(d)) for d in censored
    ]


def test_the_published_curve_comes_out_of_the_members() -> None:
    found = summary(times_of(freireich(), Endpoint.DEATH, CUTOFF), Endpoint.DEATH)
    assert found is not None
    assert (found.patients, found.events, found.censored) == (21, 9, 12)
    assert found.curve.at(10).estimate == pytest.approx(0.752941, abs=1e-6)
    assert found.curve.median().estimate == 23
    assert found.median[0] == pytest.approx(23 / 30.4375)
    assert found.landmarks[0].months == 1
    assert found.landmarks[0].estimate == pytest.approx(0.448179, abs=1e-6)
    assert found.range_at is None


def test_partial_dates_move_the_estimate_between_its_two_ends() -> None:
    rows = [Member("a", DAY0, after(300)) for _ in range(9)]
    rows.append(Member("b", DAY0, after(300), death=Happening("2024", date.max)))
    found = summary(times_of(rows, Endpoint.DEATH, CUTOFF), Endpoint.DEATH)
    assert found is not None
    assert found.range_at == (pytest.approx(0.9), pytest.approx(1.0))


def test_nobody_has_no_figures() -> None:
    assert summary(times_of([], Endpoint.DEATH, CUTOFF), Endpoint.DEATH) is None
    assert time_to_onset(times_of([], Endpoint.MALIGNANCY, CUTOFF)) is None


def test_times_to_onset_are_quartiles_of_those_with_the_event() -> None:
    rows = [Member("a", DAY0, None, malignancy=at(d)) for d in (10, 20, 30, 40)]
    rows.append(Member("b", DAY0, after(200)))
    found = time_to_onset(times_of(rows, Endpoint.MALIGNANCY, CUTOFF))
    assert found == (10, 17.5, 25, 32.5, 40)


def test_small_counts_are_hidden_and_a_zero_is_a_zero() -> None:
    assert [masked(n, 5) for n in (0, 1, 4, 5)] == ["0", "<5", "<5", "5"]
    assert masked(1, 0) == "1"


@given(st.lists(st.integers(0, 30), min_size=2, max_size=8), st.integers(2, 10))
def test_a_hidden_cell_does_not_follow_from_the_total(counts, least) -> None:
    shown = masked_row(counts, least)
    open_counts = [n for n, text in zip(counts, shown, strict=True) if text == str(n)]
    assert len(counts) - len(open_counts) != 1
    assert not [n for n in open_counts if 0 < n < least]
