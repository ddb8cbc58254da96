"""A job whose worker is killed outright is seen by the tick and done by the next worker."""

import json
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

from dev.demo.stack import Stack
from dev.engines.processes import last_lines, spawn, stop
from dev.engines.valkey import Valkey
from dev.paths import ROOT
from pv.config.broker import QUEUES

REQUEST = """
import json
from tests import factories
from tests.flows import slow_jobs
from followup.core import jobs
from followup.core.security.accounts import actor_of
from followup.core.permissions import Perm, Role
jobs.handler(slow_jobs.KIND, needs=Perm.PATIENT_READ)(slow_jobs.work)
user = factories.make_user(Role.NURSE, site=factories.make_site())
job = jobs.request(actor_of(user), slow_jobs.KIND, title="Slow", parameters={})
print("JOB", job.id)
"""

TICK = "from pv.config.celery import app; app.send_task('everwatch.tick', retry=False)"


@pytest.fixture
def own_broker():
    """A broker of our own: on the shared one the live stack's worker would take our task."""
    folder = Path(tempfile.mkdtemp(prefix="everwatch-", dir="/tmp"))
    valkey = Valkey(folder, folder / "valkey.log", keep=False)
    valkey.start()
    yield valkey
    valkey.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def stack(cloned_database, own_broker, tmp_path):
    environment = {
        **cloned_database.environment,
        "REDIS_URL": own_broker.url,
        "SLOW_JOB_BEGAN": str(tmp_path / "began"),
        "MEDIA_ROOT": str(tmp_path / "media"),
    }
    return Stack(environment, tmp_path)


def worker(stack, name):
    return spawn(
        [sys.executable, "-m", "celery", "--app", "tests.flows.slow_jobs", "worker"]
        + ["--queues", ",".join(QUEUES), "--concurrency", "1", "--loglevel", "INFO"]
        + ["--without-mingle", "--without-gossip"],
        environment=stack.environment,
        log=stack.log(name),
        folder=ROOT,
    )


def until(condition, seconds, what):
    limit = time.monotonic() + 4 * seconds  # patience for a busy machine, not a measure
    while time.monotonic() < limit:
        found = condition()
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError(what())


def test_a_job_outlives_its_worker(stack, cloned_database, tmp_path):
    asked = stack.ask("shell", "-v", "0", "-c", REQUEST, patience=120)
    assert "JOB" in asked.stdout, asked.stderr
    job_id = asked.stdout.split("JOB ")[1].strip()
    with psycopg.connect(cloned_database.admin, autocommit=True) as database:

        def row():
            query = "SELECT state, attempts, file_sha256, error FROM core_job WHERE id = %s"
            return database.execute(query, [job_id]).fetchone()

        began = tmp_path / "began"
        first = worker(stack, "first")
        try:
            until(began.exists, 90, lambda: last_lines(stack.log("first"), 40))
        finally:
            os.killpg(first.pid, signal.SIGKILL)
            first.wait()
        assert row()[:2] == ("running", 1)
        # Three minutes without a sign of life, without waiting for them.
        query = "UPDATE core_jobprogress SET beat_at = now() - interval '4 min' WHERE job_id = %s"
        assert database.execute(query, [job_id]).rowcount == 1
        second = worker(stack, "second")
        try:
            stack.ask("shell", "-v", "0", "-c", TICK, patience=60)
            over = until(
                lambda: row() if row()[0] != "running" else None,
                120,
                lambda: json.dumps(row()) + last_lines(stack.log("second"), 40),
            )
        finally:
            stop(second)
    assert over[:2] == ("done", 2), over
    assert len(over[2]) == 64
    (made,) = (tmp_path / "media" / "jobs").glob(f"{job_id}-2*")
    assert made.read_text() == "done at last"
