"""`./run validation`, `trust` and `faults`: of JUnit files, or of a run of their own."""

import argparse
import os
import subprocess
import sys
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

from dev.paths import ROOT, VAR
from dev.validation.documents import Pack
from dev.validation.evidence import Outcome, Run, read, requirements, trace
from dev.validation.reports import of_benchmarks, of_coverage
from dev.validation.trust import table

PLACE = VAR / "validation"
# Parts of `trust` at the size of a release: the tests, their sizes, the figures they show.
PARTS: dict[str, tuple[tuple[str, ...], dict[str, str], tuple[str, ...]]] = {
    "mutants": (
        ("tests/oracle/test_authorisation_tables.py",),
        {"EVERWATCH_MUTANT_STEP": "1"},
        ("F2", "F3"),
    ),
    "rules": (("tests/oracle/rule_mutants.py",), {"EVERWATCH_RULE_STEP": "1"}, ("F27",)),
    "stored": (("tests/oracle/stored_mutants.py",), {"EVERWATCH_RULE_STEP": "1"}, ("F27",)),
    "sealed": (
        (
            "tests/followup/seal",
            "tests/pv/actions/test_reports_at_locks.py",
            "tests/architecture/test_tables.py",
        ),
        {
            "EVERWATCH_TRUST_EDITS": "10000",
            "EVERWATCH_TRUST_PROBES": "1000",
            "EVERWATCH_TRUST_REPORTS": "100",
            "EVERWATCH_TRUST_REPORT_EDITS": "10000",
        },
        ("F19", "F20", "F21"),
    ),
}
MARKED = {
    "validation": "requirement",
    "trust": "figure or requirement",
    "faults": "figure",
    "machines": "figure",
    "soak": "figure",
    **dict.fromkeys(PARTS, "figure"),
}
FAULTS = ("F9", "F10", "F11", "F12", "F13")
FAULT_TESTS = (
    "tests/flows/test_engines_fail.py",
    "tests/followup/actions/test_mail_under_fire.py",
    "tests/followup/actions/test_reminder_races.py",
    "tests/followup/actions/test_reminder_sweep.py",
    "tests/followup/actions/test_scheduler_faults.py",
)
# Machines of the test's own: root on Linux, minutes; no part of any other run.
MACHINES = ("tests/machines/drill.py",)
MACHINE_FIGURES = ("F9", "F12", "F16")
MACHINE_SIZES = {"EVERWATCH_HOLD": "30", "EVERWATCH_TABLE": str(PLACE / "machines.txt")}
# The same machines for hours; --quick lasts six minutes.
SOAK = ("tests/machines/soak.py",)
SOAK_SIZES = {
    "EVERWATCH_HOLD": "20",
    "EVERWATCH_SOAK_MINUTES": "120",
    "EVERWATCH_SOAK_EVERY": "120",
}
QUICK_SOAK = {"EVERWATCH_HOLD": "5", "EVERWATCH_SOAK_MINUTES": "6", "EVERWATCH_SOAK_EVERY": "60"}
# The sizes of a release; CI takes the small ones the tests have by themselves.
RELEASE = {
    "EVERWATCH_KILLS": "500",
    "EVERWATCH_POINT_KILLS": "20",  # at each of five points
    "EVERWATCH_RESTARTS": "17",  # of each of three ways
    "EVERWATCH_FULL_DISKS": "3",
    "EVERWATCH_BROKER_FAULTS": "20",  # of each of three kinds
}


def _run_of(name: str, files: list[Path], tests: Sequence[str], sizes: Mapping[str, str]) -> Run:
    """The run in the files; without any the marked tests run now, which takes some minutes."""
    if not files:
        PLACE.mkdir(parents=True, exist_ok=True)
        files = [PLACE / f"{name}.xml"]
        files[0].unlink(missing_ok=True)
        command = [sys.executable, "-m", "dev.testing.run_tests", *tests, "-q"]
        command += ["-m", MARKED[name], f"--junitxml={files[0]}"]
        subprocess.call(command, cwd=ROOT, env={**sizes, **os.environ})
    return read(files)


def _version() -> str:
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or os.environ.get("EVERWATCH_VERSION", "unknown")


def validation(run: Run, folder: Path) -> int:
    """Write the pack; 1 when a requirement has no executed test, or one that failed."""
    rows = trace(run, requirements())
    for path in Pack(run, rows, _version()).write(folder):
        print(path)
    missing = [row for row in rows if row.outcome is not Outcome.PASSED]
    for row in missing:
        print(f"{row.requirement.id}: {row.outcome}", file=sys.stderr)
    print(f"{len(rows) - len(missing)} of {len(rows)} requirements shown by {len(run.cases)} tests")
    return 1 if missing else 0


def trust(run: Run, only: Sequence[str] = (), reports: Mapping[str, str] | None = None) -> int:
    """Print the figures, or some of them; 1 when a test of one of them failed."""
    failed = 0
    print(f"Figures of the run of {run.at}, {len(run.cases)} tests\n")
    for figure, text, bar, said in table(run, reports):
        if only and figure not in only:
            continue
        failed |= said.startswith("FAILED")
        lines = textwrap.wrap(said, 70) or [""]
        print(f"{figure:4} {text}")
        print(f"     bar      {bar}")
        print("     measured " + "\n              ".join(lines))
    return int(failed)


def machines(files: list[Path], *, quick: bool) -> int:
    """The table of the drill, then the figures; a machine that cannot do it says why."""
    table = Path(MACHINE_SIZES["EVERWATCH_TABLE"])
    if not files:
        table.parent.mkdir(parents=True, exist_ok=True)
        table.write_text("")
    sizes = MACHINE_SIZES | ({"EVERWATCH_HOLD": "4"} if quick else {})
    run = _run_of("machines", files, MACHINES, sizes)
    if not files:
        print(table.read_text())
    return trust(run, MACHINE_FIGURES)


def main() -> int:
    """The command named first."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    parser = argparse.ArgumentParser(prog=f"./run {name}")
    parser.add_argument("--junit", type=Path, action="append", default=[], help="file of a run")
    if name == "validation":
        parser.add_argument("--into", type=Path, default=PLACE, help="folder of the documents")
    if name == "faults":
        parser.add_argument("--quick", action="store_true", help="the sizes of CI; short faults")
        several = "web hosts, workers and databases, each killed, frozen and cut off; for hours"
        parser.add_argument("what", nargs="?", choices=["machines", "soak"], help=several)
    if name == "trust":
        whole = "holes in walls and rights, changes of rules; trail and locks at release size"
        parser.add_argument("what", nargs="?", choices=list(PARTS), help=whole)
        for option, says in (("bench", "lines of ./run bench"), ("coverage", "report of a run")):
            parser.add_argument(f"--{option}", type=Path, action="append", default=[], help=says)
    options = parser.parse_args(sys.argv[2:])
    try:
        if name == "trust" and options.what:
            tests, sizes, only = PARTS[options.what]
            return trust(_run_of(options.what, options.junit, tests, sizes), only)
        if name == "faults" and options.what == "soak":
            sizes = QUICK_SOAK if options.quick else SOAK_SIZES
            return trust(_run_of("soak", options.junit, SOAK, sizes), ("F32",))
        if name == "faults" and options.what:
            return machines(options.junit, quick=options.quick)
        if name == "faults":
            sizes = {} if options.quick else RELEASE
            return trust(_run_of(name, options.junit, FAULT_TESTS, sizes), FAULTS)
        run = _run_of(name, options.junit, ("tests",), {})
        if name == "validation":
            return validation(run, options.into)
        said = of_benchmarks(options.bench)
        for path in options.coverage:
            said |= of_coverage(path)
        return trust(run, reports=said)
    except (ValueError, KeyError, OSError) as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    sys.exit(main())
