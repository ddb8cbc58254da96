"""A network of a test's own: one namespace for each machine, all on one switch.

Needs root on Linux, and `ip` (Debian: iproute2); `impossible()` says what is missing. A machine is
cut off by taking its link down at the switch, where nobody gets an answer any more.
"""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

CLONE_NEWNET = 0x40000000  # linux/sched.h
SWITCH = "switch"
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def impossible() -> str:
    """Why there can be no network of our own here; empty when there can."""
    if _LIBC is None or os.geteuid() != 0:
        return "network namespaces need root on Linux"
    if shutil.which("ip") is None:
        return "no ip: apt-get install iproute2"
    name = f"ew{os.getpid()}-try"
    done = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True, check=False)
    if done.returncode:
        return f"no network namespace can be made here: {done.stderr.strip()}"
    subprocess.run(["ip", "netns", "delete", name], check=False)
    return ""


def _ip(*words: str) -> str:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"ip {' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


def _enter(file: IO[bytes]) -> None:
    assert _LIBC is not None
    if _LIBC.setns(file.fileno(), CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), f"setns {file.name}")


@dataclass
class Network:
    """The machines by name; what runs at the switch is reached at the address of `SWITCH`."""

    names: Sequence[str]
    tag: str = field(default_factory=lambda: f"ew{os.getpid()}")

    def __post_init__(self) -> None:
        numbers = range(1, len(self.names) + 1)
        self.addresses = {n: f"10.77.0.{i}" for n, i in zip(self.names, numbers, strict=True)}
        self.addresses[SWITCH] = "10.77.0.254"

    def space(self, name: str) -> str:
        """The namespace of a machine."""
        return f"{self.tag}-{name}"

    def make(self) -> None:
        """Make namespaces, switch and links."""
        switch = self.space(SWITCH)
        for name in (SWITCH, *self.names):
            _ip("netns", "add", self.space(name))
            _ip("-n", self.space(name), "link", "set", "lo", "up")
        _ip("-n", switch, "link", "add", "bridge", "type", "bridge")
        _ip("-n", switch, "address", "add", f"{self.addresses[SWITCH]}/24", "dev", "bridge")
        _ip("-n", switch, "link", "set", "bridge", "up")
        for name in self.names:
            space = self.space(name)
            ends = ("type", "veth", "peer", "name", "eth0", "netns", space)
            _ip("-n", switch, "link", "add", name, *ends)
            _ip("-n", switch, "link", "set", name, "master", "bridge")
            _ip("-n", switch, "link", "set", name, "up")
            _ip("-n", space, "address", "add", f"{self.addresses[name]}/24", "dev", "eth0")
            _ip("-n", space, "link", "set", "eth0", "up")

    @contextmanager
    def inside(self, name: str) -> Iterator[None]:
        """What this thread starts in the block runs on that machine."""
        with Path("/proc/thread-self/ns/net").open("rb") as home:
            self.enter(name)
            try:
                yield
            finally:
                _enter(home)

    def enter(self, name: str) -> None:
        """Put this thread on that machine for good."""
        with (Path("/run/netns") / self.space(name)).open("rb") as file:
            _enter(file)

    def processes(self, name: str) -> list[int]:
        """Whatever runs on a machine."""
        return [int(pid) for pid in _ip("netns", "pids", self.space(name)).split()]

    def tell(self, name: str, number: signal.Signals) -> None:
        """Send a signal to everything that runs on a machine."""
        for pid in self.processes(name):
            if pid != os.getpid():
                with suppress(ProcessLookupError):
                    os.kill(pid, number)

    def cut(self, name: str) -> None:
        """Nothing comes from that machine or reaches it."""
        _ip("-n", self.space(SWITCH), "link", "set", name, "down")

    def join(self, name: str) -> None:
        """Its link is back."""
        _ip("-n", self.space(SWITCH), "link", "set", name, "up")

    def remove(self) -> None:
        """End what still runs there and take everything away."""
        for name in (*self.names, SWITCH):
            with suppress(RuntimeError):
                self.tell(name, signal.SIGKILL)
                _ip("netns", "delete", self.space(name))
