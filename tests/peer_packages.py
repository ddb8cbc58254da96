"""Packages of a peer of the tests, in a folder of their own below `var/`."""

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

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
