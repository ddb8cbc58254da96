"""A durable server of a test's own with the migrated database: it may be stopped and killed."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dev.engines.databases import Addresses, create_roles, embedded
from dev.engines.postgres import DURABLE, SUPERUSER, Postgres
from dev.engines.processes import run_as
from dev.testing.pytest_engines import ClonedDatabase, Engines


@dataclass
class Durable:
    """The server, its database as its users see it, and the environment of a process on it."""

    server: Postgres
    addresses: Addresses
    environment: dict[str, str]


@contextmanager
def reachable_folder(engines: Engines) -> Iterator[Path]:
    """A folder that PostgreSQL's own account can reach, which pytest's is not."""
    folder = Path(tempfile.mkdtemp(prefix="durable-", dir=engines.folder))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def copied_standby(primary: str, folder: Path, settings: dict[str, str] | None = None) -> Postgres:
    """A standby of the server at `primary` (a libpq text), not started yet."""
    server = Postgres(folder, {**DURABLE, **(settings or {})}, folder.with_suffix(".log"))
    server.data.mkdir(mode=0o700)
    if server.account is not None:
        os.chown(server.data, server.account.uid, server.account.gid)
    command = ["pg_basebackup", "--pgdata", server.data, "--checkpoint=fast", "--wal-method=stream"]
    command += ["--write-recovery-conf", "--no-sync", "--dbname", primary]
    done = run_as([server.binaries / command[0], *command[1:]], server.account)
    assert done.returncode == 0, done.stdout
    return server


@contextmanager
def standby_of(durable: Durable, folder: Path) -> Iterator[Postgres]:
    """A running standby, which the primary calls `standby`."""
    name = "application_name=standby"
    server = copied_standby(
        f"host={durable.server.sockets} user={SUPERUSER} {name}", folder / "standby"
    )
    server.start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(server.data, ignore_errors=True)


@contextmanager
def durable_server(
    clone: ClonedDatabase, folder: Path, settings: dict[str, str] | None = None
) -> Iterator[Durable]:
    """A server that flushes each commit to the disk, with a copy of `clone`."""
    server = Postgres(folder / "live", {**DURABLE, **(settings or {})}, folder / "live.log")
    server.start()
    addresses = embedded(server, "everwatch")
    try:
        create_roles(addresses)
        for command in (
            # As a superuser: row security holds for the owner of the tables too.
            ["pg_dump", "--format=custom", f"--file={folder / 'dump'}", clone.admin],
            ["createdb", f"--maintenance-db={addresses.maintenance}", "everwatch"],
            ["pg_restore", f"--dbname={addresses.admin}", "--jobs=2", str(folder / "dump")],
        ):
            done = run_as([server.binaries / command[0], *command[1:]], None)
            assert done.returncode == 0, done.stdout
        yield Durable(
            server,
            addresses,
            {
                **clone.environment,
                "DATABASE_URL": addresses.application,
                "DATABASE_OWNER_URL": addresses.owner,
            },
        )
    finally:
        server.stop()
        shutil.rmtree(server.data, ignore_errors=True)
