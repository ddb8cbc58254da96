"""Periodic calendars: the published example, each regime's cycle, and unbroken coverage."""

import json
import os
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from followup.domain.dates import add_months
from pv.domain.aggregates import (
    CoverageFault,
    Fault,
    PeriodicRule,
    calendar,
    coverage,
)

ROOT = Path(__file__).resolve().parents[3]
DATA = json.loads((ROOT / "pv/reference/rule_sets.json").read_text())["periodic"]
RULES = {r["id"]: PeriodicRule.from_dict(r) for r in DATA}
APPROVED = date(2024, 2, 23)
EXAMPLES = int(os.environ.get("EVERWATCH_EXAMPLES", "200"))


def lengths(rule, years, **more):
    made = calendar(RULES[rule], APPROVED, add_months(APPROVED, 12 * years - 1), **more)
    return [p.months for p in made]


def test_published_example():
    first, second = calendar(RULES["CN-PSUR"], APPROVED, date(2025, 12, 31))
    assert (first.start, first.data_lock, first.due) == (
        APPROVED,
        date(2025, 2, 22),
        date(2025, 4, 23),
    )
    assert second.start == date(2025, 2, 23)
    assert str(first.trail[1]) == "dlp 2025-02-22 + 60 calendar days = 2025-04-23"


def test_end_on_the_anniversary_is_a_parameter():
    first, second = calendar(RULES["CN-PSUR"], APPROVED, date(2025, 12, 31), end_inclusive=False)
    assert first.data_lock == date(2025, 2, 23)
    assert second.start == date(2025, 2, 24)
    assert second.data_lock == date(2026, 2, 23)


def test_china_yearly_until_reregistration_then_five_yearly():
    assert lengths("CN-PSUR", 8) == [12] * 8
    renewed = {"first_reregistration": date(2028, 11, 1)}
    assert lengths("CN-PSUR", 16, events=renewed) == [12] * 5 + [60, 60, 60]
    made = calendar(RULES["CN-PSUR"], APPROVED, date(2033, 1, 1), events=renewed)
    assert made[4].data_lock == date(2029, 2, 22)
    assert made[5].data_lock == date(2034, 2, 22)
    assert lengths("CN-PSUR-5", 6) == [60, 60]


def test_a_certificate_past_five_years_awaits_its_reregistration():
    """Axi-cel, first approved 2021-06-22: five years were over in June 2026."""
    first = date(2021, 6, 22)
    made = calendar(RULES["CN-PSUR"], first, date(2026, 11, 28))
    assert [p.awaits for p in made] == [None] * 5 + ["first_reregistration"]
    entered = {"first_reregistration": date(2026, 6, 1)}
    made = calendar(RULES["CN-PSUR"], first, date(2032, 1, 1), events=entered)
    assert {p.awaits for p in made} == {None}


def test_europe_half_yearly_yearly_three_yearly():
    assert lengths("EU-PSUR", 10) == [6] * 4 + [12] * 2 + [36, 36]
    made = calendar(RULES["EU-PSUR"], APPROVED, date(2030, 1, 1))
    assert [(p.due - p.data_lock).days for p in made] == [70] * 6 + [90]


def test_us_quarterly_then_yearly():
    made = calendar(RULES["US-PER"], APPROVED, date(2028, 12, 31))
    assert [p.months for p in made] == [3] * 12 + [12, 12]
    assert (made[0].data_lock, made[0].due) == (date(2024, 5, 22), date(2024, 6, 21))
    assert (made[12].data_lock, made[12].due) == (date(2028, 2, 22), date(2028, 4, 23))


def test_dsur_within_two_months_of_the_anniversary():
    first = calendar(RULES["CN-DSUR"], date(2024, 12, 31), date(2025, 1, 1))[0]
    assert (first.data_lock, first.due) == (date(2025, 12, 30), date(2026, 2, 28))


def broken(**change):
    return {**DATA[0], **change}


def test_broken_rules_are_refused():
    cycle = {"every_months": 12, "until_months": 24, "until_event": None}
    with pytest.raises(ValueError, match="no last cycle"):
        PeriodicRule.from_dict(broken(cycles=[cycle]))
    due = {"amount": 60, "unit": "calendar_days", "from": "dlp", "up_to_months": 12}
    with pytest.raises(ValueError, match="no due rule for 60"):
        PeriodicRule.from_dict(broken(due=[due]))
    weeks = {**due, "unit": "weeks", "up_to_months": None}
    with pytest.raises(ValueError, match="weeks"):
        calendar(PeriodicRule.from_dict(broken(due=[weeks])), APPROVED, APPROVED)


def test_coverage_faults():
    day = date.fromisoformat
    reports = [
        (day("2024-02-23"), day("2025-02-22")),
        (day("2025-03-01"), day("2026-02-22")),
        (day("2026-02-10"), day("2027-02-22")),
    ]
    assert coverage(reports, APPROVED, day("2027-03-01")) == (
        CoverageFault(Fault.GAP, day("2025-02-23"), day("2025-02-28")),
        CoverageFault(Fault.OVERLAP, day("2026-02-10"), day("2026-02-22")),
        CoverageFault(Fault.GAP, day("2027-02-23"), day("2027-03-01")),
    )
    with pytest.raises(ValueError, match="before it begins"):
        coverage([(day("2025-01-02"), day("2025-01-01"))], APPROVED, APPROVED)


@settings(max_examples=EXAMPLES)
@given(
    st.sampled_from(sorted(RULES)),
    st.dates(date(2000, 1, 1), date(2100, 12, 31)),
    st.integers(0, 12_000),
    st.one_of(st.none(), st.integers(0, 9000)),
    st.booleans(),
)
def test_coverage_is_complete_and_continuous_for_every_start(rule, start, span, renewed, inclusive):
    until = start + timedelta(days=span)
    events = {} if renewed is None else {"first_reregistration": start + timedelta(days=renewed)}
    made = calendar(RULES[rule], start, until, events=events, end_inclusive=inclusive)
    assert made[0].start == start
    assert made[-1].data_lock >= until
    for one, two in pairwise(made):
        assert two.start == one.data_lock + timedelta(days=1)
        assert one.months <= two.months
        assert one.due <= two.due
    assert coverage([(p.start, p.data_lock) for p in made], start, until) == ()
    for period in made:
        assert period.due > period.data_lock
        months = sum(p.months for p in made[: period.number])
        gap = add_months(start, months) - period.data_lock
        assert gap == timedelta(days=1 if inclusive else 0)


@settings(max_examples=EXAMPLES)
@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 4000), st.integers(0, 4000))
def test_a_later_horizon_only_adds(start, near, more):
    rule = RULES["EU-PSUR"]
    short = calendar(rule, start, start + timedelta(days=near))
    long = calendar(rule, start, start + timedelta(days=near + more))
    assert long[: len(short)] == short
