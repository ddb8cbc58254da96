"""A thousand broken acknowledgements: none breaks the reader, each is kept and answered."""

import random
import tracemalloc
from contextlib import suppress

import pytest

from followup.core.permissions import Role
from pv.actions import acknowledgements
from pv.domain.e2b.ack import read_ack
from pv.domain.e2b.refusals import MessageRefused
from pv.models import Acknowledgement, InboundFile
from tests import factories
from tests.pv.acks import ack, entry

DEEP = b"<a>" * 5000 + b"</a>" * 5000
BOMB = b'<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><a>&c;&c;</a>'
OUTSIDE = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
NAMED = [DEEP, BOMB, OUTSIDE, b"", b"\0", b"\xff" * 100, "回执".encode("gbk"), b"<a" * 1000]
GOOD = ack(
    entry("CN-1", "CR", "Rejections:\n1: D.5 缺失；E.i.1.1a\n"), batch="B-1", sent="20261128"
)


def mutated(seed: int) -> bytes:
    """The good file with bytes lost, doubled, changed or swapped, or a piece of it repeated."""
    chance = random.Random(seed)
    data = bytearray(GOOD)
    for _ in range(chance.randint(1, 6)):
        at, end = sorted(chance.randrange(len(data) + 1) for _ in range(2))
        kind = chance.randrange(5)
        if kind == 0:
            del data[at : min(end, at + 40)]
        elif kind == 1:
            data[at:at] = bytes(chance.randrange(256) for _ in range(chance.randint(1, 8)))
        elif kind == 2 and at < len(data):
            data[at] = chance.randrange(256)
        elif kind == 3:
            data[at:at] = data[at:end] * chance.randint(1, 3)
        else:
            data = data[: max(1, at)]
    return bytes(data)


def test_a_thousand_broken_files_are_read_or_refused_within_memory() -> None:
    tracemalloc.start()
    for data in [*NAMED, *(mutated(seed) for seed in range(1000))]:
        with suppress(MessageRefused):  # anything else is a crash
            read_ack(data)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50_000_000


@pytest.mark.django_db
def test_each_broken_file_is_kept_and_answered() -> None:
    officer = factories.make_actor(Role.SAFETY_OFFICER)
    files = {*NAMED, *(mutated(seed) for seed in range(60)), ack(entry("N" * 5000, "CA"))}
    files.add(ack(entry("CN-1", "XX", "\u202e" * 10), number="九" * 300, sender="s" * 500))
    for data in files:
        received = acknowledgements.receive(officer, data, file_name="名" * 300)
        assert received.acknowledgement.state in ("unknown", "unreadable", "conflict")
    assert InboundFile.objects.count() == Acknowledgement.objects.count() == len(files)
    assert {bytes(row.content) for row in InboundFile.objects.all()} == files
