"""A module that is read at its first use, and what a command on files does not read."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.urls import NoReverseMatch, reverse

from dev.environments import without_server
from followup.core.http.addresses import NOTICE, PASSWORD_LINK, address
from followup.lazy_modules import lazy
from pv.config import broker
from pv.config.commands import WITHOUT_SERVICES
from pv.queries.channels import AS2_ROUTE

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


SELDOM = (
    "numpy scipy lxml.etree docx fido2 segno pystrich asn1crypto openpyxl weasyprint pyhanko "
    "asyncssh"
)
WEB = "from pv.config import wsgi"
WORKER = """
from django.template.loader import render_to_string
from followup.core.http import addresses
from pv.config.celery import _share, app
app.loader.import_default_modules()
_share()
link = addresses.address(addresses.NOTICE, pk="0192f0a0-0000-7000-8000-000000000001")
assert link in render_to_string("messages/reminder.txt", {"sentence": "", "link": link})
import sys
assert "redis" in sys.modules  # before the fork, so that the children share it
assert "followup.web.urls" not in sys.modules  # a letter names an address without the pages
"""


def ask(script: str, **more: str) -> str:
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"SECRET_KEY", "DATABASE_URL", "EVERWATCH_ENV"}
    } | more
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
        assert lazy("no_such_module_anywhere").thing
    with pytest.raises(AttributeError):
        assert lazy("json").no_such_name


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


@pytest.mark.parametrize("server", [WEB, WORKER], ids=["web", "worker"])
def test_a_server_at_rest_has_not_read_what_few_pages_use(server, tmp_path):
    seldom = f"import sys\nprint('READ', *(n for n in {SELDOM.split()} if n in sys.modules))"
    said = ask(f"{server}\n{seldom}", **without_server(tmp_path))
    assert said.splitlines()[-1] == "READ"


def test_an_address_in_a_letter_is_the_page_s_own():
    key = "0192f0a0-0000-7000-8000-000000000001"
    assert address(NOTICE, pk=key) == reverse("notice", args=[key])
    assert address(PASSWORD_LINK, key="a", token="b-1") == reverse(
        "password-link", args=["a", "b-1"]
    )
    assert address(AS2_ROUTE) == reverse("as2")
    with pytest.raises(NoReverseMatch):
        address(NOTICE, pk="no number of a notice")


def test_every_task_has_a_queue_that_the_worker_takes_from():
    assert {route["queue"] for route in broker.ROUTES.values()} | {broker.QUEUE} <= set(
        broker.QUEUES
    )


def test_beat_knows_the_tick_without_django():
    said = ask(
        "import sys\nfrom pv.config.beat import app\n"
        "print(sorted(app.conf.beat_schedule), 'django.apps' in sys.modules, "
        "app.conf.task_routes['everwatch.tick']['queue'])"
    )
    assert said.split() == ["['exchange',", "'tick']", "False", "tick"]
