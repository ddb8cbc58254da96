"""Forecast of a trial's completion: facts in, dates and odds out."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from pv.domain.forecasts import (
    Centre,
    Deadline,
    Dropout,
    ForecastError,
    Span,
    StartUp,
    Trial,
    TrialMilestone,
    WhatIf,
    applied,
    forecast,
)
from pv.domain.forecasts.enrolment import DAYS_PER_MONTH, observed, rate_posterior

AS_OF = date(2026, 6, 30)
NO_LOSS = Dropout(lost=0, matured=0, expected_share=1e-9, weight=1e9)
AT_ONCE = Span(0, 0, 0)


def open_centre(name, months, monthly):
    """A centre open for whole calendar months up to the cut-off, the same count in each."""
    first = AS_OF.year * 12 + AS_OF.month - months
    return Centre(name, None, date(first // 12, first % 12 + 1, 1), (monthly,) * months)


def trial(**changes):
    facts = {
        "as_of": AS_OF,
        "centres": tuple(open_centre(f"C{index}", 12, 1 + index % 2) for index in range(12)),
        "target": 300,
        "maturity_days": 180,
        "dropout": NO_LOSS,
        "reporting": Span(60, 90, 150),
        "review": Span(200, 280, 360),
        "startup": StartUp(45, 120),
    }
    return Trial(**(facts | changes))


def deadline(days, milestone=TrialMilestone.SUBMITTED, lead=180):
    return Deadline(AS_OF + timedelta(days=days), milestone, lead)


def test_a_steady_trial_ends_where_arithmetic_puts_it():
    """18 a month have come; 84 to go is 4.67 months, 142 days; then 180 and about 100 days."""
    made = forecast(trial(), deadline(450), seed=1)
    assert made.enrolled == 216
    assert made.needed == pytest.approx(84, abs=0.01)
    assert made.rate == pytest.approx(1.5, rel=0.05)
    middle = (made.dates[TrialMilestone.LPI].p50 - AS_OF).days
    assert middle == pytest.approx(142, abs=6)
    mature = (made.dates[TrialMilestone.LPLV].p50 - AS_OF).days
    assert mature == middle + 180
    submitted = (made.dates[TrialMilestone.SUBMITTED].p50 - AS_OF).days
    assert submitted == pytest.approx(mature + 100, abs=6)


def test_spread_of_waiting_is_that_of_a_gamma_variate():
    """One rate known from 40 years of one busy centre: only Poisson chance is left."""
    centre = Centre("C", None, date(1986, 7, 1), (30,) * 480)
    known = trial(centres=(centre,), target=480 * 30 + 100, reporting=AT_ONCE, review=AT_ONCE)
    made = forecast(known, deadline(1000), seed=2, draws=20_000)
    dates = made.dates[TrialMilestone.LPI]
    days = np.random.default_rng(0).standard_gamma(100, 200_000) / 30 * DAYS_PER_MONTH
    for point, share in ((dates.p10, 0.1), (dates.p50, 0.5), (dates.p80, 0.8), (dates.p90, 0.9)):
        assert (point - AS_OF).days == pytest.approx(np.quantile(days, share), abs=2)


def test_probability_slack_and_extension():
    made = forecast(trial(), deadline(450), seed=1)
    dates = made.dates[TrialMilestone.SUBMITTED]
    assert dates.p10 < dates.p50 < dates.p80 < dates.p90
    legal_end = AS_OF + timedelta(days=450)
    assert made.slack.p50 == (legal_end - dates.p50).days
    assert made.slack.p90 < made.slack.p10
    assert made.last_day_to_ask == legal_end - timedelta(days=180)
    assert made.can_still_ask
    assert not forecast(trial(), deadline(100), seed=1).can_still_ask
    at_p80 = Deadline(dates.p80, TrialMilestone.SUBMITTED, 0)
    assert forecast(trial(), at_p80, seed=1).probability == pytest.approx(0.8, abs=0.02)
    assert made.probability_error < 0.006
    assert forecast(trial(), deadline(5000), seed=1).probability == 1
    assert forecast(trial(), deadline(10), seed=1).probability == 0


def test_the_milestone_judged_is_the_one_named():
    by_submission = forecast(trial(), deadline(450), seed=1)
    by_approval = forecast(trial(), deadline(450, TrialMilestone.APPROVED), seed=1)
    assert by_submission.dates == by_approval.dates
    assert by_approval.probability < by_submission.probability


def test_same_seed_same_forecast_and_another_seed_nearly():
    first, again = (forecast(trial(), deadline(450), seed=5) for _ in range(2))
    assert first == again
    other = forecast(trial(), deadline(450), seed=6)
    assert other != first
    gap = other.dates[TrialMilestone.SUBMITTED].p50 - first.dates[TrialMilestone.SUBMITTED].p50
    assert abs(gap.days) <= 4


@pytest.mark.parametrize(
    ("change", "sooner"),
    [
        (WhatIf(rate_factor=1.5), True),
        (WhatIf(rate_factor=0.6), False),
        (WhatIf(target=260), True),
        (WhatIf(target=400), False),
        (WhatIf(maturity_days=90), True),
        (WhatIf(dropout=Dropout(20, 60, 0.2, 50)), False),
        (WhatIf(close_centres=frozenset({"C1", "C3", "C5"})), False),
        (WhatIf(more_centres=tuple(Centre(f"N{i}", AS_OF) for i in range(20))), True),
        (WhatIf(reporting=Span(10, 20, 30)), True),
    ],
)
def test_what_if(change, sooner):
    base = forecast(trial(), deadline(450), seed=1)
    tried = forecast(trial(), deadline(450), seed=1, what_if=change)
    before, after = (made.dates[TrialMilestone.SUBMITTED].p50 for made in (base, tried))
    assert (after < before) == sooner
    assert (tried.probability >= base.probability) == sooner


def test_a_what_if_leaves_the_trial_as_it_was_and_knows_its_centres():
    base = trial()
    tried = applied(base, WhatIf(close_centres=frozenset({"C1"}), target=5))
    assert (base.target, tried.target) == (300, 5)
    assert tried.centres[1].closes == AS_OF
    assert base.centres[1].closes is None
    with pytest.raises(ForecastError, match="Z"):
        applied(base, WhatIf(close_centres=frozenset({"Z"})))


def test_later_centres_come_after_their_delay():
    pending = tuple(Centre(f"N{i}", AS_OF + timedelta(days=60)) for i in range(30))
    few = (open_centre("C", 6, 1),)
    quick = trial(centres=few + pending, target=40, startup=StartUp(5, 10), planned_rate=1.0)
    slow = replace(quick, startup=StartUp(150, 300))
    first, second = (forecast(made, deadline(900), seed=1) for made in (quick, slow))
    gap = second.dates[TrialMilestone.LPI].p50 - first.dates[TrialMilestone.LPI].p50
    assert 60 < gap.days < 200
    assert (first.open_centres, first.pending_centres) == (1, 30)


def test_an_overdue_centre_has_outlived_its_delay():
    """Due 100 days ago: what is left of a delay beyond 100 days, not the delay from now."""
    overdue = Centre("N", AS_OF - timedelta(days=100))
    alone = trial(
        centres=(overdue,),
        target=1,
        planned_rate=3000.0,
        planned_rate_spread=1.01,
        reporting=AT_ONCE,
        review=AT_ONCE,
    )
    made = forecast(alone, deadline(900), seed=1, draws=20_000)
    spread = np.log(120 / 45) / 1.2815515655446004
    delays = 45 * np.exp(spread * np.random.default_rng(0).standard_normal(2_000_000))
    left = delays[delays > 100] - 100
    for point, share in (
        (made.dates[TrialMilestone.LPI].p50, 0.5),
        (made.dates[TrialMilestone.LPI].p90, 0.9),
    ):
        assert (point - AS_OF).days == pytest.approx(np.quantile(left, share), abs=4, rel=0.04)


def test_a_target_that_cannot_be_reached_has_no_date():
    shut = tuple(replace(centre, closes=AS_OF) for centre in trial().centres)
    made = forecast(trial(centres=shut), deadline(450), seed=1)
    assert made.never == 1
    assert made.dates[TrialMilestone.SUBMITTED].p10 is None
    assert made.slack.p50 is None
    assert made.probability == 0
    soon = tuple(replace(c, closes=AS_OF + timedelta(days=130)) for c in trial().centres)
    halfway = forecast(trial(centres=soon), deadline(450), seed=1)
    assert 0.2 < halfway.never < 0.95
    assert halfway.dates[TrialMilestone.LPI].p90 is None


def test_a_target_already_reached_waits_only_for_maturity():
    made = forecast(trial(target=200), deadline(450), seed=1)
    assert made.needed == 0
    assert made.dates[TrialMilestone.LPI].p90 == AS_OF
    assert made.dates[TrialMilestone.LPLV].p90 == AS_OF + timedelta(days=180)


def test_a_report_not_submitted_by_the_day_of_the_count_is_submitted_after_it():
    """Everybody was enrolled and at the endpoint long ago; yet nothing has been submitted."""
    full = (Centre("old", None, date(2020, 1, 1), (20,) * 12 + (0,) * 66),)
    made = forecast(trial(centres=full, target=200, reporting=AT_ONCE), deadline(450), seed=1)
    assert made.dates[TrialMilestone.LPLV].p90 < AS_OF
    assert made.dates[TrialMilestone.SUBMITTED].p10 == AS_OF + timedelta(days=1)
    assert made.dates[TrialMilestone.APPROVED].p10 > AS_OF + timedelta(days=200)
    gone = forecast(trial(centres=full, target=200, reporting=AT_ONCE), deadline(-1), seed=1)
    assert gone.probability == 0, "a deadline that is over is kept by no report to come"


def test_months_not_reported_are_not_months_without_patients():
    gap = tuple(replace(c, monthly=(*c.monthly[:6], *[None] * 6)) for c in trial().centres)
    zero = tuple(replace(c, monthly=(*c.monthly[:6], *[0] * 6)) for c in trial().centres)
    unknown = forecast(trial(centres=gap), deadline(450), seed=1)
    empty = forecast(trial(centres=zero), deadline(450), seed=1)
    assert unknown.enrolled == empty.enrolled == 108
    assert unknown.rate == pytest.approx(1.5, rel=0.1)
    assert empty.rate == pytest.approx(0.75, rel=0.1)
    assert unknown.needed == pytest.approx(84, abs=4)  # the unseen months had their patients
    assert empty.needed == pytest.approx(192, abs=0.01)


def test_a_window_forgets_what_is_older():
    slowed = tuple(replace(c, monthly=(4,) * 9 + (1,) * 3) for c in trial().centres)
    all_of_it = forecast(trial(centres=slowed), deadline(450), seed=1)
    recent = forecast(trial(centres=slowed, window_months=3), deadline(450), seed=1)
    assert all_of_it.rate == pytest.approx(3.25, rel=0.05)
    assert recent.rate == pytest.approx(1.0, rel=0.1)
    assert recent.enrolled == all_of_it.enrolled


def test_partial_months_count_their_days():
    late = Centre("C", None, date(2026, 6, 16), (3,))
    seen = observed(trial(centres=(late,)))
    assert seen.days.tolist() == [15.0]  # 16 to 30 June, both included
    closed = Centre("C", None, date(2026, 4, 10), (2, 1, 0), closes=date(2026, 5, 5))
    assert observed(trial(centres=(closed,))).days.tolist() == [21.0 + 5.0]
    with pytest.raises(ForecastError, match="after it closed"):
        observed(trial(centres=(replace(closed, monthly=(2, 1, 1)),)))


def test_posterior_of_the_mean_rate_is_the_conjugate_one_for_equal_centres():
    """Many equal long-watched centres: mean rate near the crude one, its spread near root n."""
    centres = tuple(open_centre(f"C{index}", 24, 2) for index in range(40))
    seen = observed(trial(centres=centres))
    posterior = rate_posterior(trial(centres=centres), seen)
    mean, shape = posterior.draw(np.random.default_rng(1), 20_000)
    crude = seen.count.sum() / seen.days.sum()
    assert mean.mean() == pytest.approx(crude, rel=0.01)
    assert mean.std() / crude == pytest.approx(1 / np.sqrt(1920), rel=0.5)
    assert np.median(shape) > 10
    assert posterior.weight.sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"centres": (Centre("A", opened=date(2026, 5, 1), monthly=(1,)),)}, "A has 1 monthly"),
        ({"centres": (Centre("A", opened=date(2026, 7, 1), monthly=(1,)),)}, "opens after"),
        ({"centres": (Centre("A"),)}, "neither"),
        ({"centres": (Centre("A", planned=AS_OF, monthly=(1,)),)}, "no opening"),
        ({"centres": (Centre("A", planned=AS_OF),), "startup": None}, "start-up"),
        ({"centres": (Centre("A", opened=AS_OF, monthly=(-1,)),)}, "negative"),
        ({"centres": (Centre("A", None, AS_OF, (1,), date(2026, 1, 1)),)}, "closes before"),
        ({"target": 0}, "target"),
        ({"window_months": 0}, "window"),
        ({"planned_rate": 0.0}, "planned rate"),
    ],
)
def test_facts_that_contradict_are_refused_by_name(changes, words):
    with pytest.raises(ForecastError, match=words):
        trial(**changes)


def test_nothing_to_learn_from_is_refused_unless_the_plan_says():
    nobody = (Centre("A", planned=AS_OF + timedelta(days=10)),)
    with pytest.raises(ForecastError, match="no rate"):
        forecast(trial(centres=nobody), deadline(450), seed=1)
    made = forecast(trial(centres=nobody, planned_rate=2.0, target=24), deadline(450), seed=1)
    assert made.rate == pytest.approx(2.0, rel=0.3)


def test_counts_of_patients_must_agree():
    with pytest.raises(ForecastError, match="than enrolled"):
        forecast(trial(dropout=Dropout(200, 100, 0.1, 10)), deadline(450), seed=1)
    with pytest.raises(ForecastError, match="draws"):
        forecast(trial(), deadline(450), seed=1, draws=10)
    for bad in (
        lambda: Span(5, 4, 6),
        lambda: StartUp(0, 10),
        lambda: Dropout(-1, 0, 0.1, 10),
        lambda: Dropout(1, 0, 0.0, 10),
        lambda: Dropout(1, 0, 0.1, 10, lost_due=2),
        lambda: Deadline(AS_OF, TrialMilestone.LPI, -1),
    ):
        with pytest.raises(ForecastError):
            bad()
