"""Background rates, expected events, cells of a screening, and the way of a signal."""

import json
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.domain.exposure import Tier
from pv.domain.cohorts.times import Happening, Member
from pv.domain.signals import counts, rates
from pv.domain.signals.counts import Report, cells_against, cells_of, masking, read_counts
from pv.domain.signals.expected import Person, compare, exposure
from pv.domain.signals.rates import (
    age_bands,
    groups,
    loaded,
    rate_for,
    read_rates,
    stored,
)
from pv.domain.signals.steps import SIGNAL, SignalEvent, SignalState, due
from pv.domain.signals.tables import WrongTable

HEAD = "population,registry,years,icdo3_group,sex,age_from,age_to,rate_per_100k,source_url\n"
CUTOFF = date(2025, 12, 31)


def line(sex="MALE", first="0", last="49", rate="1.0", group="T", url="u") -> str:
    return f"CN,R,2005-2017,{group},{sex},{first},{last},{rate},{url}\n"


def test_a_table_of_rates_is_read_and_bad_lines_are_left_out_by_number() -> None:
    text = HEAD + line() + line(first="x") + line(first="50", last="") + line(rate="-1")
    text += line(sex="?") + line(first="40", last="60") + line(sex="FEMALE", url="")
    rows, faults = read_rates("\ufeff" + text)
    assert [(row.age_from, row.age_to) for row in rows] == [(0, 49), (50, None)]
    assert [(f.line, f.column) for f in faults] == [
        (3, "age_from"),
        (5, "rate_per_100k"),
        (6, "sex"),
        (7, "age_from"),  # overlaps the first: two rates for one person would both count
        (8, "source_url"),
    ]
    assert age_bands(rows) == [0, 50]
    assert rate_for(rows, "MALE", 70) == 1.0
    assert rate_for(rows, "FEMALE", 70) is None
    assert rate_for(rows, "UNKNOWN", 70) is None


def test_a_file_that_is_no_table_is_refused() -> None:
    with pytest.raises(WrongTable, match="registry"):
        read_rates("population,age\nCN,1\n")
    with pytest.raises(WrongTable, match="no line") as refused:
        read_rates(HEAD + line(rate="many"))
    assert [(f.line, f.column, f.value) for f in refused.value.faults] == [
        (2, "rate_per_100k", "many")
    ]
    with pytest.raises(WrongTable, match="count"):
        read_counts("drug,event\na,b\n")


def test_a_bare_carriage_return_ends_a_line_and_an_endless_cell_is_refused() -> None:
    assert read_counts("drug,event,count\rA,x,5\rB,y,6\r")[0] == [("A", "x", 5), ("B", "y", 6)]
    assert len(read_rates((HEAD + line()).replace("\n", "\r"))[0]) == 1
    with pytest.raises(WrongTable, match="no line") as refused:
        read_counts("drug,event,count\nA,x,5\n" + "b" * 200_000 + ",y,1\n")
    assert [(f.line, f.column) for f in refused.value.faults] == [(3, "")]


def person(days=1000, sex="MALE", born=1960, **more) -> Person:
    day0 = CUTOFF - timedelta(days=days)
    return Person(Member("a", day0, CUTOFF, **more), sex, born)


def test_the_worked_example_of_a_flat_rate() -> None:
    """1,000 patients of 2.5 years at 2.0 per 100,000: 0.05 expected; one case is a SIR of 20."""
    people = [person(days=913) for _ in range(999)]
    ill = Happening((CUTOFF - timedelta(days=1)).isoformat(), date.max)
    people.append(person(days=913, malignancy=ill))
    found = exposure(people, 2.0, CUTOFF, lag_days=0)
    assert found.expected == pytest.approx(0.05, abs=2e-4)
    compared = compare(found, upper_limit=1.0, alpha=0.05)
    assert compared.ratio[0] == pytest.approx(20, rel=5e-3)
    assert compared.ratio[1] == pytest.approx(0.51, abs=0.01)
    assert compared.ratio[2] == pytest.approx(111, rel=5e-3)
    assert compared.sequential.critical_value == pytest.approx(2.853937, abs=1e-5)
    assert [look[1] for look in compared.looks] == [0, 0, 1]


def test_time_at_risk_ends_at_event_death_last_contact_and_starts_after_the_lag() -> None:
    day0 = date(2024, 1, 1)
    silent = Person(Member("a", day0, day0 + timedelta(days=100)), "MALE", 1960)
    found = exposure([silent], 2.0, CUTOFF, lag_days=30)
    assert found.days == 70
    assert found.tiers[Tier.LOST] == (CUTOFF - day0).days - 100
    died = Happening((day0 + timedelta(days=50)).isoformat(), date.max)
    dead = Person(Member("a", day0, day0, death=died), "MALE", 1960)
    assert exposure([dead], 2.0, CUTOFF, lag_days=30).days == 20
    early = Happening((day0 + timedelta(days=20)).isoformat(), date.max)
    ill = Person(Member("a", day0, CUTOFF, malignancy=early), "MALE", 1960)
    found = exposure([ill], 2.0, CUTOFF, lag_days=30)
    assert (found.days, found.observed, found.early) == (0, 0, 1)


def test_rates_change_at_birthdays_and_who_has_no_rate_is_told() -> None:
    rows, _faults = read_rates(HEAD + line(last="59") + line(first="60", last="", rate="10"))
    people = [person(days=730, born=1964)]  # sixty on 1 July 2024
    found = exposure(people, rows, CUTOFF, lag_days=0)
    young = (date(2024, 7, 1) - people[0].member.day0).days
    old = found.days - young
    assert found.expected == pytest.approx((young * 1 + old * 10) / 365.25 / 100_000)
    assert exposure([person(born=None)], rows, CUTOFF, lag_days=0).without_rate == 1000
    assert exposure([person(sex="FEMALE")], rows, CUTOFF, lag_days=0).without_rate == 1000


@given(st.lists(st.tuples(st.integers(1, 3000), st.integers(1930, 2010)), max_size=8))
def test_all_person_days_stand_in_one_tier_and_one_year(rows) -> None:
    people = [person(days=days, born=born) for days, born in rows]
    found = exposure(people, 2.0, CUTOFF, lag_days=0)
    assert sum(found.tiers.values()) == sum(days for days, _born in rows)
    assert found.days == found.tiers.get(Tier.ACTIVE, 0)
    assert found.expected == pytest.approx(found.days / 365.25 * 2 / 100_000)


def test_counts_are_read_and_a_second_line_of_a_pair_is_left_out() -> None:
    rows, faults = read_counts("drug,event,count\nA,x,5\na,X,7\nA,,1\nB,y,-1\nB,y,2\n")
    assert rows == [("A", "x", 5), ("B", "y", 2)]
    assert [fault.line for fault in faults] == [3, 4, 5]


reports = st.lists(
    st.builds(
        Report,
        st.booleans(),
        st.frozensets(st.sampled_from("xyz"), max_size=3),
        st.sampled_from(("MALE", "FEMALE")),
    ),
    max_size=25,
)


@given(reports)
def test_the_cells_of_every_term_add_up_to_the_reports(rows) -> None:
    own = sum(row.inside for row in rows)
    for cell in cells_of(rows):
        assert cell.a + cell.b + cell.c + cell.d == len(rows)
        assert cell.a + cell.b == own
        assert cell.a == sum(row.inside and cell.term in row.terms for row in rows)
        assert cell.stratified >= 0
    pooled = [Report(row.inside, row.terms) for row in rows]
    for cell in cells_of(pooled):
        expected = (cell.a + cell.b) * (cell.a + cell.c) / len(rows)
        assert cell.stratified == pytest.approx(expected)


def test_our_own_pairs_in_a_published_table_are_no_background() -> None:
    table = [("OurDrug", "fever", 100), ("Other", "fever", 10), ("Other", "rash", 90)]
    (cell,) = cells_against({"Fever": 4}, table, ["ourdrug", ""])
    assert (cell.a, cell.b, cell.c, cell.d) == (4, 0, 10, 90)


def test_a_term_in_a_quarter_of_the_reports_can_hide_others() -> None:
    rows = [Report(True, frozenset("x")) for _ in range(3)]
    rows += [Report(True, frozenset("y")) for _ in range(9)]
    assert masking(cells_of(rows), 0.25) == [("y", 0.75), ("x", 0.25)]
    assert masking(cells_of(rows), 0.5) == [("y", 0.75)]


def test_a_signal_is_validated_assessed_decided_and_signed_in_this_order() -> None:
    days = {"detected": 30, "validated": 60, "assessed": 30, "decided": 15}
    state = SignalState.DETECTED
    for event in (SignalEvent.VALIDATE, SignalEvent.ASSESS, SignalEvent.DECIDE, SignalEvent.SIGN):
        assert SIGNAL.allows(state, event)
        assert due(state, CUTOFF, days) == CUTOFF + timedelta(days=days[state.value])
        state = SIGNAL.transitions[state, event].target
    assert due(state, CUTOFF, days) is None
    assert not SIGNAL.allows(SignalState.DETECTED, SignalEvent.DECIDE)
    assert not SIGNAL.allows(SignalState.ASSESSED, SignalEvent.SIGN)


@pytest.mark.parametrize(
    ("values", "column"),
    [
        ({"group": ""}, "icdo3_group"),
        ({"last": "x"}, "age_to"),
        ({"first": "50", "last": "49"}, "age_to"),
        ({"rate": "NaN"}, "rate_per_100k"),
        ({"rate": "100001"}, "rate_per_100k"),
    ],
)
def test_a_line_of_rates_that_cannot_be_is_named_by_its_column(values, column) -> None:
    rows, faults = read_rates(HEAD + line() + line(**values))
    assert len(rows) == 1
    assert [(fault.line, fault.column) for fault in faults] == [(3, column)]


def test_rates_of_another_sex_or_group_do_not_overlap_and_both_sexes_do() -> None:
    text = HEAD + line() + line(sex="FEMALE") + line(group="U") + line(sex="BOTH")
    rows, faults = read_rates(text)
    assert [(row.sex, row.icdo3_group) for row in rows] == [
        *(("MALE", "T"), ("FEMALE", "T"), ("MALE", "U")),
    ]
    assert [fault.line for fault in faults] == [5]
    assert groups(rows) == ["T", "U"]
    assert loaded(json.loads(json.dumps(stored(rows)))) == rows, "a table is kept as it was read"


def test_a_table_is_cut_at_its_limit_and_says_where(monkeypatch) -> None:
    monkeypatch.setattr(rates, "MOST_ROWS", 1)
    monkeypatch.setattr(counts, "MOST_ROWS", 1)
    rows, faults = read_rates(HEAD + line() + line(sex="FEMALE"))
    assert (len(rows), [(fault.line, fault.column) for fault in faults]) == (1, [(3, "")])
    pairs, faults = read_counts("drug,event,count\na,b,1\na,c,2\n")
    assert (pairs, [fault.line for fault in faults]) == ([("a", "b", 1)], [3])


def test_a_table_of_counts_without_a_line_is_refused_with_its_faults() -> None:
    with pytest.raises(WrongTable, match="no line") as refused:
        read_counts("drug,event,count\na,b,many\n,b,1\n")
    assert [(f.line, f.column) for f in refused.value.faults] == [(2, "count"), (3, "drug")]
