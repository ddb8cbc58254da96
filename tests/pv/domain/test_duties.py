"""What a certificate owes by the calendar."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.domain.dates import add_months
from pv.domain.aggregates import PeriodicRule, coverage
from pv.domain.approvals.duties import (
    ANNUAL,
    DSUR,
    PSUR,
    REREGISTRATION,
    CertificateFacts,
    duties,
)
from pv.domain.approvals.duties_abroad import AuthorisationFacts, duties_abroad

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


def abroad(market="US", since=date(2020, 1, 1), until=date(2040, 1, 1), **more):
    values = {"market": market, "authorised_on": date(2025, 3, 31)} | more
    return duties_abroad(AuthorisationFacts(**values), RULES, DATA, since=since, until=until)


def periods(found):
    return [(str(d.start), str(d.data_lock), str(d.due)) for d in found]


def test_us_quarters_of_three_years_then_years_by_days_counted_by_hand() -> None:
    """Issued on 31 March: a quarter that would begin on 31 June begins on the 30th."""
    found = periods(abroad())
    assert found[:4] == [
        ("2025-03-31", "2025-06-29", "2025-07-29"),
        ("2025-06-30", "2025-09-29", "2025-10-29"),
        ("2025-09-30", "2025-12-30", "2026-01-29"),
        ("2025-12-31", "2026-03-30", "2026-04-29"),
    ]
    assert found[11:14] == [
        ("2027-12-31", "2028-03-30", "2028-04-29"),
        ("2028-03-31", "2029-03-30", "2029-05-30"),
        ("2029-03-31", "2030-03-30", "2030-05-30"),
    ]
    assert {duty.code for duty in abroad()} == {"US_PADER"}
    assert periods(abroad(ended_on=date(2026, 1, 1)))[-1] == found[3], "the running one is told"
    assert abroad("CN") == abroad("XX") == []


def test_a_waiver_of_the_fda_ends_the_quarters_and_leaves_no_day_out() -> None:
    waiver = {"set_months": 12, "set_lock": date(2026, 10, 31), "set_from": date(2026, 1, 1)}
    found = abroad(born_on=date(2024, 11, 1), **waiver)
    assert [d.code for d in found[:4]] == ["US_PADER"] * 3 + ["US_PBRER"]
    assert periods(found)[2:5] == [
        ("2025-09-30", "2025-12-30", "2026-01-29"),
        ("2025-12-31", "2026-10-31", "2027-01-09"),  # 70 days: not longer than a year
        ("2026-11-01", "2027-10-31", "2028-01-09"),
    ]


def test_europe_counts_half_years_from_the_launch_or_follows_the_list() -> None:
    born = {"born_on": date(2022, 2, 28), "authorised_on": date(2025, 1, 15)}
    waiting = abroad("EU", **born)
    assert {(d.data_lock - d.start).days < 190 for d in waiting} == {True}
    assert waiting[0].awaits == "launch"
    assert periods(waiting)[0] == ("2024-08-28", "2025-02-27", "2025-05-08")
    launched = abroad("EU", **born, launched_on=date(2025, 3, 1))
    assert {d.awaits for d in launched} == {""}
    months = [round((d.data_lock - d.start).days / 30.4) for d in launched]
    assert months[:9] == [6] * 6 + [12, 12, 36]
    # The half year and the year that begin before a cycle is over keep their length.
    assert periods(launched)[5:9] == [
        ("2027-02-28", "2027-08-27", "2027-11-05"),
        ("2027-08-28", "2028-08-27", "2028-11-05"),
        ("2028-08-28", "2029-08-27", "2029-11-05"),
        ("2029-08-28", "2032-08-27", "2032-11-25"),  # 90 days: longer than a year
    ]
    listed = abroad("EU", **born, set_months=36, set_lock=date(2030, 6, 30))
    assert periods(listed)[:2] == [
        ("2024-07-01", "2027-06-30", "2027-09-28"),
        ("2027-07-01", "2030-06-30", "2030-09-28"),
    ]
    assert {duty.code for duty in listed} == {"EU_PSUR"}


def test_an_ind_owes_its_report_within_sixty_days_of_each_anniversary() -> None:
    """In effect on 29 February 2024: its anniversary of 2025 is the 28th (21 CFR 312.33)."""
    ind = {"trial": True, "authorised_on": date(2024, 2, 29)}
    found = abroad(until=date(2028, 12, 31), **ind)
    assert periods(found) == [
        ("2024-02-29", "2025-02-27", "2025-04-29"),
        ("2025-02-28", "2026-02-27", "2026-04-29"),
        ("2026-02-28", "2027-02-27", "2027-04-29"),
        ("2027-02-28", "2028-02-28", "2028-04-29"),
    ]
    assert {(d.code, d.citation) for d in found} == {("US_IND", "21 CFR 312.33")}
    # Withdrawn the day before an anniversary it owes nothing for the year that ran; on it, it does.
    assert periods(abroad(ended_on=date(2026, 2, 27), **ind)) == periods(found)[:1]
    assert periods(abroad(ended_on=date(2026, 2, 28), **ind)) == periods(found)[:2]


def test_a_dsur_is_counted_by_the_development_birth_date() -> None:
    """60 days from the data lock (ICH E2F), a day before those from the anniversary."""
    trial = {"trial": True, "authorised_on": date(2025, 3, 31), "born_on": date(2023, 6, 10)}
    for market, code in (("US", "US_DSUR"), ("EU", "EU_DSUR")):
        found = abroad(market, until=date(2027, 12, 31), **trial)
        assert periods(found) == [
            ("2024-06-10", "2025-06-09", "2025-08-08"),
            ("2025-06-10", "2026-06-09", "2026-08-08"),
            ("2026-06-10", "2027-06-09", "2027-08-08"),
        ], "what was over before it began is not owed"
        assert {duty.code for duty in found} == {code}
    ended = trial | {"ended_on": date(2026, 1, 15)}
    assert periods(abroad("EU", **ended))[-1] == ("2025-06-10", "2026-06-09", "2026-08-08")
    assert periods(abroad("US", **ended))[-1] == ("2024-06-10", "2025-06-09", "2025-08-08")
    alone = abroad("EU", trial=True, until=date(2026, 12, 31))
    assert [(d.code, *p) for d, p in zip(alone, periods(alone), strict=True)] == [
        ("EU_DSUR", "2025-03-31", "2026-03-30", "2026-05-29")
    ]
    assert abroad("CN", trial=True) == []


@given(
    st.sampled_from(["US", "EU"]),
    st.dates(date(2015, 1, 1), date(2025, 12, 31)),
    st.integers(0, 4000),
    st.one_of(st.none(), st.integers(0, 2000)),
    st.one_of(st.none(), st.integers(1, 160)),
    st.integers(-6000, 6000),
    st.one_of(st.none(), st.integers(0, 4000)),
)
def test_reports_abroad_leave_no_day_out(market, start, age, launch, months, lock, since) -> None:
    facts = {"authorised_on": start, "born_on": start - timedelta(days=age)}
    facts |= {"launched_on": None if launch is None else start + timedelta(days=launch)}
    if months is not None:
        facts |= {"set_months": months, "set_lock": start + timedelta(days=lock)}
        facts |= {"set_from": None if since is None else start + timedelta(days=since)}
    found = abroad(market, since=date(2000, 1, 1), until=date(2060, 1, 1), **facts)
    assert found[0].start <= start <= found[0].data_lock
    spans = [(d.start, d.data_lock) for d in found]
    assert coverage(spans, spans[0][0], spans[-1][1]) == ()
    for duty in found:
        late = (duty.due - duty.data_lock).days
        year = add_months(duty.start, 12)
        if duty.code == "US_PADER":
            assert late == (30 if add_months(duty.start, 4) > duty.data_lock else 61)
        else:
            assert late == (70 if duty.data_lock < year else 90)
        if facts.get("set_from") and duty.data_lock < facts["set_from"]:
            assert duty.code == ("US_PADER" if market == "US" else "EU_PSUR")
        elif months is not None:
            apart = facts["set_lock"].year * 12 + facts["set_lock"].month
            assert (duty.data_lock.year * 12 + duty.data_lock.month - apart) % months == 0
