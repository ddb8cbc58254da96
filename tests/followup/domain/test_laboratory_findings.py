"""What a value in a series says: grades of haematotoxicity, markers, and when an episode is new.

ICAHT: Rejeski et al., Blood 2023 (table of days); the limits are those of the reference data.
"""

import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from followup.domain.assessments.markers import read_marker_rules
from followup.domain.assessments.quantities import Quantity, Relation
from followup.domain.grading import read_grading_rules
from followup.domain.laboratory import Rules, read_laboratory_rules
from followup.domain.laboratory.findings import assess, ends_episode, is_new
from followup.domain.laboratory.haematotoxicity import toxicities
from followup.domain.laboratory.haematotoxicity_course import (
    haematotoxicity,
)
from followup.domain.laboratory.points import FindingRule, Point

PLACE = Path(__file__).parents[3] / "followup" / "reference"
LABORATORY, GRADING = (
    json.loads((PLACE / f"{name}.json").read_text(encoding="utf-8"))
    for name in ("laboratory", "grading")
)
RULES = Rules(
    read_laboratory_rules(LABORATORY),
    read_grading_rules(GRADING),
    read_marker_rules(GRADING["markers"]),
)
INFUSED = date(2026, 1, 1)


def point(measure: str, day: int, value: str, finding: str = "", low: str = "") -> Point:
    """A value such as `0.4` or `<0.1`; an empty text is no number."""
    quantity = Quantity.read(value) if value else None
    limit = Decimal(low) if low else None
    on = INFUSED + timedelta(days=day)
    return Point(f"{measure}-{day}-{value}", measure, on, day, quantity, finding, limit)


def counts(measure: str, value: str, days: range, after: str, until: int = 30) -> list[Point]:
    """A value on each of `days`, and `after` from there to `until`."""
    low = [point(measure, day, value) for day in days]
    return low + [point(measure, day, after) for day in range(days.stop, until + 1)]


def grades(measure: str, series: list[Point]) -> dict[FindingRule, int | None]:
    return {rule: grade.grade for rule, grade in toxicities(RULES, measure, series).items()}


def rules_of(new: Point, *series: Point) -> set[FindingRule]:
    return {finding.rule for finding in assess(RULES, new, (*series, new))}


@pytest.mark.parametrize(
    ("value", "days", "expected"),
    [("0.5", 6, 1), ("0.5", 7, 2), ("0.5", 14, 3), ("0.1", 7, 3), ("0.1", 14, 4), ("0.6", 14, 0)],
)
def test_early_neutropenia_by_the_days_of_the_table(value: str, days: int, expected: int) -> None:
    series = counts("anc", value, range(days), "2.0")
    assert grades("anc", series) == {FindingRule.EARLY_NEUTROPENIA: expected}


def test_of_two_values_of_a_day_the_lower_counts() -> None:
    high = counts("anc", "2.0", range(14), "2.0")
    low = counts("anc", "0.4", range(14), "2.0")
    for series in (high + low, low + high):
        assert grades("anc", series) == {FindingRule.EARLY_NEUTROPENIA: 3}
    bound = Point("b", "anc", INFUSED, 0, Quantity(None, Relation.BELOW))
    alone = toxicities(RULES, "anc", [bound])
    assert toxicities(RULES, "anc", [bound, point("anc", 0, "2.0")]) != alone
    assert toxicities(RULES, "anc", [point("anc", 0, "2.0"), bound]) == toxicities(
        RULES, "anc", [bound, point("anc", 0, "2.0")]
    )


def test_late_neutropenia_needs_two_points_and_begins_after_day_30() -> None:
    once = [point("anc", 40, "0.4")]
    twice = [*once, point("anc", 47, "0.3")]
    assert grades("anc", twice) == {FindingRule.LATE_NEUTROPENIA: 3}
    assert grades("anc", once) != grades("anc", twice)
    assert grades("anc", [point("anc", -3, "0.1"), point("hb", 3, "70")]) == {}


def test_platelets_have_an_early_and_a_late_scale() -> None:
    early = counts("plt", "19", range(14), "120")
    assert grades("plt", early)[FindingRule.EARLY_THROMBOCYTOPENIA] == 4
    late = [point("plt", day, "19") for day in range(31, 36)]
    late += [point("plt", day, "150") for day in range(36, 101)]
    assert grades("plt", late) == {FindingRule.LATE_THROMBOCYTOPENIA: 3}
    assert grades("plt", [point("plt", 101, "5")]) == {}


def test_only_a_low_value_inside_the_window_raises_the_grade_of_its_series() -> None:
    series = counts("anc", "0.4", range(14), "2.0")
    found = haematotoxicity(RULES, series[13], series)
    assert [(f.rule, f.grade) for f in found] == [(FindingRule.EARLY_NEUTROPENIA, 3)]
    assert haematotoxicity(RULES, series[20], series) == []  # a normal count
    assert haematotoxicity(RULES, point("anc", 40, "0.4"), series) == []  # after the window
    assert haematotoxicity(RULES, point("anc", 13, ""), series) == []  # no number
    mild = counts("anc", "0.4", range(6), "2.0")
    assert haematotoxicity(RULES, mild[5], mild) == []
    late = [point("anc", 40, "0.4"), point("anc", 47, "0.3")]
    (found_late,) = haematotoxicity(RULES, late[1], late)
    assert (found_late.rule, found_late.grade) == (FindingRule.LATE_NEUTROPENIA, 3)
    low = [point("plt", day, "19") for day in range(31, 101)]
    (found_low,) = haematotoxicity(RULES, low[-1], low)
    assert (found_low.rule, found_low.grade) == (FindingRule.LATE_THROMBOCYTOPENIA, 4)


def test_a_single_count_is_found_after_the_first_month_from_the_grade_of_the_rules() -> None:
    assert FindingRule.CYTOPENIA in rules_of(point("hb", 60, "79", low="120"))
    assert rules_of(point("hb", 60, "110", low="120")) == set()
    assert rules_of(point("hb", 20, "79", low="120")) == set()
    assert rules_of(point("hb", 60, "")) == set()


def test_markers_that_are_looked_after() -> None:
    assert rules_of(point("cd19", 90, "3")) == {FindingRule.B_CELL_APLASIA}
    assert rules_of(point("cd19", 90, "30")) == set()
    share = point("cd19_percent", 90, "0.5")
    assert rules_of(share) == {FindingRule.B_CELL_APLASIA}
    assert rules_of(share, point("cd19", 90, "40")) == set()  # the count of the day decides
    assert rules_of(point("igg", 90, "3.2")) == {FindingRule.LOW_IGG}
    assert rules_of(point("cd4", 90, "150")) == {FindingRule.LOW_CD4}
    assert rules_of(point("igg", -5, "3.2")) == set()


def test_a_vector_in_one_cell_of_a_hundred_is_analysed_within_its_days() -> None:
    (found,) = assess(RULES, new := point("vector_positive", 400, "1.2"), [new])
    assert (found.rule, found.due_days) == (FindingRule.VECTOR_POSITIVE, 30)
    assert rules_of(point("vector_positive", 400, "0.2")) == set()


def test_a_replicating_virus_is_reported_at_once() -> None:
    (found,) = assess(RULES, new := point("rcl", 200, "", "POSITIVE"), [new])
    assert (found.rule, found.due_days, found.level) == (FindingRule.RCL_POSITIVE, 0, 1)
    assert rules_of(point("rcl", 200, "", "NEGATIVE")) == set()
    assert rules_of(point("rcl", -2, "", "POSITIVE")) == set()


@pytest.mark.parametrize(
    ("rule", "value", "over"),
    [
        (FindingRule.CYTOPENIA, point("hb", 90, "115", low="120"), True),
        (FindingRule.CYTOPENIA, point("hb", 90, "70", low="120"), False),
        (FindingRule.CYTOPENIA, point("hb", 90, ""), False),
        (FindingRule.LATE_NEUTROPENIA, point("anc", 90, "5"), False),
        (FindingRule.RCL_POSITIVE, point("rcl", 90, "", "NEGATIVE"), True),
        (FindingRule.RCL_POSITIVE, point("rcl", 90, "", "POSITIVE"), False),
        (FindingRule.LOW_IGG, point("igg", 90, "6"), True),
        (FindingRule.LOW_IGG, point("igg", 90, "3"), False),
        (FindingRule.LOW_IGG, point("igg", 90, ""), False),
        (FindingRule.LOW_CD4, point("cd4", 90, "500"), True),
        (FindingRule.LOW_CD4, point("cd4", 90, "100"), False),
    ],
)
def test_what_ends_an_episode(rule: FindingRule, value: Point, over: bool) -> None:
    assert ends_episode(RULES, rule, 3, value) is over


def test_the_same_low_value_is_one_episode_until_it_is_worse_or_was_over() -> None:
    first, again = point("cd4", 60, "150"), point("cd4", 120, "140")
    (finding,) = assess(RULES, again, [first, again])
    earlier = [(finding.level, first.on)]
    assert not is_new(RULES, finding, again, earlier, [first, again])
    assert is_new(RULES, finding, again, [], [again])
    well = point("cd4", 90, "400")
    assert is_new(RULES, finding, again, earlier, [first, well, again])
    assert is_new(RULES, finding, again, [(finding.level - 1, first.on)], [first, again])
    before = [(finding.level, again.on + timedelta(days=60))]  # entered later, of a day before
    assert not is_new(RULES, finding, again, before, [again])
