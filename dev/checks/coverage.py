"""`./run coverage`: the tests with coverage of lines and branches, held against floors that rise.

`./run coverage [--only PACKAGE ...] [arguments of ./run test]` runs tests under coverage,
subprocesses included, then holds every package, or those named, against its floor. `--last` reads
what the last run left; `--raise` also writes higher floors where that run was better. Floors are
whole percents, one per package, in coverage_floors.json beside this module.

`--rules PACKAGE` is the part that `./run check` holds each time: a package of rules reached by its
own tests alone, without a database, with few and always the same generated examples. The whole
run belongs to a release: docs/decisions/0032-where-floors-of-coverage-are-held.md.
"""

import argparse
import json
import math
import os
import subprocess
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dev.paths import ROOT, VAR

FLOORS = ROOT / "dev" / "checks" / "coverage_floors.json"
FOLDER = VAR / "coverage"
LEAST = 95  # of rules, shared services and writes
STRICT = ("domain", "core", "actions")
RULES = ("followup.domain", "pv.domain")
EXAMPLES = "15"


@dataclass
class Count:
    """Lines and branches of one package: how many there are, how many were reached."""

    there: int = 0
    reached: int = 0

    @property
    def percent(self) -> float:
        """Of lines and branches together; 100 for a package without any."""
        return 100 * self.reached / self.there if self.there else 100.0


@dataclass
class Report:
    """The counts of each package."""

    packages: dict[str, Count] = field(default_factory=dict)

    def add(self, path: str, summary: Mapping[str, Any]) -> None:
        """Count one file of coverage's own JSON report."""
        count = self.packages.setdefault(package_of(path), Count())
        count.there += summary["num_statements"] + summary["num_branches"]
        count.reached += summary["covered_lines"] + summary["covered_branches"]

    def only(self, names: Collection[str]) -> "Report":
        """The named packages; every one when none is named."""
        if not names:
            return self
        return Report({name: self.packages.get(name, Count(1, 0)) for name in names})


def package_of(path: str) -> str:
    """`followup.core` of `followup/core/jobs/rows.py`; a module of the first floor is its app's."""
    parts = Path(path).with_suffix("").parts
    return ".".join(parts[:2]) if len(parts) > 2 else parts[0]


def read(text: str) -> Report:
    """The counts in coverage's JSON report."""
    report = Report()
    for path, values in json.loads(text)["files"].items():
        report.add(path, values["summary"])
    return report


def faults(report: Report, floors: Mapping[str, int]) -> list[str]:
    """What is below its floor or has none."""
    lines = []
    for name, count in sorted(report.packages.items()):
        if name not in floors:
            lines.append(f"{name} has no floor in {FLOORS.name}: ./run coverage --raise writes it")
        elif count.percent < floors[name]:
            lines.append(
                f"{name} is covered to {count.percent:.2f} %, its floor is {floors[name]} %"
            )
    return lines


def raised(report: Report, floors: Mapping[str, int]) -> dict[str, int]:
    """The floors at what was measured, rounded down, where that is higher; none ever falls."""
    measured = {name: math.floor(count.percent) for name, count in report.packages.items()}
    names = sorted({*measured, *floors})
    return {name: max(measured.get(name, 0), floors.get(name, 0)) for name in names}


def run(arguments: list[str]) -> int:
    """The tests under coverage; pytest's exit status."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "dev.testing.run_tests", "--cov", "--cov-report=", *arguments]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def compare(names: Collection[str], *, rise: bool) -> int:
    """Print the table; 1 when a package is below its floor."""
    place = FOLDER / "report.json"
    command = [sys.executable, "-m", "coverage", "json", "--quiet", "-o", str(place)]
    subprocess.run(command, cwd=ROOT, check=True)
    report = read(place.read_text()).only(names)
    floors: dict[str, int] = json.loads(FLOORS.read_text())
    if rise:
        floors = raised(report, floors)
        FLOORS.write_text(json.dumps(floors, indent=2) + "\n")
    return told(report, floors)


def told(report: Report, floors: Mapping[str, int]) -> int:
    """Print the table and what is below; 1 when anything is."""
    for name, count in sorted(report.packages.items()):
        print(f"{count.percent:6.2f} %  floor {floors.get(name, 0):3} %  {name}")
    lines = faults(report, floors)
    for line in lines:
        print(line, file=sys.stderr)
    return 1 if lines else 0


def rules(package: str, root: Path = ROOT) -> int:
    """Hold one package of rules by its own tests; 1 below its floor, pytest's status on failure."""
    source = Path(*package.split("."))
    folder = root / "var" / "coverage" / package
    folder.mkdir(parents=True, exist_ok=True)
    report = folder / "report.json"
    command = [
        sys.executable,
        "-m",
        "pytest",
        str("tests" / source),
        "-q",
        "-p",
        "no:cacheprovider",
    ]
    command += [f"--cov={source}", "--cov-branch", f"--cov-report=json:{report}"]
    own = {
        "EVERWATCH_HYPOTHESIS": "few",
        "EVERWATCH_EXAMPLES": EXAMPLES,  # for the tests that name a number of their own
        "COVERAGE_FILE": str(folder / "data"),
    }
    done = subprocess.run(command, cwd=root, env={**os.environ, **own}, check=False)
    if done.returncode != 0:
        return done.returncode
    floors = json.loads((root / FLOORS.relative_to(ROOT)).read_text())
    return told(read(report.read_text()).only([package]), floors)


def main() -> int:
    """Run and compare, or compare alone."""
    parser = argparse.ArgumentParser(prog="./run coverage", description=__doc__)
    parser.add_argument("--only", action="append", default=[], metavar="PACKAGE")
    parser.add_argument("--last", action="store_true", help="the last run again")
    parser.add_argument("--raise", action="store_true", dest="rise", help="write higher floors")
    parser.add_argument("--rules", metavar="PACKAGE", help="by its own tests alone")
    options, arguments = parser.parse_known_args()
    if options.rules:
        return rules(options.rules)
    if not options.last and (status := run(arguments)) != 0:
        return status
    os.chdir(ROOT)
    return compare(options.only, rise=options.rise)


if __name__ == "__main__":
    sys.exit(main())
