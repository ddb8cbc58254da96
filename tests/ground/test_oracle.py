"""`./run oracle`: every name has something to run."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from dev.testing.oracle import ORACLES, environment

PAIRS = os.environ.get("EVERWATCH_PAIRS", "200")
ROOT = Path(__file__).resolve().parents[2]


def test_the_names_of_the_release_are_there():
    assert ORACLES.keys() == {
        "schedules", "forecast", "duplicates", "icsr", "mutations", "walls", "matrix"
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(ORACLES))
def test_each_names_an_existing_module(name):
    module = ORACLES[name].module
    if module[0] == "pytest":
        assert (ROOT / module[-1]).is_file()
        assert "EVERWATCH_EXAMPLES" in (ROOT / module[-1]).read_text()
    else:
        assert find_spec(module[0])


def test_the_caller_may_ask_for_another_size(monkeypatch):
    monkeypatch.delenv("EVERWATCH_EXAMPLES", raising=False)
    assert environment(ORACLES["icsr"])["EVERWATCH_EXAMPLES"] == "10000"
    monkeypatch.setenv("EVERWATCH_EXAMPLES", "5")
    assert environment(ORACLES["icsr"])["EVERWATCH_EXAMPLES"] == "5"


@pytest.mark.figure("F15")
def test_options_and_status_pass_through(measured):
    command = [sys.executable, "-m", "dev.testing.oracle", "schedules", "--pairs", PAIRS]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    text = f"{result['differences']} of {result['pairs']:,} pairs differ"
    measured("F15", text, pairs=result["pairs"])
    assert result["differences"] == 0
    unknown = subprocess.run(
        [*command[:3], "nothing"], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert unknown.returncode == 1
    assert "schedules" in unknown.stderr
