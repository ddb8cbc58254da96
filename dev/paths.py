"""Where the demo and the tests keep their files."""

import hashlib
import os
import tempfile
from pathlib import Path

from dev.engines.processes import Account, may_enter

ROOT = Path(__file__).resolve().parents[1]
VAR = Path(os.environ.get("EVERWATCH_VAR") or ROOT / "var").resolve()
# sockaddr_un holds 108 bytes; PostgreSQL appends "/.s.PGSQL.5432" to the folder.
SOCKET_FOLDER_BYTES = 107 - len("/.s.PGSQL.5432")


def fingerprint(folder: Path) -> str:
    """Eight hexadecimal digits that stand for this folder on this machine."""
    return hashlib.sha256(os.fsencode(folder)).hexdigest()[:8]


def database_home(folder: Path, account: Account | None) -> Path:
    """The folder for PostgreSQL's files: `folder`, unless PostgreSQL's account cannot reach it.

    As root PostgreSQL runs as another user, who may not enter a checkout under /root.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if account is None or may_enter(folder, account):
        return folder
    away = Path("/var/lib/everwatch") / fingerprint(folder)
    away.mkdir(parents=True, exist_ok=True, mode=0o755)
    return away


def socket_folder(folder: Path, name: str, account: Account | None = None) -> Path:
    """A folder for Unix sockets, 0700, inside `folder` when its path is short enough."""
    place = folder / "run" / name
    if len(os.fsencode(place)) > SOCKET_FOLDER_BYTES:
        place = Path(tempfile.gettempdir()) / f"everwatch-{fingerprint(folder)}-{name}"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    if place.is_symlink() or place.stat().st_uid not in {os.getuid(), account and account.uid}:
        raise SystemExit(f"{place} belongs to someone else; remove it and start again")
    place.chmod(0o700)
    if account is not None:
        os.chown(place, account.uid, account.gid)
    return place
