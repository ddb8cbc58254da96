"""Periods of retention: counted in whole years from their start, never short by a leap day."""

import copy
import json
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dev.paths import ROOT
from followup.domain.retention import OnErasure, Start, read_privacy_rules

DATA = json.loads((ROOT / "followup/reference/privacy.json").read_text(encoding="utf-8"))
RULES = read_privacy_rules(DATA)
PERIOD = next(n for n, row in enumerate(DATA["retention"]) if row["keep_years"] is not None)


@given(st.dates(date(1990, 1, 1), date(2150, 1, 1)))
def test_a_period_ends_on_the_same_day_of_a_later_year(start: date) -> None:
    for rule in RULES.retention:
        over = rule.over_on(start)
        if rule.years is None:
            assert over is None
        else:
            assert over is not None
            assert over.year == start.year + rule.years
            assert abs((over - date(over.year, start.month, 1)).days + 1 - start.day) <= 1
            assert over - start >= timedelta(days=365 * rule.years)


def test_the_identity_goes_and_statutory_records_stay() -> None:
    gone = {
        table for r in RULES.retention if r.on_erasure is OnErasure.ERASED for table in r.tables
    }
    kept = {table for r in RULES.retention if r.on_erasure is OnErasure.KEPT for table in r.tables}
    assert "followup_identity" in gone
    assert not gone & kept
    assert {"followup_visit", "pv_case", "core_change"} <= kept


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("retention", 0, "keep_years"), None),
        (("retention", 2, "start"), "WITHDRAWN"),
        (("retention", 0, "citation"), " "),
        (("transfers", 0, "zh"), ""),
        (("answer_days",), 0),
        (("answer_days",), 61),
        (("retention", PERIOD, "keep_years"), 101),
        (("retention", PERIOD, "keep_years"), -1),
        (("retention", PERIOD, "keep_years"), 2.5),
    ],
)
def test_a_rule_without_period_or_source_is_refused(path, value) -> None:
    data = copy.deepcopy(DATA)
    place = data
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(ValueError, match="."):
        read_privacy_rules(data)


def test_starts_are_those_we_count() -> None:
    assert {rule.start for rule in RULES.retention} <= set(Start)


def test_the_shortest_and_the_longest_numbers_are_read() -> None:
    for days, years in ((1, 0), (60, 100)):
        data = copy.deepcopy(DATA)
        data["answer_days"], data["retention"][PERIOD]["keep_years"] = days, years
        rules = read_privacy_rules(data)
        assert (rules.answer_days, rules.retention[PERIOD].years) == (days, years)
        assert rules.retention[PERIOD].labels["zh"] == data["retention"][PERIOD]["zh"]
