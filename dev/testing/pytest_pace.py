"""What a long run needs: failing tests are named at once, and what is dear is done once.

Garbage is sought less often; the static files are looked up once and not for each test client.

Loaded with `-p dev.testing.pytest_pace`. pytest itself names what failed when all is done.
"""

import gc
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from whitenoise.middleware import WhiteNoiseMiddleware

# Collected tests live to the end: looking through them again and again finds nothing.
LATER = (10_000, 10, 10)


class Failures:
    """Names a failing test on a line of its own when it fails."""

    def __init__(self, reporter: pytest.TerminalReporter) -> None:
        self.reporter = reporter

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Called in the process that prints, for the tests of every worker."""
        if report.failed:
            crash = getattr(report.longrepr, "reprcrash", None)
            cause = str(crash.message).partition("\n")[0] if crash else ""
            when = "" if report.when == "call" else f" ({report.when})"
            self.reporter.ensure_newline()
            self.reporter.write_line(f"FAILED{when} {report.nodeid}: {cause}"[:300], red=True)


def _once(search: Any) -> Any:
    """WhiteNoise's search for static files, done by the first client of a process for all."""
    kept: dict[str, Any] = {}

    def search_once(middleware: Any) -> None:
        if not kept:
            search(middleware)
            kept.update(middleware.files)
        middleware.files.update(kept)

    return search_once


@pytest.fixture(scope="session", autouse=True)
def static_files_are_sought_once() -> Iterator[None]:
    """Each `Client()` builds the middleware again, and with it the table of static files."""
    search = WhiteNoiseMiddleware.add_files_from_finders
    with mock.patch.object(WhiteNoiseMiddleware, "add_files_from_finders", _once(search)):
        yield


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Collecting makes what stays: the collector rests. With `-v` pytest names tests itself."""
    gc.disable()
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and not hasattr(config, "workerinput") and config.option.verbose < 1:
        config.pluginmanager.register(Failures(reporter))


def pytest_collection_finish(session: pytest.Session) -> None:
    """The collector comes back, for what the tests make."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*LATER)
    gc.enable()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Whoever ran pytest in this process has the collector back, even without tests."""
    gc.enable()
