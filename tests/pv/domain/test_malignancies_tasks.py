"""What a work-up has to get done, with the days of the shipped rules."""

import json
from datetime import date
from pathlib import Path

import pytest

from followup.domain.calendars import HolidayTable
from pv.domain.malignancies.tasks import (
    Start,
    Target,
    TaskState,
    next_open,
    read_task_rules,
    task_state,
)
from pv.domain.malignancies.workflow import WorkUpEvent, WorkUpState, steps_by_samples

PLACE = Path(__file__).parents[3] / "pv" / "reference" / "attribution.json"
DATA = json.loads(PLACE.read_text(encoding="utf-8"))
START = date(2026, 11, 20)  # a Friday
NO_HOLIDAYS = HolidayTable("CN", "1", "none", {}, frozenset(), {})


def target(hours=None, days=None, working_days=None) -> Target:
    return Target("X", Start.AWARENESS, hours, days, working_days, "rule")


@pytest.mark.parametrize(
    ("limit", "due"),
    [
        ({"hours": 24}, date(2026, 11, 21)),
        ({"hours": 25}, date(2026, 11, 22)),  # the hour of the start is not recorded
        ({"days": 0}, START),
        ({"days": 15}, date(2026, 12, 5)),
        ({"working_days": 1}, date(2026, 11, 23)),
    ],
)
def test_a_limit_ends_on_its_day(limit, due):
    assert target(**limit).due(START, NO_HOLIDAYS) == due
    assert target(**limit).due(None, NO_HOLIDAYS) is None


def test_working_days_need_their_table():
    with pytest.raises(ValueError, match="holidays"):
        target(working_days=1).due(START, None)


@pytest.mark.parametrize(
    ("due", "done", "waived", "state"),
    [
        (START, None, False, TaskState.OPEN),
        (START.replace(day=19), None, False, TaskState.LATE),
        (None, None, False, TaskState.OPEN),
        (START.replace(day=19), None, True, TaskState.WAIVED),
        (START.replace(day=19), START, True, TaskState.DONE),
    ],
)
def test_a_task_is_late_only_past_its_day(due, done, waived, state):
    assert task_state(due, done, waived=waived, today=START) is state


class Row:
    def __init__(self, name, state, due):
        self.name, self.state, self.due = name, state, due


def test_the_next_task_is_the_one_due_first_and_a_dayless_one_comes_last():
    rows = [
        Row("done", TaskState.DONE, date(2026, 1, 1)),
        Row("dayless", TaskState.OPEN, None),
        Row("later", TaskState.OPEN, date(2026, 12, 1)),
        Row("late", TaskState.LATE, date(2026, 11, 1)),
    ]
    assert next_open(rows).name == "late"
    assert next_open(rows[:2]).name == "dayless"
    assert next_open(rows[:1]) is None


def test_the_shipped_rules_have_one_limit_each_and_belong_to_their_suspicions():
    rules = read_task_rules(DATA)
    for row in rules.targets:
        limits = (row.hours, row.days, row.working_days)
        assert sum(limit is not None for limit in limits) == 1, row.code
        assert row.citation
        assert row.asked(row.suspicions or {"ANY"})
    assert all(days > 0 for days in (rules.kit_days, *rules.assay_days.values()))
    some = next(row for row in rules.targets if row.suspicions)
    assert not some.asked(set())


def test_samples_move_a_work_up_as_far_as_they_can_and_no_further():
    state, event = WorkUpState, WorkUpEvent
    arrived, complete = event.SAMPLE_ARRIVED, event.SAMPLES_ALL_IN
    steps = steps_by_samples(state.SAMPLES_REQUESTED, [arrived, arrived, complete])
    assert steps == [(arrived, state.SAMPLES_PARTIAL), (complete, state.SAMPLES_COMPLETE)]
    assert steps_by_samples(state.TESTING, [arrived]) == [], "it is where it was"
    assert steps_by_samples(state.ADJUDICATED, [arrived, complete]) == []
