"""Folders that a gateway and we share: files are taken when they rest, and moved when kept.

A file is taken once its size and time are the same in two looks, or once the writer left a twin
NAME.done or NAME.ok beside it. It leaves for done/ after its bytes are stored, and never before.
"""

import os
import stat
from collections.abc import Callable, Mapping
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


def shown_name(name: str) -> str:
    """A name as a person reads it: UTF-8, else GB18030, without control characters."""
    raw = name.encode(errors="surrogateescape")
    for encoding, errors in (("utf-8", "strict"), ("gb18030", "strict"), ("utf-8", "replace")):
        try:
            text = raw.decode(encoding, errors)
        except UnicodeDecodeError:
            continue
        break
    return "".join(c for c in text if c.isprintable())


def said(error: Exception) -> str:
    """What failed, in the system's own word where it has one."""
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


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


def resting(
    seen: Mapping[str, tuple[Seen, float]], after: Mapping[str, Seen], moment: float
) -> dict[str, tuple[Seen, float]]:
    """Since which moment (seconds) each file looks as it does now."""
    return {
        name: before if (before := seen.get(name)) and before[0] == now else (now, moment)
        for name, now in after.items()
    }


def rested(seen: Mapping[str, tuple[Seen, float]], moment: float, rest: float) -> list[str]:
    """The names that have looked the same for `rest` seconds, or whose twin stands beside them."""
    before = {name: now for name, (now, since) in seen.items() if moment - since >= rest}
    return ready(before, {name: now for name, (now, _) in seen.items()})


class NameTaken(OSError):
    """Another file of this name lies in the folder."""


def place(folder: Path, name: str, data: bytes, may_finish: Callable[[], bool]) -> bool:
    """Write a file under a part name, then give it its name; False when `may_finish` forbids it.

    Whoever reads the folder never sees a half file under a name it takes. OSError when nothing was
    placed; NameTaken when other bytes lie there under the name, which are left alone.
    """
    if lies(folder, name, data):
        return True
    part = folder / f"{name}{UNFINISHED[0]}"
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    if part.stat().st_size != len(data):
        raise OSError("the folder kept less than was written")
    if not may_finish():
        return False
    part.rename(folder / name)
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    return True


def lies(folder: Path, name: str, data: bytes) -> bool:
    """Whether exactly these bytes lie in a folder under a name; NameTaken for other bytes."""
    try:
        there = content(folder, name, len(data))
    except FileNotFoundError:
        return False
    if there != data:
        raise NameTaken(f"another file lies in the folder under its name: {name}")
    return True


def unfinished(folder: Path, name: str) -> bool:
    """Whether the part of a file lies in a folder: then it never got its name."""
    return (folder / f"{name}{UNFINISHED[0]}").exists()


def probe(folder: Path) -> None:
    """Write, rename and remove a file without content of any patient; OSError when one fails."""
    part, name = folder / ".everwatch-test.part", folder / ".everwatch-test"
    part.write_bytes(b"Everwatch: test of this folder\n")
    part.rename(name)
    name.unlink()
