"""The machines: two databases, two web servers, two workers, and beside them broker and mail."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from aiosmtpd.controller import Controller

from dev.demo.stack import Stack
from dev.engines.postgres import SUPERUSER, Postgres
from dev.engines.processes import spawn, stop
from dev.engines.valkey import find_server
from dev.testing.pytest_engines import ClonedDatabase
from tests.durable import Durable, copied_standby, durable_server
from tests.machines.load import Counting
from tests.machines.network import SWITCH, Network

DATABASES, WEBS, WORKERS = ("db1", "db2"), ("web1", "web2"), ("work1", "work2")
NAMES = (*DATABASES, *WEBS, *WORKERS)
STATEMENT = 3  # seconds a statement may take; a fault lasts longer
LEASE = 3  # seconds until the mail of a sender that died is taken up
# A machine that was cut off is noticed in seconds, not in a minute.
QUICK = {"wal_sender_timeout": "5s", "wal_receiver_timeout": "5s"}


@dataclass
class Hosts:
    """All of them; `databases` are the servers by machine, `children` what else runs by machine."""

    network: Network
    folder: Path
    durable: Durable
    databases: dict[str, Postgres]
    mail: Counting = field(default_factory=Counting)
    children: dict[str, list[subprocess.Popen[bytes]]] = field(default_factory=dict)
    primary: str = "db1"
    standby: str = "db2"  # empty: there is none at the moment

    def sql(self, machine: str, statement: str) -> str:
        """Ask a database on its own machine; the first value as text."""
        url = self.databases[machine].url(SUPERUSER, "everwatch")
        with closing(psycopg.connect(url, autocommit=True)) as connection:
            cursor = connection.execute(statement.encode())
            row = cursor.fetchone() if cursor.description else None
        return str(row[0]) if row else ""

    def environment(self, machine: str) -> dict[str, str]:
        """What the processes of a machine are told."""
        own = self.folder / machine
        for name in ("static", "media"):
            (own / name).mkdir(parents=True, exist_ok=True)
        at = self.network.addresses
        standby = f"postgres://everwatch_app@{at[self.standby]}/everwatch" if self.standby else ""
        return {
            **self.durable.environment,
            "DATABASE_URL": f"postgres://everwatch_app@{at[self.primary]}/everwatch",
            "STANDBY_DATABASE_URL": standby,
            "DATABASE_LOGINS": "separate",
            "REDIS_URL": f"redis://{at[SWITCH]}:6379/0",
            "EMAIL_URL": f"smtp://{at[SWITCH]}:2525",
            "ALLOWED_HOSTS": ",".join(at.values()),
            "EVERWATCH_VAR": str(own),
            "MEDIA_ROOT": str(own / "media"),
            "STATIC_ROOT": str(own / "static"),
            "MAIL_LEASE_SECONDS": str(LEASE),
            "API_RATE": "100000/min",
            "PAGE_RATE": "",
            "STATEMENT_TIMEOUT": f"{STATEMENT}s",
            "LOG_LEVEL": "WARNING",
        }

    def start(self, machine: str) -> None:
        """Start what runs on a machine."""
        with self.network.inside(machine):
            if machine in self.databases:
                self.databases[machine].start()
                return
            own = self.folder / machine
            stack = Stack(self.environment(machine), own)
            if machine in WEBS:
                address = self.network.addresses[machine]
                self.children[machine] = [stack.web(address, 8000, workers=1)]
            else:
                # Two clocks tick: one of them is enough, and either may be lost.
                self.children[machine] = [stack.worker(concurrency=1), stack.beat()]

    def kill(self, machine: str) -> None:
        """As when its power goes."""
        self.network.tell(machine, signal.SIGKILL)
        if machine in self.databases:
            server = self.databases[machine]
            if server.process is not None:
                server.process.wait()
            server.process = None
        for child in self.children.pop(machine, []):
            child.wait()

    def end(self, machine: str) -> None:
        """Stop its processes in order."""
        for child in self.children.pop(machine, []):
            stop(child, patience=20)

    def use(self, primary: str, standby: str) -> None:
        """Tell every web server and worker other addresses, and start them again with those."""
        self.primary, self.standby = primary, standby
        for machine in (*WEBS, *WORKERS):
            self.kill(machine)
        for machine in (*WEBS, *WORKERS):
            self.start(machine)

    def copy(self, source: str, machine: str) -> None:
        """Make a machine a standby of another, from nothing."""
        at = self.network.addresses
        folder = self.folder / f"{machine}-{time.monotonic_ns()}"
        words = f"host={at[source]} user={SUPERUSER} application_name=standby connect_timeout=5"
        with self.network.inside(machine):
            _wait_for(at[source])
            server = copied_standby(words, folder, listening(at[machine]))
        self.databases[machine] = server
        self.start(machine)

    def wait_for_copy(self, primary: str, patience: float = 60) -> None:
        """Until each commit of the primary is acknowledged by the standby first."""
        self.sql(primary, "ALTER SYSTEM SET synchronous_standby_names = 'standby'")
        self.sql(primary, "SELECT pg_reload_conf()")
        end = time.monotonic() + patience
        question = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"
        while self.sql(primary, question) != "1":
            assert time.monotonic() < end, "the standby does not stream"
            time.sleep(0.2)


def listening(address: str) -> dict[str, str]:
    """The settings of a database that others reach."""
    return {**QUICK, "listen_addresses": address, "hot_standby_feedback": "on"}


def _wait_for(address: str) -> None:
    """Until the database there is reached from here: a link that was down needs a moment."""
    end = time.monotonic() + 30
    while True:
        try:
            socket.create_connection((address, 5432), 2).close()
            return
        except OSError:
            assert time.monotonic() < end, f"{address} is not reached"
            time.sleep(0.2)


def _admit(server: Postgres) -> None:
    """Whoever is on this network may come in: only the machines of the test are."""
    with (server.data / "pg_hba.conf").open("a", encoding="utf-8") as file:
        file.write("host all all 10.77.0.0/24 trust\nhost replication all 10.77.0.0/24 trust\n")


@contextmanager
def running(clone: ClonedDatabase, folder: Path) -> Iterator[Hosts]:
    """The databases, the broker and the mail server; the others are started by whoever asks."""
    network = Network(NAMES)
    try:
        network.make()
        at = network.addresses
        with network.inside("db1"):
            made = durable_server(clone, folder, listening(at["db1"]))
            durable = made.__enter__()
        hosts = Hosts(network, folder, durable, {"db1": durable.server})
        try:
            _admit(durable.server)
            hosts.sql("db1", "SELECT pg_reload_conf()")
            hosts.copy("db1", "db2")
            hosts.wait_for_copy("db1")
            with _beside(hosts):
                yield hosts
        finally:
            for machine in (*WORKERS, *WEBS):
                hosts.kill(machine)
            for server in hosts.databases.values():
                if server.process is not None:
                    os.killpg(server.process.pid, signal.SIGCONT)
                server.stop()
                shutil.rmtree(server.data, ignore_errors=True)
            made.__exit__(None, None, None)
    finally:
        network.remove()


@contextmanager
def _beside(hosts: Hosts) -> Iterator[None]:
    address = hosts.network.addresses[SWITCH]
    with hosts.network.inside(SWITCH):
        mail = Controller(hosts.mail, hostname=address, port=2525)
        mail.start()
        flags = ["--bind", address, "--port", "6379", "--protected-mode", "no", "--save", ""]
        broker = spawn([find_server(), *flags], log=hosts.folder / "valkey.log")
    try:
        yield
    finally:
        stop(broker)
        mail.stop()
