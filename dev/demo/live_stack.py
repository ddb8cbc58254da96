"""The whole product on a free port, for tests that speak HTTP to it."""

import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from dev.demo.stack import Stack, answers
from dev.engines.databases import Addresses
from dev.engines.mail_sink import MailSink, free_port
from dev.engines.processes import last_lines, stop

PATIENTS, SEED = 60, 7


def seed_demo(environment: dict[str, str], log: Path) -> None:
    """Fill the database that `environment` names with the demo's patients."""
    stack = Stack(environment, log.parent)
    process = stack.manage("seed_demo", "--patients", str(PATIENTS), "--seed", str(SEED), log=log)
    try:
        if process.wait() != 0:
            raise RuntimeError(f"seed_demo failed:\n{last_lines(log, 40)}")
    finally:
        stop(process)


@dataclass
class LiveStack:
    """Web server, worker and mail sink; `url` has no slash at its end."""

    environment: dict[str, str]
    database: Addresses
    folder: Path
    port: int = field(default_factory=free_port)
    children: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    mail: MailSink = field(init=False)
    stack: Stack = field(init=False)

    def __post_init__(self) -> None:
        self.mail = MailSink(self.folder / "mail")
        self.environment = {
            **self.environment,
            "EMAIL_URL": self.mail.url,
            "PUBLIC_URL": self.url,
        }
        self.stack = Stack(self.environment, self.folder)

    @property
    def url(self) -> str:
        """Where the web server listens."""
        return f"http://127.0.0.1:{self.port}"

    def logins(self) -> str:
        """What `seed_demo --logins` prints: one line for each role."""
        return self.manage("seed_demo", "--logins")

    def manage(self, *arguments: str) -> str:
        """Run a management command on the live database; its output."""
        done = self.stack.ask(*arguments, patience=300)
        if done.returncode != 0:
            raise RuntimeError(f"manage.py {arguments[0]} failed:\n{done.stderr}")
        return done.stdout

    def start(self) -> None:
        """Start everything; returns when the web server answers."""
        self.mail.start()
        self.children["worker"] = self.stack.worker(concurrency=1)
        self.children["web"] = self.stack.web("127.0.0.1", self.port, workers=1)
        limit = time.monotonic() + 300
        while not answers(self.url + "/"):
            if self.children["web"].poll() is not None or time.monotonic() > limit:
                raise RuntimeError(f"The web server did not start:\n{self.log('web')}")
            time.sleep(0.1)

    def log(self, name: str) -> str:
        """The end of what `web` or `worker` logged."""
        return last_lines(self.stack.log(name), 60)

    def stop(self) -> None:
        """Stop everything."""
        for process in self.children.values():
            stop(process, patience=10)
        self.children.clear()
        self.mail.stop()
