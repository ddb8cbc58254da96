"""Machines of the test's own."""

from collections.abc import Iterator

import pytest

from dev.testing.pytest_engines import ClonedDatabase, Engines
from tests.durable import reachable_folder
from tests.machines import hosts as machines
from tests.machines.drill import note
from tests.machines.hosts import Hosts
from tests.machines.network import impossible


@pytest.fixture
def hosts(cloned_database: ClonedDatabase, engines: Engines) -> Iterator[Hosts]:
    """All of them, or the reason why this machine cannot make them."""
    if why := impossible():
        note(f"skipped: {why}")
        pytest.skip(why)
    with reachable_folder(engines) as folder, machines.running(cloned_database, folder) as made:
        yield made
