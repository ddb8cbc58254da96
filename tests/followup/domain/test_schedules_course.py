"""Amendment, re-anchoring, re-infusion, joint visits, transfer, loss and return."""

import copy
import json
import os
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
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


def version_two():
    """M15 is new, M18 has another window, M30 is dropped, M24 asks for one thing more."""
    entry = copy.deepcopy(DATA["protocols"][0])
    entry["version"] = "2"
    points = {p["code"]: p for p in entry["points"] if "series" not in p}
    extra = {**copy.deepcopy(points["M9"]), "code": "M21", "offset": 21}
    early = {**copy.deepcopy(points["M2"]), "code": "M4", "offset": 4}
    points["M18"]["after"] = 45
    points["M24"]["assessments"].append("PE")
    halves = next(p for p in entry["points"] if p.get("series", {}).get("first") == 30)
    halves["series"]["first"] = 42
    entry["points"] += [extra, early]
    return protocols.Protocol.from_dict(entry)


NEW = version_two()


def codes(visits):
    return [v.code for v in visits]


def amend(done=(), now=NOW):
    return schedules.amend(D0, OLD, NEW, HORIZON, effective_on=now, done=done)


def done_until(day):
    return [v for v in schedules.plan(D0, OLD, HORIZON) if v.window_end < day]


def test_amendment_of_one_patient():
    made = amend(done=done_until(NOW))
    assert codes(made.added) == ["M21"]
    assert codes(made.past) == ["M4"]
    assert codes(made.dropped) == ["M30"]
    assert codes(made.restated) == ["M24"]
    assert [m.after.code for m in made.moved] == ["M18"]
    assert made.moved[0].days == 0
    assert made.moved[0].after.window_end - made.moved[0].before.window_end == timedelta(days=15)
    assert "M12" in codes(made.untouched)
    assert not made.empty


def test_same_protocol_changes_nothing():
    made = schedules.amend(D0, OLD, OLD, HORIZON, effective_on=NOW)
    assert made.empty
    assert len(made.untouched) == len(schedules.plan(D0, OLD, HORIZON))


def test_missed_visits_stay_missed():
    made = amend(now=date(2027, 6, 30))
    assert made.dropped == ()
    assert {"M18", "M30"} <= set(codes(made.untouched))


def test_reanchoring_moves_the_open_and_keeps_the_done():
    done = done_until(date(2025, 6, 1))
    right = D0 + timedelta(days=3)
    made = schedules.reanchor(D0, right, OLD, HORIZON, effective_on=NOW, done=done)
    assert codes(made.untouched) == codes(done)
    assert "M18" in [m.after.code for m in made.moved]
    assert not made.added
    assert not made.dropped


@settings(max_examples=EXAMPLES)
@given(st.dates(date(1950, 1, 1), date(2100, 1, 1)), st.integers(0, 9000), st.data(), st.booleans())
def test_every_visit_is_in_one_place_and_done_ones_are_untouched(day0, age, data, shift):
    effective = day0 + timedelta(days=age)
    horizon = add_months(day0, 300)
    planned = schedules.plan(day0, OLD, horizon)
    done = [planned[n] for n in data.draw(st.sets(st.integers(0, len(planned) - 1), max_size=5))]
    if shift:
        made = schedules.reanchor(
            day0, day0 + timedelta(days=5), OLD, horizon, effective_on=effective, done=done
        )
    else:
        made = schedules.amend(day0, OLD, NEW, horizon, effective_on=effective, done=done)
    after = [*made.added, *made.restated, *made.untouched, *(m.after for m in made.moved)]
    places = codes(after) + codes(made.dropped) + codes(made.past)
    assert len(places) == len(set(places))
    assert set(codes(planned)) <= set(places)
    assert {v.code for v in done} <= set(codes(made.untouched))
    assert all(v.window_end >= effective for v in made.added)
    if not shift:
        assert all(v.window_end >= effective for v in made.dropped)
        assert all(m.before.window_end >= effective for m in made.moved)


# --- re-infusion and joint visits

FIRST = schedules.Infusion("a", D0, OLD)
SECOND = schedules.Infusion("b", date(2026, 1, 10), OLD)


def test_reinfusion_opens_a_second_schedule_and_leaves_the_first():
    alone = schedules.plan_courses([FIRST], HORIZON)
    both = schedules.plan_courses([SECOND, FIRST], HORIZON)
    assert [c.infusion.id for c in both] == ["a", "b"]
    assert both[0] == alone[0]
    assert codes(both[1].visits)[:2] == ["BL", "D0"]


def test_death_ends_both():
    died = date(2026, 9, 1)
    courses = schedules.plan_courses([FIRST, SECOND], HORIZON, ended_on=died)
    assert len(courses) == 2
    assert all(course.visits for course in courses)
    for course in courses:
        assert all(v.window_end <= died for v in course.visits)


def test_joint_visits_share_days_and_are_used_once():
    lives = schedules.plan_courses([FIRST, SECOND], HORIZON)
    joints = schedules.joint_visits(lives, NOW)
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
    done = tuple(schedules.plan(D0, OLD, HORIZON))
    lives = schedules.plan_courses([replace(FIRST, done=done), SECOND], HORIZON)
    assert schedules.joint_visits(lives, NOW) == ()


# --- transfer, loss and return, the visit a contact counts for

VISITS = schedules.plan(D0, OLD, HORIZON)


def test_transfer_moves_no_date_and_splits_the_list():
    made = schedules.transfer(VISITS, NOW, done={"M24"})
    assert sorted([*made.stays, *made.goes]) == sorted(VISITS)
    assert "M24" in codes(made.stays)
    assert "M18" in codes(made.goes)  # its window is open on the day
    assert "M12" in codes(made.stays)


def test_return_finds_the_place():
    found = schedules.resume(VISITS, date(2026, 5, 25), done={"BL", "D0", "D7", "D14", "D28", "M2"})
    assert codes(found.missed) == ["M3", "M6", "M9", "M12"]
    assert found.current.code == "M18"
    assert found.following.code == "M24"
    between = schedules.resume(VISITS, date(2026, 8, 1), done=set())
    assert between.current is None
    assert between.following.code == "M24"


@pytest.mark.parametrize(
    ("on", "code"),
    [
        (date(2026, 5, 20), "M18"),
        (date(2026, 6, 25), "M18"),
        (date(2026, 8, 15), None),
        (date(2026, 10, 15), "M24"),
    ],
)
def test_the_visit_a_contact_counts_for(on, code):
    done = {v.code for v in VISITS if v.window_end < date(2026, 1, 1)}
    found = schedules.visit_for(VISITS, on, done, reach_days=14)
    assert (found.code if found else None) == code


def test_horizon_is_extended_in_steps():
    ahead, step = timedelta(days=730), timedelta(days=365)
    far = schedules.next_horizon(NOW, NOW, ahead=ahead, step=step)
    assert far == NOW + ahead + step
    assert schedules.next_horizon(NOW, far, ahead=ahead, step=step) == far
