"""A backup is what came back: the server is killed, its data is gone, and every row is there."""

import base64
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from dev.engines.databases import Addresses, embedded
from dev.engines.postgres import Postgres
from dev.paths import ROOT
from dev.recovery import drills
from dev.recovery.backups import MANIFEST, Store, manifest_of, prune, take
from dev.recovery.receivers import NAME, Receiver
from dev.recovery.restores import prepare, restore_files
from dev.recovery.sealed_files import (
    PORTION,
    BackupError,
    SealedReader,
    SealedWriter,
    keys_of,
    open_file,
    seal_file,
)
from dev.testing.pytest_engines import ClonedDatabase, Engines
from tests.durable import durable_server, reachable_folder

KEYS = {"b1": bytes(range(32))}
CANARY = "卡纳瑞恢复演练"


def written(path: Path, text: bytes) -> None:
    writer = SealedWriter(path, KEYS)
    writer.write(text)
    writer.close()


@pytest.mark.parametrize("size", [0, 1, PORTION - 1, PORTION, PORTION + 1, 2 * PORTION])
def test_a_sealed_file_opens_to_what_it_was(tmp_path: Path, size: int) -> None:
    text = bytes(i % 251 for i in range(min(size, 4096))) * (size // 4096 + 1)
    (tmp_path / "plain").write_bytes(text[:size])
    seal_file(tmp_path / "plain", tmp_path / "sealed", KEYS)
    open_file(tmp_path / "sealed", tmp_path / "again", KEYS)
    assert (tmp_path / "again").read_bytes() == text[:size]


def _cut(data: bytes) -> bytes:
    return data[: len(data) - PORTION // 2]


def _flipped(data: bytes) -> bytes:
    return data[:-20] + bytes([data[-20] ^ 1]) + data[-19:]


def _end_removed(data: bytes) -> bytes:
    head = len(data) - 2 * (PORTION + 16)  # two whole portions remain of two
    return data[: head + PORTION + 16]


def _exchanged(data: bytes) -> bytes:
    size = PORTION + 16
    head, first, second = data[: -2 * size], data[-2 * size : -size], data[-size:]
    return head + second + first


@pytest.mark.parametrize("change", [_cut, _flipped, _end_removed, _exchanged])
@pytest.mark.requirement("ASVS-11.3.3")
def test_a_sealed_file_that_was_altered_does_not_open(tmp_path: Path, change) -> None:
    path = tmp_path / "sealed"
    written(path, b"x" * (2 * PORTION))
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(BackupError, match="altered"), SealedReader(path, KEYS) as source:
        source.read()


@pytest.mark.requirement("ASVS-11.3.3")
def test_a_sealed_file_under_another_name_or_key_does_not_open(tmp_path: Path) -> None:
    written(tmp_path / "one", CANARY.encode())
    assert CANARY.encode() not in (tmp_path / "one").read_bytes()
    shutil.copy(tmp_path / "one", tmp_path / "two")
    for path, keys in ((tmp_path / "two", KEYS), (tmp_path / "one", {"b1": bytes(32)})):
        with pytest.raises(BackupError, match="renamed"), SealedReader(path, keys) as source:
            source.read()
    with (
        pytest.raises(BackupError, match="'b1'"),
        SealedReader(tmp_path / "one", {"b2": bytes(32)}) as source,
    ):
        source.read()


@pytest.mark.parametrize("text", ["", "b1:short", "b1:" + base64.b64encode(b"x").decode(), "b1"])
def test_keys_that_cannot_be_are_refused_with_a_hint(text: str) -> None:
    with pytest.raises(BackupError, match="BACKUP_KEYS"):
        keys_of(text)


def test_old_backups_go_with_the_log_nobody_needs(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for name, first in (("1", 3), ("2", 5), ("3", 7)):
        folder = tmp_path / name
        folder.mkdir()
        manifest = {"first_wal": f"00000001{first:016X}"}
        (folder / MANIFEST).write_text(json.dumps(manifest))
    for number in range(2, 9):
        (store.wal / f"00000001{number:016X}.sealed").touch()
    (store.wal / "00000002.history.sealed").touch()
    assert prune(store, 2) == 1
    kept = sorted(path.name[8:24] for path in store.wal.glob("00000001*"))
    assert kept == [f"{number:016X}" for number in range(5, 9)]
    assert (store.wal / "00000002.history.sealed").exists()
    assert [path.name for path in store.backups()] == ["2", "3"]


@dataclass
class Hospital:
    """A durable server with people in it, whose log a synchronous receiver takes."""

    server: Postgres
    addresses: Addresses
    environment: dict[str, str]
    receiver: Receiver
    store: Store


@pytest.fixture
def tmp_path(engines: Engines) -> Iterator[Path]:
    with reachable_folder(engines) as folder:
        yield folder


@pytest.fixture
def hospital(cloned_database: ClonedDatabase, tmp_path: Path) -> Iterator[Hospital]:
    store, log = Store(tmp_path / "store"), tmp_path / "receiver.log"
    with durable_server(cloned_database, tmp_path) as made:
        admin, binaries = made.addresses.admin, made.server.binaries
        receiver = Receiver(store, admin, binaries, KEYS, log)
        try:
            yield Hospital(made.server, made.addresses, made.environment, receiver, store)
        finally:
            receiver.stop()


WRITER = f"""
from followup.actions import seals
from followup.core.actor import Actor
from followup.core.models import Change
from followup.core.permissions import Role
from tests import factories
site = factories.make_site()
nurse = factories.make_actor(Role.NURSE, site=site)
factories.register(nurse, site, identity=factories.person("王{CANARY}"))
seals.seal_all(Actor.process("seal"))
print("ready", flush=True)
input()
for number in range(100_000):
    factories.make_site(f"late-{{number}}")
    print(Change.objects.order_by("-id").values_list("id", flat=True)[0], flush=True)
"""


def _loses_its_disk(hospital: Hospital, media: Path) -> int:
    """People write, a backup is taken, they write on, the server dies with its data.

    The last change whose commit was acknowledged.
    """
    hospital.receiver.start()
    with closing(psycopg.connect(hospital.addresses.admin, autocommit=True)) as connection:
        connection.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{NAME}'".encode())
        connection.execute("SELECT pg_reload_conf()")
    with subprocess.Popen(
        [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", WRITER],
        env=hospital.environment,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as writer:
        assert writer.stdin
        assert writer.stdout
        assert writer.stdout.readline() == "ready\n"
        take(
            hospital.store,
            url=hospital.addresses.admin,
            binaries=hospital.server.binaries,
            keys=KEYS,
            files=media,
            environment=hospital.environment,
        )
        writer.stdin.write("\n")
        writer.stdin.flush()
        told = [int(writer.stdout.readline()) for _ in range(20)]
        with closing(psycopg.connect(hospital.addresses.admin, autocommit=True)) as connection:
            connection.execute("SELECT pg_switch_wal()")
        told += [int(writer.stdout.readline()) for _ in range(20)]
        assert hospital.receiver.seal_finished() >= 1
        assert hospital.server.process
        os.killpg(hospital.server.process.pid, signal.SIGKILL)
        told += [int(line) for line in writer.stdout]
    shutil.rmtree(hospital.server.data)
    hospital.receiver.stop()
    return told[-1]


@pytest.mark.requirement("P11-10c", "A11-7.2", "GVP-backup")
@pytest.mark.figure("F16", "F17", "F18")
def test_nothing_acknowledged_is_lost_with_the_disk(
    hospital: Hospital, tmp_path: Path, measured: Callable[[str, str], None]
) -> None:
    media = tmp_path / "media"
    media.mkdir()
    (media / "report.txt").write_text(CANARY)
    acknowledged = _loses_its_disk(hospital, media)
    backup = hospital.store.latest()
    assert manifest_of(backup)["last_change"] < acknowledged
    for path in (*backup.iterdir(), *hospital.store.wal.iterdir()):
        assert CANARY.encode() not in path.read_bytes()
    restored = drills.drill(
        hospital.store,
        folder=tmp_path / "drill",
        keys=KEYS,
        environment=hospital.environment,
        acknowledged=acknowledged,
    )
    lost = f"{restored.lost} of {acknowledged} changes lost; server killed, its data deleted"
    measured("F16", lost)
    size = restored.size / 1e6
    measured("F17", f"{restored.seconds} s for {size:.0f} MB, smoke test passed", MB=size)
    measured("F18", f"drilled in this run: {restored.seal[:14]}")
    assert restored.passed, restored
    assert restored.lost == 0
    assert restored.seal.startswith("sound")
    smoke = json.loads(restored.smoke)
    assert smoke["people"] == 1
    # One more may have survived: its commit was kept, the kill cut its answer off.
    assert smoke["change"] in (acknowledged, acknowledged + 1)
    assert 0 < restored.restore_seconds < restored.seconds
    assert not list((tmp_path / "drill").rglob("PG_VERSION"))
    restore_files(backup, tmp_path / "files", KEYS)
    assert (tmp_path / "files" / "report.txt").read_text() == CANARY
    # Without what the receiver took, the rows after the backup would be gone.
    for folder in (hospital.store.wal, hospital.store.incoming):
        shutil.rmtree(folder)
    server = prepare(hospital.store, backup, tmp_path / "again", KEYS)
    try:
        server.start()
        kept = drills.last_change(embedded(server, "everwatch").admin)
        assert manifest_of(backup)["last_change"] <= kept < acknowledged
    finally:
        drills.remove(server)
    # Nor do names come back without their key: this is said before anything is restored.
    other = {**hospital.environment, "IDENTITY_KEYS": "t2:" + base64.b64encode(bytes(32)).decode()}
    with pytest.raises(BackupError, match="IDENTITY_KEYS t1"):
        drills.drill(
            hospital.store, folder=tmp_path / "no", keys=KEYS, environment=other, acknowledged=None
        )
