"""The database, a lock or the cache fails in the middle; two people save at the same moment."""

import json
import subprocess
import sys
from typing import Any

import pytest

from dev.paths import ROOT
from dev.testing.pytest_engines import ClonedDatabase

PATIENCE = 240


def does(command: str, clone: ClonedDatabase, **environment: str) -> Any:
    """Run one of `fault_processes` on the clone and read what it said."""
    code = f"from tests.flows import fault_processes as p; p.{command}()"
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", code],
        env={**clone.environment, **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.requirement("ASVS-2.3.3")
def test_a_connection_that_dies_in_a_save_leaves_nothing(cloned_database: ClonedDatabase) -> None:
    admin = cloned_database.admin
    said = does("break_in_the_middle", cloned_database, TEST_ADMIN_URL=admin)
    assert said["broken"]["status"] == 503
    assert said["broken"]["retry"] == "10"
    assert said["between"] == said["before"]
    assert said["again"] == 302


@pytest.mark.requirement("ASVS-16.5.1")
def test_no_database_is_503_everywhere_until_it_is_back(cloned_database: ClonedDatabase) -> None:
    said = does("database_away", cloned_database)
    assert [answer["status"] for answer in said["away"]] == [503] * 4
    assert [answer["retry"] for answer in said["away"]] == ["10"] * 4
    assert not any("Traceback" in answer["text"] for answer in said["away"])
    assert said["back"] == 200


@pytest.mark.requirement("ASVS-15.2.2")
def test_a_lock_held_too_long_is_503_not_a_hanging_page(cloned_database: ClonedDatabase) -> None:
    said = does("table_locked", cloned_database)
    assert said["waiting"]["status"] == 503
    assert said["waiting"]["retry"] == "10"
    assert said["waiting"]["seconds"] < 20
    assert said["between"] == said["before"]
    assert said["again"] == 302


@pytest.mark.requirement("A11-16", "ASVS-16.5.2")
def test_without_redis_everything_is_saved_and_nothing_waits(
    cloned_database: ClonedDatabase,
) -> None:
    said = does("without_cache", cloned_database, REDIS_URL="redis://127.0.0.1:1/0")
    statuses = {name: said[name]["status"] for name in ("page", "save", "api", "event")}
    assert statuses == {"page": 200, "save": 302, "api": 200, "event": 302}
    assert said["cases"] == 1
    slow = {name: said[name]["seconds"] for name in statuses if said[name]["seconds"] > 8}
    assert not slow


@pytest.mark.requirement("ASVS-2.3.4")
def test_the_same_save_twice_at_once_is_done_once(cloned_database: ClonedDatabase) -> None:
    said = does("twice_at_once", cloned_database)
    assert said["register"].count("done") == 1
    # Who comes after the first has committed is asked whether it is the same person.
    assert set(said["register"]) <= {"done", "Error", "Conflict", "DuplicateWarning"}
    assert said["patients"] == ["1"]
    assert said["call"] == ["Conflict", "done"]
    assert said["visits"] == ["1"]
    assert said["edit"] == ["Conflict", "done"]
    assert said["versions"] == ["1"]
