"""Status of studies, what is owed from it, and exact limits of a share."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from followup.domain.calendars import HolidayTable, YearStatus, add_working_days
from pv.domain.approvals.studies import (
    StatusFact,
    present_status,
    read_study_rules,
    status_limit,
    study_dues,
)
from pv.domain.statistics.estimates import InvalidCounts
from pv.domain.statistics.rates import proportion

DATA = json.loads(Path("pv/reference/studies.json").read_text(encoding="utf-8"))
RULES = read_study_rules(DATA)
TABLE = HolidayTable("CN", "1", "test", {}, frozenset(), {2026: YearStatus.OFFICIAL})
DAY = date(2026, 3, 2)


def fact(code: str, day: date, order: int = 0) -> StatusFact:
    return StatusFact(code, day, order, status_limit(RULES.statuses[code], day, TABLE))


FACTS = st.lists(
    st.builds(
        fact,
        st.sampled_from(sorted(RULES.statuses)),
        st.integers(0, 40).map(lambda n: DAY + timedelta(days=n)),
        st.integers(0, 9),
    ),
    max_size=6,
)


def test_an_application_is_permitted_by_silence_unless_it_was_answered() -> None:
    filed = fact("FILED", DAY)
    (due,) = study_dues([filed])
    counted = add_working_days(DAY, 60, TABLE)
    assert (due.limit.due, due.limit.predicted) == (counted.due, counted.predicted)
    (quick,) = study_dues([fact("FILED_30_DAYS", DAY)])
    assert quick.limit.due == add_working_days(DAY, 30, TABLE).due
    for end in ("IMPLIED_PERMISSION", "APPROVED", "NOT_APPROVED", "WITHDRAWN_BY_APPLICANT"):
        assert study_dues([filed, fact(end, DAY + timedelta(days=9))]) == []
    started = fact("STARTED", DAY + timedelta(days=9))
    assert study_dues([filed, started]) == [due]
    (again,) = study_dues([fact("NOT_APPROVED", DAY - timedelta(days=1)), filed])
    assert again.since == DAY


def test_the_five_reasons_are_coded() -> None:
    assert RULES.reasons == (
        "WEAK_SCIENTIFIC_BASIS",
        "ILLEGAL_UNETHICAL_STARTING_MATERIAL",
        "INSUFFICIENT_CMC_NONCLINICAL",
        "SAFETY_ISSUE_IN_IIT",
        "COMBINATION_OFF_LABEL",
    )
    assert RULES.needs_reasons == {"NOT_APPROVED"}


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("statuses", 0, "until"), ["LUNCH"]),
        (("statuses", 0, "owed_en"), None),
        (("needs_reasons", 0), "LUNCH"),
    ],
)
def test_rules_that_are_not_whole_are_refused(place: tuple[object, ...], value: object) -> None:
    data = json.loads(json.dumps(DATA))
    part = data
    for step in place[:-1]:
        part = part[step]
    part[place[-1]] = value
    with pytest.raises(ValueError, match=r"\S"):
        read_study_rules(data)


@given(FACTS)
def test_the_latest_status_stands_in_whatever_order_they_come(facts: list[StatusFact]) -> None:
    now = present_status(facts)
    back = present_status(list(reversed(facts)))
    key = None if now is None else (now.happened_on, now.order)
    assert key == (None if back is None else (back.happened_on, back.order))
    assert key == max(((f.happened_on, f.order) for f in facts), default=None)
    assert study_dues(facts) == study_dues(facts[::-1])


def test_limits_of_a_share_are_exact() -> None:
    """binom.test of R: 5 of 10, 0 of 10, 10 of 10, 3 of 97."""
    for x, n, low, high in (
        (5, 10, 0.1870860, 0.8129140),
        (0, 10, 0.0, 0.3084971),
        (10, 10, 0.6915029, 1.0),
        (3, 97, 0.0064281, 0.0877018),
    ):
        found = proportion(x, n)
        assert found.estimate == pytest.approx(x / n)
        assert (found.low, found.high) == pytest.approx((low, high), abs=2e-4)
    assert str(proportion(0, 0).low) == "nan"
    with pytest.raises(InvalidCounts):
        proportion(3, 2)
