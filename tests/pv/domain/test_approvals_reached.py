"""Milestones of enrolment that a count has passed: how many patients, and never late."""

from datetime import date
from fractions import Fraction
from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from pv.domain import approvals
from pv.domain.approvals import Definition, MilestoneStatus

TODAY = date(2026, 11, 22)


@given(st.integers(1, 5000), st.sampled_from([0, 0.25, 0.5, 0.75, 1]))
def test_a_share_of_patients_is_counted_whole(target, share):
    item = Definition("X", {"en": "", "zh": ""}, (), None, None, "", "", share)
    needed = item.patients(target)
    assert needed == max(1, ceil(Fraction(str(share)) * target))
    assert item.patients(None) == (1 if share == 0 else None)


@given(st.dates(date(2020, 1, 1), TODAY), st.dates(date(2020, 1, 1), date(2030, 1, 1)) | st.none())
def test_what_a_count_has_passed_is_never_late(due, forecast):
    row = approvals.Milestone("P50", due, forecast, None, TODAY)
    assert approvals.milestone_status(row, TODAY) is MilestoneStatus.REACHED
    assert approvals.late([row], TODAY) == ()
