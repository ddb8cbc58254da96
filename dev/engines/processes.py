"""Child processes that stop in order and never outlive the process that started them."""

import contextlib
import ctypes
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Account:
    """A user without rights, for a program that refuses to run as root."""

    name: str
    uid: int
    gid: int


def unprivileged_account() -> Account | None:
    """`postgres`, else `nobody`, when we are root; None when we are an ordinary user."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(name, entry.pw_uid, entry.pw_gid)
    raise SystemExit("Neither a user postgres nor nobody exists to run PostgreSQL as")


def _dies_with_parent(farewell: signal.Signals) -> Callable[[], None]:
    parent = os.getpid()

    def prepare() -> None:
        # Runs after the change of user: that change clears a death signal set before it.
        if LIBC is not None:
            LIBC.prctl(PR_SET_PDEATHSIG, farewell)
            if os.getppid() != parent:
                os.kill(os.getpid(), farewell)

    return prepare


def spawn(
    command: Sequence[str | Path],
    *,
    log: Path | None = None,
    environment: Mapping[str, str] | None = None,
    account: Account | None = None,
    folder: Path | None = None,
    farewell: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start `command` in a session of its own, so that Ctrl-C reaches only us.

    Linux sends it `farewell` when the starting thread dies: call this from the main thread.
    """
    output = log.open("ab") if log else None
    try:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            env=None if environment is None else dict(environment),
            cwd=folder,
            start_new_session=True,
            preexec_fn=_dies_with_parent(farewell),
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
    finally:
        if output:
            output.close()


def run_as(
    command: Sequence[str | Path], account: Account | None, folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `command` to its end as `account`; what it printed is in `stdout`."""
    return subprocess.run(
        [str(part) for part in command],
        check=False,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=folder or "/",
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )


def may_enter(folder: Path, account: Account) -> bool:
    """Whether `account` may pass every folder above `folder` and `folder` itself."""
    return run_as(["/bin/sh", "-c", 'cd -- "$0"', folder], account).returncode == 0


def stop(
    process: subprocess.Popen[bytes],
    *,
    how: signal.Signals = signal.SIGTERM,
    patience: float = 20.0,
) -> bool:
    """Ask `process` to end; after `patience` seconds kill its whole session. True if it obeyed."""
    if process.poll() is not None:
        return True
    process.send_signal(how)
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return False
    return True


def wait_until(
    ready: Callable[[], bool], process: subprocess.Popen[bytes], patience: float
) -> bool:
    """Ask `ready` until it says yes, `process` ends or `patience` seconds have passed."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if ready():
            return True
        if process.poll() is not None:
            return False
        time.sleep(0.05)
    return False


def last_lines(log: Path, count: int = 20) -> str:
    """The end of a log file, for the message of a failed start."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-count:])
