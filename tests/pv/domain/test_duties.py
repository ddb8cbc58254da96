"""What a certificate owes by the calendar."""

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pv.domain.aggregates import PeriodicRule, coverage
from pv.domain.approvals.duties import (
    ANNUAL,
    DSUR,
    PSUR,
    REREGISTRATION,
    CertificateFacts,
    duties,
)

REFERENCE = Path(__file__).resolve().parents[3] / "pv" / "reference"
DATA = json.loads((REFERENCE / "duties.json").read_text(encoding="utf-8"))
RULE_SETS = json.loads((REFERENCE / "rule_sets.json").read_text(encoding="utf-8"))
RULES = {row["id"]: PeriodicRule.from_dict(row) for row in RULE_SETS["periodic"]}
APPROVED = date(2023, 6, 30)


def owed(since=date(2023, 1, 1), until=date(2033, 1, 1), **more):
    values = {"approved_on": APPROVED, "valid_to": date(2028, 6, 29)} | more
    return duties(CertificateFacts(**values), RULES, DATA, since=since, until=until)


def days(found, code):
    return [duty.due for duty in found if duty.code == code]


def test_a_yearly_psur_is_due_sixty_days_after_its_data_lock() -> None:
    first = next(duty for duty in owed() if duty.code == PSUR)
    assert (first.start, first.data_lock) == (APPROVED, date(2024, 6, 29))
    assert first.due == date(2024, 8, 28)
    assert len(days(owed(), PSUR)) == 5  # one for each year the certificate holds


def test_the_psur_turns_five_yearly_at_the_first_re_registration() -> None:
    later = {"valid_to": date(2033, 6, 29), "reregistered_on": date(2028, 6, 1)}
    found = [d for d in owed(until=date(2034, 1, 1), **later) if d.code == PSUR]
    assert [(d.data_lock - d.start).days > 400 for d in found] == [False] * 5 + [True]
    waiting = [d for d in owed(valid_to=date(2033, 6, 29)) if d.code == PSUR]
    assert [d.awaits for d in waiting[:5]] == [""] * 5
    assert waiting[5].awaits == "first_reregistration"


def test_re_registration_is_asked_for_six_months_before_the_end() -> None:
    assert days(owed(), REREGISTRATION) == [date(2027, 12, 29)]


def test_the_annual_report_is_due_in_april_of_each_year_after() -> None:
    assert days(owed(), ANNUAL) == [date(year, 4, 30) for year in range(2024, 2030)]
    first = next(duty for duty in owed() if duty.code == ANNUAL)
    assert (first.start, first.data_lock) == (APPROVED, date(2023, 12, 31))
    second, *_between, last = [duty for duty in owed() if duty.code == ANNUAL][1:]
    assert (second.start, second.data_lock) == (date(2024, 1, 1), date(2024, 12, 31))
    assert (last.start, last.data_lock) == (date(2028, 1, 1), date(2028, 6, 29))


def test_a_duty_on_the_first_or_the_last_day_asked_for_is_told() -> None:
    due = date(2025, 4, 30)
    assert days(owed(since=due, until=due), ANNUAL) == [due]
    assert days(owed(since=date(2025, 5, 1), until=date(2026, 4, 29)), ANNUAL) == []


def test_a_running_trial_owes_a_dsur_two_months_after_its_anniversary() -> None:
    found = days(owed(trial_approved_on=date(2024, 2, 1)), DSUR)
    assert found[:2] == [date(2025, 4, 1), date(2026, 4, 1)]
    assert days(owed(), DSUR) == []


@given(st.dates(date(2015, 1, 1), date(2025, 1, 1)), st.integers(2, 12))
def test_the_periods_of_the_psur_leave_no_day_out(approved, years) -> None:
    until = date(approved.year + years, 6, 1)
    found = owed(
        since=approved, until=until, approved_on=approved, valid_to=date(approved.year + 15, 1, 1)
    )
    periods = [(d.start, d.data_lock) for d in found if d.code == PSUR]
    if periods:
        assert coverage(periods, approved, periods[-1][1]) == ()
    assert found == sorted(found, key=lambda d: (d.due, d.code))


def test_nothing_outside_the_window_is_listed() -> None:
    found = owed(since=date(2025, 1, 1), until=date(2025, 12, 31))
    assert {duty.due.year for duty in found} == {2025}


@pytest.mark.parametrize("born", [date(2022, 3, 1)])
def test_an_earlier_birth_date_sets_the_periods(born) -> None:
    first = next(duty for duty in owed(born_on=born) if duty.code == PSUR)
    assert (first.start, first.data_lock) == (date(2023, 3, 1), date(2024, 2, 29))
