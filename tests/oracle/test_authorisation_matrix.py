"""A sample of the authorisation matrix here, all of it in a release: `./run oracle matrix`."""

import json
import os
import subprocess
import sys

import pytest

COUNT = int(os.environ.get("EVERWATCH_EXAMPLES", "250"))
RELEASE = COUNT >= 15_000
MUTATE = "__import__('tests.oracle.authorisation_mutants', fromlist=['holes']).holes"
RUN = "import django; django.setup(); from tests.oracle.authorisation import main; main({}, {})"


@pytest.mark.figure("F1", "F3")
def test_nobody_is_answered_beyond_the_own_records(cloned_database, measured) -> None:
    done = subprocess.run(
        [sys.executable, "-c", RUN.format(COUNT, MUTATE if RELEASE else None)],
        env=cloned_database.environment
        | {"DJANGO_SETTINGS_MODULE": "pv.config.settings", "API_RATE": "1000000/min"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    print(done.stdout)
    figures = json.loads(done.stdout.splitlines()[-1])
    asked, alone = figures["asked"], [figures[f"{wall} alone"] for wall in ("django", "database")]
    text = f"{figures['wrong']} of {asked:,} cells answered wrongly, {figures['cells']:,} there are"
    measured("F1", text, cells=asked)
    measured("F3", f"{[wall['leaks'] for wall in alone]} leaks of {alone[0]['asked']:,} cells each")
    assert figures["cells"] >= 15_000
    assert figures["asked"] >= min(COUNT, 15_000)
    assert figures["wrong"] == 0, done.stdout
    assert figures["database alone"]["leaks"] == 0, done.stdout
    assert figures["django alone"]["leaks"] == 0, done.stdout
    assert figures["words in the log"] == 0
    if RELEASE:
        for kind in figures["mutants"].values():
            assert kind["missed"] == [], done.stdout
