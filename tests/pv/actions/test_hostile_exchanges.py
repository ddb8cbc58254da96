"""Hostile and broken messages at each door to the authority: kept, answered, memory bounded.

A few in every run; `./run oracle messages` sends a thousand to each.
"""

import logging
import os
import random
import signal
import subprocess
import sys
import time
import tracemalloc
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from dev.paths import ROOT
from pv.actions import channel_messages, exchanges, gateway_answers, sendings
from pv.actions import faers as quarterly_data
from pv.adapters import faers
from pv.domain.e2b.sendings import Result
from pv.models import ChannelMessage, InboundFile, Transmission
from tests import factories
from tests.pv.actions import test_as2_channels as as2
from tests.pv.actions import test_channels as folders
from tests.pv.actions import test_fda_channels as fda
from tests.pv.actions.test_acknowledgements import case, file
from tests.pv.actions.test_faers import NEW, OLD, quarterly
from tests.pv.actions.test_hostile_acknowledgements import NAMED, mutated
from tests.pv.adapters import openssl_partner

pytestmark = pytest.mark.django_db
__all__ = ["case", "file"]
SYSTEM = factories.SYSTEM
RELEASE = "EVERWATCH_EXAMPLES" in os.environ
BROKEN = 1000 if RELEASE else 40
ARCHIVES = 1000 if RELEASE else 12
KILLS = int(os.environ.get("EVERWATCH_EXAMPLES", "2"))


@contextmanager
def bounded(most: int) -> Iterator[None]:
    """No more memory than this in the block; pytest keeps every warning with its request."""
    loggers = [logging.getLogger(name) for name in ("django.request", "everwatch")]
    before = [each.disabled for each in loggers]
    for each in loggers:
        each.disabled = True
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < most
    finally:
        tracemalloc.stop()
        for each, was in zip(loggers, before, strict=True):
            each.disabled = was


def spoiled(chance: random.Random, data: bytes) -> bytes:
    """Bytes changed, lost or repeated."""
    broken = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(broken))
        match chance.randrange(3):
            case 0:
                broken[at] ^= chance.randint(1, 255)
            case 1:
                del broken[at : at + chance.randint(1, 60)]
            case _:
                broken[at:at] = broken[at : at + chance.randint(1, 60)]
        if not broken:
            break
    return bytes(broken) or b"\0"


@pytest.fixture(scope="module")
def sides(tmp_path_factory) -> tuple[openssl_partner.Side, openssl_partner.Side, Path]:
    folder = tmp_path_factory.mktemp("as2")
    us, them = (openssl_partner.make_side(folder, name) for name in ("us", "them"))
    return us, them, folder


def test_broken_as2_messages_are_kept_answered_and_never_loaded(sides) -> None:
    us, them, folder = sides
    admin = factories.make_actor(as2.Role.ADMINISTRATOR)
    with as2.listening(them, folder) as gateway:
        as2.with_keys(admin, as2.enter(admin, gateway), us, them)
        headers, sealed, _part = as2.sent_by(them, us, folder, b"<x/>" * 50)
        part = b"Content-Type: application/xml\r\n\r\n" + b"<x/>" * 50
        kind, signed = openssl_partner.signed(them, part, folder)
        chance, sent = random.Random(5), set()
        with bounded(30_000_000):
            for number in range(BROKEN):
                own = headers | {"Message-ID": f"<{number}@nmpa>"}
                if number % 3 == 2:  # signed alone: what is broken is seen by the signature
                    own |= {"Content-Type": kind}
                body = spoiled(chance, signed if number % 3 == 2 else sealed)
                if number % 3 == 1:
                    own |= {
                        "Content-Type": chance.choice(["", "x", "multipart/signed", "a/b;" * 99])
                    }
                    body = sealed
                answer = channel_messages.receive(SYSTEM, own, body)
                assert answer is not None
                assert b"disposition-notification" in answer.body
                sent.add(number)
                if (row := ChannelMessage.objects.latest("id")).file_id is None:
                    assert as2.certificates.open_content(admin, row).endswith(b"\r\n" + body)
    rows = ChannelMessage.objects.all()
    assert rows.count() == len(sent) == BROKEN
    loaded = [bytes(row.file.content) for row in rows.filter(file__isnull=False)]
    assert set(loaded) <= {b"<x/>" * 50}, "a preamble nobody signed may change and no content"
    refused = rows.filter(file__isnull=True, disposition__contains="processed/error")
    assert refused.count() == BROKEN - len(loaded)
    assert refused.count() > BROKEN / 2


def test_broken_files_in_a_folder_are_taken_kept_and_moved(tmp_path, settings, travel) -> None:
    settings.EXCHANGE_ROOT = tmp_path
    for name in ("out", "in"):
        (tmp_path / "nmpa" / name).mkdir(parents=True)
    channel = folders.enter(factories.make_actor(folders.Role.ADMINISTRATOR))
    contents = {*NAMED, *(mutated(seed) for seed in range(BROKEN))} - {b""}
    inbox = tmp_path / "nmpa" / "in"
    for number, content in enumerate(sorted(contents)):
        (inbox / f"{number}.ack").write_bytes(content)
        (inbox / f"{number}.ack.ok").write_bytes(b"")
    with bounded(30_000_000):
        for _round in range(200):
            if not exchanges.take(SYSTEM, channel):
                break
        exchanges.sweep(SYSTEM)
    assert {bytes(row.content) for row in InboundFile.objects.all()} == contents
    assert not list(inbox.glob("*.ack"))


def shapes(chance: random.Random) -> Any:
    """What a gateway may answer instead of a status."""
    plain: list[Any] = [None, True, 5, -1e300, "", "x" * 3000, "A-1", "<a", [], {}]
    names = ["acknowledgements", "acknowledgement_id", "type", "status", "esg_status", "message"]

    def one(depth: int) -> Any:
        if depth > 3 or chance.random() < 0.4:
            return chance.choice(plain)
        if chance.random() < 0.5:
            return [one(depth + 1) for _ in range(chance.randint(0, 3))]
        return {chance.choice(names): one(depth + 1) for _ in range(chance.randint(1, 3))}

    return {"acknowledgements": one(0)} if chance.random() < 0.7 else one(0)


def test_broken_answers_of_the_gateway_change_nothing(officer, file, travel) -> None:
    fda.cache.clear()
    with fda.esg_gateway.listening() as gateway:
        admin = factories.make_actor(fda.Role.ADMINISTRATOR)
        channel = fda.enter(admin, fda.settings_of(gateway))
        fda.channel_credentials.set_client(
            admin, channel, client_id=fda.esg_gateway.CLIENT, client_secret=fda.esg_gateway.SECRET
        )
        sendings.queue(officer, file, channel=channel)
        sendings.send_due(SYSTEM)
        before = Transmission.objects.get().state
        chance = random.Random(9)
        ((asked, rows),) = gateway_answers.queries.awaiting_answers().items()
        with bounded(30_000_000):
            for _ in range(BROKEN):
                gateway.faults["status"] = [shapes(chance)]
                fda.cache.clear()
                told = gateway_answers._ask_about(SYSTEM, asked, rows)
                assert all(isinstance(word, str) for word in told)
        kept = {fda.certificates.open_content(admin, row) for row in ChannelMessage.objects.all()}
        assert b'"A-1"' in kept
        assert len(kept) == ChannelMessage.objects.count() > BROKEN / 5, "each once, as it came"
    assert Transmission.objects.get().state == before
    assert not InboundFile.objects.exists()
    assert Result(before) is Result.UNPROVEN


def test_broken_quarterly_archives_are_named_and_lines_always_balance(settings, tmp_path) -> None:
    settings.FAERS_ROOT = str(tmp_path)
    chance = random.Random(3)
    quarterly(tmp_path / "faers_ascii_2012q3.zip", OLD)
    for number in range(ARCHIVES):
        files = dict(NEW)
        name = chance.choice(sorted(files))
        if number % 2:
            text = spoiled(chance, files[name].encode()).decode("latin-1")
            quarterly(tmp_path / "faers_ascii_2019q1.zip", files | {name: text})
        else:
            quarterly(tmp_path / "faers_ascii_2019q1.zip", files)
            path = tmp_path / "faers_ascii_2019q1.zip"
            path.write_bytes(spoiled(chance, path.read_bytes()))
        made = quarterly_data.build(
            SYSTEM, quarterly_data.archives(), tmp_path, without_alike=False
        )
        for each in made.loaded:
            for one in each.files:
                assert one.lines == one.clean + one.mended + one.refused, one
                assert one.loaded + one.turned_away == one.rows
        named = [name for name, _reason in made.problems]
        assert set(named) <= {"faers_ascii_2019q1.zip"}


def test_loading_that_is_killed_leaves_whole_quarters(tmp_path) -> None:
    """A quarter is there with all its rows or not at all; the next run loads what is missing."""
    many = "".join(f"{n}$100$1$20120101$20190101$60$M$US\n" for n in range(60_000))
    files = NEW | {"ascii/DEMO19Q1.txt": NEW["ascii/DEMO19Q1.txt"] + many}
    paths = [tmp_path / f"faers_ascii_20{year}q1.zip" for year in (19, 20, 21)]
    for path in paths:
        with zipfile.ZipFile(path, "w") as archive:
            for name, text in files.items():
                archive.writestr(name.replace("19Q1", f"{path.name[14:16]}Q1"), text)
    code = (
        "import sys; from pathlib import Path; from pv.adapters import faers\n"
        "with faers.Store.open(Path(sys.argv[1])) as store:\n"
        "    print('open', flush=True)\n"
        "    for path in sys.argv[3:]: faers.load(store, Path(path), Path(sys.argv[2]))\n"
    )
    chance, store = random.Random(1), tmp_path / "reports.duckdb"
    for _kill in range(KILLS):
        command = [sys.executable, "-c", code, str(store), str(tmp_path), *map(str, paths)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as running:
            assert running.stdout
            running.stdout.readline()
            time.sleep(chance.uniform(0, 1.0))
            with suppress(ProcessLookupError):
                os.kill(running.pid, signal.SIGKILL)
        with faers.Store.open(store) as opened:
            rows = opened._run("SELECT quarter, count(*) FROM demo GROUP BY quarter")
            assert {count for _quarter, count in rows} <= {60_005}
            assert {name for name, _count in rows} == {str(each) for each in opened.quarters}
    with faers.Store.open(store) as opened:
        for path in paths:
            faers.load(opened, path, tmp_path)
        assert len(opened.quarters) == 3
        assert opened._run("SELECT count(*) FROM demo") == [(3 * 60_005,)]
    assert not list(tmp_path.glob("*.rows"))
