"""The planner: published examples, the oracle, and what must hold for every day zero."""

import json
import os
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from followup.domain.dates import add_months
from followup.domain.schedules import FixedVisit, plan
from tests.oracle import schedule_oracle as oracle

PROTOCOLS = oracle.product_protocols()
LIFELONG = PROTOCOLS["CN-LIFELONG"]
LEAP = date(2024, 2, 29)
EXAMPLES = int(os.environ.get("EVERWATCH_EXAMPLES", "100"))
days = st.dates(date(1900, 1, 1), date(2150, 12, 31))
kinds = st.sampled_from(sorted(PROTOCOLS)).map(PROTOCOLS.get)


def by_code(visits):
    return {v.code: v for v in visits}


def span(visit):
    return visit.window_start, visit.target, visit.window_end


def test_leap_day_infusion_for_eighteen_years():
    visits = plan(LEAP, LIFELONG, add_months(LEAP, 18 * 12))
    assert [v.code for v in visits][-4:] == ["Y15", "Y16", "Y17", "Y18"]
    assert len(visits) == 31
    found = by_code(visits)
    assert span(found["BL"]) == (date(2023, 12, 31), date(2024, 2, 28), date(2024, 2, 28))
    assert span(found["D0"]) == (LEAP, LEAP, LEAP)
    assert span(found["M12"]) == (date(2025, 2, 28), date(2025, 2, 28), date(2025, 4, 29))
    assert found["M48"].target == date(2028, 2, 29)
    assert span(found["Y16"]) == (date(2039, 12, 1), date(2040, 2, 29), date(2040, 5, 29))


def test_registry_windows_in_absolute_days():
    for day0 in (date(2023, 3, 1), LEAP, date(2021, 12, 31)):
        found = by_code(plan(day0, PROTOCOLS["CIBMTR-15Y"], add_months(day0, 200)))
        for code, first, last in (("D100", 85, 115), ("M6", 150, 210), ("Y1", 366, 425)):
            visit = found[code]
            assert (visit.window_start - day0).days == first
            assert (visit.window_end - day0).days == last
            assert first <= visit.days_from_day0 <= last
        assert len(found) == 17


def test_day_100_lies_inside_month_three():
    outside = []
    for n in range(366 * 4):
        day0 = date(2024, 1, 1) + timedelta(days=n)
        visit = by_code(plan(day0, LIFELONG, add_months(day0, 3)))["M3"]
        assert visit.window_start <= day0 + timedelta(days=85)
        if visit.window_end < day0 + timedelta(days=115):
            outside.append((day0, visit.window_end - day0))
    # Three calendar months from a February day (or 31 January) are 89 days: the window then ends
    # on day 114. The table's +25 is kept as published.
    assert {gap.days for _, gap in outside} == {114}
    assert {d.month for d, _ in outside} == {1, 2}


def test_explanation():
    found = by_code(plan(date(2024, 11, 20), LIFELONG, date(2030, 1, 1)))
    said = "M24 · day 0 2024-11-20 + 24 months ± 30 days · CN-LIFELONG v1.1"
    assert str(found["M24"].rule) == said
    said = "M3 · day 0 2024-11-20 + 3 months −7/+25 days · CN-LIFELONG v1.1"
    assert str(found["M3"].rule) == said
    shown = json.loads(json.dumps(found["M24"].as_dict()))
    assert shown["code"] == "M24"
    assert shown["window_start"] == "2026-10-21"
    assert shown["target"] == "2026-11-20"
    assert shown["window_end"] == "2026-12-20"
    assert shown["day_from_infusion"] == 730


@pytest.mark.parametrize("code", ["CN-LIFELONG", "FDA-15Y", "CIBMTR-15Y"])
def test_a_window_nobody_cut_is_not_explained_as_cut(code):
    visits = plan(date(2024, 1, 31), PROTOCOLS[code], date(2026, 3, 1))
    assert not [v for v in visits if v.rule.cut_start or v.rule.cut_end]
    assert not [v for v in visits if "window" in str(v.rule)]


def test_days_are_explained_from_day_zero():
    found = by_code(plan(date(2024, 1, 31), LIFELONG, date(2024, 3, 1)))
    assert (
        str(found["D28"].rule) == "D28 · day 0 2024-01-31 + 28 days −3/+7 days · CN-LIFELONG v1.1"
    )
    assert repr(found["D28"]) == "<D28 2024-02-25 2024-02-28 2024-03-06>"
    assert not found["D28"].fixed


def test_a_window_cut_on_either_side_says_which_day():
    done = FixedVisit("X", date(2024, 2, 4), date(2024, 2, 5), date(2024, 2, 5))
    later = FixedVisit("Y", date(2024, 2, 9), date(2024, 2, 9), date(2024, 2, 9))
    visits = plan(date(2024, 1, 31), LIFELONG, date(2024, 2, 10), done=(done, later))
    seventh = by_code(visits)["D7"]
    assert (seventh.rule.cut_start, seventh.rule.cut_end) == (True, True)
    assert "window opens 2024-02-06" in str(seventh.rule)
    assert "window cut to 2024-02-08" in str(seventh.rule)


def test_cut_windows_say_so():
    visits = plan(date(2024, 1, 1), PROTOCOLS["CROWDED"], date(2025, 1, 1))
    first = visits[0]
    assert first.rule.cut_end
    assert f"window cut to {first.window_end}" in str(first.rule)


def test_death_ends_the_schedule_on_its_day():
    died = date(2025, 3, 10)
    visits = plan(LEAP, LIFELONG, date(2040, 1, 1), ended_on=died)
    last = visits[-1]
    assert (last.code, last.window_end) == ("M12", died)
    assert all(v.window_end <= died and v.target <= died for v in visits)


def test_horizon_beyond_any_life_is_refused():
    with pytest.raises(ValueError, match="beyond the reach"):
        plan(LEAP, LIFELONG, date(2190, 1, 1))
    assert plan(LEAP, PROTOCOLS["FDA-15Y"], date(2190, 1, 1))[-1].code == "Y15"


def test_done_visits_never_move_and_neighbours_give_way():
    done = FixedVisit("M3", date(2024, 5, 20), date(2024, 6, 5), date(2024, 8, 10))
    visits = plan(LEAP, LIFELONG, date(2026, 1, 1), done=[done])
    found = by_code(visits)
    assert span(found["M3"]) == done[1:]
    assert found["M3"].fixed
    assert found["M6"].window_start == date(2024, 8, 11)
    assert "dates kept" in str(found["M3"].rule)


def test_done_visit_of_a_dropped_point_stays():
    done = FixedVisit("M1", date(2024, 4, 5), date(2024, 4, 8), date(2024, 4, 20))
    found = by_code(plan(LEAP, LIFELONG, date(2026, 1, 1), done=[done]))
    assert span(found["M1"]) == done[1:]
    assert found["D28"].window_end == date(2024, 4, 4)
    assert found["M2"].window_start == date(2024, 4, 22)


def test_point_swallowed_by_a_done_window_is_met_by_it():
    done = FixedVisit("M12", date(2024, 5, 1), date(2024, 9, 1), date(2025, 12, 31))
    found = by_code(plan(LEAP, LIFELONG, date(2027, 1, 1), done=[done]))
    assert "M18" not in found
    assert "M9" not in found
    assert found["M24"].window_start >= date(2026, 1, 1)


def test_a_done_code_of_a_joint_visit_counts_for_it():
    done = FixedVisit("Y2", date(2026, 2, 1), date(2026, 2, 28), date(2026, 3, 20))
    found = by_code(plan(LEAP, PROTOCOLS["FDA-15Y"], date(2027, 1, 1), done=[done]))
    assert "M24" not in found
    assert span(found["Y2"]) == done[1:]


def test_sample_of_pairs_against_the_oracle():
    result = oracle.differences(300, seed=int(os.environ.get("EVERWATCH_SEED", "7")), batch=25)
    assert result["pairs"] == 300
    assert result["differences"] == 0, result["first"]


def test_the_oracle_can_disagree(monkeypatch):
    table = [row if row[0] != "M6" else ("M6", "m", 6, 30, 31) for row in oracle.LIFELONG]
    monkeypatch.setitem(oracle.TABLES, "CN-LIFELONG", table)
    assert oracle.differences(100, seed=1, batch=25)["differences"] > 0


@settings(max_examples=EXAMPLES)
@given(days, kinds, st.integers(-100, 40 * 366))
def test_windows_are_ordered_disjoint_and_hold_their_target(day0, protocol, length):
    horizon = day0 + timedelta(days=length)
    visits = plan(day0, protocol, horizon)
    for visit in visits:
        assert visit.window_start <= visit.target <= visit.window_end
        assert visit.target <= horizon
    for one, two in pairwise(visits):
        assert one.window_end < two.window_start
    assert len({v.code for v in visits}) == len(visits)


@settings(max_examples=EXAMPLES)
@given(days, kinds, st.integers(0, 20 * 366), st.integers(0, 20 * 366))
def test_a_later_horizon_only_adds(day0, protocol, near, more):
    short = plan(day0, protocol, day0 + timedelta(days=near))
    long = plan(day0, protocol, day0 + timedelta(days=near + more))
    assert long[: len(short)] == short


@settings(max_examples=EXAMPLES)
@given(days, st.integers(0, 50))
def test_the_tail_has_no_end(day0, years):
    visits = plan(day0, LIFELONG, add_months(day0, 12 * (16 + years)))
    assert visits[-1].code == f"Y{16 + years}"
    for one, two in pairwise(visits[-years - 1 :]):
        assert 364 <= (two.target - one.target).days <= 367


@settings(max_examples=EXAMPLES)
@given(days, kinds, st.data())
def test_done_visits_keep_their_dates_whatever_they_are(day0, protocol, data):
    horizon = add_months(day0, 240)
    planned = plan(day0, protocol, horizon)
    shift = timedelta(days=data.draw(st.integers(-40, 40)))
    picked = data.draw(st.sets(st.integers(0, len(planned) - 1), max_size=6))
    done = [FixedVisit(planned[n].code, *(d + shift for d in span(planned[n]))) for n in picked]
    visits = plan(day0, protocol, horizon, done=done)
    found = by_code(visits)
    for visit in done:
        assert span(found[visit.code]) == visit[1:]
    for one, two in pairwise(visits):
        assert one.window_end < two.window_start
    for visit in visits:
        assert visit.window_start <= visit.target <= visit.window_end


@settings(max_examples=EXAMPLES)
@given(days, kinds, st.integers(0, 20 * 366))
def test_nothing_is_planned_after_death(day0, protocol, lived):
    died = day0 + timedelta(days=lived)
    whole = plan(day0, protocol, add_months(day0, 300))
    visits = plan(day0, protocol, add_months(day0, 300), ended_on=died)
    assert [v.code for v in visits] == [v.code for v in whole if v.window_start <= died]
    assert all(v.window_end <= died for v in visits)
