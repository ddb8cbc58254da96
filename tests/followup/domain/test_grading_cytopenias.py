"""ICAHT: the published tables at every boundary, missing days, unstable recovery, censoring."""

import json
import os
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from followup.domain.assessments import Quantity
from followup.domain.grading import (
    DaysBelow,
    days_below,
    duration_grade,
    grade_daily,
    late_neutropenia,
    read_grading_rules,
)

EXAMPLES = int(os.environ.get("EVERWATCH_EXAMPLES", "200"))
DATA = Path(__file__).parents[3] / "followup" / "reference" / "grading.json"
RULES = read_grading_rules(json.loads(DATA.read_text(encoding="utf-8")))


def known(days):
    return DaysBelow(days, days)


def early(under_500, under_100, never_above=False):
    days = {Decimal("0.5"): known(under_500), Decimal("0.1"): known(under_100)}
    return duration_grade(RULES.icaht_early, days, never_above).grade


@pytest.mark.parametrize(
    ("days", "expected"),
    [(0, 0), (1, 1), (6, 1), (7, 2), (13, 2), (14, 3), (30, 3)],
)
def test_early_days_at_or_under_500(days, expected):
    assert early(days, 0) == expected


@pytest.mark.parametrize(("days", "expected"), [(0, 3), (6, 3), (7, 3), (13, 3), (14, 4), (31, 4)])
def test_early_days_at_or_under_100(days, expected):
    assert early(max(14, days), days) == expected


def test_seven_days_at_100_are_grade_3_before_14_at_500():
    assert early(7, 6) == 2
    assert early(7, 7) == 3


def test_never_above_500_is_grade_4():
    assert early(31, 0, never_above=True) == 4
    assert early(31, 0, never_above=None) is None


def t_early(under_50, under_20):
    days = {Decimal(50): known(under_50), Decimal(20): known(under_20)}
    return duration_grade(RULES.t_icaht_early, days, None).grade


@pytest.mark.parametrize(
    ("under_50", "under_20", "expected"),
    [
        (0, 0, 0),
        (1, 0, 1),
        (6, 0, 1),
        (7, 0, 2),
        (31, 0, 2),
        (1, 1, 3),
        (13, 13, 3),
        (14, 14, 4),
    ],
)
def test_early_platelets(under_50, under_20, expected):
    assert t_early(under_50, under_20) == expected


@pytest.mark.parametrize(
    ("under_100", "under_50", "under_20", "expected"),
    [(0, 0, 0, 0), (1, 0, 0, 1), (70, 0, 0, 1), (1, 1, 0, 2), (70, 70, 0, 2)]
    + [(1, 1, 1, 3), (13, 13, 13, 3), (14, 14, 14, 4)],
)
def test_late_platelets(under_100, under_50, under_20, expected):
    days = {
        Decimal(100): known(under_100),
        Decimal(50): known(under_50),
        Decimal(20): known(under_20),
    }
    assert duration_grade(RULES.t_icaht_late, days, None).grade == expected


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        (["1.51", "1.51"], 0),
        (["1.5", "1.5"], 1),
        (["1.01", "1.01"], 1),
        (["1.0", "1.0"], 2),
        (["0.51", "0.51"], 2),
        (["0.5", "0.5"], 3),
        (["0.11", "0.11"], 3),
        (["0.1", "0.1"], 4),
        (["0.1", "3.0"], 0),
        (["0.1", "0.4", "1.2"], 3),
        (["0.1", "1.2", "3"], 1),
    ],
)
def test_late_neutrophils_need_two_time_points(counts, expected):
    points = [(40 + 7 * n, Quantity.of(value)) for n, value in enumerate(counts)]
    assert late_neutropenia(RULES.icaht_late, points).grade == expected


def test_late_neutrophils_after_day_30_only():
    points = [(30, Quantity.of("0.1")), (31, Quantity.of("0.1"))]
    found = late_neutropenia(RULES.icaht_late, points)
    assert found.grade is None
    assert found.missing
    assert late_neutropenia(RULES.icaht_late, [*points, (32, Quantity.of("0.1"))]).grade == 4


def test_one_day_is_one_time_point():
    points = [(40, Quantity.of("0.1")), (40, Quantity.of("0.1"))]
    assert late_neutropenia(RULES.icaht_late, points).grade is None


def test_a_bound_leaves_late_grades_open_only_where_it_matters():
    under = Quantity.read("<0.2")
    found = late_neutropenia(RULES.icaht_late, [(40, under), (47, under)])
    assert (found.grade, found.at_least) == (None, 3)
    deep = Quantity.read("<0.1")
    assert late_neutropenia(RULES.icaht_late, [(40, deep), (47, deep)]).grade == 4


def series(low_days, low="0.4", high="2.0", days=range(31)):
    return {d: Quantity.of(low if d in low_days else high) for d in days}


def count(low_days, **options):
    daily = series(low_days, **options)
    return days_below(RULES.icaht_early, daily, Decimal("0.5"), inclusive=True)


def test_days_are_cumulative():
    assert count({3, 10, 20}) == known(3)
    assert count({3, 4, 10}) == known(3)


def test_a_recovery_under_three_days_counts_as_low():
    assert count({3, 5}) == known(3)
    assert count({3, 6}) == known(4)
    assert count({3, 7}) == known(2)


def test_days_outside_the_window_do_not_count():
    daily = {**series(set()), -1: Quantity.of("0.1"), 31: Quantity.of("0.1")}
    assert days_below(RULES.icaht_early, daily, Decimal("0.5"), inclusive=True) == known(0)


def test_the_boundary_day_value():
    at_limit = series(set(range(5)), low="0.5")
    assert days_below(RULES.icaht_early, at_limit, Decimal("0.5"), inclusive=True).least == 5
    platelets = series(set(range(5)), low="50", high="200")
    assert days_below(RULES.t_icaht_early, platelets, Decimal(50), inclusive=False).most == 0


def test_missing_days_are_neither_low_nor_high():
    daily = series({1, 2, 3, 4, 5, 6})
    del daily[20]
    found = grade_daily(RULES.icaht_early, daily)
    assert (found.grade, found.at_least) == (None, 1)
    assert found.missing == ("neutrophils on days not measured",)


def test_missing_days_that_cannot_matter_leave_the_grade():
    daily = series({1, 2, 3})
    del daily[20]
    assert grade_daily(RULES.icaht_early, daily).grade == 1


def test_no_measurement_is_no_grade():
    found = grade_daily(RULES.t_icaht_early, {})
    assert (found.grade, found.at_least) == (None, 0)


def test_censoring_ends_the_count():
    daily = series(set(range(10, 31)))
    assert grade_daily(RULES.icaht_early, daily).grade == 3
    assert grade_daily(RULES.icaht_early, daily, censored_on=13).grade == 1
    low = series(set(range(31)))
    assert grade_daily(RULES.icaht_early, low).grade == 4
    assert grade_daily(RULES.icaht_early, low, censored_on=20).grade == 3


def test_the_first_and_the_last_day_count_and_the_day_of_censoring_does_not():
    low = series(set(range(31)))
    limit = {"limit": Decimal("0.5"), "inclusive": True}
    assert days_below(RULES.icaht_early, low, **limit) == known(31)
    assert days_below(RULES.icaht_early, low, **limit, censored_on=5) == known(5)
    assert days_below(RULES.icaht_early, low, **limit, censored_on=31) == known(31)
    assert days_below(RULES.icaht_early, low, **limit, censored_on=0) == known(0)


def test_a_spell_that_reaches_the_end_of_the_window_or_is_cut_one_day_before_it():
    low = series(set(range(31)))
    assert grade_daily(RULES.icaht_early, low, censored_on=31).grade == 4
    assert grade_daily(RULES.icaht_early, low, censored_on=30).grade == 3


def test_days_between_like_answers_are_filled_only_where_the_rules_say_how_many():
    bridging = replace(RULES.icaht_early, bridge_days=2)
    gap_of_two = {3: "0.4", 6: "0.4", 9: "2.0", 12: "2.0"}
    daily = series(set())
    daily = {day: daily[day] for day in daily if day not in range(3, 13)}
    daily |= {day: Quantity.of(value) for day, value in gap_of_two.items()}
    limit = {"limit": Decimal("0.5"), "inclusive": True}
    # Days 4, 5 are low, 10, 11 are not; 7 and 8 lie between different answers and stay open.
    assert days_below(bridging, daily, **limit) == DaysBelow(4, 6)
    shorter = replace(bridging, bridge_days=1)
    assert days_below(shorter, daily, **limit) == DaysBelow(4, 9)


def test_series_reach_the_platelet_grades():
    daily = {**series({31, 32}, low="19", high="150", days=range(31, 101))}
    assert grade_daily(RULES.t_icaht_late, daily).grade == 3


def test_below_quantification_is_a_bound_not_a_zero():
    daily = {d: Quantity.read("<0.2") for d in range(31)}
    found = grade_daily(RULES.icaht_early, daily)
    assert found.grade == 4  # never above 500
    daily[30] = Quantity.of("2.0")
    found = grade_daily(RULES.icaht_early, daily)
    assert (found.grade, found.at_least) == (None, 3)  # 0.1 or 0.2: nobody knows


measured = st.sampled_from(["0.05", "0.1", "0.3", "0.5", "0.6", "3"])


@given(st.lists(st.none() | measured, min_size=31, max_size=31), st.data())
@settings(max_examples=EXAMPLES)
def test_measuring_a_missing_day_never_contradicts(found_values, data):
    daily = {d: Quantity.of(v) for d, v in enumerate(found_values) if v is not None}
    before = grade_daily(RULES.icaht_early, daily)
    full = dict(daily)
    for day in range(31):
        if day not in full:
            full[day] = Quantity.of(data.draw(measured))
    after = grade_daily(RULES.icaht_early, full)
    assert after.grade is not None
    assert before.grade in {None, after.grade}
    assert after.grade >= before.at_least


def test_a_limit_whose_days_nobody_counted_leaves_its_grade_open():
    found = duration_grade(RULES.icaht_early, {Decimal("0.5"): known(10)}, False)
    assert found.grade is None
    assert "days neutrophils <= 0.1 10^9/L" in found.missing


def test_a_table_in_another_unit_is_refused():
    data = json.loads(DATA.read_text(encoding="utf-8"))
    data["icaht_late"]["unit"] = "/ul"
    with pytest.raises(ValueError, match="is graded in"):
        read_grading_rules(data)
