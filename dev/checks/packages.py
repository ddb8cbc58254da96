"""System packages: which are needed, which are there, the line that installs the rest."""

import ctypes
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Need:
    """One thing outside Python's packages, how to see it and Debian's name for it."""

    what: str
    purpose: str
    debian: str
    present: Callable[[], str]


def library(*names: str) -> Callable[[], str]:
    """Look for a shared library under its Linux or macOS file names; the name that loaded."""

    def look() -> str:
        for name in names:
            try:
                ctypes.CDLL(name)
            except OSError:
                continue
            return name
        return ""

    return look


def program(*names: str) -> Callable[[], str]:
    """Look for a program on PATH; its path."""

    def look() -> str:
        return next((path for name in names if (path := shutil.which(name))), "")

    return look


CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium() -> str:
    """The browser for the tests: $CHROMIUM first, then the usual names on PATH."""
    named = os.environ.get("CHROMIUM", "")
    if named:
        return shutil.which(named) or ""
    return program(*CHROMIUM_NAMES)()


# Servers lie where only root's PATH leads; sshd wants its whole path in any case.
SSHD_PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin"))


def find_nginx() -> str:
    """The TLS proxy whose configuration the tests try on this machine; its path."""
    return shutil.which("nginx", path=SSHD_PATH) or ""


def find_sshd() -> str:
    """The SSH server that the tests start on this machine; its path."""
    return shutil.which("sshd", path=SSHD_PATH) or ""


PDF = (
    Need(
        "pango",
        "PDF documents",
        "libpango-1.0-0 libpangoft2-1.0-0",
        library("libpangoft2-1.0.so.0", "libpangoft2-1.0.dylib", "libpangoft2-1.0.0.dylib"),
    ),
    Need(
        "harfbuzz-subset",
        "small and repeatable PDF documents",
        "libharfbuzz-subset0",
        library("libharfbuzz-subset.so.0", "libharfbuzz-subset.dylib"),
    ),
)
TESTS = (
    *PDF,
    Need("gettext", "translation catalogues", "gettext", program("msgfmt")),
    Need("nginx", "tests of the TLS proxy in front", "nginx-light", find_nginx),
    Need("sshd", "tests of channels by SFTP", "openssh-server", find_sshd),
    Need("chromium", "browser tests", "chromium", find_chromium),
)


def missing(needs: tuple[Need, ...]) -> list[Need]:
    """Those that are not there."""
    return [need for need in needs if not need.present()]


def install_line(needs: list[Need]) -> str:
    """The command that installs them on Debian and Ubuntu."""
    names = " ".join(need.debian for need in needs)
    return f"apt-get update && apt-get install --yes --no-install-recommends {names}"


def offer(needs: tuple[Need, ...], say: Callable[[str], None]) -> list[Need]:
    """Install what is missing when we are root on Debian, else name the line; what still lacks."""
    lacking = missing(needs)
    if not lacking:
        return []
    names = ", ".join(f"{need.what} ({need.purpose})" for need in lacking)
    if os.getuid() == 0 and shutil.which("apt-get"):
        say(f"Installing {names}")
        done = subprocess.run(
            ["/bin/sh", "-c", install_line(lacking)],
            check=False,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            # RUNLEVEL keeps a server that comes with a package from being started.
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"},
        )
        if done.returncode == 0:
            return missing(needs)
        say(done.stderr.strip()[-500:])
    say(f"Missing: {names}. Install with: {install_line(lacking)}")
    return lacking
