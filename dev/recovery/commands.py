"""`./run backup` and `./run restore`."""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dev.demo.services import Ground
from dev.demo.stack import Stack
from dev.engines.postgres import EngineError, find_binaries
from dev.engines.processes import unprivileged_account
from dev.engines.single_instance import Busy, sole_supervisor
from dev.paths import VAR
from dev.recovery import drills
from dev.recovery.backups import Store, manifest_of, prune, take
from dev.recovery.receivers import Receiver
from dev.recovery.restores import prepare, restore_files
from dev.recovery.sealed_files import BackupError, keys_of

EVERY = 2  # seconds between two looks for a finished segment


def _say(line: str) -> None:
    print(line, flush=True)


def _backup(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--store", type=Path, default=VAR / "backups", help="folder of the backups")
    parser.add_argument("--receive", action="store_true", help="receive the log until stopped")
    parser.add_argument("--keep", type=int, help="keep this many base backups, remove older ones")
    options = parser.parse_args(sys.argv[2:])
    ground, store, keys = Ground(), Store(options.store), keys_of(os.environ.get("BACKUP_KEYS", ""))
    with _engines(ground):
        url = os.environ.get("BACKUP_DATABASE_URL") or _admin(ground)
        binaries = find_binaries(VAR, unprivileged_account())
        if options.receive:
            _receive(Receiver(store, url, binaries, keys, ground.logs / "receiver.log"))
            return
        environment = ground.environment()
        files = Path(environment.get("MEDIA_ROOT") or VAR / "media")
        folder = take(
            store, url=url, binaries=binaries, keys=keys, files=files, environment=environment
        )
        size = sum(path.stat().st_size for path in folder.iterdir())
        _say(f"{folder}: {size / 1e6:.1f} MB")
        if options.keep:
            _say(f"removed: {prune(store, max(1, options.keep))} older")


def _restore(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--store", type=Path, default=VAR / "backups", help="folder of the backups")
    parser.add_argument("--verify", action="store_true", help="drill: restore, check, remove again")
    parser.add_argument("--anchors", type=Path, help="anchor file to verify the seal against")
    parser.add_argument("--into", type=Path, help="an empty folder for the restored server")
    parser.add_argument("--files", type=Path, help="an empty folder for the restored files")
    parser.add_argument("--until", default="", help="a moment, such as '2026-11-28 09:00:00+00'")
    parser.add_argument("--reason", default="", help="why it is restored; goes into the trail")
    options = parser.parse_args(sys.argv[2:])
    store, keys = Store(options.store), keys_of(os.environ.get("BACKUP_KEYS", ""))
    if options.verify:
        _drill(store, keys, options.anchors)
    elif options.into and options.reason:
        _into(store, keys, options)
    else:
        parser.error("give --verify, or --into FOLDER with --reason TEXT")


def _receive(receiver: Receiver) -> None:
    receiver.start()
    _say(f"receiving into {receiver.store.incoming}; stop with Ctrl-C")
    try:
        while receiver.process is not None and receiver.process.poll() is None:
            receiver.seal_finished()
            time.sleep(EVERY)
        raise BackupError(f"pg_receivewal has ended: {receiver.log}")
    except KeyboardInterrupt:
        _say("stopped; the server keeps its log for the slot")
    finally:
        receiver.stop()


def _drill(store: Store, keys: dict[str, bytes], anchors: Path | None) -> None:
    ground = Ground()
    with _engines(ground):
        environment, url = ground.environment(), _admin(ground)
        result = drills.drill(
            store,
            folder=VAR / "drill",
            keys=keys,
            environment=environment,
            acknowledged=drills.last_change(url),
            anchors=anchors,
            say=_say,
        )
        drills.record(result, environment)
    print("\n".join(result.lines()))
    if not result.passed:
        raise SystemExit(1)


def _into(store: Store, keys: dict[str, bytes], options: argparse.Namespace) -> None:
    """Restore for good: the folder can be given to a server afterwards."""
    backup, started = store.latest(), time.monotonic()
    server = prepare(store, backup, options.into, keys, options.until)
    if options.files:
        restore_files(backup, options.files, keys)
    server.start()
    try:
        url = server.url("everwatch_app", str(manifest_of(backup)["database"]))
        stack = Stack({**Ground().environment(), "DATABASE_URL": url}, options.into)
        reason = ("--source", backup.name, "--reason", options.reason)
        for arguments in (("smoke_test",), ("verify_audit",), ("note_restore", *reason)):
            done = stack.ask(*arguments, patience=3600)
            _say(f"{arguments[0]}: {(done.stdout or done.stderr).strip()}")
            if done.returncode != 0:
                raise BackupError(f"{arguments[0]} failed; the restored server is in {server.data}")
    finally:
        server.stop()
    _say(f"{server.data} is ready after {time.monotonic() - started:.1f} s: start PostgreSQL on it")


@contextmanager
def _engines(ground: Ground) -> Iterator[None]:
    """The engines of the demo, started if they are not, or the servers the environment names."""
    try:
        with sole_supervisor(VAR, "./run backup"):
            ground.start_database()
            try:
                yield
            finally:
                for _name in ground.stop_engines():
                    pass
    except Busy:
        ground.attach()
        yield


def _admin(ground: Ground) -> str:
    if ground.addresses is None:
        raise BackupError("No database is running and DATABASE_URL names none")
    return ground.addresses.admin


def main() -> None:
    """The command named first."""
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    parser = argparse.ArgumentParser(prog=f"./run {name}")
    try:
        {"backup": _backup, "restore": _restore}[name](parser)
    except (BackupError, EngineError) as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    main()
