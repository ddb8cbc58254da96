"""Style sheets, scripts and fonts for the web server: collected while the database is made."""

import hashlib
import os
import subprocess
from pathlib import Path

from dev.demo.stack import Stack
from dev.engines.processes import last_lines, stop
from dev.paths import ROOT


class StaticFiles:
    """One `collectstatic` beside other work; skipped when nothing changed since the last one."""

    def __init__(self, stack: Stack, mark: Path) -> None:
        self.stack = stack
        self.mark = mark
        self.wanted = fingerprint()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begin, unless what is there is already right."""
        if self.mark.exists() and self.mark.read_text() == self.wanted:
            return
        self.mark.unlink(missing_ok=True)
        self.process = self.stack.manage(
            "collectstatic", "--noinput", "--clear", log=self.stack.log("static")
        )

    def finish(self) -> None:
        """Wait for the end; SystemExit with what it said when it failed."""
        if self.process is None:
            return
        if self.process.wait() != 0:
            raise SystemExit(f"collectstatic failed:\n{last_lines(self.stack.log('static'))}")
        self.mark.write_text(self.wanted)

    def stop(self) -> None:
        """End it early, when something else failed."""
        if self.process is not None:
            stop(self.process)


def fingerprint() -> str:
    """Changes with every file of ours, every package and the settings that shape the result."""
    digest = hashlib.sha256()
    for name in ("requirements.lock", "pv/config/settings.py"):
        digest.update((ROOT / name).read_bytes())
    for package in ("followup", "pv"):
        for path in sorted((ROOT / package).rglob("static/**/*")):
            state = path.stat()
            digest.update(os.fsencode(path) + f" {state.st_size} {state.st_mtime_ns}\n".encode())
    return digest.hexdigest()
