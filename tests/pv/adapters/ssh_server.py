"""A server of SFTP that is not ours: Debian's sshd on a port of this machine, and a line to cut."""

import os
import pwd
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from dev.checks.packages import find_sshd

LACKING = "no sshd: apt-get install openssh-server"


@dataclass(frozen=True)
class Server:
    """A running sshd: its port, its folder, its host key's public line, who signs in."""

    port: int
    folder: Path
    host_key: str
    user: str
    authorized: Path

    @property
    def settings(self) -> dict[str, str]:
        return {
            "host": "127.0.0.1",
            "port": str(self.port),
            "user": self.user,
            "host_keys": self.host_key,
            "outbox": "out",
            "inbox": "in",
        }


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@contextmanager
def running(folder: Path) -> Iterator[Server]:
    """An sshd that serves one folder by SFTP alone; skips with its reason where none is."""
    program = find_sshd()
    if not program:
        pytest.skip(LACKING)
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # the empty folder that a root's sshd asks for
    served = folder / "served"
    for name in ("out", "in"):
        (served / name).mkdir(parents=True)
    key, authorized, port = folder / "host", folder / "authorized", free_port()
    make_key(key)
    authorized.write_text("")
    config = folder / "sshd_config"
    config.write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {key}\nAuthorizedKeysFile {authorized}\n"
        "StrictModes no\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"
        "PermitRootLogin prohibit-password\nPidFile none\nLogLevel ERROR\n"
        f"Subsystem sftp internal-sftp\nForceCommand internal-sftp -d {served}\n"
    )
    process = subprocess.Popen([program, "-D", "-e", "-f", config], stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.02)
        user = pwd.getpwuid(os.getuid()).pw_name
        public = " ".join(key.with_suffix(".pub").read_text().split()[:2])
        yield Server(port, served, public, user, authorized)
    finally:
        process.kill()
        process.wait()


def make_key(path: Path) -> str:
    """A key by ssh-keygen; its public line."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
    return path.with_suffix(".pub").read_text().strip()


class Line:
    """A connection through us to a server that is cut after so many bytes went to it."""

    def __init__(self, port: int, most: int) -> None:
        self.most, self._to = most, port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        try:
            one, _ = self._listening.accept()
        except OSError:
            return
        other = socket.create_connection(("127.0.0.1", self._to))
        threading.Thread(target=self._back, args=(other, one), daemon=True).start()
        with one, other:
            left = self.most
            while left > 0 and (data := one.recv(min(65536, left))):
                other.sendall(data)
                left -= len(data)

    def _back(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                target.sendall(data)
        except OSError:
            return

    def close(self) -> None:
        self._listening.close()
