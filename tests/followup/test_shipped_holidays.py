"""The shipped table of working days: official where the State Council's notice was compared."""

import json
from datetime import date

import pytest

from dev.checks import holiday_tables
from followup.domain.calendars import HolidayTable, YearStatus, add_working_days
from followup.queries import shipped


@pytest.fixture(scope="module")
def china() -> HolidayTable:
    return shipped.holiday_table("CN")


def test_the_notice_for_2026_day_by_day(china):
    """Notice of 2025-11-04: days off in words of the notice, and the weekends worked for them."""
    spans = [
        ((1, 1), (1, 3)),
        ((2, 15), (2, 23)),
        ((4, 4), (4, 6)),
        ((5, 1), (5, 5)),
        ((6, 19), (6, 21)),
        ((9, 25), (9, 27)),
        ((10, 1), (10, 7)),
    ]
    worked = [(1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)]
    for first, last in spans:
        day = date(2026, *first)
        while day <= date(2026, *last):
            assert not china.is_working(day), day
            day = date.fromordinal(day.toordinal() + 1)
    assert all(china.is_working(date(2026, *day)) for day in worked)


@pytest.mark.parametrize("year", range(2019, 2027))
def test_compared_years_are_official(china, year):
    assert add_working_days(date(year, 3, 1), 10, china).status is YearStatus.OFFICIAL


def test_2027_stays_predicted_until_somebody_enters_the_notice(china):
    assert add_working_days(date(2027, 3, 1), 10, china).status is YearStatus.PREDICTED
    assert add_working_days(date(2026, 12, 28), 10, china).status is YearStatus.PREDICTED


def test_the_shipped_expansion_is_what_the_locked_package_makes():
    """When it fails after an update of the package: `python -m dev.checks.holiday_tables`."""
    assert shipped.EXPANDED.read_text(encoding="utf-8") == holiday_tables.expanded()


@pytest.mark.parametrize("change", ["seed", "package"])
def test_an_expansion_of_something_else_is_not_used(monkeypatch, change):
    seed = json.loads(holiday_tables.SEED.read_text(encoding="utf-8"))
    first = shipped.expand_holidays(seed)["tables"][0]
    assert "2026-03-03" not in {row["date"] for row in first["days_off"]}
    if change == "seed":
        seed["seeds"][0]["add"].append({"date": "2026-03-03", "name": "Made for this test"})
        changed = shipped.expand_holidays(seed)["tables"][0]
        assert "2026-03-03" in {row["date"] for row in changed["days_off"]}
    else:
        monkeypatch.setattr(shipped, "version_of", lambda _name: "0.0.1")
        changed = shipped.expand_holidays(seed)["tables"][0]
        assert changed["version"].endswith("+0.0.1")
        assert changed["days_off"] == first["days_off"]
