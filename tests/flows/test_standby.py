"""Lists and reports from a streaming standby: never older than what was acknowledged before."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import psycopg
import pytest

from dev.engines.postgres import SUPERUSER, Postgres
from dev.paths import ROOT
from dev.testing.pytest_engines import ClonedDatabase, Engines
from tests.durable import durable_server, reachable_folder, standby_of

Step = Callable[[str], Any]


@pytest.fixture
def pair(cloned_database: ClonedDatabase, engines: Engines) -> Iterator[tuple[Postgres, Step]]:
    """The standby, and a process that reads and writes at the two of them."""
    with (
        reachable_folder(engines) as folder,
        durable_server(cloned_database, folder) as durable,
        standby_of(durable, folder) as server,
    ):
        environment = {
            **durable.environment,
            "STANDBY_DATABASE_URL": server.url("everwatch_app", "everwatch"),
            "STANDBY_WAIT_SECONDS": "2",
            "DATABASE_POOL": "true",
            "LOG_LEVEL": "CRITICAL",
        }
        code = "from tests.flows import standby_processes as p; p.work()"
        with subprocess.Popen(
            [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", code],
            env=environment,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as running:
            assert running.stdin
            assert running.stdout
            assert json.loads(running.stdout.readline()) == "ready"

            def step(name: str) -> Any:
                assert running.stdin
                assert running.stdout
                running.stdin.write(f"{name}\n")
                running.stdin.flush()
                return json.loads(running.stdout.readline())

            try:
                yield server, step
            finally:
                running.kill()


def _tell(server: Postgres, statement: str) -> None:
    url = server.url(SUPERUSER, "everwatch")
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        connection.execute(statement.encode())


def test_what_was_written_is_read_whatever_becomes_of_the_standby(pair) -> None:
    server, step = pair
    said = step("read")
    assert (said["page"], said["api"]) == (True, True)
    assert said["page_from"]["standby"] > 3
    assert said["api_from"]["standby"] > 1

    said = step("foreign")
    assert said["from"]["standby"] > 1
    assert (said["own"], said["foreign"], said["nobody"]) == (True, False, 0)
    assert (said["recovering"], said["refused"]) == (True, "ReadOnlySqlTransaction")

    walked = step("walk")
    assert walked["failed"] == []
    assert walked["differ"] == []
    assert len(walked["opened"]) > 30

    _tell(server, "SELECT pg_wal_replay_pause()")
    behind = step("read")
    assert (behind["page"], behind["api"]) == (True, True), "the primary has it"
    _tell(server, "SELECT pg_wal_replay_resume()")
    assert step("read")["page_from"]["standby"] > 3

    pids = [server.process.pid, *_children(server.process.pid)]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    frozen = step("read")
    for pid in pids:
        os.kill(pid, signal.SIGCONT)
    assert (frozen["page"], frozen["api"]) == (True, True)
    assert frozen["seconds"] < 20, "it was not waited for until it thaws"

    server.stop()
    away = step("read")
    assert (away["page"], away["api"]) == (True, True)
    server.start()
    assert step("read")["page_from"]["standby"] > 3

    _tell(server, "SELECT pg_promote()")
    promoted = step("read")
    assert (promoted["page"], promoted["api"]) == (True, True), "a server of its own is not asked"


def _children(parent: int) -> list[int]:
    done = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(parent)], capture_output=True, text=True, check=True
    )
    return [int(pid) for pid in done.stdout.split()]
