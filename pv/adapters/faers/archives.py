"""An archive of a quarter: each file mended line by line into a spool, loaded, and reconciled."""

import errno
import hashlib
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from followup.domain import archives as bounds
from pv.adapters.faers.store import Store
from pv.domain.faers import (
    Kind,
    Quarter,
    Reader,
    UnknownLayout,
    columns_of,
    deleted_cases,
    kind_of,
    quarter_of,
)
from pv.domain.faers.lines import LineNote

BLOCK = 1 << 20
LARGEST_HEADER = 4_096
NEEDED = frozenset({Kind.DEMO, Kind.DRUG, Kind.REAC})
# What zipfile raises of a damaged or encrypted archive, and of a way to pack it does not know.
_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError)


class WrongArchive(Exception):
    """An archive, or a file of it, that cannot be unpacked."""


class WrongCount(Exception):
    """Rows that were written and rows that were loaded are not the same number."""


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """A file of a quarter with its counts: lines are clean, part of a mended record, or refused.

    `rows` came of clean and mended lines; `turned_away` of them were refused by DuckDB.
    """

    name: str
    lines: int
    clean: int
    mended: int
    refused: int
    rows: int
    loaded: int
    what: dict[str, int]
    notes: list[LineNote]

    @property
    def turned_away(self) -> int:
        """Rows DuckDB did not take."""
        return self.rows - self.loaded


@dataclass(frozen=True, slots=True)
class Loaded:
    """A quarter with the counts of its files."""

    quarter: Quarter
    sha256: str
    files: list[LoadedFile]
    deleted: int


def blocks(file: IO[bytes]) -> Iterator[bytes]:
    """The content in blocks that end at a line end, except the last."""
    rest = b""
    while piece := file.read(BLOCK):
        end = piece.rfind(b"\n") + 1
        if not end:
            rest += piece
            continue
        yield rest + piece[:end]
        rest = piece[end:]
    if rest:
        yield rest


def mend(file: IO[bytes], kind: Kind, target: Path) -> Reader:
    """Write the rows of a file, header left out, to a spool; its reader with the counts.

    UnknownLayout where the header is not one of a quarterly file.
    """
    header = file.readline(LARGEST_HEADER)
    reader = Reader(columns_of(kind, header))
    with target.open("wb") as spool:
        for rows in reader.rows(blocks(file)):
            spool.write(rows)
    return reader


def sha256_of(path: Path) -> str:
    """The hash of an archive."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _unpacking() -> Iterator[None]:
    try:
        yield
    except _UNREADABLE as error:
        raise WrongArchive(str(error) or type(error).__name__) from error
    except OSError as error:
        if error.errno != errno.EINVAL:  # a full disk is no fault of the archive
            raise
        raise WrongArchive("a file of the archive begins nowhere in it") from error


def load(store: Store, path: Path, folder: Path) -> Loaded | None:
    """Load an archive in place of what the store has of its quarter; None when it has the same.

    UnknownLayout, WrongArchive or WrongCount leave the store as it was.
    """
    quarter, sha256 = quarter_of(path.name), sha256_of(path)
    if store.quarters.get(quarter) == sha256:
        return None
    made: list[LoadedFile] = []
    deleted: set[str] = set()
    kinds: set[Kind] = set()
    with _unpacking():
        archive = zipfile.ZipFile(path)
        try:
            bounds.check(archive, bounds.FAERS_QUARTER)
        except bounds.ArchiveTooLarge as error:
            archive.close()
            raise WrongArchive(str(error)) from error
    with archive, store.quarter(quarter, sha256):
        for entry in archive.infolist():
            kind = kind_of(entry.filename)
            if kind is None or entry.is_dir():
                continue
            if kind is Kind.DELETED:
                with _unpacking():
                    deleted.update(deleted_cases(archive.read(entry)))
                continue
            kinds.add(kind)
            made.append(_one(store, quarter, kind, archive, entry.filename, folder))
        if missing := sorted(NEEDED - kinds):
            raise UnknownLayout(f"{path.name} has no {', '.join(missing)}")
        store.delete(quarter, sorted(deleted))
    return Loaded(quarter, sha256, made, len(deleted))


def _one(
    store: Store, quarter: Quarter, kind: Kind, archive: zipfile.ZipFile, name: str, folder: Path
) -> LoadedFile:
    spool = folder / f"{kind}.rows"
    try:
        with _unpacking(), archive.open(name) as file:
            reader = mend(file, kind, spool)
        loaded = store.add(kind, quarter, reader.columns, spool)
    finally:
        spool.unlink(missing_ok=True)
    counts: Any = reader.counts
    if not counts.balanced or loaded > counts.rows:
        raise WrongCount(f"{name}: {counts.lines} lines, {counts.rows} rows, {loaded} loaded")
    return LoadedFile(
        name,
        counts.lines,
        counts.clean,
        counts.mended,
        counts.refused,
        counts.rows,
        loaded,
        dict(counts.what),
        reader.notes,
    )
