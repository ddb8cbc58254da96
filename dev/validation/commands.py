"""`./run validation` and `./run trust`, of the JUnit file of a run or of a run of their own."""

import argparse
import os
import subprocess
import sys
import textwrap
from pathlib import Path

from dev.paths import ROOT, VAR
from dev.validation.documents import Pack
from dev.validation.evidence import Outcome, Run, read, requirements, trace
from dev.validation.trust import table

PLACE = VAR / "validation"
MARKED = {"validation": "requirement", "trust": "figure or requirement"}


def _run_of(name: str, files: list[Path]) -> Run:
    """The run in the files; without any the marked tests run now, which takes some minutes."""
    if not files:
        PLACE.mkdir(parents=True, exist_ok=True)
        files = [PLACE / f"{name}.xml"]
        files[0].unlink(missing_ok=True)
        command = [sys.executable, "-m", "dev.testing.run_tests", "tests", "-q"]
        subprocess.call([*command, "-m", MARKED[name], f"--junitxml={files[0]}"], cwd=ROOT)
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


def trust(run: Run) -> int:
    """Print the figures; 1 when a test of one of them failed."""
    failed = 0
    print(f"Figures of the run of {run.at}, {len(run.cases)} tests\n")
    for figure, text, bar, said in table(run):
        failed |= said.startswith("FAILED")
        lines = textwrap.wrap(said, 70) or [""]
        print(f"{figure:4} {text}")
        print(f"     bar      {bar}")
        print("     measured " + "\n              ".join(lines))
    return int(failed)


def main() -> int:
    """The command named first."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    parser = argparse.ArgumentParser(prog=f"./run {name}")
    parser.add_argument("--junit", type=Path, action="append", default=[], help="file of a run")
    if name == "validation":
        parser.add_argument("--into", type=Path, default=PLACE, help="folder of the documents")
    options = parser.parse_args(sys.argv[2:])
    try:
        run = _run_of(name, options.junit)
        return validation(run, options.into) if name == "validation" else trust(run)
    except ValueError as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    sys.exit(main())
