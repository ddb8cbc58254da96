"""The database's wall takes nothing away from anybody: a sample here, all roles in a release."""

import json
import os
import subprocess
import sys

from dev.engines.databases import drop
from dev.testing.pytest_engines import Engines, seeded

EACH = int(os.environ.get("EVERWATCH_EXAMPLES", "1"))  # rows of each table a page is opened for
ROLES = [] if EACH > 1 else ["medical_reviewer"]
RUN = "import django; django.setup(); from tests.oracle.two_walls import main; main({}, {})"


def test_pages_are_the_same_without_row_security(engines: Engines, valkey) -> None:
    engines.ready()
    copy = engines.database.copy(f"everwatch_walls_{engines.worker}", of=seeded(engines))
    try:
        done = subprocess.run(
            [sys.executable, "-c", RUN.format(EACH, ROLES)],
            env=engines.environment(copy)
            | {"DJANGO_SETTINGS_MODULE": "pv.config.settings", "LOG_LEVEL": "CRITICAL"},
            check=False,
            capture_output=True,
            text=True,
        )
    finally:
        drop(copy)
    assert done.returncode == 0, done.stderr
    print(done.stdout)
    lines = done.stdout.splitlines()
    assert json.loads(lines[-1]) == {"differences": 0}, done.stdout
    assert all(json.loads(line)["pages"] > 60 for line in lines[:-1]), done.stdout
