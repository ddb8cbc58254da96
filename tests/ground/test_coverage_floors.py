"""The check of coverage: it fails when a package falls, and a floor never does."""

import json

import pytest

from dev.checks import check, coverage

SUMMARY = {"num_statements": 8, "covered_lines": 8, "num_branches": 2, "covered_branches": 1}


def report(**summary) -> coverage.Report:
    files = {"followup/core/jobs/rows.py": {"summary": SUMMARY | summary}}
    return coverage.read(json.dumps({"files": files}))


def test_lines_and_branches_count_together():
    assert report().packages["followup.core"].percent == 90.0


def test_a_package_below_its_floor_is_named():
    assert coverage.faults(report(), {"followup.core": 90}) == []
    (line,) = coverage.faults(report(covered_branches=0), {"followup.core": 90})
    assert line == "followup.core is covered to 80.00 %, its floor is 90 %"


def test_a_package_without_a_floor_is_named():
    assert "has no floor" in coverage.faults(report(), {})[0]


def test_a_package_that_was_asked_for_and_not_reached_is_a_fault():
    named = report().only(["pv.domain"])
    (line,) = coverage.faults(named, {"pv.domain": 95, "followup.core": 99})
    assert line == "pv.domain is covered to 0.00 %, its floor is 95 %"


def test_a_floor_only_rises():
    assert coverage.raised(report(), {"followup.core": 80}) == {"followup.core": 90}
    assert coverage.raised(report(), {"followup.core": 95}) == {"followup.core": 95}
    assert coverage.raised(report(), {"pv.domain": 95})["pv.domain"] == 95


def test_modules_of_the_first_floor_belong_to_their_application():
    assert coverage.package_of("pv/fact_handlers.py") == "pv"
    assert coverage.package_of("pv/domain/e2b/message.py") == "pv.domain"


@pytest.fixture
def measured(monkeypatch, tmp_path):
    """A data file of a run that reached half of one module, read in a folder of its own."""
    folder = tmp_path / "coverage"
    folder.mkdir()
    monkeypatch.setattr(coverage, "FOLDER", folder)
    monkeypatch.setattr(coverage, "FLOORS", tmp_path / "floors.json")

    def wrote(command, **_more):
        files = {"pv/domain/dates.py": {"summary": SUMMARY | {"covered_lines": 4}}}
        (folder / "report.json").write_text(json.dumps({"files": files}))

    monkeypatch.setattr(coverage.subprocess, "run", wrote)
    return tmp_path / "floors.json"


def test_the_gate_fails_below_and_passes_at_the_floor(measured, capsys):
    measured.write_text('{"pv.domain": 51}')
    assert coverage.compare([], rise=False) == 1
    assert "its floor is 51 %" in capsys.readouterr().err
    assert coverage.compare([], rise=True) == 1, "a floor is not lowered to what was measured"
    assert json.loads(measured.read_text()) == {"pv.domain": 51}
    measured.write_text('{"pv.domain": 40}')
    assert coverage.compare([], rise=True) == 0
    assert json.loads(measured.read_text()) == {"pv.domain": 50}


RULE = """
def later(first, second):
    if first > second:
        return first
    return second
"""
TEST = """
from invented.domain.days import later

def test_the_later_day():
    assert later(2, 1) == 2
"""


@pytest.fixture
def invented(tmp_path, monkeypatch):
    """A project of one rule, of whose two ways its test goes one: 3 of 4 lines, 1 of 2 branches."""
    for name in ("DJANGO_SETTINGS_MODULE", "PYTEST_ADDOPTS", "COVERAGE_PROCESS_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    files = {
        "invented/__init__.py": "",
        "invented/domain/__init__.py": "",
        "invented/domain/days.py": RULE,
        "tests/invented/domain/test_days.py": TEST,
        "pytest.ini": "[pytest]\npythonpath = .\naddopts = -p no:django\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    floors = tmp_path / coverage.FLOORS.relative_to(coverage.ROOT)
    floors.parent.mkdir(parents=True)
    return floors


def test_the_gate_of_the_rules_fails_when_a_rule_is_not_reached(invented, capfd):
    root = invented.parents[2]
    invented.write_text('{"invented.domain": 67}')
    assert coverage.rules("invented.domain", root) == 1
    assert "covered to 66.67 %, its floor is 67 %" in capfd.readouterr().err
    invented.write_text('{"invented.domain": 66}')
    assert coverage.rules("invented.domain", root) == 0


def test_the_judgement_of_the_code_holds_every_package_of_rules():
    held = {" ".join(each.command[-2:]) for each in check.checks()}
    assert {f"--rules {name}" for name in coverage.RULES} <= held
    there = {str(folder.relative_to(coverage.ROOT)) for folder in coverage.ROOT.glob("*/domain")}
    assert {name.replace(".", "/") for name in coverage.RULES} == there


def test_rules_services_and_writes_have_high_floors():
    floors = json.loads(coverage.FLOORS.read_text())
    strict = {name: floor for name, floor in floors.items() if name.endswith(coverage.STRICT)}
    assert set(strict) >= {"followup.domain", "pv.domain"}
    assert {name for name, floor in strict.items() if floor < coverage.LEAST} == set()
