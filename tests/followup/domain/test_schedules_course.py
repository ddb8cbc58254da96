"""A corrected day zero, and visits of two infusions that one contact can meet."""

import json
import os
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from followup.domain import protocols, schedules
from followup.domain.dates import add_months

ROOT = Path(__file__).resolve().parents[3]
DATA = json.loads((ROOT / "followup/reference/protocols.json").read_text())
OLD = protocols.Protocol.from_dict(DATA["protocols"][0])
D0 = date(2024, 11, 20)
HORIZON = date(2045, 1, 1)
NOW = date(2026, 6, 1)
EXAMPLES = int(os.environ.get("EVERWATCH_EXAMPLES", "50"))


def codes(visits):
    return [v.code for v in visits]


def done_until(day):
    return [v for v in schedules.plan(D0, OLD, HORIZON) if v.window_end < day]


def test_reanchoring_moves_the_open_and_keeps_the_done():
    done = done_until(date(2025, 6, 1))
    right = D0 + timedelta(days=3)
    made = schedules.reanchor(D0, right, OLD, HORIZON, effective_on=NOW, done=done)
    assert codes(made.untouched) == codes(done)
    assert "M18" in [m.after.code for m in made.moved]
    assert not made.added
    assert not made.dropped


@settings(max_examples=EXAMPLES)
@given(
    st.dates(date(1950, 1, 1), date(2100, 1, 1)),
    st.integers(0, 9000),
    st.data(),
    st.integers(-9, 9),
)
def test_every_visit_is_in_one_place_and_done_ones_are_untouched(day0, age, data, shift):
    effective = day0 + timedelta(days=age)
    horizon = add_months(day0, 300)
    planned = schedules.plan(day0, OLD, horizon)
    done = [planned[n] for n in data.draw(st.sets(st.integers(0, len(planned) - 1), max_size=5))]
    right = day0 + timedelta(days=shift)
    made = schedules.reanchor(day0, right, OLD, horizon, effective_on=effective, done=done)
    after = [*made.added, *made.untouched, *(m.after for m in made.moved)]
    places = codes(after) + codes(made.dropped) + codes(made.past)
    assert len(places) == len(set(places))
    assert set(codes(planned)) <= set(places)
    assert {v.code for v in done} <= set(codes(made.untouched))
    assert all(v.window_end >= effective for v in made.added)
    if not shift:
        assert codes(made.untouched) == codes(planned)


# --- joint visits


def course(key, day0):
    infusion = schedules.Infusion(key, day0, OLD)
    return schedules.Course(infusion, tuple(schedules.plan(day0, OLD, HORIZON)))


FIRST, SECOND = course("a", D0), course("b", date(2026, 1, 10))


def test_joint_visits_share_days_and_are_used_once():
    joints = schedules.joint_visits([FIRST, SECOND], NOW)
    assert joints
    used = [(i, v.code) for j in joints for i, v in j.members]
    assert len(used) == len(set(used))
    for joint in joints:
        assert NOW <= joint.window_start <= joint.target <= joint.window_end
        for _, visit in joint.members:
            assert visit.window_start <= joint.window_start
            assert joint.window_end <= visit.window_end
            assert set(visit.assessments) <= set(joint.assessments)
        kinds = [set(v.contact_types) for _, v in joint.members]
        assert kinds[0] & kinds[1]


def test_joint_visits_leave_done_ones_out():
    done = schedules.plan(D0, OLD, HORIZON, done=FIRST.visits)
    assert all(visit.fixed for visit in done)
    lives = [replace(FIRST, visits=tuple(done)), SECOND]
    assert schedules.joint_visits(lives, NOW) == ()
