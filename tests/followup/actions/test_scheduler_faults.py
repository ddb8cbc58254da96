"""A run that dies in the middle: afterwards exactly the notices are there that are due.

What is due is worked out visit by visit before the first run; see `expected`.
"""

from datetime import timedelta

import pytest

from followup.core import clock
from tests.followup.actions.reminder_processes import answer, start

PATIENTS, DAYS = 10, 240


@pytest.mark.parametrize("fault", ["", "killed", "database"])
@pytest.mark.requirement("A11-16")
@pytest.mark.figure("F12")
def test_what_is_due_is_told_whatever_dies(cloned_database, fault: str) -> None:
    first = clock.today()
    last = (first + timedelta(days=DAYS)).isoformat()

    def ask(command: str, *arguments: str):
        return answer(
            start(cloned_database.environment, command, *arguments, module="scheduler_processes")
        )

    answer(start(cloned_database.environment, "fill", PATIENTS, first.isoformat()))
    due = {tuple(row) for row in ask("owed", first.isoformat(), last)}
    said = ask("broken_round", fault, last) if fault else ask("quiet_round", last)
    if fault == "killed":
        # The database still works for the dead run: nothing may be closed that is not told.
        assert said["at_once"] == {"failed": [], "live": 0, "missed": 0}
    assert said["later"]["failed"] == []
    assert said["later"]["missed"] > 5
    after = ask("told")
    made = {tuple(row) for row in after["made"]}
    assert len(due) > said["before"] > 0
    assert {rung for _key, rung, _way, _who in due} == {"opens", "ends_soon", "ended"}
    assert (due - made, made - due, after["twice"]) == (set(), set(), 0)
