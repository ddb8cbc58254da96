"""The ground of the tests: private PostgreSQL and Valkey, the live stack, the browser.

Loaded with `-p dev.testing.pytest_engines`: the settings are read before any conftest, so the
environment is prepared when this module is imported. Engines start when a test asks.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from dev.demo.live_stack import LiveStack, seed_demo
from dev.engines.databases import Addresses, drop
from dev.engines.postgres import EngineError
from dev.engines.private_database import (
    SEEDED,
    PrivateDatabase,
    given_server,
    remember_given_server,
)
from dev.engines.valkey import Valkey
from dev.environments import test_environment

FOLDER = "EVERWATCH_TEST_FOLDER"


@dataclass
class Engines:
    """What one test process uses; with xdist each worker has its own databases and Valkey."""

    folder: Path
    worker: str
    database: PrivateDatabase
    valkey: Valkey

    @property
    def own(self) -> Addresses:
        """The database of this process."""
        return self.database.named(f"everwatch_test_{self.worker}")

    def ready(self) -> None:
        """Start the private database unless it runs, and wait for it; fail plainly."""
        if self.is_controller:
            self.database.start()
        try:
            self.database.wait()
        except EngineError as error:
            pytest.exit(f"The private database did not start:\n{error}", returncode=3)

    def copy(self) -> Addresses:
        """A fresh copy of the migrated database under a name of its own."""
        self.ready()
        return self.database.copy(f"everwatch_copy_{uuid4().hex[:12]}")

    def environment(self, addresses: Addresses) -> dict[str, str]:
        """The environment of a subprocess that works on `addresses`."""
        return {
            **os.environ,
            "DATABASE_URL": addresses.application,
            "DATABASE_OWNER_URL": addresses.owner,
            "DATABASE_LOGINS": "separate" if given_server() is None else "one",
        }

    @property
    def is_controller(self) -> bool:
        """Whether this process made the folder and must remove it."""
        return self.worker == "main"

    def close(self) -> None:
        """Stop what was started here; the controller removes every trace."""
        self.valkey.stop()
        if self.is_controller:
            self.database.stop()
            shutil.rmtree(self.folder, ignore_errors=True)


def prepare() -> Engines:
    """Choose the folder and set the environment that the settings will read."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    if worker == "main":
        folder = Path(tempfile.mkdtemp(prefix="everwatch-", dir="/tmp"))
        # PostgreSQL's own account passes through; what is secret has closed folders below.
        folder.chmod(0o711)
        os.environ[FOLDER] = str(folder)
        remember_given_server()
    else:
        folder = Path(os.environ[FOLDER])
    database = PrivateDatabase.in_folder(folder)
    own = folder / worker
    own.mkdir(exist_ok=True)
    (own / "static").mkdir(exist_ok=True)  # WhiteNoise warns of a folder that is not there
    engines = Engines(folder, worker, database, Valkey(own, own / "valkey.log", keep=False))
    os.environ.update(test_environment(own))
    os.environ.update(
        DATABASE_URL=engines.own.application,
        DATABASE_OWNER_URL=engines.own.owner,
        REDIS_URL=engines.valkey.url,
        # A test is one transaction of one login; a server that was given has only its own two.
        DATABASE_LOGINS="assumed" if given_server() is None else "one",
    )
    return engines


ENGINES = prepare()


def pytest_configure(config: pytest.Config) -> None:
    """With workers the database is made while they collect; alone it waits to be asked for."""
    wanted = getattr(config.option, "dist", "no") != "no" and not config.option.collectonly
    if ENGINES.is_controller and wanted:
        ENGINES.database.start()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the engines of this process."""
    ENGINES.close()


@pytest.fixture(scope="session")
def engines() -> Engines:
    """The engines of this test process; `engines.ready()` waits for the migrated database."""
    return ENGINES


@pytest.fixture(scope="session")
def valkey(engines: Engines) -> Valkey:
    """A Valkey of this process alone, at REDIS_URL; `stop()` and `start()` are for fault tests."""
    if engines.valkey.process is None:
        engines.valkey.start()
    return engines.valkey


@pytest.fixture(scope="session")
def own_database(engines: Engines, valkey: Valkey) -> Addresses:
    """The migrated database with reference data that DATABASE_URL names in this process."""
    engines.ready()
    return engines.database.copy(f"everwatch_test_{engines.worker}")


@dataclass(frozen=True)
class ClonedDatabase:
    """A database of one test alone, with an environment for subprocesses that work on it."""

    application: str
    owner: str
    admin: str
    environment: dict[str, str]


@pytest.fixture
def cloned_database(engines: Engines, valkey: Valkey) -> Iterator[ClonedDatabase]:
    """A fresh copy of the migrated database: commits are real, and it is dropped afterwards."""
    copy = engines.copy()
    try:
        yield ClonedDatabase(copy.application, copy.owner, copy.admin, engines.environment(copy))
    finally:
        drop(copy)


@pytest.fixture(scope="session")
def live_stack(engines: Engines, valkey: Valkey) -> Iterator[LiveStack]:
    """Web server, worker and mail sink over a seeded copy: 60 patients, seed 7."""
    engines.ready()
    source = seeded(engines)
    copy = engines.database.copy(f"everwatch_live_{engines.worker}", of=source)
    stack = LiveStack(engines.environment(copy), copy, engines.folder / engines.worker)
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()
        drop(copy)


def seeded(engines: Engines) -> str:
    """Seed the demo data unless it is there, whichever process comes first; the name."""
    with (engines.folder / "seed.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not engines.database.seeded.exists():
            part = engines.database.copy(SEEDED)
            log = engines.folder / "seed.log"
            seed_demo(engines.environment(part), log)
            engines.database.seeded.touch()
    return SEEDED
