"""`./run oracle`: every name has something to run."""

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from dev.testing.oracle import ORACLES, environment
from tests.oracle import core_outcomes, core_release

PAIRS = os.environ.get("EVERWATCH_PAIRS", "200")
ROOT = Path(__file__).resolve().parents[2]


def test_the_names_of_the_release_are_there():
    assert ORACLES.keys() == {
        "schedules",
        "forecast",
        "duplicates",
        "icsr",
        "mutations",
        "messages",
        "walls",
        "pages",
        "matrix",
        "core",
        "registers",
    }


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


def test_core_names_what_it_cannot_do_without(tmp_path):
    arguments = [sys.executable, "-m", "tests.oracle.core_release", "none.zip"]
    lacking = ["--rules", str(tmp_path), "--python", "python-nobody-has"]
    run = subprocess.run(
        [*arguments, *lacking], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == core_release.MISSING
    for word in ("CORE was not run", "none.zip", "python-nobody-has", "holds no rules"):
        assert word in run.stderr


def test_a_report_of_core_is_packed_with_its_package_and_both_hashes(tmp_path):
    package, report = tmp_path / "S1.zip", tmp_path / "core-report.json"
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("manifest.json", "{}")
    report.write_text("{}")
    words = tmp_path / "core-report.txt"
    words.write_text("words")
    with zipfile.ZipFile(core_release.pack(package, report, words)) as archive:
        sums = dict(
            reversed(line.split()) for line in archive.read("SHA256SUMS").decode().splitlines()
        )
        assert sums == {
            name: hashlib.sha256(archive.read(name)).hexdigest()
            for name in (package.name, report.name, words.name)
        }
    (tmp_path / "CORE-000001").mkdir()
    (tmp_path / "CORE-000001" / "rule.yml").touch()
    told = core_release.missing(package, tmp_path, sys.executable)
    assert told == [f"{package} holds no SAS transport file: choose the format SAS XPT v5"]
    with zipfile.ZipFile(package, "a") as archive:
        archive.writestr("dm.xpt", "")
    assert core_release.missing(package, tmp_path, sys.executable) == []


def test_core_takes_classes_from_the_package_and_rules_of_its_version(tmp_path):
    define = tmp_path / "define.xml"
    define.write_text(
        '<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" xmlns:def="http://www.cdisc.org/ns/def/v2.1">'
        '<ItemGroupDef Name="AE"><def:Class Name="EVENTS"/></ItemGroupDef>'
        '<ItemGroupDef Name="CE"><def:Class Name="EVENTS"/></ItemGroupDef></ODM>'
    )
    assert core_outcomes.classes(define) == [
        {"name": "EVENTS", "datasets": [{"name": "AE"}, {"name": "CE"}]}
    ]
    rule = {"Authorities": [{"Standards": [{"Name": "SDTMIG", "Version": "3.4"}]}]}
    assert core_outcomes.holds(rule, "sdtmig", "3.4")
    assert not core_outcomes.holds(rule, "sdtmig", "3.3")
    assert not core_outcomes.holds({}, "sdtmig", "3.4")


@pytest.mark.parametrize(
    ("results", "state"),
    [
        (["success", "skipped", "issue reported"], "issue reported"),
        (["success", "execution error"], "execution error"),
        (["skipped", "success"], "success"),
        (["absent"], "not run: Column not found in data"),
        (["skipped"], "outside scope"),
        ([], "outside scope"),
    ],
)
def test_a_rule_of_core_that_did_not_run_is_not_one_that_passed(results, state):
    told = {"skipped": "Outside scope", "absent": "Column not found in data"}
    rows = [
        {
            "executionStatus": "skipped" if each in told else each,
            "errors": [{"error": told[each]}] if each in told else [],
        }
        for each in results
    ]
    assert core_outcomes.outcome(rows)[0] == state


def test_the_report_of_core_says_in_words_what_was_not_run():
    told = {
        "CORE-1": "success",
        "CORE-2": "not run: Column not found in data",
        "CORE-3": "issue reported",
        "CORE-4": "execution error: KeyError",
    }
    words = core_outcomes.summary({"rules": told}, {"Engine": "1.0"})
    for part in (
        "Engine: 1.0",
        "Rules asked: 4 of the folder; rules outside it were not run.",
        "  success: 1",
        "Not run, and what they asked for\n  CORE-2  not run: Column not found in data",
        "  CORE-4  execution error: KeyError",
    ):
        assert part in words
