"""The product's own processes: web server, Celery worker, Celery beat, management commands."""

import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dev.engines.processes import spawn, stop
from dev.paths import ROOT


@dataclass(frozen=True)
class Stack:
    """How to start each process, all with the same environment and one log file each."""

    environment: Mapping[str, str]
    logs: Path

    def web(self, host: str, port: int, *, workers: int = 2) -> subprocess.Popen[bytes]:
        """The web server on `host`:`port`."""
        return self._start(
            "web",
            *("gunicorn", "pv.config.wsgi:application", "--bind", f"{host}:{port}"),
            *("--workers", str(workers), "--threads", "4", "--timeout", "60", "--preload"),
            *("--graceful-timeout", "10", "--access-logfile", "-", "--no-control-socket"),
            "--permit-obsolete-folding",  # partners that send by AS2 fold their headers
        )

    def worker(self, *, concurrency: int = 2) -> subprocess.Popen[bytes]:
        """One worker for every queue."""
        return self._start(
            "worker",
            *("pv.config.worker", "--concurrency", str(concurrency)),
        )

    def beat(self) -> subprocess.Popen[bytes]:
        """The ticking clock."""
        return self._start("beat", "pv.config.beat")

    def listener(self, port: int) -> subprocess.Popen[bytes]:
        """The port for messages of laboratories."""
        return self.manage("listen_mllp", "--bind", f"127.0.0.1:{port}", log=self.log("mllp"))

    def manage(self, *arguments: str, log: Path | None = None) -> subprocess.Popen[bytes]:
        """Start `manage.py` with `arguments`."""
        return spawn(
            [sys.executable, ROOT / "manage.py", *arguments],
            environment=self.environment,
            log=log,
            folder=ROOT,
        )

    def migrate(self, log: Path) -> subprocess.Popen[bytes]:
        """Start the migrations, as the owner."""
        return spawn(
            [sys.executable, "-m", "dev.engines.quick_migrations", "--verbosity", "0"],
            environment={**self.environment, "EVERWATCH_AS_OWNER": "1"},
            log=log,
            folder=ROOT,
        )

    def ask(self, *arguments: str, patience: float = 300) -> subprocess.CompletedProcess[str]:
        """Run a short command to its end; its output is in `stdout` and `stderr`."""
        return subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), *arguments],
            env=dict(self.environment),
            cwd=ROOT,
            check=False,
            capture_output=True,
            text=True,
            timeout=patience,
            start_new_session=True,
        )

    def log(self, name: str) -> Path:
        """The log file of one process."""
        return self.logs / f"{name}.log"

    def _start(self, name: str, *module: str) -> subprocess.Popen[bytes]:
        return spawn(
            [sys.executable, "-m", *module],
            environment=self.environment,
            log=self.log(name),
            folder=ROOT,
        )


def apply_schema(stack: Stack, log: Path) -> None:
    """Migrate as the owner, load the reference data as the application; SystemExit on failure."""
    for name, start in (
        ("migrate", stack.migrate),
        ("load_reference", lambda log: stack.manage("load_reference", log=log)),
    ):
        process = start(log)
        try:
            status = process.wait()
        finally:
            stop(process)
        if status != 0:
            raise SystemExit(f"manage.py {name} failed:\n{log.read_text()}")


def answers(url: str, patience: float = 5) -> bool:
    """Whether the web server gives any answer that is not its own failure."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=patience) as answer:
            return int(answer.status) < 500
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False


def inherited() -> dict[str, str]:
    """Our own environment with the settings module named."""
    return {**os.environ, "DJANGO_SETTINGS_MODULE": "pv.config.settings"}
