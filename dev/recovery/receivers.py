"""The receiver of the write-ahead log: pg_receivewal as a synchronous standby, then encryption."""

import subprocess
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from dev.engines.processes import last_lines, run_as, spawn, stop, wait_until
from dev.recovery.backups import Store
from dev.recovery.sealed_files import BackupError, Keys, seal_file

NAME = "everwatch_receiver"  # for synchronous_standby_names of the server, and for the slot
SEALED = ".sealed"
_ATTACHED = "SELECT count(*) FROM pg_stat_replication WHERE application_name = %s"


@dataclass
class Receiver:
    """Takes the log of the server at `url` into the store while it runs.

    With `synchronous_standby_names = 'everwatch_receiver'` at the server a commit is acknowledged
    only when its log lies here too. The slot keeps what the receiver has not taken while it is
    away; `max_slot_wal_keep_size` at the server bounds it.
    """

    store: Store
    url: str
    binaries: Path
    keys: Keys
    log: Path
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        """Make the slot when it is missing and receive; BackupError when the server refuses."""
        address = f"{self.url}{'&' if '?' in self.url else '?'}application_name={NAME}"
        command = [str(self.binaries / "pg_receivewal"), f"--dbname={address}", f"--slot={NAME}"]
        made = run_as([*command, "--create-slot", "--if-not-exists"], None)
        if made.returncode != 0:
            raise BackupError(f"pg_receivewal has no slot:\n{made.stdout}")
        target = f"--directory={self.store.incoming}"
        self.process = spawn([*command, target, "--synchronous"], log=self.log)
        if not wait_until(self.attached, self.process, 60):
            raise BackupError(f"pg_receivewal does not receive:\n{last_lines(self.log)}")

    def attached(self) -> bool:
        """Whether the server sends its log here."""
        with closing(psycopg.connect(self.url, connect_timeout=5)) as connection:
            row = connection.execute(_ATTACHED, [NAME]).fetchone()
        return bool(row and row[0])

    def seal_finished(self) -> int:
        """Encrypt the finished segments and remove them as they came; how many."""
        done = 0
        for path in sorted(self.store.incoming.iterdir()):
            if path.suffix == ".partial" or path.name.endswith(".tmp"):
                continue
            seal_file(path, self.store.wal / f"{path.name}{SEALED}", self.keys)
            path.unlink()
            done += 1
        return done

    def stop(self) -> None:
        """End; the server goes on keeping its log for the slot."""
        if self.process is not None:
            stop(self.process)
            self.process = None
