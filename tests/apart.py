"""A database of a test's own under Django's default connection: commits and threads are real."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections

from dev.engines.databases import Addresses, drop
from dev.testing.pytest_engines import Engines


@contextmanager
def own_copy(engines: Engines, blocker: Any) -> Iterator[Addresses]:
    """A fresh copy of the migrated database, for every thread; dropped afterwards."""
    copy = engines.copy()
    settings = connections["default"].settings_dict
    before = settings["NAME"]
    with blocker.unblock():
        connections["default"].close()
        settings["NAME"] = copy.name
        try:
            yield copy
        finally:
            connections["default"].close()
            settings["NAME"] = before
            drop(copy)
