"""All haematotoxicity grades of an infusion, and what an end whose day is not known leaves open."""

from datetime import date, timedelta

from followup.domain.laboratory.haematotoxicity_course import (
    END_OPEN,
    CountingEnd,
    EndReason,
    course,
    haematotoxicity,
    windows,
)
from followup.domain.laboratory.points import FindingRule
from tests.followup.domain.test_laboratory_findings import INFUSED, RULES, counts, point

EARLY, LATE = FindingRule.EARLY_NEUTROPENIA, FindingRule.LATE_NEUTROPENIA


def end(first: int, last: int | None) -> CountingEnd:
    def on(day: int) -> date:
        return INFUSED + timedelta(days=day)

    return CountingEnd(EndReason.PROGRESSION, on(first), None if last is None else on(last))


def grades(series, *ends: CountingEnd) -> dict[FindingRule, int | None]:
    return {one.rule: one.grade.grade for one in course(RULES, INFUSED, series, ends)}


def test_every_scale_with_a_count_in_its_window_is_there_in_the_order_of_the_rules() -> None:
    platelets = [point("plt", day, "20") for day in range(31)]
    series = [*counts("anc", "0.4", range(14), "2.0"), point("anc", 45, "0.4"), *platelets]
    found = course(RULES, INFUSED, series, ())
    assert [one.rule for one in found] == [EARLY, LATE, FindingRule.EARLY_THROMBOCYTOPENIA]
    early = found[0]
    assert (early.grade.grade, early.measured) == (3, 31)
    assert (early.first_day, early.last_day) == windows(RULES.grading)[EARLY]
    assert (found[1].measured, found[1].last_day) == (1, None)
    assert course(RULES, INFUSED, [], ()) == ()


def test_days_from_a_known_end_on_do_not_count() -> None:
    series = counts("anc", "0.4", range(14), "2.0")
    assert grades(series) == {EARLY: 3}
    assert grades(series, end(7, 7)) == grades(series[:7], end(7, 7))
    assert grades(series, end(40, 40)) == {EARLY: 3}
    assert grades(series, end(0, 0)) == {}
    assert grades(series, end(-5, -5)) == {}, "before the infusion is its day"


def test_an_end_between_two_days_gives_a_grade_only_where_both_give_it() -> None:
    series = counts("anc", "0.4", range(14), "2.0")
    assert grades(series, end(20, 25)) == {EARLY: 3}
    (open_one,) = course(RULES, INFUSED, series, [end(5, 30)])
    assert open_one.grade.grade is None
    assert END_OPEN in open_one.grade.missing
    least = course(RULES, INFUSED, series, [end(5, 5)])[0].grade.at_least
    assert open_one.grade.at_least <= least <= open_one.at_most


def test_an_end_that_perhaps_never_was_leaves_open_what_it_would_change() -> None:
    series = counts("anc", "0.4", range(14), "2.0")
    (perhaps,) = course(RULES, INFUSED, series, [end(0, None)])
    assert perhaps.grade.grade is None
    assert perhaps.grade.at_least == 0
    assert grades(series, end(31, None)) == {EARLY: 3}
    assert grades(series, end(31, None), end(20, 20)) == {EARLY: 3}


def test_a_value_finds_what_the_course_says_and_nothing_after_the_end() -> None:
    series = counts("anc", "0.4", range(14), "2.0")

    def found(new, *ends: CountingEnd) -> list[tuple[FindingRule, int, int | None]]:
        return [(f.rule, f.level, f.grade) for f in haematotoxicity(RULES, new, series, ends)]

    assert found(series[5]) == [(EARLY, 3, 3)]
    assert found(series[5], end(14, 14)) == [(EARLY, 3, 3)]
    assert found(series[5], end(13, 13)) == [], "13 days are grade 2"
    later = [*series, point("anc", 29, "0.3")]
    assert haematotoxicity(RULES, later[-1], later, [end(20, 20)]) == []
    assert found(series[5], end(20, 25)) == [(EARLY, 3, 3)]
    assert found(series[5], end(13, 25)) == [(EARLY, 2, None)], "open as the course has it"
    assert found(series[5], end(13, None)) == [(EARLY, 2, None)]
    assert found(series[5], end(5, 13)) == []
