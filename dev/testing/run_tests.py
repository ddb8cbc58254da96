"""`./run test`: what the machine lacks, then pytest."""

import os
import sys
from pathlib import Path

from dev.checks import packages
from dev.paths import ROOT

PURE = ("tests/followup/domain", "tests/pv/domain", "tests/ground/pure")


def named_paths(arguments: list[str]) -> list[Path]:
    """The test files and folders among pytest's arguments."""
    paths = []
    for argument in arguments:
        path = ROOT / argument.partition("::")[0]
        if not argument.startswith("-") and path.exists():
            paths.append(path)
    return paths


def is_narrow(arguments: list[str]) -> bool:
    """Whether one process is quicker: only pure tests or single files are named."""
    paths = named_paths(arguments)
    return bool(paths) and all(
        path.is_file() or any(path.is_relative_to(ROOT / pure) for pure in PURE) for path in paths
    )


def has_own_workers(arguments: list[str]) -> bool:
    """Whether the caller chose the number of workers, or wants one process (pdb, no capture)."""
    return any(
        argument.startswith(("-n", "--numprocesses", "--pdb", "--collect-only", "--co", "--dist"))
        or argument in {"-s", "--capture=no"}
        for argument in arguments
    )


def main() -> int:
    """Run pytest with `sys.argv`; its exit status."""
    arguments = sys.argv[1:]
    packages.offer(packages.TESTS, print)
    if not has_own_workers(arguments) and not is_narrow(arguments):
        # Each worker begins with one half in order, so that most files keep to one live stack.
        arguments = ["-n", "2", "--dist", "worksteal", *arguments]
    command = [sys.executable, "-m", "pytest", *arguments]
    os.chdir(ROOT)
    os.execv(sys.executable, command)


if __name__ == "__main__":
    sys.exit(main())
