"""Two web hosts, two workers, primary and standby: each killed, frozen and cut off in turn.

`./run faults machines` runs it; it is no part of the ordinary run, for it takes minutes.
EVERWATCH_HOLD is how many seconds each fault lasts.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dev.paths import ROOT
from tests.machines import hosts as machines
from tests.machines.hosts import WEBS, WORKERS, Hosts
from tests.machines.load import Load
from tests.machines.network import SWITCH

HOLD = float(os.environ.get("EVERWATCH_HOLD", "5"))
NURSES = 4
MAILS = 10  # on their way when a fault strikes
PATIENCE = 180.0  # seconds until everything works again after a fault; it is measured
TABLE = Path(os.environ.get("EVERWATCH_TABLE", os.devnull))


class Beside:
    """The process that makes people and mail on the primary."""

    def __init__(self, hosts: Hosts) -> None:
        server = hosts.databases[hosts.primary]
        environment = {
            **hosts.durable.environment,
            "DATABASE_URL": server.url("everwatch_app", "everwatch"),
            "DATABASE_LOGINS": "separate",
            "REDIS_URL": hosts.environment("work1")["REDIS_URL"],
            "LOG_LEVEL": "CRITICAL",
        }
        code = "from tests.machines import processes as p; p.work()"
        with hosts.network.inside(SWITCH):
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", code],
                env=environment,
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        assert self._line() == "ready"

    def _line(self) -> Any:
        assert self.process.stdout
        said = self.process.stdout.readline()
        assert said, "the process has ended"
        return json.loads(said)

    def ask(self, step: str, *arguments: Any) -> Any:
        """One step and what it says."""
        assert self.process.stdin
        self.process.stdin.write(json.dumps([step, arguments]) + "\n")
        self.process.stdin.flush()
        return self._line()

    def end(self) -> None:
        """End it."""
        self.process.kill()
        self.process.communicate()


@dataclass
class Struck:
    """One fault and what it cost."""

    what: str
    acknowledged: int  # writes while it lasted
    back: float  # seconds from its end until writes come through both web hosts
    mailed: float  # the same until the reminders that were on their way have arrived

    def __str__(self) -> str:
        return f"{self.what:18} {self.acknowledged:8} {self.back:8.1f} {self.mailed:8.1f}"


def note(line: str) -> None:
    with TABLE.open("a", encoding="utf-8") as table:
        table.write(line + "\n")


def faults_of(hosts: Hosts) -> Iterator[tuple[str, Callable[[], None], Callable[[], None]]]:
    network = hosts.network
    for machine in machines.NAMES:
        yield (
            f"{machine} killed",
            lambda m=machine: hosts.kill(m),
            lambda m=machine: hosts.start(m),
        )
        yield (
            f"{machine} frozen",
            lambda m=machine: network.tell(m, signal.SIGSTOP),
            lambda m=machine: network.tell(m, signal.SIGCONT),
        )
        yield (
            f"{machine} cut off",
            lambda m=machine: network.cut(m),
            lambda m=machine: network.join(m),
        )


class Drill:
    """What is counted over the whole of it."""

    def __init__(self, hosts: Hosts) -> None:
        self.hosts, self.beside = hosts, Beside(hosts)
        self.chance, self.ordered = random.Random(7), set[str]()
        self.load = Load(hosts.network, self.beside.ask("people", NURSES), list(WEBS))

    def mail(self, batch: str) -> set[str]:
        """Order reminders; wait until the first of them has gone out."""
        ids = set(self.beside.ask("mail", MAILS, batch))
        self.ordered |= ids
        self._until(lambda: bool(ids & set(self.hosts.mail.seen)), "no mail goes out")
        return ids

    def _until(self, ready: Callable[[], bool], why: str) -> float:
        began = time.monotonic()
        while not ready():
            assert time.monotonic() - began < PATIENCE, why
            time.sleep(0.1)
        return time.monotonic() - began

    def strike(self, what: str, fault: Callable[[], None], mend: Callable[[], None]) -> Struck:
        """One fault under load, and all that works again after it."""
        ids = self.mail(what)
        time.sleep(self.chance.random())
        began = time.monotonic()
        fault()
        time.sleep(HOLD)
        ended = time.monotonic()
        during = self.load.count(began + 1, ended)
        mend()
        back = self.load.back(ended, PATIENCE)
        missing = f"mails of {what} did not arrive"
        self._until(lambda: ids <= set(self.hosts.mail.seen), missing)
        struck = Struck(what, during, back, time.monotonic() - ended)
        note(str(struck))
        return struck

    def promote(self) -> tuple[float, float]:
        """The primary is gone for good; seconds until people write again, then with a standby."""
        hosts = self.hosts
        began = time.monotonic()
        hosts.network.cut("db1")  # first nobody reaches it any more, then it ends
        hosts.kill("db1")
        self.beside.end()
        hosts.sql("db2", "SELECT pg_promote()")
        hosts.use("db2", "")
        back = self.load.back(began, PATIENCE)
        self.beside = Beside(hosts)
        self.mail("after the promotion")
        hosts.network.join("db1")
        hosts.copy("db2", "db1")
        hosts.wait_for_copy("db2")
        hosts.use("db2", "db1")
        whole = time.monotonic()
        self.load.back(whole, PATIENCE)
        return back, time.monotonic() - began

    def read_at(self, machine: str) -> int:
        """How many rows of the list a standby has read; it counts them some seconds later."""
        end = time.monotonic() + 30
        while not (rows := int(self.hosts.sql(machine, _READ))) and time.monotonic() < end:
            time.sleep(1)
        return rows

    def settle(self) -> dict[str, Any]:
        """End the work, wait for the last mail; what there is."""
        self.load.end()
        self._until(lambda: self.beside.ask("open_mail") == 0, "mail is left")
        return dict(self.beside.ask("outcome"))


@contextmanager
def working(hosts: Hosts) -> Iterator[Drill]:
    drill = Drill(hosts)
    for machine in (*WEBS, *WORKERS):
        hosts.start(machine)
    began = time.monotonic()
    drill.load.start()
    try:
        drill.load.back(began, PATIENCE)
        yield drill
    finally:
        drill.load.stop.set()
        for machine in hosts.databases:
            hosts.network.join(machine)
        drill.load.end()
        drill.beside.end()


@pytest.mark.figure("F9", "F12", "F16")
def test_no_machine_that_is_killed_frozen_or_cut_off_costs_anything(hosts: Hosts, measured) -> None:
    with working(hosts) as drill:
        note(f"{'fault':18} {'acked':>8} {'back s':>8} {'mails s':>8}   (held {HOLD:g} s)")
        struck = [drill.strike(*fault) for fault in faults_of(hosts)]
        before = drill.read_at("db2")
        promoted, restored = drill.promote()
        after = drill.read_at("db1")
        found = drill.settle()
        load, seen = drill.load, dict(hosts.mail.seen)
        reads = sum(nurse.reads for nurse in load.nurses)
        missed = [about for nurse in load.nurses for about in nurse.missed]
        acknowledged = load.acknowledged()
    lost = set(acknowledged) - set(found["rows"])
    twice = {notice for notice, times in seen.items() if times > 1}
    unsent = drill.ordered - set(seen)
    unflagged = twice - set(found["ambiguous"])
    rows = (
        f"{len(struck)} faults of machines (killed, frozen, cut off) and a promotion: "
        f"{len(lost)} of {len(acknowledged)} acknowledged writes lost, {len(missed)} of {reads} "
        f"reads missed the write before; people write again {promoted:.1f} s after the primary is "
        f"given up, with a new standby after {restored:.1f} s"
    )
    mails = (
        f"{len(struck)} faults of machines: {len(unsent)} of {len(drill.ordered)} reminders lost, "
        f"{len(twice)} repeated, {len(unflagged)} of them not flagged, {found['in_app_twins']} "
        f"twins among {found['reminders']}"
    )
    note(f"\n{rows}\n{mails}")
    note(f"rows of the list read at the standby: {before} before the promotion, {after} after it")
    measured("F9", mails)
    measured("F12", rows)
    measured("F16", f"at a promotion with a synchronous standby {len(lost)} acknowledged rows lost")
    assert load.faults() == []
    assert (lost, unsent, unflagged, missed) == (set(), set(), set(), [])
    assert (found["in_app_twins"], found["fault"]) == (0, "")
    assert min(before, after) > 0, "the lists were read there"
    waited = [one for one in struck if one.what.startswith(("db1", "db2"))]
    # A statement may last STATEMENT seconds here: no limit ends the wait for the standby.
    assert [one.acknowledged for one in waited] == [0] * len(waited), "nothing without the standby"


_READ = "SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::bigint FROM " + (
    "pg_stat_user_tables WHERE relname = 'followup_callback'"
)
