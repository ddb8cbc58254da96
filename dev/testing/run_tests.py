"""`./run test`: what the machine lacks, then pytest."""

import os
import sys
from pathlib import Path

from dev.checks import packages
from dev.paths import ROOT

MOST_WORKERS = 6  # each has databases, a Valkey and perhaps a web server of its own
PURE = ("tests/followup/domain", "tests/pv/domain")


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
        argument.startswith(("-n", "--numprocesses", "--pdb", "--collect-only", "--dist"))
        or argument in {"-s", "--capture=no", "--co"}
        for argument in arguments
    )


def main() -> int:
    """Run pytest with `sys.argv`; its exit status."""
    arguments = sys.argv[1:]
    packages.offer(packages.TESTS, print)
    if not has_own_workers(arguments) and not is_narrow(arguments):
        # A third of the time a test waits for a server, a lock or a process: with as many workers
        # as cores, cores stand idle. Each worker begins with one part of the files in order, so
        # that most of the browser's keep to one live stack.
        workers = min((os.cpu_count() or 1) + 1, MOST_WORKERS)
        arguments = ["-n", str(workers), "--dist", "worksteal", *arguments]
    command = [sys.executable, "-m", "pytest", *arguments]
    os.chdir(ROOT)
    os.execv(sys.executable, command)


if __name__ == "__main__":
    sys.exit(main())
