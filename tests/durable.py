"""A durable server of a test's own with the migrated database: it may be stopped and killed."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dev.engines.databases import Addresses, create_roles, embedded
from dev.engines.postgres import DURABLE, Postgres
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


@contextmanager
def durable_server(clone: ClonedDatabase, folder: Path) -> Iterator[Durable]:
    """A server that flushes each commit to the disk, with a copy of `clone`."""
    server = Postgres(folder / "live", DURABLE, folder / "live.log")
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
