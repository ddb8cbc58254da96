"""Folders that a gateway and we share: files are taken when they rest, and moved when kept.

A file is taken once its size and time are the same in two looks, or once the writer left a twin
NAME.done or NAME.ok beside it. It leaves for done/ after its bytes are stored, and never before.
"""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

UNFINISHED = (".part", ".tmp", ".filepart")
TWINS = (".done", ".ok")
DONE = "done"


@dataclass(frozen=True, slots=True)
class Seen:
    """Size in bytes and time of change in nanoseconds, as one look found them."""

    size: int
    changed: int


def look(folder: Path) -> dict[str, Seen]:
    """The files of a folder: no links, no folders, none that is still being written.

    OSError when the folder cannot be read; a file that vanishes meanwhile is left out.
    """
    seen = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(".") or entry.name.endswith(UNFINISHED):
                continue
            try:
                found = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            if stat.S_ISREG(found.st_mode):
                seen[entry.name] = Seen(found.st_size, found.st_mtime_ns)
    return seen


def ready(before: Mapping[str, Seen], after: Mapping[str, Seen]) -> list[str]:
    """The names that rest, in order; the twins themselves are never taken."""
    names = []
    for name, seen in sorted(after.items()):
        if name.endswith(TWINS) and name.rpartition(".")[0] in after:
            continue
        twin = any(f"{name}{end}" in after for end in TWINS)
        if twin or before.get(name) == seen:
            names.append(name)
    return names


def content(folder: Path, name: str, most: int) -> bytes:
    """At most one byte more than `most` of a file, so that the caller sees that it is too large."""
    with (folder / name).open("rb") as file:
        return file.read(most + 1)


def move_to_done(folder: Path, name: str) -> Path:
    """Move a file and its twins to done/ under a name that is free; the path of the file there."""
    done = folder / DONE
    done.mkdir(exist_ok=True)
    target = _place(done, folder / name)
    for end in TWINS:
        if (folder / f"{name}{end}").is_file():
            _place(done, folder / f"{name}{end}")
    return target


def _place(done: Path, source: Path) -> Path:
    """Link first, then unlink: a file of the same name is never written over."""
    number = 0
    while True:
        target = done / (f"{number}-{source.name}"[-200:] if number else source.name)
        try:
            os.link(source, target)
        except FileExistsError:
            number += 1
            continue
        source.unlink()
        return target
