"""From counts to a trial that can be forecast: what is missing is said, nothing is zero."""

import json
import os
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pv.domain.approvals import CommitmentKind, EventRule
from pv.domain.forecasts import (
    Assumptions,
    Centre,
    Counted,
    Deadline,
    ForecastError,
    Lack,
    RecruitmentPlan,
    TrialMilestone,
    forecast,
    lacking,
    trial_of,
)

ROOT = Path(__file__).resolve().parents[2]
DATA = json.loads((ROOT / "pv/reference/commitments.json").read_text())
RULES = Assumptions.from_dict(DATA["forecast"])
START, CUT = date(2025, 5, 10), date(2026, 11, 15)
PLAN = RecruitmentPlan(120, 365, START)
COUNT = Counted(CUT, 70, 3, 5)
END = Deadline(date(2029, 12, 31), TrialMilestone.SUBMITTED, RULES.extension_lead_days)
EXAMPLES = int(os.environ.get("EVERWATCH_EXAMPLES", "200"))


def test_every_kind_and_event_of_the_data_holds_together() -> None:
    codes = {row["code"] for row in DATA["milestones"]}
    for row in DATA["types"]:
        kind = CommitmentKind.from_dict(row)
        assert set(kind.milestones) <= codes
        assert kind.final in kind.milestones
    assert [k["code"] for k in DATA["types"] if k["confirmatory"]] == ["CONFIRMATORY_TRIAL"]
    rules = [EventRule.from_dict(row) for row in DATA["events"]]
    assert {r.event.value for r in rules if r.automatic} == {
        "RISK_SEEN",
        "RECOVERED",
        "DEADLINE_PASSED",
    }
    with pytest.raises(ValueError, match="last milestone"):
        CommitmentKind.from_dict({**DATA["types"][0], "final": "PSUR"})


@pytest.mark.parametrize(
    ("plan", "counts", "centres", "lack"),
    [
        (
            RecruitmentPlan(None, None, None),
            [],
            [],
            {Lack.TARGET, Lack.MATURITY, Lack.COUNT, Lack.START},
        ),
        (PLAN, [Counted(CUT, 70)], [], {Lack.LOST, Lack.MATURED}),
        (PLAN, [Counted(CUT, 70, 0, None)], [], {Lack.MATURED}),
        (RecruitmentPlan(120, 365, None), [COUNT], [], {Lack.START}),
        (PLAN, [COUNT], [], set()),
        (
            RecruitmentPlan(120, 365, None),
            [COUNT],
            [Centre("A", None, date(2026, 11, 1), (70,))],
            set(),
        ),
        (PLAN, [COUNT], [Centre("A", None, date(2026, 11, 1), (69,))], {Lack.CENTRES_DIFFER}),
        (PLAN, [COUNT], [Centre("A", None, date(2026, 10, 1), (None, 69))], set()),
        (PLAN, [COUNT], [Centre("A", None, date(2026, 10, 1), (None, 71))], {Lack.CENTRES_DIFFER}),
    ],
)
def test_what_is_missing_is_listed(plan, counts, centres, lack) -> None:
    assert set(lacking(plan, counts, centres)) == lack
    if lack:
        with pytest.raises(ForecastError):
            trial_of(plan, counts, centres, RULES)


def test_the_same_facts_and_seed_give_the_same_forecast() -> None:
    trial = trial_of(PLAN, [COUNT], [], RULES)
    first, second = (forecast(trial, END, seed=7, draws=2000) for _ in range(2))
    assert first == second
    assert first.enrolled == 70
    assert first.dates[TrialMilestone.LPI].p50 > CUT


def test_a_window_hears_what_happened_lately() -> None:
    counts = [Counted(date(2026, 5, 15), 20, 1, 0), COUNT]
    slow = trial_of(PLAN, counts, [], RULES)
    fast = trial_of(PLAN, counts, [], RULES, window_months=6)
    late, soon = (
        forecast(t, END, seed=7, draws=2000).dates[TrialMilestone.LPI].p50 for t in (slow, fast)
    )
    assert soon < late


def test_a_trial_that_starts_after_the_count_is_an_error() -> None:
    with pytest.raises(ForecastError):
        trial_of(RecruitmentPlan(120, 365, CUT + timedelta(days=1)), [COUNT], [], RULES)


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    days=st.lists(st.integers(0, 900), min_size=1, max_size=8, unique=True),
    data=st.data(),
)
def test_the_stream_adds_up_to_the_last_count_whatever_was_counted_before(days, data) -> None:
    numbers = [data.draw(st.integers(0, 500)) for _ in days]
    counts = [
        Counted(START + timedelta(days=day), number, 0, 0)
        for day, number in zip(sorted(days), numbers, strict=True)
    ]
    centre = trial_of(PLAN, counts, [], RULES).centres[0]
    assert sum(centre.monthly) == counts[-1].enrolled
    assert all(number >= 0 for number in centre.monthly)
