"""Days of answers to and from the authority, and how long a review stood."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.domain.calendars import HolidayTable, YearStatus, working_days_between
from pv.domain.approvals.interactions import (
    Debtor,
    ReviewStop,
    answer_due,
    read_interaction_rules,
    stopped_days,
)

DATA = json.loads(Path("pv/reference/authority_interactions.json").read_text(encoding="utf-8"))
RULES = read_interaction_rules(DATA)
WEEK = date(2026, 10, 1)  # a holiday of a week; the eighth is a working day
OFF = {WEEK + timedelta(days=n): "National Day" for n in range(7)}
TABLE = HolidayTable("CN", "1", "test", OFF, frozenset(), {2026: YearStatus.OFFICIAL})
DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 1))


def test_eighty_working_days_pass_over_the_holiday_and_the_day_of_receipt() -> None:
    rule = RULES["EXPLANATION"]
    due = answer_due(rule, date(2026, 9, 29), TABLE)
    assert due is not None
    assert (due.day, due.predicted) == (date(2026, 10, 13), False)
    rule = RULES["SUPPLEMENTARY_DATA"]
    due = answer_due(rule, date(2026, 9, 29), TABLE)
    assert due is not None
    assert working_days_between(date(2026, 9, 29), due.day, TABLE) == 80
    assert due.predicted  # it ends in a year whose holidays nobody announced
    assert (rule.owed_by, rule.stops_review) == (Debtor.HOLDER, True)


def test_a_letter_without_days_names_its_own() -> None:
    assert answer_due(RULES["DEFICIENCY_LETTER"], date(2026, 9, 29), TABLE) is None
    assert answer_due(RULES["EARLY_CONTACT"], date(2026, 9, 29), TABLE) is None


@pytest.mark.parametrize(
    "broken",
    [
        {"amount": 5, "unit": None},
        {"amount": None, "unit": "WORKING_DAYS"},
        {"owed_by": "NOBODY"},
        {"owed_by": "AUTHORITY"},
        {"citation": ""},
    ],
)
def test_a_kind_that_is_not_whole_is_refused(broken: dict[str, object]) -> None:
    rows = [row | broken if row["code"] == "SUPPLEMENTARY_DATA" else row for row in DATA["kinds"]]
    with pytest.raises(ValueError, match=r"\S"):
        read_interaction_rules(DATA | {"kinds": rows})


@given(st.lists(st.tuples(DAYS, st.none() | st.integers(0, 90)), max_size=6), DAYS)
def test_a_day_of_several_open_requests_counts_once(
    spans: list[tuple[date, int | None]], today: date
) -> None:
    stops = [
        ReviewStop(start, None if days is None else start + timedelta(days=days))
        for start, days in spans
    ]
    stood = {
        stop.start + timedelta(days=n)
        for stop in stops
        for n in range(1, (min(stop.end or today, today) - stop.start).days + 1)
    }
    expected = sum(TABLE.is_working(day) for day in stood)
    assert stopped_days(stops, today, TABLE) == expected
    assert stopped_days(reversed(stops), today, TABLE) == expected
