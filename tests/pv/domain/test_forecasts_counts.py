"""From counts of people to a trial: what is lacking is named, what was not counted is no zero."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pv.domain.forecasts import Centre, ForecastError
from pv.domain.forecasts.counts import (
    Assumptions,
    Counted,
    Lack,
    RecruitmentPlan,
    lacking,
    trial_of,
)

PLACE = Path(__file__).parents[3] / "pv" / "reference" / "commitments.json"


def _assumptions(data):
    """The first object of the document that holds them."""
    if isinstance(data, dict):
        if "expected_loss_share" in data:
            return data
        data = list(data.values())
    if isinstance(data, list):
        return next((found for part in data if (found := _assumptions(part))), None)
    return None


DATA = _assumptions(json.loads(PLACE.read_text(encoding="utf-8")))
PLAN = RecruitmentPlan(100, 365, date(2026, 1, 15))
COUNT = Counted(date(2026, 3, 31), 30, lost=1, matured=4)


def assumptions() -> Assumptions:
    return Assumptions.from_dict(DATA)


def monthly(*counts, plan=PLAN) -> tuple[int | None, ...]:
    (whole,) = trial_of(plan, counts, (), assumptions()).centres
    assert (whole.opened, sum(whole.monthly)) == (plan.started_on, counts[-1].enrolled)
    return whole.monthly


def test_assumptions_keep_their_citation():
    read = assumptions()
    assert (read.citation, read.confidence) == (DATA["citation"], DATA["confidence"])
    assert read.windows_months == tuple(DATA["windows_months"])
    assert read.reporting.least < read.reporting.most


@pytest.mark.parametrize(
    ("plan", "counts", "centres", "lack"),
    [
        (replace(PLAN, target=None), [COUNT], (), (Lack.TARGET,)),
        (replace(PLAN, maturity_days=None), [COUNT], (), (Lack.MATURITY,)),
        (PLAN, [], (), (Lack.COUNT,)),
        (PLAN, [replace(COUNT, lost=None)], (), (Lack.LOST,)),
        (PLAN, [replace(COUNT, matured=None)], (), (Lack.MATURED,)),
        (replace(PLAN, started_on=None), [COUNT], (), (Lack.START,)),
        (PLAN, [COUNT], (Centre("A", monthly=(10, 21)),), (Lack.CENTRES_DIFFER,)),
        (PLAN, [COUNT], (Centre("A", monthly=(10, 19)),), (Lack.CENTRES_DIFFER,)),
        (PLAN, [COUNT], (Centre("A", monthly=(10, None)),), ()),
        (PLAN, [COUNT], (Centre("A", monthly=(31, None)),), (Lack.CENTRES_DIFFER,)),
        (replace(PLAN, started_on=None), [COUNT], (Centre("A", monthly=(30,)),), ()),
    ],
)
def test_what_is_lacking_is_named(plan, counts, centres, lack):
    assert lacking(plan, counts, centres) == lack
    if lack:
        with pytest.raises(ForecastError):
            trial_of(plan, counts, centres, assumptions())


def test_a_trial_takes_its_last_count_and_its_centres():
    centres = (Centre("A", opened=date(2026, 2, 1), monthly=(10, 20)),)
    made = trial_of(PLAN, [replace(COUNT, on=date(2026, 2, 1)), COUNT], centres, assumptions())
    assert (made.as_of, made.centres, made.target) == (COUNT.on, centres, 100)
    assert (made.dropout.lost, made.dropout.matured) == (1, 4)


def test_one_stream_is_spread_evenly_between_the_days_it_was_counted():
    # 14 January to 31 March are 76 days: 17 of them in January, 28 in February, 31 in March.
    # 30 patients: 30 * 17 / 76 = 6.7, 30 * 45 / 76 = 17.8.
    assert monthly(COUNT) == (7, 11, 12)
    assert monthly(replace(COUNT, on=date(2026, 2, 28), enrolled=24), COUNT) == (9, 15, 6)


def test_a_count_that_was_corrected_downwards_replaces_what_was_more():
    wrong = replace(COUNT, on=date(2026, 2, 28), enrolled=99)
    assert monthly(wrong, COUNT) == monthly(COUNT)


def test_of_two_counts_of_a_day_the_later_one_stands():
    assert monthly(replace(COUNT, enrolled=20), COUNT) == monthly(COUNT)


def test_a_count_before_the_first_patient_says_nothing_of_it():
    assert monthly(Counted(date(2026, 1, 1), 0, 0, 0), COUNT) == monthly(COUNT)
    with pytest.raises(ForecastError, match="first patient in"):
        trial_of(replace(PLAN, started_on=date(2026, 4, 1)), [COUNT], (), assumptions())


@given(
    st.lists(
        st.tuples(st.dates(date(2026, 1, 15), date(2027, 6, 30)), st.integers(0, 300)), min_size=1
    )
)
def test_no_month_takes_patients_back_and_their_sum_is_the_last_count(rows):
    counts = [Counted(on, enrolled, 0, 0) for on, enrolled in sorted(rows)]
    assert all(number >= 0 for number in monthly(*counts))
