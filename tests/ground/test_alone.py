"""Follow-up runs without pharmacovigilance: checked, migrated into an empty database, opened."""

import subprocess
import sys

from dev.engines.databases import drop, ensure_database
from dev.paths import ROOT
from dev.testing.pytest_engines import Engines

OPEN = """
import sys
import django
django.setup()
from django.core.management import call_command
from django.test import Client
call_command("check")
page = Client().get("/sign-in/")
assert page.status_code == 200, page.status_code
assert b"csrfmiddlewaretoken" in page.content
from followup.core import extensions, facts, guards
assert len(extensions.registered()) == 1
assert {kind.__name__ for kind in facts._table()} == {"RecordSigned"}
assert not [m for m in guards.own_models() if m._meta.app_label == "pv"]
read = [name for name in sys.modules if name.startswith("pv.") and ".config" not in name]
assert read == [], read
"""
MIGRATE = """
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("migrate", check=True, verbosity=0)
"""


def test_followup_runs_without_pv(engines: Engines) -> None:
    engines.ready()
    empty = engines.database.named("everwatch_alone")
    ensure_database(empty)
    try:
        for script, owner in ((MIGRATE, "1"), (OPEN, "")):
            environment = engines.environment(empty) | {
                "DJANGO_SETTINGS_MODULE": "tests.alone.settings",
                "EVERWATCH_AS_OWNER": owner or "0",
            }
            done = subprocess.run(
                [sys.executable, "-c", script],
                cwd=ROOT,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr[-3000:]
    finally:
        drop(empty)
