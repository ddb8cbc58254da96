"""The order of the seal: gapless under many writers and sealers, and that in which rows changed."""

import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.db import connection

from followup.actions import data_locks, seals
from followup.core.actor import Actor
from followup.core.models import Change, Seal
from followup.models import Site
from followup.queries import data_locks as locks
from followup.queries import seals as queries
from tests import factories

SYSTEM = Actor.process("test")
CONTEXT = (
    "SELECT set_config('everwatch.actor_name', 'writer', true), "
    "set_config('everwatch.action', 'test.write', true)"
)


def _closing(work):
    try:
        return work()
    finally:
        connection.close()


def _rename(writer: psycopg.Connection, site: Site, name: str) -> None:
    writer.execute("UPDATE followup_site SET name_en = %s WHERE id = %s", [name, site.id])


@pytest.fixture
def writers(committed):
    with (
        psycopg.connect(committed.application) as older,
        psycopg.connect(committed.application) as younger,
    ):
        for writer in (older, younger):
            writer.execute(
                "SELECT set_config('role', 'everwatch_worker', false), "
                "set_config('everwatch.mode', 'system', false)"
            )
            writer.commit()
        yield older, younger


def test_an_older_transaction_that_writes_a_row_last_is_sealed_last(writers) -> None:
    """By the number of the transaction the younger one would be the last, and the past wrong."""
    one, two = factories.make_site(), factories.make_site()
    older, younger = writers
    older.execute(CONTEXT)
    _rename(older, two, "older elsewhere")  # now it has its number
    younger.execute(CONTEXT)
    _rename(younger, one, "younger")
    younger.commit()
    seals.seal_all(SYSTEM)
    assert queries.state(SYSTEM).waiting == 1, "the younger one waits for the older"
    _rename(older, one, "older")
    older.commit()
    seals.seal_all(SYSTEM)
    rows = Change.objects.filter(row_id=str(one.id)).values_list("id", "after__name_en")
    numbers = dict(Seal.objects.values_list("change_id", "seq"))
    names = [name for _number, name in sorted((numbers[id], name) for id, name in rows)]
    assert names[-2:] == ["younger", "older"]


def test_what_is_in_flight_at_a_lock_comes_after_it(writers) -> None:
    site = factories.make_site()
    older, younger = writers
    older.execute(CONTEXT)
    _rename(older, site, "in flight")  # its number in the trail is lower than the next one's
    younger.execute(CONTEXT)
    younger.execute("UPDATE followup_site SET name_zh = '乙' WHERE id <> %s", [site.id])
    younger.commit()
    row = data_locks.make(SYSTEM, name="before")
    older.commit()
    seals.seal_all(SYSTEM)
    with locks.known_at(row):
        assert Site.objects.get(id=site.id).name_en == site.name_en
    assert Site.objects.get(id=site.id).name_en == "in flight"


def test_sealers_side_by_side_leave_no_gap_and_no_fork(committed) -> None:
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            factories.make_site()

    def seal() -> None:
        for _ in range(40):
            seals.extend(SYSTEM, limit=7)

    with ThreadPoolExecutor(7) as pool:
        writing = [pool.submit(_closing, write) for _ in range(4)]
        sealing = [pool.submit(_closing, seal) for _ in range(3)]
        try:
            for future in sealing:
                future.result()
        finally:
            stop.set()
        for future in writing:
            future.result()
    seals.seal_all(SYSTEM)
    numbers = list(Seal.objects.order_by("seq").values_list("seq", flat=True))
    assert numbers == list(range(1, Change.objects.count() + 1))
    assert queries.walk(after=0, chain=bytes(32), anchors={}).finding is None


def test_the_mark_passes_what_is_sealed_and_nothing_in_flight(writers) -> None:
    site = factories.make_site()
    seals.seal_all(SYSTEM)
    seals.extend(SYSTEM)
    assert queries.passed() >= Change.objects.get(row_id=str(site.id)).id
    older, _younger = writers
    older.execute(CONTEXT)
    _rename(older, site, "in flight")  # above every transaction that has ended
    for _ in range(3):
        seals.extend(SYSTEM)
    factories.make_site()
    for _ in range(3):
        seals.extend(SYSTEM)
    older.commit()
    late = Change.objects.filter(row_id=str(site.id)).order_by("-id").first()
    assert queries.passed() < late.id
    seals.seal_all(SYSTEM)
    assert Seal.objects.filter(change_id=late.id).exists()


def test_rows_of_a_former_cluster_are_sealed_though_their_transactions_lie_ahead(committed) -> None:
    """After a restore into a new cluster the numbers of transactions begin again."""
    factories.make_site()
    with psycopg.connect(committed.admin, autocommit=True) as admin:
        admin.execute("SET session_replication_role = replica")
        admin.execute("UPDATE core_change SET transaction = transaction + 4000000000")
    factories.make_site()
    seals.seal_all(SYSTEM)
    factories.make_site()
    seals.seal_all(SYSTEM)
    assert Seal.objects.count() == Change.objects.count()


def test_a_transaction_in_another_database_holds_up_nothing(committed) -> None:
    with psycopg.connect(committed.maintenance) as stranger:
        stranger.execute("SELECT pg_current_xact_id()")
        factories.make_site()
        seals.seal_all(SYSTEM)
        assert queries.state(SYSTEM).waiting == 0
        seals.extend(SYSTEM)
        assert queries.passed() >= Change.objects.latest("id").id
