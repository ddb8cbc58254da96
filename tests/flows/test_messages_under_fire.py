"""A listener and an API killed while laboratories send: no message is lost, none is read twice.

What was answered is on record; what was not is sent again, and counts once. `./run oracle messages`
kills as often as a release wants.
"""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

from dev.engines.mail_sink import free_port
from dev.paths import ROOT
from dev.testing.pytest_engines import ClonedDatabase
from followup.core import clock
from followup.domain.laboratory import mllp

KILLS = max(1, int(os.environ.get("EVERWATCH_EXAMPLES", "1")))
EACH = 40  # messages a kill may find
Environment = dict[str, str]


@contextmanager
def started(environment: Environment, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        env={**environment, "LOG_LEVEL": "CRITICAL", "PYTHONUNBUFFERED": "1"},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        try:
            yield running
        finally:
            running.kill()


def shell(environment: Environment, call: str) -> Any:
    code = f"from tests.flows import message_processes as p; p.{call}"
    return started(environment, "shell", "--verbosity", "0", "-c", code)


def said(environment: Environment, call: str) -> Any:
    with shell(environment, call) as running:
        return json.loads(running.communicate(timeout=240)[0].splitlines()[-1])


def message(patient: str, number: int) -> bytes:
    day = clock.today() - timedelta(days=2)
    lines = (
        f"MSH|^~\\&|LIS|L|E|E|{day:%Y%m%d}1200||ORU^R01|M{number}|P|2.4",
        f"PID|1||{patient}^^^HIS^MR",
        f"OBR|1||F{number}|P|||{day:%Y%m%d}0830",
        f"OBX|1|NM|M{number}||1.5|g/L|1-90|N|||F",
    )
    return "\r".join(lines).encode()


def sent(port: int, waiting: Sequence[tuple[int, bytes]], chance: random.Random) -> set[int]:
    """The messages a laboratory got an answer for before its connection ended; some go together."""
    answered: set[int] = set()
    left = list(waiting)
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 10) as line:
        line.settimeout(30)
        while left:
            size = chance.randint(1, 6)
            some, left = left[:size], left[size:]
            line.sendall(b"".join(mllp.framed(data) for _number, data in some))
            seen = b""
            while seen.count(b"\x1c\r") < len(some):
                data = line.recv(65536)
                if not data:
                    break
                seen += data
            answered |= {number for number, _data in some if b"|AA|M%d|" % number in seen}
            if seen.count(b"\x1c\r") < len(some):
                break
    return answered


def test_killed_at_work_nothing_is_lost_and_nothing_is_read_twice(
    cloned_database: ClonedDatabase,
) -> None:
    environment, chance = cloned_database.environment, random.Random(13)
    made = said(environment, "world()")
    total = EACH * KILLS
    waiting = {number: message(made["patient"], number) for number in range(total)}
    posted = dict.fromkeys(range(total))
    again = fired = 0
    for kill in range(KILLS + 1):
        port = free_port()
        bind = ("--bind", f"127.0.0.1:{port}", "--source", made["source"])
        with started(environment, "listen_mllp", *bind) as listener:
            assert listener.stdout
            assert listener.stdout.readline().startswith("Listening")
            if kill < KILLS:
                threading.Timer(chance.uniform(0.01, 0.6), listener.kill).start()
            before = len(waiting)
            for number in sent(port, list(waiting.items()), chance):
                del waiting[number]
            fired += bool(waiting)
            again += len(waiting) if kill < KILLS else 0
            assert kill < KILLS or before == 0 or not waiting
            listener.send_signal(signal.SIGTERM)
            listener.wait(60)
        call = f"post({made['source']!r}, {made['patient']!r}, {made['token']!r}, {list(posted)})"
        with shell(environment, call) as poster:
            assert poster.stdout
            for place, told in enumerate(poster.stdout):
                one = json.loads(told)
                assert one["status"] in (200, 201), one
                posted.pop(one["number"], None)
                if kill < KILLS and place >= chance.randint(1, EACH // 2):
                    time.sleep(chance.uniform(0, 0.02))
                    break  # killed on leaving
    assert not waiting
    assert not posted
    found = said(environment, "counted()")
    names = {f"{kind}{number}" for kind in "MB" for number in range(total)}
    assert set(found["messages"]) == set(found["lines"]) == names
    assert set(found["messages"].values()) == {1}, "sent again, it is the one on record"
    assert set(found["lines"].values()) == {1}, "and read once"
    assert found["states"] == {"READ": 2 * total}
    print(f"{KILLS} kills of each: {2 * total} messages, {again} sent again, 0 lost, 0 twice")
