"""A module that is read at its first use, and what a command on files does not read."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from followup.lazy_modules import lazy
from pv.config.commands import WITHOUT_SERVICES

ROOT = Path(__file__).resolve().parents[2]
FIRST_USE = """
import sys
from followup.lazy_modules import lazy
wave = lazy("wave")
assert "wave" not in sys.modules
assert wave.Error.__name__ == "Error"
assert "wave" in sys.modules
"""
HEAVY = ("celery", "django.db.models", "fontTools", "holidays", "numpy", "psycopg", "weasyprint")
READ = """
import sys
import manage
sys.argv = ["manage.py", "clock", "--rule", "CN-S", "--day-zero", "2026-01-30"]
manage.main()
print("READ", *(name for name in HEAVY if name in sys.modules))
"""


def ask(script: str) -> str:
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"SECRET_KEY", "DATABASE_URL", "EVERWATCH_ENV"}
    }
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_lazy_module_is_read_when_a_name_is_asked_for():
    ask(FIRST_USE)


def test_what_is_not_there_is_said_like_by_a_plain_import():
    with pytest.raises(ModuleNotFoundError):
        lazy("no_such_module_anywhere").thing  # noqa: B018
    with pytest.raises(AttributeError):
        lazy("json").no_such_name  # noqa: B018


def test_a_command_on_files_reads_no_tables_and_no_broker():
    said = ask(f"HEAVY = {list(HEAVY)}\n{READ}")
    assert "CN-S due 2026-02-14" in said
    assert said.splitlines()[-1].strip() == "READ"


# The drawing of states reads them where the tables have them.
@pytest.mark.parametrize("command", sorted(WITHOUT_SERVICES - {"state_diagrams"}))
def test_each_command_on_files_runs_without_any_table(command):
    script = f"import sys, manage\nsys.argv = ['manage.py', '{command}', '--help']\nmanage.main()"
    assert "usage:" in ask(script)
    assert "followup.models" not in ask(
        f"import sys, manage, atexit\nsys.argv = ['manage.py', '{command}', '--help']\n"
        "atexit.register(lambda: print([n for n in sys.modules if n == 'followup.models']))\n"
        "manage.main()"
    )


def test_beat_knows_the_tick_without_django():
    said = ask(
        "import sys\nfrom pv.config.beat import app\n"
        "print(sorted(app.conf.beat_schedule), 'django.apps' in sys.modules, "
        "app.conf.task_routes['everwatch.tick']['queue'])"
    )
    assert said.split() == ["['exchange',", "'tick']", "False", "tick"]
