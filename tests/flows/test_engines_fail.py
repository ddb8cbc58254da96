"""PostgreSQL stopped in three ways, its disk filled, and Valkey stopped in three: nothing is lost.

A release run takes more: EVERWATCH_RESTARTS for each way of PostgreSQL, EVERWATCH_FULL_DISKS,
EVERWATCH_BROKER_FAULTS.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from dev.engines.processes import stop
from dev.engines.valkey import Valkey
from dev.paths import ROOT
from dev.testing.pytest_engines import ClonedDatabase, Engines
from tests.durable import Durable, durable_server, reachable_folder
from tests.full_disk import filled, small_disk

RESTARTS = int(os.environ.get("EVERWATCH_RESTARTS", "1"))
FULL_DISKS = int(os.environ.get("EVERWATCH_FULL_DISKS", "0"))  # at most 3
DISK = 450  # megabytes: the server with its log, the copy of the database and room to write
BROKER_FAULTS = int(os.environ.get("EVERWATCH_BROKER_FAULTS", "1"))
BETWEEN = 8  # rows acknowledged between two stops


@contextmanager
def process(
    environment: dict[str, str], call: str, of: str = "engine_processes"
) -> Iterator[subprocess.Popen[str]]:
    """A function of the module `of`, that may talk; ended with the block."""
    code = f"from tests.flows import {of} as p; p.{call}"
    with subprocess.Popen(
        [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", code],
        env={**environment, "LOG_LEVEL": "CRITICAL"},
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        try:
            yield running
        finally:
            running.kill()


def line(running: subprocess.Popen[str]) -> Any:
    assert running.stdout
    said = running.stdout.readline()
    assert said, "the process has ended"
    return json.loads(said)


@pytest.fixture
def durable(cloned_database: ClonedDatabase, engines: Engines) -> Iterator[Durable]:
    with reachable_folder(engines) as folder, durable_server(cloned_database, folder) as made:
        yield made


def _children(parent: int) -> list[int]:
    """PostgreSQL's processes have sessions of their own: found by their parent."""
    pids = (int(folder.name) for folder in Path("/proc").glob("[0-9]*"))
    return [pid for pid in pids if _parent(pid) == parent]


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0  # gone meanwhile


def _kill(server: Any) -> None:
    """As when the power goes: the server and every process of its own at once."""
    for pid in (server.process.pid, *_children(server.process.pid)):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    server.process.wait()
    server.process = None


def _stop(how: signal.Signals) -> Callable[[Any], None]:
    def end(server: Any) -> None:
        assert stop(server.process, how=how, patience=60)
        server.process = None

    return end


WAYS = {"fast": _stop(signal.SIGINT), "immediate": _stop(signal.SIGQUIT), "killed": _kill}


@pytest.mark.figure("F12")
@pytest.mark.requirement("A11-16")
def test_rows_acknowledged_before_a_stop_are_there_once_after_it(durable, measured) -> None:
    stops, last = 0, -1
    with process(durable.environment, "write()") as writer:
        for number in range(RESTARTS):
            for end in WAYS.values():
                while last < (stops + 1) * BETWEEN:
                    last = line(writer)
                end(durable.server)
                durable.server.start()
                stops += 1
            assert stops == (number + 1) * len(WAYS)
        while last < (stops + 1) * BETWEEN:
            last = line(writer)
    with process(durable.environment, f"sound({last + 1})") as asked:
        said = line(asked)
    trail = "one entry each" if said["trail"] else "entries differ"
    measured(
        "F12",
        f"{stops} stops of PostgreSQL (fast, immediate, killed): {said['lost']} of {last + 1} "
        f"acknowledged rows lost, {said['twice']} repeated, trail: {trail}",
        stops=stops,
    )
    assert said == {"lost": 0, "twice": 0, "trail": True, "fault": ""}


def _log_finds_no_room(made: Durable) -> bool:
    """Write to the log until it needs a new file on a full disk; whether the server ended over it.

    Files of the log that were made before are used up first.
    """
    with suppress(psycopg.OperationalError), psycopg.connect(made.addresses.admin) as admin:
        admin.autocommit = True
        for _ in range(100):
            admin.execute("SELECT pg_logical_emit_message(true, 'test', 'x'), pg_switch_wal()")
    with suppress(subprocess.TimeoutExpired):
        made.server.process.wait(30)
    return made.server.process.poll() is not None


def _asked(person: subprocess.Popen[str]) -> Any:
    assert person.stdin
    person.stdin.write("go\n")
    person.stdin.flush()
    return line(person)


def a_full_disk_takes_nothing_that_was_acknowledged_and_answers_in_words(
    cloned_database, engines, measured
) -> None:
    last, ended, full, room = -1, 0, list[int](), list[int]()
    with (
        reachable_folder(engines) as folder,
        small_disk(folder / "disk", DISK) as disk,
        durable_server(cloned_database, disk) as made,
        process(made.environment, "write()") as writer,
        process(
            made.environment, f"save_each_time({2 * FULL_DISKS})", of="fault_processes"
        ) as person,
    ):
        assert line(person) == "ready"
        for number in range(FULL_DISKS):
            while last < (number + 1) * BETWEEN:
                last = line(writer)
            with filled(disk):
                full.append(_asked(person))
                down = _log_finds_no_room(made)
            if down:
                made.server.start()
            ended += down
            while last < (number + 1) * BETWEEN + 1:  # it writes again
                last = line(writer)
            room.append(_asked(person))
        kept = line(person)
        while last < (FULL_DISKS + 1) * BETWEEN:
            last = line(writer)
        writer.kill()
        writer.wait()
        with process(made.environment, f"sound({last + 1})") as asked:
            said = line(asked)
    measured(
        "F12",
        f"disk full {FULL_DISKS} times (server ended {ended} times): {said['lost']} of {last + 1} "
        f"acknowledged rows lost, {said['twice']} repeated",
    )
    assert said == {"lost": 0, "twice": 0, "trail": True, "fault": ""}
    assert full[0] == 503
    assert set(full) <= {503, 302}  # later ones may find a page with room in it
    assert room == [302] * FULL_DISKS
    assert kept == (full + room).count(302)


def _flushed(valkey: Valkey) -> Callable[[], None]:
    with closing(redis.Redis(unix_socket_path=str(valkey.socket))) as client:
        client.flushall()
    return lambda: None


def _frozen(valkey: Valkey) -> Callable[[], None]:
    assert valkey.process
    os.kill(valkey.process.pid, signal.SIGSTOP)
    return lambda: os.kill(valkey.process.pid, signal.SIGCONT)


def _stopped(valkey: Valkey) -> Callable[[], None]:
    valkey.stop()
    return valkey.start


@pytest.mark.figure("F11")
def test_a_broker_that_is_flushed_frozen_or_stopped_costs_no_job(
    cloned_database, engines, measured
) -> None:
    with reachable_folder(engines) as folder:
        valkey = Valkey(folder, folder / "valkey.log", keep=False)
        valkey.start()
        environment = {**cloned_database.environment, "REDIS_URL": valkey.url}
        slowest, faults = 0.0, 0
        try:
            with process(environment, "work_without_broker()") as running:
                assert line(running) == "ready"
                assert running.stdin
                for _ in range(BROKER_FAULTS):
                    for fault in (_flushed, _frozen, _stopped):
                        mend = fault(valkey)
                        running.stdin.write("go\n")
                        running.stdin.flush()
                        said = line(running)
                        mend()
                        faults += 1
                        assert (said["page"], said["failed"]) == (200, []), fault.__name__
                        slowest = max(slowest, said["seconds"])
                running.stdin.write("end\n")
                running.stdin.flush()
                said = line(running)
        finally:
            valkey.stop()
    measured(
        "F11",
        f"{faults} faults of Valkey (flushed, frozen, stopped): {said['asked'] - said['done']} of "
        f"{said['asked']} jobs lost, page, save and scheduler run in {slowest:.1f} s at most",
        faults=faults,
    )
    assert said == {"asked": faults, "found": faults, "done": faults}


if FULL_DISKS:  # ./run faults fills three; a run of every day may skip nothing
    test_a_full_disk = pytest.mark.figure("F12")(
        a_full_disk_takes_nothing_that_was_acknowledged_and_answers_in_words
    )
