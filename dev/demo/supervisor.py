"""`./run demo`: everything in one foreground command, in order up and in order down."""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from dev.checks import packages
from dev.demo.services import Ground
from dev.demo.stack import Stack, answers, apply_schema
from dev.demo.static_files import StaticFiles
from dev.engines import orphans
from dev.engines.postgres import EngineError
from dev.engines.prepared import Prepared
from dev.engines.processes import last_lines, stop
from dev.engines.single_instance import port_is_free, sole_supervisor
from dev.paths import VAR

STOPPED = 130
PATIENCE = 1800.0  # seconds a living process may take on a busy machine


class Stop(BaseException):
    """A signal asked us to stop."""


class Supervisor:
    """One demo: its engines, its processes and what it tells the person watching."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.began = time.monotonic()
        self.started = self.began
        self.ready = False
        self.ground = Ground()
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.starters: dict[str, Callable[[], subprocess.Popen[bytes]]] = {}
        self.url = f"http://{_shown(options.host)}:{options.port}/"

    def say(self, text: str) -> None:
        """One progress line with the seconds since the start."""
        sys.stdout.write(f"{time.monotonic() - self.began:6.1f} s  {text}\n")
        sys.stdout.flush()

    def run(self) -> int:
        """Everything; the exit status."""
        try:
            self.start()
            if not self.options.once:
                self.watch()
        except Stop:
            sys.stdout.write("\n")
            return 0 if self.ready else STOPPED
        finally:
            self.stop()
        return 0

    def start(self) -> None:
        """Engines, schema, data, processes, proof that the scheduler works, logins."""
        for name in orphans.end(self.ground.folder / "children.json"):
            self.say(f"Ended {name}, left over from a killed start")
        self.say(self.ground.start_database())
        self.say(self.ground.start_broker())
        self.say(self.ground.start_mail())
        environment = {"PUBLIC_URL": self.url.rstrip("/"), **self.ground.environment()}
        stack = Stack(environment, self.ground.logs)
        addresses = self.ground.addresses
        assert addresses is not None  # start_database named them
        prepared = Prepared(self.ground.folder / "prepared.json", addresses)
        collection = StaticFiles(stack, self.ground.folder / "static.done")
        try:
            collection.start()
            logins = prepared.logins()
            if logins is None:
                self.say("Migrations and reference data")
                apply_schema(stack, _fresh(stack.log("schema")))
                self._seed(stack)
                logins = self._ask(stack, "seed_demo", "--logins")
                prepared.keep(logins)
            else:
                self.say("Migrations, reference data and demo data are there")
            collection.finish()
        finally:
            collection.stop()
        self._start_processes(stack)
        self._wait_for_web()
        self._wait_for_tick(prepared)
        self.ready = True
        self.say(f"Everwatch is ready: {self.url}   (Ctrl-C stops it, the data stays)")
        sys.stdout.write(logins)
        self.say("No second factor is asked here; one can be added under My settings.")
        self.say("A passkey wants the address written as http://localhost, not in numbers.")
        sys.stdout.flush()

    def _seed(self, stack: Stack) -> None:
        self.say(f"Demo data, unless there is some ({self.options.patients} patients)")
        log = _fresh(stack.log("seed"))
        process = stack.manage(
            "seed_demo",
            *("--patients", str(self.options.patients), "--seed", str(self.options.seed)),
            *("--if-empty",),
            log=log,
        )
        try:
            if process.wait() != 0:
                raise SystemExit(f"seed_demo failed:\n{last_lines(log)}")
        finally:
            stop(process)

    def _start_processes(self, stack: Stack) -> None:
        self.starters = {
            "web": lambda: stack.web(self.options.host, self.options.port),
            "worker": stack.worker,
            "beat": stack.beat,
            "listener": lambda: stack.listener(self._listener_port()),
        }
        self.started = time.monotonic()
        for name, starter in self.starters.items():
            self.children[name] = starter()
        self._record()
        self.say("Web server, Celery worker, Celery beat and the listener for laboratories")

    def _listener_port(self) -> int:
        """The one above the web server's; any other when somebody has it."""
        wanted = int(self.options.port) + 1
        return wanted if port_is_free("127.0.0.1", wanted) else 0

    def _wait_for_web(self) -> None:
        self._wait(lambda: answers(self.url), 0.2, ("web",), "the web server to answer")
        self.say("The web server answers")

    def _wait_for_tick(self, prepared: Prepared) -> None:
        """A tick that beat sent, the worker ran and PostgreSQL stored."""
        self._wait(lambda: self._ticked(prepared), 0.3, ("worker", "beat"), "a first tick")
        self.say("Beat, worker and database completed a run")

    def _wait(
        self, reached: Callable[[], bool], pause: float, names: tuple[str, ...], aim: str
    ) -> None:
        """Wait while the processes `names` live: a busy machine is slow, not broken."""
        began = told = time.monotonic()
        while not reached():
            for name in names:
                self._demand_alive(name)
            now = time.monotonic()
            if now - began > PATIENCE:
                raise SystemExit(f"Waited in vain for {aim}:\n{self._tail(names[0])}")
            if now - told > 30:
                told = now
                load = os.getloadavg()[0]
                self.say(f"Still waiting for {aim} ({now - began:.0f} s, load {load:.0f})")
            time.sleep(pause)

    def _ticked(self, prepared: Prepared) -> bool:
        """Whether the last tick is younger than these processes: an older one proves nothing."""
        age = prepared.age_of_tick()
        return age is not None and age < time.monotonic() - self.started

    def watch(self) -> None:
        """Start again what ends unasked; give up on what keeps ending."""
        deaths: dict[str, list[float]] = {name: [] for name in self.children}
        while True:
            time.sleep(0.5)
            for name, process in self.children.items():
                if process.poll() is None:
                    continue
                now = time.monotonic()
                deaths[name] = [at for at in deaths[name] if now - at < 60] + [now]
                if len(deaths[name]) > 3:
                    raise SystemExit(f"The {name} keeps ending:\n{self._tail(name)}")
                self.say(f"The {name} ended with status {process.returncode}; starting it again")
                self.children[name] = self.starters[name]()
                self._record()
            self._demand_engines()

    def _demand_engines(self) -> None:
        for engine in (self.ground.postgres, self.ground.valkey):
            if engine and engine.process and engine.process.poll() is not None:
                raise SystemExit(f"An engine ended by itself:\n{last_lines(engine.log)}")

    def _demand_alive(self, name: str) -> None:
        if self.children[name].poll() is not None:
            raise SystemExit(f"The {name} did not start:\n{self._tail(name)}")

    def _tail(self, name: str) -> str:
        return last_lines(self.ground.logs / f"{name}.log", 30)

    def _ask(self, stack: Stack, *arguments: str) -> str:
        done = stack.ask(*arguments)
        if done.returncode != 0:
            raise SystemExit(f"manage.py {arguments[0]} failed:\n{done.stderr}")
        return done.stdout

    def _record(self) -> None:
        engines = {
            name: engine.process
            for name, engine in (
                ("Valkey", self.ground.valkey),
                ("PostgreSQL", self.ground.postgres),
            )
            if engine and engine.process
        }
        orphans.record(self.ground.folder / "children.json", {**self.children, **engines})

    def stop(self) -> None:
        """The listener and beat first, so that nothing new is asked for; PostgreSQL last."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        for name in ("listener", "beat", "worker", "web"):
            process = self.children.pop(name, None)
            if process is not None:
                self.say(f"Stopping {name}")
                if not stop(process, patience=30):
                    self.say(f"The {name} did not stop in time and was killed")
        for name in self.ground.stop_engines():
            self.say(f"Stopping {name}")
        (self.ground.folder / "children.json").unlink(missing_ok=True)
        self.say("Stopped; the data stays in " + str(self.ground.folder))


def _shown(host: str) -> str:
    return "127.0.0.1" if host in {"0.0.0.0", "::"} else host


def _fresh(log: Path) -> Path:
    log.unlink(missing_ok=True)
    return log


def parse(arguments: list[str]) -> argparse.Namespace:
    """The options of `./run demo`."""
    parser = argparse.ArgumentParser(prog="./run demo", description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--host", default="127.0.0.1", help="0.0.0.0 inside a container")
    parser.add_argument("--patients", type=int, default=300, help="only for an empty database")
    parser.add_argument("--seed", type=int, default=1, help="only for an empty database")
    parser.add_argument("--once", action="store_true", help="prove one whole run, then stop")
    return parser.parse_args(arguments)


def _on_signal(number: int, frame: FrameType | None) -> None:
    raise Stop


def main(arguments: list[str] | None = None) -> int:
    """Run the demo; the exit status."""
    options = parse(sys.argv[1:] if arguments is None else arguments)
    supervisor = Supervisor(options)
    with sole_supervisor(VAR, supervisor.url):
        if not port_is_free(options.host, options.port):
            raise SystemExit(
                f"Port {options.port} is in use by another program. "
                f"Choose another: ./run demo --port {options.port + 1}"
            )
        packages.offer(packages.PDF, supervisor.say)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _on_signal)
        try:
            return supervisor.run()
        except EngineError as error:
            raise SystemExit(str(error)) from None


if __name__ == "__main__":
    sys.exit(main())
