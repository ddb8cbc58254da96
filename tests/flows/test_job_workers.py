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

ERASURE = """
from dataclasses import replace
from tests import factories
from followup.actions import erasures
from followup.actions.laboratory import files
from followup.core import jobs
from followup.core.permissions import Role
site = factories.make_site()
nurse = factories.make_actor(Role.NURSE, site=site)
asking, deciding = [factories.make_actor(Role.SITE_LEAD, site=site) for _ in range(2)]
person = replace(factories.person("褚清源"), birth_date=None, national_id="")
patient = factories.register(nurse, site, identity=person)
source = files.add_source(nurse, site, name="lab")
for number in range(60):
    content = f"姓名,项目,结果\\n褚清源,IgG,{number}\\n".encode()
    files.receive(nurse, source, name=f"{number}.csv", content=content)
keys = [each.key for each in erasures._questions(patient)]
row = erasures.ask(asking, patient, ground="REQUEST", reason="a letter", confirmed=keys)
assert jobs.run(row.job_id).state == "done"
row.refresh_from_db()
erasures.decide(deciding, row, confirm=True)
row.refresh_from_db()
print("ERASURE", row.id, row.job_id)
"""
RUN = "from followup.actions.erasure_jobs import jobs; jobs.run('{}')"

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


def until(condition, seconds, what, pause=0.2):
    limit = time.monotonic() + 4 * seconds  # patience for a busy machine, not a measure
    while time.monotonic() < limit:
        found = condition()
        if found:
            return found
        time.sleep(pause)
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


def test_an_erasure_whose_worker_is_killed_outright_goes_on_and_ends(stack, cloned_database):
    asked = stack.ask("shell", "-v", "0", "-c", ERASURE, patience=120)
    assert "ERASURE" in asked.stdout, asked.stderr
    erasure, job = asked.stdout.split("ERASURE ")[1].split()
    with psycopg.connect(cloned_database.admin, autocommit=True) as database:

        def one(query, *values):
            return database.execute(query, values).fetchone()[0]

        def keys():
            query = "SELECT found -> 'files' FROM followup_identityerasure WHERE id = %s"
            files = one(query, erasure)
            return one("SELECT count(*) FROM followup_datakey WHERE owner = ANY(%s::uuid[])", files)

        def states():
            query = "SELECT state FROM followup_identityerasure WHERE id = %s"
            return one(query, erasure), one("SELECT state FROM core_job WHERE id = %s", job)

        assert (keys(), states()) == (60, ("ERASING", "queued"))
        first = spawn(
            [sys.executable, str(ROOT / "manage.py"), "shell", "-v", "0", "-c", RUN.format(job)],
            environment=stack.environment,
            log=stack.log("first"),
            folder=ROOT,
        )
        try:
            until(lambda: keys() < 60, 30, lambda: last_lines(stack.log("first"), 40), 0.01)
        finally:
            os.killpg(first.pid, signal.SIGKILL)
            first.wait()
        assert 0 < keys() < 60, "it was in the middle"
        assert states() == ("ERASING", "running")
        query = "UPDATE core_jobprogress SET beat_at = now() - interval '4 min' WHERE job_id = %s"
        assert database.execute(query, [job]).rowcount == 1
        second = stack.ask("shell", "-v", "0", "-c", RUN.format(job), patience=120)
        assert (keys(), states()) == (0, ("DONE", "done")), second.stderr
        done = one("SELECT done FROM followup_identityerasure WHERE id = %s", erasure)
        assert (done["files"], done["identities"]) == (60, 1)
