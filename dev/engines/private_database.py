"""A throw-away PostgreSQL with one migrated database to copy from, in a process of its own.

`python -m dev.engines.private_database FOLDER KEPT` starts it, migrates, loads reference data, says
`ready` in FOLDER and stays until it is told to end; what went wrong is in `failed`. What was
made once is copied from KEPT the next time, with the seeded database when a run has made it.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import psycopg

from dev.demo.stack import Stack, apply_schema, inherited
from dev.engines import data_folders
from dev.engines.data_folders import DataFolders
from dev.engines.databases import (
    Addresses,
    clone,
    create_roles,
    drop,
    embedded,
    ensure_database,
    exists,
)
from dev.engines.postgres import THROWAWAY, EngineError, Postgres
from dev.engines.processes import spawn, stop
from dev.environments import test_environment
from dev.paths import ROOT, VAR

TEMPLATE = "everwatch_template"
SEEDED = "everwatch_seeded"
# Read before the tests put a folder of their own into EVERWATCH_VAR.
KEPT = VAR / "test-databases"


# The caller's own DATABASE_URL and DATABASE_OWNER_URL, before the tests put theirs in place.
SERVER = {
    "DATABASE_URL": "EVERWATCH_TEST_SERVER",
    "DATABASE_OWNER_URL": "EVERWATCH_TEST_SERVER_OWNER",
}


def remember_given_server() -> None:
    """Keep the URLs the caller gave where `given_server` finds them, in children too."""
    for given, kept in SERVER.items():
        if os.environ.get(given):
            os.environ[kept] = os.environ[given]


def given_server() -> Addresses | None:
    """The server the caller named instead of the embedded one."""
    application, owner = (os.environ.get(name) for name in SERVER.values())
    if not application:
        return None
    if not owner:
        raise SystemExit(
            "DATABASE_URL is given without DATABASE_OWNER_URL. Tests need both: the role "
            "everwatch_app, and everwatch_owner with CREATEDB."
        )
    return Addresses(application, owner, owner)


class Ended(BaseException):
    """The process that wanted the database is done with it."""


@dataclass
class PrivateDatabase:
    """The throw-away server of one test or benchmark run, as its users see it."""

    folder: Path
    template: Addresses
    host: subprocess.Popen[bytes] | None = None

    @property
    def seeded(self) -> Path:
        """The mark that the seeded database is there."""
        return self.folder / "seeded"

    @classmethod
    def in_folder(cls, folder: Path) -> "PrivateDatabase":
        """Name the database below `folder`; nothing is started."""
        given = given_server()
        if given is None:
            return cls(folder, embedded(_server(folder), TEMPLATE))
        # A server that was given keeps its own databases: ours carry the folder's name.
        return cls(folder, given.renamed(f"{TEMPLATE}_{folder.name.rpartition('-')[2]}".lower()))

    def start(self) -> None:
        """Begin to make the database; returns at once. Only from the main thread."""
        if self.host is None:
            self.host = spawn(
                [sys.executable, "-m", "dev.engines.private_database", self.folder, KEPT],
                environment=inherited(),
                log=self.folder / "host.log",
                folder=ROOT,
            )

    def wait(self, patience: float = 600) -> None:
        """Return when the database can be copied; EngineError says what went wrong."""
        limit = time.monotonic() + patience
        while not (self.folder / "ready").exists():
            failed = self.folder / "failed"
            if failed.exists():
                raise EngineError(failed.read_text())
            if self.host is not None and self.host.poll() is not None:
                raise EngineError((self.folder / "host.log").read_text())
            if time.monotonic() > limit:
                raise EngineError("The private database was not ready in time")
            time.sleep(0.02)

    def copy(self, name: str, of: str = TEMPLATE) -> Addresses:
        """A fresh copy of the migrated (or the seeded) database."""
        source = self.named(of)
        return clone(source, self.named(name).name)

    def named(self, name: str) -> Addresses:
        """The URLs of the database `name` of this run."""
        mark = self.template.name.removeprefix(TEMPLATE)
        return self.template.renamed(f"{name}{mark}")

    def stop(self) -> None:
        """End the server; its data is thrown away with the folder, or kept for the next run."""
        if self.host is not None:
            stop(self.host, patience=120)
            self.host = None


def _server(folder: Path) -> Postgres:
    return Postgres(folder, THROWAWAY, folder / "postgres.log")


def make(database: PrivateDatabase) -> None:
    """Roles, an empty database, migrations, reference data."""
    if given_server() is None:
        create_roles(database.template, assumed=True)
    drop(database.template)
    ensure_database(database.template)
    folder = database.folder
    environment = {
        **inherited(),
        **test_environment(folder),
        "DATABASE_URL": database.template.application,
        "DATABASE_OWNER_URL": database.template.owner,
        "REDIS_URL": f"unix://{folder}/none.sock",
        "DATABASE_LOGINS": "separate" if given_server() is None else "one",
    }
    apply_schema(Stack(environment, folder), folder / "schema.log")


def drop_all(database: PrivateDatabase, but: tuple[str, ...] = ()) -> None:
    """Leave nothing of this run on its server, `but` the named databases."""
    mark = database.template.name.removeprefix(TEMPLATE)
    with closing(psycopg.connect(database.template.maintenance)) as connection:
        rows = connection.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, 'everwatch_') "
            "AND right(datname, %s) = %s",
            [len(mark), mark],
        ).fetchall()
    for (name,) in rows:
        if name not in but:
            drop(database.template.renamed(name))


def start(database: PrivateDatabase, server: Postgres, kept: DataFolders) -> str:
    """Start over a kept data folder, else over a new one; the key of a seeded one, if it is."""
    world = data_folders.world_key(server.version)
    schema = data_folders.schema_key(server.version)
    with kept.alone():
        for key in (world, schema):
            if kept.restore(key, server.data):
                if _starts(database, server):
                    if key == world:
                        database.seeded.touch()
                    return world
                kept.discard(key)
        server.start()
        make(database)
        if schema == data_folders.schema_key(server.version):
            server.stop()
            kept.keep(schema, server.data)
            server.start()
    return world


def _starts(database: PrivateDatabase, server: Postgres) -> bool:
    """Whether the copied folder serves; what does not is removed."""
    try:
        server.start()
        if exists(database.template):
            return True
    except EngineError:
        pass
    server.stop()
    shutil.rmtree(server.data, ignore_errors=True)
    return False


def keep_seeded(database: PrivateDatabase, server: Postgres, kept: DataFolders, key: str) -> None:
    """Stop cleanly and keep the seeded database, unless a source changed since the start."""
    if key != data_folders.world_key(server.version):
        return
    drop_all(database, but=(TEMPLATE, SEEDED))
    server.stop()
    with kept.alone():
        kept.keep(key, server.data)


def serve(folder: Path, kept: DataFolders) -> None:
    """Make the database, say so, wait for the end."""
    database = PrivateDatabase.in_folder(folder)
    server = None if given_server() else _server(folder)
    key = ""
    try:
        if server is None:
            make(database)
        else:
            key = start(database, server, kept)
        restored = database.seeded.exists()
        (folder / "ready").touch()
        try:
            while True:
                signal.pause()
        finally:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            if server is not None and database.seeded.exists() and not restored:
                with suppress(psycopg.Error, OSError):
                    keep_seeded(database, server, kept, key)
    except (EngineError, SystemExit) as error:
        (folder / "failed").write_text(str(error))
        raise
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if server is not None and server.process is not None:
            stop(server.process, how=signal.SIGQUIT)
        elif server is None:
            drop_all(database)


def _end(number: int, frame: FrameType | None) -> None:
    raise Ended


def main() -> int:
    """The host process."""
    signal.signal(signal.SIGTERM, _end)
    try:
        serve(Path(sys.argv[1]), DataFolders(Path(sys.argv[2])))
    except Ended:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
