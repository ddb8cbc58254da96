"""`./run check`: every check of the code that needs no database."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from dev.checks import coverage, packages
from dev.environments import production_sample, without_server
from dev.paths import ROOT, VAR

BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Check:
    """One tool with its arguments; it must end with status 0."""

    name: str
    command: Sequence[str]
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """How one check ended."""

    name: str
    seconds: float
    status: int
    output: str


def checks() -> list[Check]:
    """All of them, the slowest first: two run side by side, and none should be left alone long."""
    python, manage = sys.executable, str(ROOT / "manage.py")
    templates = [str(path.relative_to(ROOT)) for path in sorted(ROOT.glob("templates/**/*.html"))]
    deploy = ["--deploy", "--fail-level", "WARNING"]
    rules = "dev.checks.coverage", "--rules"
    followup, pv = (
        Check(f"coverage of {name}", [python, "-m", *rules, name]) for name in coverage.RULES
    )
    # What checks nothing, but is done for the tests that follow while a core has nothing to do.
    databases = Check("databases of the tests", [python, "-m", "dev.testing.prepare"])
    found = [
        pv,
        *([databases] if os.environ.get("PREPARE_DATABASES") else []),
        Check("types", [python, "-m", "mypy", "followup", "pv", "dev", "bench"]),
        followup,
        Check("deployment settings", [python, manage, "check", *deploy], production_sample()),
        # It warns that it could not read the table of migrations; that is as it should be.
        Check(
            "migrations",
            [python, manage, "makemigrations", "--check", "--dry-run"],
            {**without_server(VAR / "check"), "PYTHONWARNINGS": "ignore::RuntimeWarning"},
        ),
        Check(
            "states",
            [python, manage, "state_diagrams", "--check"],
            without_server(VAR / "check"),
        ),
        Check("imports", [str(BIN / "lint-imports"), "--no-cache"]),
        Check("format", [str(BIN / "ruff"), "format", "--check", "."]),
        Check("lint", [str(BIN / "ruff"), "check", "."]),
    ]
    if templates:
        djade = [str(BIN / "djade"), "--check", "--target-version", "5.2"]
        found.append(Check("templates", [*djade, *templates]))
    if shutil.which("shellcheck"):
        findings = [str(path.relative_to(ROOT)) for path in sorted(ROOT.glob("findings/*.sh"))]
        scripts = ["run", ".ci/run", "docker/roles.sh", *findings]
        found.append(Check("shell", ["shellcheck", *scripts]))
    return found


_OF_TESTS = {"EVERWATCH_AS_OWNER", "DJANGO_ALLOW_ASYNC_UNSAFE"}  # the latter for those in a browser


def judge(check: Check) -> Verdict:
    """Run one check to its end."""
    began = time.monotonic()
    clean = {name: value for name, value in os.environ.items() if name not in _OF_TESTS}
    done = subprocess.run(
        check.command,
        cwd=ROOT,
        env={**clean, **check.environment},
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return Verdict(check.name, time.monotonic() - began, done.returncode, done.stdout)


def main() -> int:
    """Run all or the named checks, two at a time; 1 when any failed."""
    wanted = set(sys.argv[1:])
    chosen = [check for check in checks() if not wanted or check.name in wanted]
    if unknown := wanted - {check.name for check in chosen}:
        raise SystemExit(f"No such check: {', '.join(sorted(unknown))}")
    packages.offer(packages.PDF, print)  # the deployment check demands what prints documents
    failed = []
    with ThreadPoolExecutor(max_workers=2) as pool:
        for verdict in pool.map(judge, chosen):
            mark = "ok" if verdict.status == 0 else "FAILED"
            print(f"{mark:7} {verdict.name} ({verdict.seconds:.1f} s)", flush=True)
            if verdict.status != 0:
                failed.append(verdict.name)
                print(verdict.output.rstrip(), flush=True)
    if failed:
        print(f"./run check failed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
