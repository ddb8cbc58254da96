"""The check of coverage: it fails when a package falls, and a floor never does."""

import json

import pytest

from dev.checks import coverage

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


def test_rules_services_and_writes_have_high_floors():
    floors = json.loads(coverage.FLOORS.read_text())
    strict = {name: floor for name, floor in floors.items() if name.endswith(coverage.STRICT)}
    assert set(strict) >= {"followup.domain", "pv.domain"}
    assert {name for name, floor in strict.items() if floor < coverage.LEAST} == set()
