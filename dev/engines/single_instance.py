"""Only one demo per folder, only one program per port."""

import contextlib
import fcntl
import os
import socket
from collections.abc import Iterator
from pathlib import Path

LOCK = "demo.lock"


class Busy(SystemExit):
    """Another process holds the folder's lock."""


def port_is_free(host: str, port: int) -> bool:
    """Whether a server may listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


@contextlib.contextmanager
def sole_supervisor(folder: Path, url: str) -> Iterator[None]:
    """Hold the folder's lock; Busy names who holds it already."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise Busy(
                f"Everwatch already runs from this folder: {lock.read().strip()}. "
                "Stop that one first (Ctrl-C in its terminal), or clone to another folder."
            ) from None
        lock.truncate(0)
        lock.write(f"process {os.getpid()}, {url}\n")
        lock.flush()
        yield
