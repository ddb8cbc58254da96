"""`./run doctor`: each requirement with its version, or the line that installs it."""

import os
import platform
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from dev import paths
from dev.checks import packages
from dev.engines import postgres, valkey
from dev.engines.processes import unprivileged_account

FONTS = "followup/core/fonts"


@dataclass(frozen=True)
class Finding:
    """One line of the report; `cure` is empty when all is well."""

    name: str
    state: str
    cure: str = ""
    needed_for: str = "everything"


def python() -> Finding:
    """The interpreter of .venv."""
    good = (3, 11) <= sys.version_info[:2] <= (3, 14)
    cure = "" if good else "apt-get install python3 python3-venv, then remove .venv"
    return Finding("Python", f"{platform.python_version()} in {sys.prefix}", cure)


def database() -> Finding:
    """The PostgreSQL that demo and tests would start."""
    if os.environ.get("DATABASE_URL"):
        return Finding("PostgreSQL", "the server in DATABASE_URL", needed_for="demo, tests")
    try:
        account = unprivileged_account()
        binaries = postgres.find_binaries(paths.database_home(paths.VAR, account), account)
    except (postgres.EngineError, SystemExit) as error:
        return Finding("PostgreSQL", str(error), "apt-get install postgresql", "demo, tests")
    runs_as = f", runs as {account.name}" if account else ""
    return Finding("PostgreSQL", f"{postgres.version(binaries)} in {binaries}{runs_as}")


def broker() -> Finding:
    """The Valkey that demo and tests would start."""
    if os.environ.get("REDIS_URL"):
        return Finding("Valkey", "the server in REDIS_URL", needed_for="demo, tests")
    try:
        server = valkey.find_server()
    except postgres.EngineError as error:
        return Finding("Valkey", str(error), "apt-get install redis-server", "demo, tests")
    return Finding("Valkey", f"{valkey.version(server)} in {server}")


def library(name: str) -> Finding:
    """One Python package of the lock."""
    try:
        return Finding(name, version(name))
    except PackageNotFoundError:
        return Finding(name, "missing", "rm -f .venv/installed && ./run doctor")


def need(item: packages.Need) -> Finding:
    """One package of the operating system."""
    found = item.present()
    if not found:
        line = f"apt-get install --no-install-recommends {item.debian}"
        return Finding(item.what, "missing", line, item.purpose)
    return Finding(item.what, _detail(found), needed_for=item.purpose)


def _detail(found: str) -> str:
    if not found.startswith("/"):
        return found
    said = subprocess.run([found, "--version"], check=False, capture_output=True, text=True)
    line = (said.stdout or said.stderr).strip().split("\n")[0]
    return f"{line} ({found})"


def fonts() -> Finding:
    """The fonts that documents embed; they come with the project."""
    files = sorted(path.name for path in (paths.ROOT / FONTS).glob("*.[ot]tf"))
    cure = "" if files else f"restore {FONTS} from the repository"
    return Finding("fonts", ", ".join(files) or "missing", cure, "PDF documents")


def room(folder: Path = paths.ROOT) -> Finding:
    """Free disk space for the data folder."""
    stat = os.statvfs(folder)
    free = stat.f_bavail * stat.f_frsize / 2**30
    cure = "" if free > 2 else "make room: demo data, logs and documents need about 2 GB"
    return Finding("disk", f"{free:.1f} GB free", cure)


def findings() -> list[Finding]:
    """Everything, in the order a newcomer meets it."""
    looks: list[Callable[[], Finding]] = [python, database, broker, fonts, room]
    libraries = ("django", "celery", "psycopg", "weasyprint", "lxml", "playwright")
    return [
        *(look() for look in looks),
        *(library(name) for name in libraries),
        *(need(item) for item in packages.TESTS),
    ]


def main() -> int:
    """Print the report; 1 when something is missing."""
    lacking = 0
    for finding in findings():
        print(f"{'ok' if not finding.cure else '--':3} {finding.name:16} {finding.state}")
        if finding.cure:
            lacking += 1
            print(f"      for {finding.needed_for}: {finding.cure}")
    print("Nothing is missing." if not lacking else f"{lacking} missing.")
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main())
