"""Data folders of throw-away servers, kept below var/ for the next run that needs the same.

A folder is named by a hash of every file that shaped its content. A change of one of them gives
another name, so that nothing stale is ever used; only the last two of each kind stay.
"""

import contextlib
import fcntl
import hashlib
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dev.paths import ROOT

PACKAGES = ("followup", "pv")
STAY = 2
CHINA = 8 * 3600  # seconds the demo's clock is ahead of UTC
# What `migrate` and `load_reference` run, beside the migrations and the files that ship.
STARTING_POINTS = (
    "followup.apps",
    "followup.core.apps",
    "pv.apps",
    "followup.models",
    "pv.models",
    "pv.management.commands.load_reference",
)
ALWAYS = (
    "requirements.lock",
    "docker/database.sql",
    "pv/config/settings.py",
    "dev/testing/password_hashers.py",
    "dev/engines/data_folders.py",
    "dev/engines/databases.py",
    "dev/environments.py",
    "dev/demo/live_stack.py",
    "dev/engines/postgres.py",
    "dev/engines/private_database.py",
    "dev/engines/quick_migrations.py",
    "dev/demo/stack.py",
)
IMPORT = re.compile(
    r"^(?:from ((?:followup|pv)[\w.]*) import (\([^)]*\)|[^\n]+)|import ((?:followup|pv)[\w.]*))",
    re.MULTILINE,
)


def schema_key(version: str) -> str:
    """Changes with whatever shapes a migrated database with the reference data."""
    return f"schema-{_digest(_schema_files(), version)}"


def demo_key(database: str) -> str:
    """Changes with the schema, the reference data and the people of the demo."""
    people = set((ROOT / "pv" / "actions" / "demo").rglob("*.py"))
    return f"demo-{_digest(_schema_files() | people, database)}"


def _schema_files() -> set[Path]:
    files = {ROOT / name for name in ALWAYS} | imported(STARTING_POINTS)
    for package in PACKAGES:
        files.update((ROOT / package).rglob("migrations/*.py"))
    return files | _shipped()


def world_key(version: str) -> str:
    """Changes with any source of ours and with the day: the demo is told from today backwards."""
    files = {ROOT / name for name in ALWAYS} | _shipped()
    for package in PACKAGES:
        files.update((ROOT / package).rglob("*.py"))
    now = time.time()
    days = [time.strftime(" %Y-%m-%d", time.gmtime(now + ahead)) for ahead in (0, CHINA)]
    return f"world-{_digest(files, version + ''.join(days))}"


def imported(modules: Sequence[str]) -> set[Path]:
    """The files of ours that importing `modules` reads; imports stand at the left margin."""
    files: set[Path] = set()
    waiting = list(modules)
    while waiting:
        module = waiting.pop()
        path = _file(module)
        if path is None or path in files:
            continue
        files.add(path)
        waiting.append(module.rpartition(".")[0])
        for source, names, plain in IMPORT.findall(path.read_text()):
            waiting.append(source or plain)
            waiting += [f"{source}.{name}" for name in re.findall(r"\w+", names)]
    return files


def _file(module: str) -> Path | None:
    place = ROOT / module.replace(".", "/")
    for path in (place.with_suffix(".py"), place / "__init__.py"):
        if module and path.is_file():
            return path
    return None


def _shipped() -> set[Path]:
    """Reference documents, tables and SQL that code reads; pages and pictures never."""
    kinds = {".json", ".psv", ".sql"}
    paths = (path for package in PACKAGES for path in (ROOT / package).rglob("*.*"))
    return {path for path in paths if path.suffix in kinds and "static" not in path.parts}


def _digest(files: set[Path], also: str) -> str:
    digest = hashlib.sha256(also.encode())
    for path in sorted(files):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(ROOT)} {content}\n".encode())
    return digest.hexdigest()[:16]


@dataclass(frozen=True)
class DataFolders:
    """The kept folders. A key is a kind, a hyphen and a hash."""

    place: Path

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the lock: of two runs that lack the same folder one makes it, the other waits."""
        self.place.mkdir(parents=True, exist_ok=True)
        with (self.place / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def restore(self, key: str, data: Path) -> bool:
        """Copy the folder `key` to `data`, which must not be there; False when none is kept."""
        kept = self.place / key
        if not kept.is_dir():
            return False
        kept.touch()
        if _copy(kept, data):
            return True
        shutil.rmtree(data, ignore_errors=True)
        return False

    def keep(self, key: str, data: Path) -> None:
        """Copy `data` of a server that was stopped cleanly; a full disk keeps nothing."""
        part = Path(tempfile.mkdtemp(prefix="part-", dir=self.place))
        try:
            if _copy(data, part / "data") and not (self.place / key).exists():
                (part / "data").rename(self.place / key)
                (self.place / key).touch()
        finally:
            shutil.rmtree(part, ignore_errors=True)
        self._prune(key.partition("-")[0])

    def discard(self, key: str) -> None:
        """Delete a folder that a server could not start from."""
        shutil.rmtree(self.place / key, ignore_errors=True)

    def _prune(self, kind: str) -> None:
        """Keep the last used of a kind, and nothing of a run that was killed while it copied."""
        kept = sorted(self.place.glob(f"{kind}-*"), key=lambda path: path.stat().st_mtime)
        for path in [*kept[:-STAY], *self.place.glob("part-*")]:
            shutil.rmtree(path, ignore_errors=True)


def _copy(source: Path, target: Path) -> bool:
    """Copy with owners and modes, as PostgreSQL demands; whether all of it was copied."""
    done = subprocess.run(["cp", "-pR", source, target], check=False, capture_output=True)
    return done.returncode == 0
