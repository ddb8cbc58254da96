"""Several sweepers at once under jumping clocks: exactly the notices there must be."""

import os
from datetime import date, timedelta

import pytest

from tests.followup.actions.reminder_processes import answer, start

FIRST = date(2026, 11, 22)
# A release run sets it higher: patients, days and sweepers grow with it.
SIZE = int(os.environ.get("EVERWATCH_RACES", "1"))
PATIENTS, DAYS, SWEEPERS = 12 * SIZE, 60 * SIZE, 2 + SIZE


@pytest.mark.parametrize("exclusive", [True, False], ids=["locked", "constraint alone"])
@pytest.mark.figure("F13")
def test_sweepers_at_the_same_time_make_each_notice_once(cloned_database, exclusive):
    environment, last = cloned_database.environment, FIRST + timedelta(days=DAYS)
    assert answer(start(environment, "fill", PATIENTS, str(FIRST)))["patients"] == PATIENTS
    sweepers = [
        start(environment, "sweep", seed, str(FIRST), DAYS, exclusive) for seed in range(SWEEPERS)
    ]
    sweeps = sum(answer(process)["sweeps"] for process in sweepers)
    assert sweeps > 4 * SWEEPERS
    result = answer(start(environment, "judge", str(FIRST), str(last)))
    assert result["expected"] > 50
    assert (result["missing"], result["extra"], result["duplicates"]) == (0, 0, 0)
    if exclusive:
        assert result["speaking_twice"] == 0
        assert result["silent_without_reason"] == 0
