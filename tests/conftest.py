"""The ground every test stands on; engines and browser come from the plugins in dev/."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.utils import translation
from hypothesis import HealthCheck, settings

from dev.engines.databases import Addresses
from followup.core import clock
from followup.core.row_security import contexts

# A busy machine draws slowly; that says nothing about a rule.
settings.register_profile("everwatch", suppress_health_check=[HealthCheck.too_slow], deadline=None)
# What holds the floors of coverage needs no luck: few examples, the same in each run.
settings.register_profile(
    "few", settings.get_profile("everwatch"), max_examples=15, derandomize=True, database=None
)
settings.load_profile(os.environ.get("EVERWATCH_HYPOTHESIS", "everwatch"))

# A test stands outside of every request: what it makes and looks at, it does as the system.
contexts.declare()
THIRD_PARTY = Path(__file__).resolve().parents[2] / "shared" / "e2b"


@pytest.fixture(scope="session")
def django_db_setup(own_database: Addresses) -> None:
    """Use the migrated database of this process; pytest-django makes and destroys none."""


@pytest.fixture(scope="module")
def module_transaction(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Rows that the fixtures of a module make once: what a test changes is taken back after it.

    PostgreSQL's own `now()` stands still until the module ends.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def language_of_the_product() -> Iterator[None]:
    """Start each test in Chinese: a page asked for in English leaves its language behind."""
    with translation.override("zh-hans"):
        yield


@pytest.fixture
def travel() -> Iterator[Callable[[timedelta], datetime]]:
    """Move the one clock by a span, for the rest of the test; each call starts where it stands.

    For a part of a test there is `clock.pinned`; nothing else changes the time.
    """
    with ExitStack() as stack:

        def move(by: timedelta) -> datetime:
            moment = clock.now() + by
            stack.enter_context(clock.pinned(moment))
            return moment

        yield move


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """With REQUIRE_NO_SKIPS, a skipped test fails the run.

    Only files of agencies may be absent, and then none of them may be there.
    """
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or not os.environ.get("REQUIRE_NO_SKIPS"):
        return
    reasons = {str(report.longrepr[2]) for report in reporter.stats.get("skipped", [])}
    absent = not THIRD_PARTY.is_dir()
    if bad := [reason for reason in reasons if not (absent and "../shared/e2b" in reason)]:
        reporter.write_line("Skipped where nothing may be skipped: " + "; ".join(sorted(bad)))
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
