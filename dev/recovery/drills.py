"""A drill: restore the latest backup beside the database in use, verify it, measure, record."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg

from dev.demo.stack import Stack
from dev.engines.databases import embedded
from dev.engines.postgres import Postgres
from dev.paths import ROOT
from dev.recovery.backups import Store, manifest_of, missing_keys
from dev.recovery.restores import prepare
from dev.recovery.sealed_files import BackupError, Keys

_LAST = b"SELECT coalesce(max(id), 0) FROM core_change"


@dataclass(frozen=True)
class Drill:
    """What was measured; the fields of the product's record of it."""

    backup: str
    size: int
    changes: int
    lost: int
    restore_seconds: float
    seconds: float
    seal: str
    smoke: str
    passed: bool

    def lines(self) -> list[str]:
        """The result for a terminal."""
        megabytes = self.size / 1e6
        return [
            f"restored  {self.backup}, {megabytes:.0f} MB in {self.restore_seconds:.1f} s",
            f"RPO       {self.lost} of {self.changes} acknowledged changes lost",
            f"RTO       {self.seconds:.1f} s until the smoke test had passed",
            f"seal      {self.seal}",
            f"smoke     {self.smoke}",
            f"drill     {'passed' if self.passed else 'FAILED'}",
        ]


def last_change(url: str) -> int:
    """The number of the last committed change of the trail."""
    with closing(psycopg.connect(url, connect_timeout=5)) as connection:
        row = connection.execute(_LAST).fetchone()
    return int(row[0]) if row else 0


def drill(
    store: Store,
    *,
    folder: Path,
    keys: Keys,
    environment: Mapping[str, str],
    acknowledged: int | None,
    anchors: Path | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> Drill:
    """Restore the newest backup below `folder`, check it and remove it again.

    `acknowledged` is the last change of the database in use before this began; None when nobody
    can ask it: then the backup's own number is the measure.
    """
    started, backup = time.monotonic(), store.latest()
    manifest = manifest_of(backup)
    absent = missing_keys(manifest, environment)
    if absent:
        raise BackupError(
            f"The restored rows could not be read. Missing or different: {', '.join(absent)}. "
            "Fetch them from where the keys are kept."
        )
    say(f"restoring {backup.name}")
    server = prepare(store, backup, folder, keys)
    try:
        server.start()
        seconds = time.monotonic() - started
        addresses = embedded(server, str(manifest["database"]))
        stack = Stack({**environment, "DATABASE_URL": addresses.application}, folder)
        changes = last_change(addresses.admin)
        say("smoke test")
        smoke, served = _asked(stack, "smoke_test")
        total = time.monotonic() - started
        say("verifying the seal")
        sealed, sound = _asked(
            stack, "verify_audit", *(["--anchors", str(anchors)] if anchors else [])
        )
        before = acknowledged if acknowledged is not None else int(manifest["last_change"])
        lost = max(0, before - changes)
        size = sum(int(part["plain"]) for part in manifest["parts"])
        passed = served and sound and lost == 0
        return Drill(
            backup.name,
            size,
            before,
            lost,
            round(seconds, 1),
            round(total, 1),
            sealed,
            smoke,
            passed,
        )
    finally:
        remove(server)


def record(result: Drill, environment: Mapping[str, str]) -> None:
    """Tell the database in use, whose page shows the last drills; BackupError when it refuses."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "note_drill"],
        env=dict(environment),
        cwd=ROOT,
        input=json.dumps(asdict(result)),
        text=True,
        capture_output=True,
        check=False,
    )
    if done.returncode != 0:
        raise BackupError(f"The drill could not be recorded:\n{done.stderr}")


def remove(server: Postgres) -> None:
    """Stop a restored server and leave nothing of it: it is a whole copy of the data."""
    server.stop()
    shutil.rmtree(server.data, ignore_errors=True)
    shutil.rmtree(server.data.with_name("restored-wal"), ignore_errors=True)


def _asked(stack: Stack, *arguments: str) -> tuple[str, bool]:
    """The last line of a command, and whether it ended well."""
    done = stack.ask(*arguments, patience=3600)
    lines = (done.stdout if done.returncode == 0 else done.stderr).strip().splitlines()
    return (lines[-1] if lines else "")[:200], done.returncode == 0
