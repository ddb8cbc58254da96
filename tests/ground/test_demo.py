"""`./run demo` for real: up, answering, stopped in order, and the data still there."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

import pytest

from dev.engines.mail_sink import free_port

ROOT = Path(__file__).resolve().parents[2]
STOPPED = ["listener", "beat", "worker", "web", "mail", "Valkey", "PostgreSQL"]
GIVEN = ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_LOGINS", "REDIS_URL", "EMAIL_URL")
GIVEN += ("MEDIA_ROOT", "LOG_LEVEL")


@pytest.fixture(scope="module")
def environment():
    """A newcomer's environment: nothing of the tests' own settings."""
    # pytest's own folders are closed to the account that PostgreSQL runs as under root.
    var = Path(tempfile.mkdtemp(prefix="everwatch-demo-", dir="/tmp"))
    var.chmod(0o711)
    values = {name: value for name, value in os.environ.items() if not name.startswith("EVERWATCH")}
    for name in (*GIVEN, "SECRET_KEY", "IDENTITY_KEYS", "BLIND_INDEX_KEY"):
        values.pop(name, None)
    yield {**values, "EVERWATCH_VAR": str(var), "PYTHONUNBUFFERED": "1"}
    shutil.rmtree(var)


def start(environment: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "dev.demo.supervisor", "--patients", "6", "--seed", "2", *arguments],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def patients(environment: dict[str, str]) -> int:
    """Those of the register; the patient of practice is told besides."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "dev.demo.management", "shell", "--verbosity", "0", "-c"),
            "from followup.models import Patient\n"
            "from pv.models import AggregateReport\n"
            "assert AggregateReport.objects.get().lock_id\n"
            "print(Patient.objects.filter(practice_row=None).count())",
        ],
        env=environment,
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout.split()[-1])


def test_it_comes_up_stops_in_order_and_keeps_its_data(environment):
    port = free_port()
    demo = start(environment, "--port", str(port))
    said: list[str] = []
    try:
        for line in demo.stdout:
            said.append(line)
            if "is ready" in line:
                break
        assert any("is ready" in line for line in said), "".join(said)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
            assert answer.status == 200
        while_running = patients(environment)
    finally:
        demo.send_signal(signal.SIGINT)
        rest = demo.stdout.read()
        demo.stdout.close()
        demo.wait(60)
    assert demo.returncode == 0, rest
    assert re.findall(r"Stopping (\w+)", rest) == STOPPED
    assert while_running == 6
    assert patients(environment) == while_running


def test_once_proves_the_round_again_on_the_same_data(environment):
    demo = start(environment, "--once", "--port", str(free_port()), "--patients", "9")
    said, _ = demo.communicate(timeout=600)
    assert demo.returncode == 0, said
    assert "Migrations, reference data and demo data are there" in said
    assert "Beat, worker and database completed a run" in said
    assert patients(environment) == 6
