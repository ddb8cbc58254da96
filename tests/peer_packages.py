"""Packages of a peer of the tests, in a folder of their own below `var/`."""

import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from dev.paths import VAR


def folder(name: str, made_of: Iterable[Path], install: Callable[[Path], None]) -> Path:
    """The folder, installed once for what it is made of, and whole before others see it."""
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in made_of)).hexdigest()[:12]
    target = VAR / name / digest
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix="part-", dir=target.parent))
        try:
            install(part)
            with suppress(OSError):  # another worker of this run was first
                part.rename(target)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return target


def npm(name: str, files: Sequence[Path], what: str) -> Path:
    """A folder with a script on Node and its packages, by the versions and hashes of its lock.

    Skips with the reason where Node or the packages cannot be had.
    """

    def install(part: Path) -> None:
        for program in ("node", "npm"):
            if shutil.which(program) is None:
                pytest.skip(f"no {program}: the {what} of the tests needs it")
        for file in files:
            shutil.copy(file, part)
        command = ["npm", "ci", "--ignore-scripts", "--no-fund", "--no-audit"]
        done = subprocess.run(command, cwd=part, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"npm ci did not install the {what}: {done.stderr[-300:]}")

    return folder(name, files, install)
