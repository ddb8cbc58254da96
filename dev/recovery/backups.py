"""Taking a backup: an encrypted base backup and the files, into a folder with its manifest."""

import hashlib
import json
import shutil
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import psycopg

from dev.recovery.sealed_files import PORTION, BackupError, Keys, SealedWriter, fingerprint

FORMAT = 1
BASE, FILES, MANIFEST = "base.tar.sealed", "files.tar.sealed", "manifest.json"
_WAL = "SELECT pg_walfile_name(pg_current_wal_lsn())"
_LAST_CHANGE = "SELECT coalesce(max(id), 0) FROM core_change"


@dataclass(frozen=True)
class Store:
    """A folder of backups: `wal` holds the encrypted log, `incoming` what is being received."""

    root: Path

    @property
    def wal(self) -> Path:
        """Finished segments of the log, encrypted."""
        return self._folder("wal")

    @property
    def incoming(self) -> Path:
        """The segment in the making, as PostgreSQL's receiver writes it: not encrypted."""
        return self._folder("incoming")

    def backups(self) -> list[Path]:
        """Complete base backups, oldest first: the manifest is written last."""
        return sorted(path.parent for path in self.root.glob(f"*/{MANIFEST}"))

    def latest(self) -> Path:
        """The newest base backup; BackupError when there is none."""
        if not self.backups():
            raise BackupError(f"No backup in {self.root}: make one with ./run backup")
        return self.backups()[-1]

    def _folder(self, name: str) -> Path:
        place = self.root / name
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        return place


def key_names(environment: Mapping[str, str]) -> dict[str, str]:
    """Which keys the rows of the database need, by fingerprint."""
    named = {"BLIND_INDEX_KEY": fingerprint(environment.get("BLIND_INDEX_KEY", "").encode())}
    for part in filter(None, environment.get("IDENTITY_KEYS", "").split(",")):
        key_id, _, text = part.strip().partition(":")
        named[f"IDENTITY_KEYS {key_id}"] = fingerprint(text.encode())
    return named


def missing_keys(manifest: Mapping[str, Any], environment: Mapping[str, str]) -> list[str]:
    """Keys the backup was made with that this environment has not, or has another value of."""
    held = key_names(environment)
    return sorted(name for name, mark in manifest["keys"].items() if held.get(name) != mark)


def take(
    store: Store,
    *,
    url: str,
    binaries: Path,
    keys: Keys,
    files: Path | None,
    environment: Mapping[str, str],
) -> Path:
    """Make a backup of the server at `url`, whose role may replicate; its folder.

    The base carries the log it needs to be sound alone; what the receiver takes brings a
    restore from there to its last committed row.
    """
    started = time.time()
    name = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(started))
    folder = store.root / name
    folder.mkdir(mode=0o700, parents=True)
    try:
        with closing(psycopg.connect(url, connect_timeout=5)) as connection:
            first = _value(connection, _WAL)
            change = _value(connection, _LAST_CHANGE)
        parts = [_base(folder / BASE, url, binaries, keys)]
        if files is not None and files.is_dir():
            parts.append(_files(folder / FILES, files, keys))
        manifest = {
            "format": FORMAT,
            "made_at": name,
            "seconds": round(time.time() - started, 1),
            "database": urlsplit(url).path.lstrip("/"),
            "first_wal": first,
            "last_change": change,
            "keys": key_names(environment),
            "parts": parts,
        }
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


def manifest_of(folder: Path) -> dict[str, Any]:
    """The manifest of a backup, whose files are there as it says; BackupError otherwise."""
    manifest = cast(dict[str, Any], json.loads((folder / MANIFEST).read_text()))
    if manifest.get("format") != FORMAT:
        raise BackupError(f"{folder} has format {manifest.get('format')}, this reads {FORMAT}")
    for part in manifest["parts"]:
        path = folder / part["name"]
        if not path.is_file() or _sha256(path) != part["sha256"]:
            raise BackupError(f"{path} is missing or not as the manifest says: take another backup")
    return manifest


def prune(store: Store, keep: int) -> int:
    """Remove all but the newest `keep` backups, and the log none of them needs; how many went."""
    backups = store.backups()
    old, kept = backups[:-keep], backups[-keep:]
    for folder in old:
        shutil.rmtree(folder)
    if old and kept:
        first = str(json.loads((kept[0] / MANIFEST).read_text())["first_wal"])
        for path in store.wal.iterdir():
            if len(path.name.partition(".")[0]) == 24 and path.name[8:24] < first[8:24]:
                path.unlink()
    return len(old)


def _value(connection: psycopg.Connection[Any], question: str) -> Any:
    row = connection.execute(question.encode()).fetchone()
    return row[0] if row else None


def _base(path: Path, url: str, binaries: Path, keys: Keys) -> dict[str, Any]:
    command = [str(binaries / "pg_basebackup"), f"--dbname={url}", "--pgdata=-", "--format=tar"]
    command += ["--wal-method=fetch", "--checkpoint=fast", "--manifest-checksums=SHA256"]
    writer = SealedWriter(path, keys)
    with tempfile.TemporaryFile() as errors:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors) as process:
            while data := cast(Any, process.stdout).read(PORTION):
                writer.write(data)
            status = process.wait()
        if status != 0:
            writer.abandon()
            errors.seek(0)
            raise BackupError(f"pg_basebackup failed:\n{errors.read().decode(errors='replace')}")
    return _part(writer)


def _files(path: Path, folder: Path, keys: Keys) -> dict[str, Any]:
    writer = SealedWriter(path, keys)
    try:
        with tarfile.open(mode="w|", fileobj=cast(Any, writer)) as archive:
            archive.add(folder, arcname=".")
    except BaseException:
        writer.abandon()
        raise
    return _part(writer)


def _part(writer: SealedWriter) -> dict[str, Any]:
    digest = writer.close()
    sizes = {"size": writer.size, "plain": writer.plain}
    return {"name": writer.path.name, "sha256": digest, **sizes}


def _sha256(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()
