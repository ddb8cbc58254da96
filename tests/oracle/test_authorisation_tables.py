"""Every table by every kind of person, and holes in the walls: all found."""

import json
import os
import subprocess
import sys

import pytest

STEP = int(os.environ.get("EVERWATCH_MUTANT_STEP", "12"))  # every so manyth; 1 in a release
RUN = "import django; django.setup(); from tests.oracle.authorisation_tables import main; main({})"


@pytest.mark.figure("F2", "F3")
def test_no_table_gives_rows_of_others_and_every_hole_is_seen(cloned_database, measured) -> None:
    done = subprocess.run(
        [sys.executable, "-c", RUN.format(STEP)],
        env=cloned_database.environment
        | {"DJANGO_SETTINGS_MODULE": "pv.config.settings", "LOG_LEVEL": "CRITICAL"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    print(done.stdout)
    figures = json.loads(done.stdout.splitlines()[-1])
    mutants = figures["mutants"]
    alone = []
    for wall in ("django alone", "database alone"):
        one = figures[wall]
        alone.append(f"{wall}: {len(one['leaks'])} leaks of {one['asked']} cells of tables")
    measured("F3", "; ".join(alone))
    part = f" (every {STEP}th hole of a wall)" if STEP > 1 else ""
    said = [f"{k}: {m['holes'] - len(m['missed'])} of {m['holes']}" for k, m in mutants.items()]
    measured("F2", "; ".join(said) + part)
    assert figures["refused"] == {}, "a table without rows shows no hole"
    assert figures["django alone"]["leaks"] == figures["database alone"]["leaks"] == []
    assert mutants["rights"]["page as it is"]
    assert {kind: one["missed"] for kind, one in mutants.items()} == dict.fromkeys(mutants, [])
