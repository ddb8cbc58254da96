"""Ends what a killed supervisor left behind where the kernel does not do it (macOS)."""

import contextlib
import json
import os
import signal
import subprocess
import time
from pathlib import Path

from dev.paths import ROOT


def record(file: Path, processes: dict[str, subprocess.Popen[bytes]]) -> None:
    """Write down which processes are ours."""
    file.write_text(json.dumps({name: process.pid for name, process in processes.items()}))


def end(file: Path, patience: float = 10) -> list[str]:
    """End the recorded processes that still run from this folder; their names.

    Call it only while holding the demo's lock: then nobody uses them.
    """
    if not file.exists():
        return []
    recorded: dict[str, int] = json.loads(file.read_text() or "{}")
    ours = {name: pid for name, pid in recorded.items() if str(ROOT) in command_of(pid)}
    # A process started in the background of a shell ignores SIGINT: ask, then insist.
    for farewell in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        running = [pid for pid in ours.values() if command_of(pid)]
        for pid in running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, farewell)
        limit = time.monotonic() + patience
        while any(command_of(pid) for pid in running) and time.monotonic() < limit:
            time.sleep(0.1)
    file.unlink()
    return list(ours)


def command_of(pid: int) -> str:
    """The command line of a process, or nothing when it is gone."""
    with contextlib.suppress(FileNotFoundError):
        asked = subprocess.run(
            ["ps", "-o", "stat=,command=", "-p", str(pid)],
            capture_output=True,
            text=True,
            check=False,
        )
        state, _, command = asked.stdout.strip().partition(" ")
        return "" if state.startswith("Z") else command
    return ""
