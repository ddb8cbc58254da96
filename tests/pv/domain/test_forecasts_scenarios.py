"""Scenarios beside the record, and earlier forecasts held against what came."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pv.domain.forecasts import (
    BackTest,
    Centre,
    Dates,
    Deadline,
    Dropout,
    ForecastError,
    Scenario,
    Span,
    StartUp,
    Trial,
    TrialMilestone,
    applied,
    forecast,
    reaching,
)

AS_OF = date(2026, 6, 30)
END = Deadline(AS_OF + timedelta(days=1200), TrialMilestone.SUBMITTED, 180)


def trial(target=300, loss=0.1):
    centres = tuple(
        Centre(f"C{index}", None, date(2025, 7, 1), (1 + index % 2,) * 12) for index in range(12)
    )
    return Trial(
        as_of=AS_OF,
        centres=centres,
        target=target,
        maturity_days=180,
        dropout=Dropout(10, 40, loss, 40.0),
        reporting=Span(60, 90, 150),
        review=Span(200, 280, 360),
        startup=StartUp(45, 120),
    )


def middle(scenario, facts=None, milestone=TrialMilestone.SUBMITTED):
    facts = facts or trial()
    found = forecast(facts, END, seed=7, draws=2000, what_if=scenario.what_if(facts))
    day = found.dates[milestone].p50
    assert day is not None
    return day


scenarios = st.builds(
    Scenario,
    rate_percent=st.none() | st.integers(1, 500),
    more_centres=st.none() | st.integers(1, 20),
    opening_on=st.none() | st.dates(date(2026, 7, 1), date(2030, 1, 1)),
    close_centres=st.lists(st.sampled_from(["C0", "C1", "C2"]), unique=True).map(tuple),
    target=st.none() | st.integers(1, 2000),
    loss_percent=st.none() | st.integers(1, 99),
    maturity_days=st.none() | st.integers(1, 2000),
    reporting_days=st.none() | st.integers(0, 2000),
    review_days=st.none() | st.integers(0, 2000),
)


@given(scenarios)
def test_what_is_kept_of_a_scenario_is_read_back_and_says_only_what_it_changes(scenario) -> None:
    kept = scenario.to_dict()
    assert Scenario.from_dict(kept) == scenario
    assert (kept == {}) == scenario.changes_nothing
    assert None not in kept.values()


def test_a_scenario_without_changes_is_the_record() -> None:
    facts = trial()
    same = forecast(facts, END, seed=7, draws=2000, what_if=Scenario().what_if(facts))
    assert same == forecast(facts, END, seed=7, draws=2000)
    assert applied(facts, Scenario().what_if(facts)) == facts


@pytest.mark.parametrize(
    ("scenario", "sooner"),
    [
        (Scenario(rate_percent=150), True),
        (Scenario(rate_percent=50), False),
        (Scenario(more_centres=12, opening_on=AS_OF + timedelta(days=1)), True),
        (Scenario(close_centres=("C1", "C3", "C5")), False),
        (Scenario(target=200), True),
        (Scenario(target=400), False),
        (Scenario(loss_percent=2), True),
        (Scenario(loss_percent=40), False),
        (Scenario(maturity_days=90), True),
        (Scenario(reporting_days=365), False),
    ],
)
def test_each_change_moves_the_submission_the_way_it_must(scenario, sooner) -> None:
    recorded = middle(Scenario())
    assert (middle(scenario) < recorded) is sooner
    assert middle(scenario) != recorded


def test_the_review_moves_the_decision_alone() -> None:
    slow = Scenario(review_days=720)
    assert middle(slow) == middle(Scenario())
    late, usual = (
        middle(scenario, milestone=TrialMilestone.APPROVED) for scenario in (slow, Scenario())
    )
    assert 360 < (late - usual).days < 520  # 720 days for a likely 280 between 200 and 360


def test_a_stated_share_of_losses_is_hardly_moved_by_what_was_counted() -> None:
    loss = Scenario(loss_percent=50).what_if(trial()).dropout
    assert loss is not None
    assert (loss.lost, loss.matured) == (10, 40)  # counted patients stay counted
    before = loss.expected_share * loss.weight
    assert (before + loss.lost) / (loss.weight + loss.lost + loss.matured) == pytest.approx(
        0.5, abs=0.002
    )


@pytest.mark.parametrize("opening", [None, AS_OF, AS_OF - timedelta(days=30)])
def test_further_centres_open_after_the_cut_off(opening) -> None:
    with pytest.raises(ForecastError, match="after the cut-off"):
        Scenario(more_centres=2, opening_on=opening).what_if(trial())


def test_a_further_centre_never_takes_the_name_of_one_that_is_there() -> None:
    facts = trial()
    taken = Trial(**{**_facts(facts), "centres": (*facts.centres, Centre("+1", AS_OF))})
    made = Scenario(more_centres=2, opening_on=date(2026, 12, 1)).what_if(taken).more_centres
    assert [centre.name for centre in made] == ["+2", "+3"]


def _facts(facts):
    return {name: getattr(facts, name) for name in facts.__dataclass_fields__}


def test_a_number_is_reached_when_arithmetic_says() -> None:
    """12 centres with 216 patients in 365 days: 30 more take 51 days, give or take nine."""
    found = reaching(trial(), enrolled=216, number=246, seed=3, draws=4000)
    days = [(day - AS_OF).days for day in (found.p10, found.p50, found.p90)]
    assert days == sorted(days)
    assert abs(days[1] - 30 / 216 * 365) < 3
    assert abs(days[2] - days[0] - 2 * 1.2816 * 30**0.5 / 216 * 365) < 6


def test_months_not_reported_add_nobody_to_what_was_counted() -> None:
    silent = trial()
    centres = tuple(Centre(c.name, None, c.opened, (*c.monthly[:-1], None)) for c in silent.centres)
    seen = Trial(**{**_facts(silent), "centres": centres})
    found = reaching(seen, enrolled=216, number=246, seed=3, draws=4000)
    assert found.p50 is not None
    assert abs((found.p50 - AS_OF).days - 30 / 216 * 365) < 4


def test_only_a_number_not_yet_reached_can_be_waited_for() -> None:
    with pytest.raises(ForecastError, match="above the number enrolled"):
        reaching(trial(), enrolled=216, number=216, seed=3)
    with pytest.raises(ForecastError, match="100 draws"):
        reaching(trial(), enrolled=216, number=217, seed=3, draws=99)


DAY = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("p10", "p90", "held"),
    [
        (5, 9, False),  # over before the last count with fewer patients
        (5, 10, False),  # that day itself still had fewer
        (5, 11, True),
        (12, 15, True),
        (20, 30, True),  # may have come on the very day of the count
        (21, 30, False),
        (15, None, True),
        (None, None, False),
    ],
)
def test_a_forecast_held_when_its_interval_meets_the_days_between_two_counts(p10, p90, held):
    def day(number):
        return None if number is None else DAY + timedelta(days=number)

    dates = Dates(day(p10), day(p10), day(p90), day(p90))
    tested = BackTest(DAY, 50, dates, after=day(10), by=day(20))
    assert tested.held is held
