"""Restoring: unpack a base backup, let PostgreSQL replay the log, and start the server."""

import os
import shlex
import shutil
import tarfile
from pathlib import Path
from typing import Any, cast

from dev.engines.postgres import Postgres
from dev.engines.processes import Account, run_as
from dev.recovery.backups import BASE, FILES, Store, manifest_of
from dev.recovery.receivers import SEALED
from dev.recovery.sealed_files import BackupError, Keys, SealedReader, open_file

PATIENCE = 3600  # seconds for the replay of the log
# Its own configuration and rules of access: those of the old host may lie elsewhere, and nobody
# but us comes in over the socket. Without hot standby no limit of the old host has to be matched.
RECOVERY = {
    "config_file": "restore.conf",
    "hba_file": "restore_hba.conf",
    "ident_file": "restore_ident.conf",
    "hot_standby": "off",
    "recovery_target_timeline": "latest",
    "recovery_target_action": "promote",
    "archive_mode": "off",
    "synchronous_standby_names": "",
    "shared_preload_libraries": "",
    "ssl": "off",
    "shared_buffers": "128MB",
}


def prepare(store: Store, backup: Path, folder: Path, keys: Keys, until: str = "") -> Postgres:
    """The server of a backup, unpacked below `folder` and checked by pg_verifybackup; not started.

    `until` is a moment PostgreSQL reads, such as 2026-11-28 09:00:00+00; empty: the last row.
    """
    manifest = manifest_of(backup)
    settings = dict(RECOVERY)
    server = Postgres(folder, settings, folder / "postgres.log", patience=PATIENCE)
    if not server.is_new:
        raise BackupError(f"{server.data} holds a server already: restore into an empty folder")
    server.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with SealedReader(backup / BASE, keys) as source:
        _unpack(source, server.data)
    _own(server.data, server.account)
    checked = run_as([server.binaries / "pg_verifybackup", server.data], server.account)
    if checked.returncode != 0:
        raise BackupError(f"pg_verifybackup refuses the backup:\n{checked.stdout}")
    log = server.data.with_name("restored-wal")
    _log_files(store, str(manifest["first_wal"]), log, keys)
    _own(log, server.account)
    for name in ("config_file", "hba_file", "ident_file"):
        path = server.data / RECOVERY[name]
        path.write_text("local all all trust\n" if name == "hba_file" else "")
        settings[name] = str(path)
    settings["restore_command"] = f"cp {shlex.quote(str(log))}/%f %p"
    if until:
        settings["recovery_target_time"] = until
    (server.data / "recovery.signal").touch()
    _own(server.data, server.account)
    return server


def restore_files(backup: Path, folder: Path, keys: Keys) -> None:
    """Unpack the files of a backup into `folder`, which must be empty or absent."""
    if not (backup / FILES).exists():
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise BackupError(f"{folder} is not empty: restore the files into an empty folder")
    with SealedReader(backup / FILES, keys) as source:
        _unpack(source, folder)


def _unpack(source: SealedReader, target: Path) -> None:
    with tarfile.open(mode="r|", fileobj=cast(Any, source)) as archive:
        archive.extractall(target, filter="tar")
    source.read()  # to the end: a file that was cut shows it there


def _log_files(store: Store, first: str, target: Path, keys: Keys) -> None:
    """Every segment from `first` on, decrypted; the one in the making under its final name."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(mode=0o700, parents=True)
    for path in sorted(store.wal.glob(f"*{SEALED}")):
        name = path.name.removesuffix(SEALED)
        if len(name) != 24 or name[8:] >= first[8:]:
            open_file(path, target / name, keys)
    for path in sorted(store.incoming.iterdir()):
        name = path.name.removesuffix(".partial")
        if not (target / name).exists():
            shutil.copyfile(path, target / name)


def _own(folder: Path, account: Account | None) -> None:
    if account is None:
        return
    for place, _folders, files in os.walk(folder):
        os.chown(place, account.uid, account.gid)
        for name in files:
            os.chown(Path(place) / name, account.uid, account.gid)
